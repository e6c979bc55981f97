"""Who gets in where: the middleware, the decorator, the mixin, the admin."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import AsyncClient, RequestFactory
from pages import CLOCK, PASSWORD, Browser, Phone, enrolled
from pages_urls import site

from twinlock.django import conf
from twinlock.django.middleware import TwoFactorMiddleware

pytestmark = [pytest.mark.django_db, pytest.mark.urls("pages_urls")]


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[None]:
    settings.TWINLOCK = {**settings.TWINLOCK, "CLOCK": CLOCK}
    settings.LOGIN_URL = "/login/"
    yield
    CLOCK.advance(300)


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", "ada@example.com", PASSWORD)


@pytest.fixture
def boss() -> User:
    return User.objects.create_superuser("boss", "boss@example.com", PASSWORD)


def password_only(username: str) -> Browser:
    """A session that `login()` made elsewhere, in code that knows nothing of second factors."""
    browser = Browser()
    browser.get("/login/")
    token = browser.cookies["csrftoken"].value
    fields = {"username": username, "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert browser.post("/elsewhere/", fields).content == b"signed in"
    return browser


def proved(username: str, phone: Phone) -> Browser:
    browser = Browser()
    browser.sign_in(username)
    assert browser.form("/2fa/verify/", code=phone.fresh()).status_code == 302
    return browser


def path_of(response: Any) -> str:
    assert response.status_code == 302, response.content
    return urlsplit(response["Location"]).path


# --- the middleware ---------------------------------------------------------------------------------------------------


def test_a_session_of_the_password_alone_sees_nothing_until_the_code(ada: User) -> None:
    phone, _ = enrolled(ada)
    browser = password_only("ada")
    answer = browser.get("/home/?x=1")
    assert path_of(answer) == "/2fa/verify/"
    assert parse_qs(urlsplit(answer["Location"]).query) == {"next": ["/home/?x=1"]}
    assert browser.form(answer["Location"], code=phone.fresh())["Location"] == "/home/?x=1"
    assert browser.get("/home/").content == b"home of ada"


def test_a_script_is_told_by_a_problem(ada: User) -> None:
    enrolled(ada)
    browser = password_only("ada")
    for headers in (
        {"HTTP_SEC_FETCH_MODE": "cors"},
        {"HTTP_ACCEPT": "application/json", "HTTP_SEC_FETCH_MODE": "cors"},
    ):
        answer = browser.get("/home/", **headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "assurance_required")
        assert answer["Content-Type"] == "application/problem+json"
        assert "insufficient_user_authentication" in answer["WWW-Authenticate"]


@pytest.mark.parametrize("url", ["/public/", "/static/app.css", "/login/", "/2fa/verify/"])
def test_what_a_session_of_the_password_alone_may_see(ada: User, url: str) -> None:
    enrolled(ada)
    assert password_only("ada").get(url).status_code == 200


def test_a_session_of_the_password_alone_may_sign_out(ada: User) -> None:
    enrolled(ada)
    browser = password_only("ada")
    token = browser.cookies["csrftoken"].value
    browser.post("/logout/", {"csrfmiddlewaretoken": token})
    assert "_auth_user_id" not in browser.session


@pytest.mark.parametrize(
    "url",
    [
        "/static/../home/",
        "/static/%2e%2e/home/",
        "//static/../home/",
        "/login/../home/",
        "/home/;/static/",
        "/home/static/page",
    ],
)
def test_no_spelling_of_a_path_leads_around_the_middleware(ada: User, url: str) -> None:
    enrolled(ada)
    assert b"home of" not in password_only("ada").get(url).content


def test_views_are_open_to_users_without_a_second_factor_and_to_nobody(ada: User) -> None:
    assert password_only("ada").get("/home/").content == b"home of ada"
    assert Browser().get("/home/").content == b"home of "


def test_whom_the_rule_names_is_sent_to_set_one_up(ada: User, settings: Any) -> None:
    settings.TWINLOCK = {**settings.TWINLOCK, "REQUIRED_FOR": lambda user: user.username == "ada"}
    browser = Browser()
    assert path_of(browser.sign_in("ada")) == "/2fa/setup/"
    assert path_of(browser.get("/home/")) == "/2fa/setup/"
    answer = browser.get("/home/", HTTP_SEC_FETCH_MODE="cors")
    assert (answer.status_code, answer.json()["code"], answer.json()["setup_url"]) == (
        403,
        "not_enabled",
        "/2fa/setup/",
    )


def test_whoever_the_backend_lets_in_owes_the_code_active_or_not(ada: User, settings: Any) -> None:
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.AllowAllUsersModelBackend"]
    User.objects.filter(pk=ada.pk).update(is_active=False)
    enrolled(ada)
    assert path_of(password_only("ada").get("/home/")) == "/2fa/verify/"


def test_enforcing_can_be_switched_off_and_guards_hold_nevertheless(ada: User, settings: Any) -> None:
    enrolled(ada)
    settings.TWINLOCK = {**settings.TWINLOCK, "ENFORCE": False}
    browser = password_only("ada")
    assert browser.get("/home/").content == b"home of ada"
    assert path_of(browser.get("/guarded/")) == "/2fa/verify/"


def test_own_paths_can_be_exempted(ada: User, settings: Any) -> None:
    enrolled(ada)
    settings.TWINLOCK = {**settings.TWINLOCK, "EXEMPT_URLS": [r"/ho"]}
    assert password_only("ada").get("/home/").content == b"home of ada"


def test_how_long_a_proof_is_good_for_in_a_session(ada: User, settings: Any) -> None:
    settings.TWINLOCK = {**settings.TWINLOCK, "MAX_AGE": 3600}
    phone, _ = enrolled(ada)
    browser = proved("ada", phone)
    CLOCK.advance(3600)
    assert browser.get("/home/").status_code == 200
    assert browser.get("/public/").content == b"public True"
    CLOCK.advance(1)
    assert path_of(browser.get("/home/")) == "/2fa/verify/"
    assert browser.get("/public/").content == b"public False"


def test_a_proof_of_one_user_is_none_of_another(ada: User, boss: User) -> None:
    phone, _ = enrolled(ada)
    enrolled(boss)
    browser = proved("ada", phone)
    stolen = browser.session["twinlock_assurance"]
    other = password_only("boss")
    session = other.session
    session["twinlock_assurance"] = stolen
    session.save()
    assert path_of(other.get("/home/")) == "/2fa/verify/"


def test_a_reset_by_the_help_desk_ends_every_proof(ada: User) -> None:
    phone, _ = enrolled(ada)
    browser = proved("ada", phone)
    conf.two_factor().reset(str(ada.pk), actor="1", reason="lost")
    assert path_of(browser.get("/guarded/")) == "/2fa/setup/"


def test_a_storage_that_fails_closes_every_view_to_who_is_signed_in(ada: User, settings: Any) -> None:
    phone, _ = enrolled(ada)
    browser = proved("ada", phone)

    class Broken:
        def load(self, _user_id: str) -> Any:
            raise OSError

        save = erase = load

    settings.TWINLOCK = {**settings.TWINLOCK, "STORAGE": Broken}
    for url in ("/home/", "/guarded/", "/2fa/"):
        page = browser.get(url)
        assert page.status_code == 503 and b"try again in a moment" in page.content and page["Retry-After"] == "1"
        assert "default-src 'none'" in page["Content-Security-Policy"]
        assert browser.get(url, HTTP_SEC_FETCH_MODE="cors").status_code == 503


def test_the_state_stands_in_the_request(ada: User) -> None:
    phone, _ = enrolled(ada)
    assert password_only("ada").get("/public/").content == b"public False"
    assert proved("ada", phone).get("/public/").content == b"public True"
    assert Browser().get("/public/").content == b"public False"


def test_the_middleware_says_where_it_belongs() -> None:
    with pytest.raises(Exception, match="AuthenticationMiddleware"):
        TwoFactorMiddleware(lambda _request: None)(RequestFactory().get("/"))  # type: ignore[arg-type, return-value]


# --- decorator and mixin ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["/guarded/", "/awaited/", "/payout/", "/awaited-payout/"])
def test_guarded_views(ada: User, url: str) -> None:
    assert path_of(Browser().get(url)) == "/login/"
    browser = password_only("ada")
    assert path_of(browser.get(url)) == "/2fa/setup/"
    phone, _ = enrolled(ada)
    assert path_of(browser.get(url)) == "/2fa/verify/"
    assert proved("ada", phone).get(url).status_code == 200


@pytest.mark.parametrize(
    ("url", "status"), [("/guarded/", 200), ("/awaited/", 302), ("/payout/", 302), ("/awaited-payout/", 200)]
)
def test_how_fresh_the_proof_must_be(ada: User, url: str, status: int) -> None:
    phone, _ = enrolled(ada)
    browser = proved("ada", phone)
    CLOCK.advance(301)
    assert browser.get(url).status_code == status


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("url", ["/guarded/", "/awaited/", "/awaited-payout/"])
def test_in_an_asynchronous_stack(ada: User, url: str) -> None:
    phone, _ = enrolled(ada)
    cookies = proved("ada", phone).cookies, password_only("ada").cookies

    async def both() -> list[int]:
        statuses = []
        for held in cookies:
            client = AsyncClient()
            client.cookies = held
            statuses.append((await client.get(url, headers={"accept": "text/html"})).status_code)
        return statuses

    assert asyncio.run(both()) == [200, 302]


# --- the admin --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["/admin/", "/admin/auth/user/", "/admin/auth/user/add/", "/admin/password_change/", "/admin/jsi18n/"]
)
def test_the_admin_is_closed_to_the_password_alone(boss: User, url: str) -> None:
    browser = password_only("boss")
    assert path_of(browser.get(url)) == "/2fa/setup/"
    phone, _ = enrolled(boss)
    assert path_of(browser.get(url)) == "/2fa/verify/"
    assert proved("boss", phone).get(url).status_code == 200


def test_what_others_build_on_the_site_asks_it_the_same(boss: User) -> None:
    phone, _ = enrolled(boss)
    for browser, allowed in ((password_only("boss"), False), (proved("boss", phone), True)):
        request = RequestFactory().get("/admin/", HTTP_ACCEPT="text/html")
        request.session = browser.session  # type: ignore[assignment]
        request.user = boss
        assert site.has_permission(request) is allowed


def test_the_login_of_the_admin_has_two_steps(boss: User) -> None:
    phone, _ = enrolled(boss)
    browser = Browser()
    answer = browser.form("/admin/login/?next=/admin/auth/user/", username="boss", password=PASSWORD)
    assert path_of(answer) == "/2fa/verify/"
    assert "_auth_user_id" not in browser.session
    assert path_of(browser.get("/admin/")) == "/admin/login/"
    done = browser.form(answer["Location"], code=phone.fresh())
    assert done["Location"] == "/admin/auth/user/"
    assert browser.get("/admin/auth/user/").status_code == 200


def test_the_admin_is_closed_whatever_the_middleware_enforces(boss: User, settings: Any) -> None:
    settings.TWINLOCK = {**settings.TWINLOCK, "ENFORCE": False}
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "twinlock" not in name]
    enrolled(boss)
    browser = password_only("boss")
    assert path_of(browser.get("/admin/")) == "/2fa/verify/"
    assert path_of(browser.get("/admin/login/?next=/admin/auth/user/")) == "/2fa/verify/"
    token = browser.cookies["csrftoken"].value
    refused = browser.post("/admin/auth/user/add/", {"username": "mallory", "csrfmiddlewaretoken": token})
    assert refused.status_code == 302
    assert not User.objects.filter(username="mallory").exists()


def test_staff_without_a_second_factor_signs_in_to_set_one_up(boss: User) -> None:
    browser = Browser()
    answer = browser.form("/admin/login/?next=/admin/", username="boss", password=PASSWORD)
    assert answer["Location"] == "/admin/"
    assert path_of(browser.get("/admin/")) == "/2fa/setup/"
    assert path_of(browser.get("/admin/login/?next=/admin/")) == "/2fa/setup/"


def test_who_is_no_staff_gets_nothing_from_a_second_factor(ada: User) -> None:
    phone, _ = enrolled(ada)
    assert path_of(proved("ada", phone).get("/admin/")) == "/admin/login/"


def test_staff_with_the_password_alone_may_sign_out_of_the_admin(boss: User) -> None:
    enrolled(boss)
    browser = password_only("boss")
    token = browser.cookies["csrftoken"].value
    assert browser.post("/admin/logout/", {"csrfmiddlewaretoken": token}).status_code == 200
    assert "_auth_user_id" not in browser.session


def test_a_wrong_password_at_the_admin_is_django_s_own_refusal(boss: User) -> None:
    answer = Browser().form("/admin/login/?next=/admin/", username="boss", password="wrong")
    assert answer.status_code == 200 and b"errornote" in answer.content
