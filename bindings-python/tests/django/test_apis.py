"""The contract with Django's users and sessions, and the guards of API frameworks, side doors included."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client, RequestFactory
from pages import CLOCK, PASSWORD, Phone, enrolled

from twinlock.django import Refusal, conf
from twinlock.django._messages import DjangoIncoming
from twinlock.django._routing import find

pytestmark = [pytest.mark.django_db, pytest.mark.urls("apis_urls")]


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[None]:
    settings.TWINLOCK = {**settings.TWINLOCK, "CLOCK": CLOCK}
    yield
    CLOCK.advance(300)


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", "ada@example.com", PASSWORD)


def post(client: Client, url: str, body: Any = None, **headers: str) -> Any:
    return client.post(url, json.dumps(body or {}), content_type="application/json", headers=headers)


def logged_in(client: Client, username: str = "ada") -> Any:
    return client.post("/login", {"username": username, "password": PASSWORD})


def proved(phone: Phone, username: str = "ada") -> Client:
    client = Client()
    assert logged_in(client, username).json()["two_factor_required"] is True
    assert post(client, "/2fa/verify", {"code": phone.fresh()}).status_code == 200
    return client


def basic(username: str = "ada") -> str:
    return "Basic " + b64encode(f"{username}:{PASSWORD}".encode()).decode()


# --- the contract, as the settings have it ----------------------------------------------------------------------------


def test_the_contract_works_with_django_s_users_and_sessions(ada: User) -> None:
    client = Client()
    assert logged_in(client).json() == {"method": "none"}
    setup = post(client, "/2fa/setup").json()
    assert setup["account_name"] == "ada@example.com"
    done = post(client, "/2fa/setup/confirm", {"setup": setup["setup"], "code": Phone(setup["otpauth_uri"]).code()})
    assert len(done.json()["backup_codes"]) == 10
    assert client.get("/2fa/status").json()["enabled"] is True
    other = Client()
    answer = logged_in(other).json()
    assert answer["two_factor_required"] is True and str(ada.pk) not in answer
    assert other.get("/2fa/status").status_code == 401
    assert post(other, "/2fa/verify", {"code": Phone(setup["otpauth_uri"]).fresh()}).status_code == 200
    assert other.session["_auth_user_id"] == str(ada.pk)


def test_a_session_that_was_the_user_s_already_gets_a_new_key(ada: User) -> None:
    phone, _ = enrolled(ada)
    client = Client()
    client.force_login(ada)
    before = client.session.session_key
    logged_in(client)
    assert post(client, "/2fa/verify", {"code": phone.fresh()}).status_code == 200
    assert client.session.session_key != before


def test_django_s_csrf_token_is_told_and_wanted(ada: User) -> None:
    phone, _ = enrolled(ada)
    client = Client(enforce_csrf_checks=True)
    client.cookies = proved(phone).cookies
    token = client.get("/2fa/status").json()["csrf"]
    assert post(client, "/2fa/backup-codes").status_code == 403
    assert post(client, "/2fa/backup-codes", **{"X-CSRFToken": token}).status_code == 200
    refused = post(client, "/2fa/backup-codes")
    assert (refused["Content-Type"], refused.json()["code"]) == ("application/problem+json", "origin_refused")
    foreign = {"X-CSRFToken": token, "Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert post(client, "/2fa/backup-codes", **foreign).status_code == 403


def test_before_anybody_is_signed_in_the_origin_is_what_counts(ada: User) -> None:
    phone, _ = enrolled(ada)
    client = Client(enforce_csrf_checks=True)
    client.cookies = proved(phone).cookies
    client.cookies.pop("csrftoken", None)
    assert post(client, "/2fa/disable").json()["code"] == "origin_refused"
    client.cookies.clear()
    assert post(client, "/2fa/disable").json()["code"] == "not_signed_in"
    assert post(client, "/2fa/verify", {"code": "123456"}).json()["code"] == "challenge_expired"
    other = Client()
    logged_in(other)
    client.cookies = other.cookies
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert post(client, "/2fa/verify", {"code": phone.fresh()}, **foreign).json()["code"] == "origin_refused"
    assert post(client, "/2fa/verify", {"code": phone.fresh()}).status_code == 200


def test_who_has_left_django_s_check_out_has_left_it_out(ada: User, settings: Any) -> None:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "Csrf" not in name]
    phone, _ = enrolled(ada)
    client = Client(enforce_csrf_checks=True)
    client.cookies = proved(phone).cookies
    assert post(client, "/2fa/backup-codes").status_code == 200


def test_the_help_desk_needs_permissions_and_a_second_factor(ada: User) -> None:
    phone, _ = enrolled(ada)
    client = proved(phone)
    assert client.get("/2fa/admin/stats").json()["code"] == "not_administrator"
    for name in ("view_record", "reset_record", "unlock_record"):
        ada.user_permissions.add(Permission.objects.get(codename=name))
    assert client.get("/2fa/admin/stats").status_code == 403
    User.objects.filter(pk=ada.pk).update(is_staff=True)
    assert client.get("/2fa/admin/stats").json()["enabled_users"] == 1
    bob = User.objects.create_user("bob")
    enrolled(bob)
    assert post(client, f"/2fa/admin/users/{bob.pk}/reset", {"reason": "lost"}).status_code == 204
    assert not conf.two_factor().status(str(bob.pk)).enabled
    bare = Client()
    bare.force_login(ada)
    assert bare.get("/2fa/admin/stats").status_code == 401


@pytest.mark.parametrize("form", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
def test_a_form_that_a_middleware_has_read_is_no_json(ada: User, form: str) -> None:
    phone, _ = enrolled(ada)
    client = Client(enforce_csrf_checks=True)
    client.cookies = proved(phone).cookies
    token = client.get("/2fa/status").json()["csrf"]
    body = b'--x\r\nContent-Disposition: form-data; name="code"\r\n\r\n123456\r\n--x--\r\n'
    answer = client.post("/2fa/step-up", body, content_type=form, headers={"X-CSRFToken": token})
    assert (answer.status_code, answer.json()["code"]) == (415, "not_json")


@pytest.mark.parametrize(
    ("raw", "rest", "found"),
    [
        ("/2fa/admin/users/a%2Fb", "users/a/b", {"id": "a/b"}),
        ("/2fa/admin/users/a%2Freset", "users/a/reset", {"id": "a/reset"}),
        ("/x%2Fy/2fa/admin/users/%2F%2F", "users///", {"id": "//"}),
        (None, "users/a/b", None),
        (None, "users/a/reset", {"id": "a"}),
    ],
)
def test_an_encoded_slash_is_part_of_an_id_where_the_server_tells(raw: str | None, rest: str, found: Any) -> None:
    request = RequestFactory().get("/")
    if raw is not None:
        request.META["RAW_URI"] = f"{raw}?x=/y"
    calls = find(request, rest, admin=True)
    assert (None if calls is None else calls.parameters) == found
    assert DjangoIncoming(request).raw_path == (None if raw is None else raw.encode())


def test_bytes_that_are_no_text_are_nobody_s_id() -> None:
    request = RequestFactory().get("/")
    with pytest.raises(Refusal):
        find(request, "users/%FF", admin=True)
    request.META["RAW_URI"] = "/2fa/admin/users/%FF"
    with pytest.raises(Refusal):
        find(request, "users/%FF", admin=True)
    request.META["RAW_URI"] = "/2fa/admin/users/100%25FF"
    calls = find(request, "users/100%FF", admin=True)
    assert calls is not None and calls.parameters == {"id": "100%FF"}


# --- the REST framework -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["/hello", "/strict", "/fresh"])
def test_a_password_in_a_header_is_no_way_in(ada: User, url: str) -> None:
    enrolled(ada)
    answer = Client().get(url, headers={"Authorization": basic()})
    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (401, "assurance_required", 401)
    assert "insufficient_user_authentication" in answer["WWW-Authenticate"]


def test_a_token_of_the_password_alone_is_no_way_in(ada: User) -> None:
    enrolled(ada)
    tokens = post(Client(), "/plain/token", {"username": "ada", "password": PASSWORD}).json()
    answer = Client().get("/hello", headers={"Authorization": f"Bearer {tokens['access']}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "assurance_required")


def test_a_session_of_the_password_alone_is_no_way_in(ada: User) -> None:
    phone, _ = enrolled(ada)
    client = Client()
    client.force_login(ada)
    assert client.get("/hello").status_code == 401
    assert proved(phone).get("/hello").json() == {"hello": "ada"}


def test_the_proof_of_a_session_is_none_beside_a_password_in_a_header(ada: User) -> None:
    phone, _ = enrolled(ada)
    assert proved(phone).get("/hello", headers={"Authorization": basic()}).status_code == 401


def test_users_without_a_second_factor(ada: User) -> None:
    headers = {"Authorization": basic()}
    assert Client().get("/hello", headers=headers).status_code == 200
    answer = Client().get("/strict", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_enabled")
    assert Client().get("/hello").status_code == 401


def test_how_fresh_a_proof_must_be(ada: User) -> None:
    phone, _ = enrolled(ada)
    client = proved(phone)
    assert client.get("/fresh").status_code == 200
    CLOCK.advance(301)
    assert client.get("/fresh").status_code == 401
    assert client.get("/strict").status_code == 200


# --- JSON Web Tokens --------------------------------------------------------------------------------------------------


def test_tokens_in_two_steps(ada: User) -> None:
    phone, _ = enrolled(ada)
    client = Client()
    first = post(client, "/jwt/token/", {"username": "ada", "password": PASSWORD}).json()
    assert first["two_factor_required"] is True and "access" not in first
    body = {"challenge": first["challenge"], "code": phone.fresh()}
    tokens = post(client, "/jwt/2fa/verify", body).json()
    headers = {"Authorization": f"Bearer {tokens['access']}"}
    assert Client().get("/strict", headers=headers).json() == {"hello": "ada"}
    assert Client().get("/jwt/2fa/status", headers=headers).json()["enabled"] is True
    refreshed = post(Client(), "/jwt/token/refresh/", {"refresh": tokens["refresh"]}).json()
    headers = {"Authorization": f"Bearer {refreshed['access']}"}
    assert Client().get("/strict", headers=headers).status_code == 200
    conf.two_factor().reset(str(ada.pk), actor="1", reason="lost")
    assert Client().get("/strict", headers=headers).status_code == 403


def test_tokens_in_one_call(ada: User) -> None:
    phone, _ = enrolled(ada)
    wanted = {"username": "ada", "password": PASSWORD}
    assert "access" in post(Client(), "/jwt/token/", {**wanted, "code": phone.fresh()}).json()
    assert post(Client(), "/jwt/token/", {**wanted, "code": phone.wrong()}).status_code == 401
    assert post(Client(), "/jwt/token/", {**wanted, "code": 123456}).status_code == 400
    assert post(Client(), "/jwt/token/", {**wanted, "password": "wrong"}).status_code == 401
    assert post(Client(), "/jwt/token/", {"username": "ada"}).status_code == 400


def test_an_account_that_was_closed_between_the_steps_gets_no_tokens(ada: User) -> None:
    phone, _ = enrolled(ada)
    first = post(Client(), "/jwt/token/", {"username": "ada", "password": PASSWORD}).json()
    User.objects.filter(pk=ada.pk).update(is_active=False)
    answer = post(Client(), "/jwt/2fa/verify", {"challenge": first["challenge"], "code": phone.fresh()})
    assert (answer.status_code, answer.json()["code"]) == (410, "challenge_expired")


def test_tokens_without_a_second_factor(ada: User) -> None:
    tokens = post(Client(), "/jwt/token/", {"username": "ada", "password": PASSWORD}).json()
    headers = {"Authorization": f"Bearer {tokens['access']}"}
    assert Client().get("/hello", headers=headers).status_code == 200
    assert Client().get("/strict", headers=headers).status_code == 403
    assert Client().get("/jwt/2fa/status", headers={"Authorization": "Bearer nonsense"}).status_code == 401


# --- Ninja ------------------------------------------------------------------------------------------------------------


def test_ninja(ada: User) -> None:
    assert Client().get("/ninja/hello").status_code == 401
    bare = Client()
    bare.force_login(ada)
    assert (bare.get("/ninja/hello").status_code, bare.get("/ninja/hello").json()) == (403, {"detail": "not_enabled"})
    phone, _ = enrolled(ada)
    assert bare.get("/ninja/hello").status_code == 401
    client = proved(phone)
    assert client.get("/ninja/hello").json() == {"hello": "ada"}
    assert client.get("/ninja/fresh").status_code == 200
    CLOCK.advance(301)
    assert client.get("/ninja/fresh").status_code == 401
