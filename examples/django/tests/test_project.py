"""The project as its clients see it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from app.models import User
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from twinlock import AuthenticatorAccount
from twinlock.django import conf
from twinlock.testing import VirtualClock

PASSWORD = "correct horse battery"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(settings: Any) -> VirtualClock:
    clock = VirtualClock()
    settings.TWINLOCK = {**settings.TWINLOCK, "CLOCK": clock}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_CLASSES": []}
    return clock


def call(client: Client, method: str, path: str, body: Any = None) -> Any:
    token = client.cookies["csrf"].value if "csrf" in client.cookies else ""
    return client.generic(
        method,
        path,
        b"" if body is None else __import__("json").dumps(body).encode(),
        content_type="application/json",
        headers={"X-CSRF-Token": token},
    )


def registered(name: str = "ada") -> Client:
    client = Client(enforce_csrf_checks=True)
    body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
    assert call(client, "POST", "/api/auth/register", body).status_code == 201
    assert sign_in(client, name).json() == {"method": "none"}
    return client


def sign_in(client: Client, name: str = "ada", **more: Any) -> Any:
    return call(client, "POST", "/api/auth/login", {"username": name, "password": PASSWORD, **more})


def enrolled(client: Client, clock: VirtualClock) -> AuthenticatorAccount:
    setup = call(client, "POST", "/api/auth/2fa/setup", {"password": PASSWORD}).json()
    account = AuthenticatorAccount.from_uri(setup["otpauth_uri"])
    body = {"setup": setup["setup"], "code": account.code_at(clock())}
    assert call(client, "POST", "/api/auth/2fa/setup/confirm", body).status_code == 200
    clock.advance(30)
    return account


def test_nothing_is_missing() -> None:
    out = io.StringIO()
    call_command("check", stdout=out)
    call_command("makemigrations", check=True, dry_run=True, stdout=out)


def test_both_steps_of_a_sign_in(clock: VirtualClock) -> None:
    account = enrolled(registered(), clock)
    client = Client(enforce_csrf_checks=True)
    step = sign_in(client, remember=True).json()
    assert step["two_factor_required"] is True
    assert call(client, "GET", "/api/user/me").json()["code"] == "not_signed_in"
    assert call(client, "POST", "/api/auth/2fa/verify", {"code": account.code_at(clock())}).status_code == 200
    me = call(client, "GET", "/api/user/me").json()
    assert (me["username"], me["role"], me["amr"]) == ("ada", "user", ["pwd", "otp"])
    assert client.session.get_expiry_age() == 30 * 24 * 3600


def test_changes_want_the_csrf_token(clock: VirtualClock) -> None:
    client = registered()
    enrolled(client, clock)
    del client.cookies["csrf"]
    for path in ("/api/auth/2fa/backup-codes", "/api/user/password"):
        assert call(client, "POST", path, {}).json()["code"] == "origin_refused"


def test_the_password_is_wanted_before_the_first_setup() -> None:
    client = registered()
    assert call(client, "POST", "/api/auth/2fa/setup", {}).json()["code"] == "password_required"
    assert call(client, "POST", "/api/auth/2fa/setup", {"password": "wrong"}).json()["code"] == "wrong_password"


def test_a_session_of_the_password_alone_sees_no_account(clock: VirtualClock) -> None:
    enrolled(registered(), clock)
    client = Client()
    client.force_login(User.objects.get(username="ada"))
    assert client.get("/api/user/me").json()["code"] == "assurance_required"
    assert client.get("/2fa/", headers={"Accept": "text/html"})["Location"] == "/2fa/verify/?next=%2F2fa%2F"


def test_deleting_the_account_wants_a_fresh_code_and_erases_everything(
    clock: VirtualClock, django_capture_on_commit_callbacks: Any
) -> None:
    client = registered()
    assert call(client, "DELETE", "/api/user/account").json()["code"] == "not_enabled"
    account = enrolled(client, clock)
    ada = User.objects.get(username="ada")
    clock.advance(301)
    assert call(client, "DELETE", "/api/user/account").json()["code"] == "assurance_required"
    assert call(client, "POST", "/api/auth/2fa/step-up", {"code": account.code_at(clock())}).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        assert call(client, "DELETE", "/api/user/account").status_code == 204
    assert not User.objects.exists()
    assert not conf.two_factor().status(str(ada.pk)).enabled


def test_a_new_password_ends_other_sessions_and_the_proof_of_this_one(
    clock: VirtualClock, django_capture_on_commit_callbacks: Any
) -> None:
    client = registered()
    enrolled(client, clock)
    other = Client()
    other.cookies = client.cookies.__class__({settings.SESSION_COOKIE_NAME: client.cookies["sessionid"].value})
    body = {"password": PASSWORD, "new_password": f"{PASSWORD}!"}
    assert call(client, "POST", "/api/user/password", {**body, "password": "wrong"}).json()["code"] == "wrong_password"
    with django_capture_on_commit_callbacks(execute=True):
        assert call(client, "POST", "/api/user/password", body).status_code == 204
    assert call(client, "GET", "/api/user/me").json()["code"] == "assurance_required"
    assert other.get("/api/user/me").json()["code"] == "not_signed_in"


def test_administrators_need_the_role_and_a_second_factor(clock: VirtualClock) -> None:
    client = registered()
    assert call(client, "GET", "/api/admin/figures").json()["code"] == "not_administrator"
    User.objects.update(is_staff=True, is_superuser=True)
    assert call(client, "GET", "/api/admin/figures").json()["code"] == "not_enabled"
    enrolled(client, clock)
    assert call(client, "GET", "/api/admin/figures").json()["users_with_2fa"] == 1
    assert call(client, "GET", "/api/admin/users?search=AD").json()[0]["username"] == "ada"
    assert client.get("/staff/").status_code == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"username": "ADA"}, "username_taken"),
        ({"email": "ADA@example.com"}, "email_taken"),
        ({"username": "a b"}, "malformed_request"),
        ({"password": "short"}, "malformed_request"),
    ],
)
def test_what_cannot_be_registered(change: dict[str, str], code: str) -> None:
    registered()
    body = {"username": "bob", "email": "bob@example.com", "password": PASSWORD, **change}
    assert call(Client(), "POST", "/api/auth/register", body).json()["code"] == code


def test_wrong_credentials() -> None:
    registered()
    answer = call(Client(), "POST", "/api/auth/login", {"username": "ada", "password": "wrong"})
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials")


@pytest.mark.parametrize("path", ["/", "/login", "/2fa/setup/", "/accounts/login/", "/api/user/me", "/staff/login/"])
def test_every_answer_has_a_strict_policy(path: str) -> None:
    policy = Client().get(path)["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
