"""Each system check, on a project that needs it and on one that does not."""

from __future__ import annotations

import base64

import pytest
from django.core.checks import run_checks
from django.db import connections
from django.http import HttpResponse
from django.test import override_settings
from django.urls import clear_url_caches, include, path
from rest_framework.authtoken.views import obtain_auth_token
from rest_framework_simplejwt.views import TokenObtainPairView

from twinlock import KeyRing, Policy

GOOD = {"ISSUER": "Acme", "KEYS": KeyRing.generate("2026a").to_text()}
SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"
OURS = "twinlock.django.TwoFactorMiddleware"
SAFE = {"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"]}
pytestmark = pytest.mark.usefixtures("_no_doors")


@pytest.fixture
def _no_doors(settings):
    settings.REST_FRAMEWORK = SAFE
    settings.TWINLOCK = GOOD


def ids(*, deploy: bool = False) -> list[str]:
    found = run_checks(include_deployment_checks=deploy)
    return sorted(message.id or "" for message in found if (message.id or "").startswith("twinlock."))


def ids_of(**twinlock: object) -> list[str]:
    with override_settings(TWINLOCK={**GOOD, **twinlock}):
        return ids()


def key(data: bytes, id: str = "2026a") -> str:
    return f"{id}:{base64.b64encode(data).decode()}"


def test_a_project_as_in_the_readme_has_nothing_to_say(settings, monkeypatch):
    from django.contrib import admin

    ours = type("Site", (admin.AdminSite,), {"__module__": "twinlock.django.admin_site"})
    monkeypatch.setattr(admin, "site", ours())
    settings.SESSION_COOKIE_SECURE = True
    assert ids(deploy=True) == []


@pytest.mark.parametrize(
    ("twinlock", "said"),
    [
        ({"ENFROCE": False}, "E001"),
        ({"ENFORCE": "no"}, "E001"),
        ({"MAX_AGE": -1}, "E001"),
        ({"EXEMPT_URLS": "/public/"}, "E001"),
        ({"EXEMPT_URLS": ["("]}, "E001"),
        ({"ALLOWED_ORIGINS": [None]}, "E001"),
        ({"LOGIN_URL": 1}, "E001"),
        ({"MAX_AGE": True}, "E001"),
        ({"KEYS_FILE": "keys"}, "E001"),
        ({"SQLITE_FILE": "2fa.db", "STORAGE": "a.b"}, "E001"),
        ({"STORAGE_TIMEOUT": 0}, "E001"),
        ({"ISSUER": ""}, "E002"),
        ({"ISSUER": "x" * 65}, "E002"),
        ({"KEYS": None}, "E003"),
        ({"KEYS": "2026a:short"}, "E003"),
        ({"KEYS": None, "KEYS_FILE": "/nowhere/keys"}, "E003"),
        ({"KEYS": key(b"0123456789abcdefghijklmnopqrstuv")}, "E004"),
        ({"KEYS": key(bytes(range(32)))}, "E004"),
        ({"KEYS": key(b"secretsecretsecretsecretsecretse")}, "E004"),
        ({"KEYS": GOOD["KEYS"] + "," + key(b"\0\xff\x80\x7f" * 8, "old")}, "E004"),
        ({"POLICY": {"budget": 1000}}, "E005"),
        ({"POLICY": {"digits": 5}}, "E005"),
        ({"POLICY": {"colour": 5}}, "E005"),
        ({"REQUIRED_FOR": "nowhere.rule"}, "E006"),
        ({"CLIENT_IP": "django.VERSION"}, "E006"),
        ({"DATABASE": "replica"}, "E011"),
    ],
)
def test_a_setting_that_cannot_be_is_an_error(twinlock, said):
    assert f"twinlock.{said}" in ids_of(**twinlock)


@pytest.mark.parametrize(
    "twinlock",
    [
        {"POLICY": {"digits": 8}},
        {"POLICY": {"budget": 1000, "accept_risk": True}},
        {"POLICY": Policy()},
        {"KEYS": KeyRing.generate()},
        {"REQUIRED_FOR": "builtins.bool"},
        {"STORAGE": "twinlock.MemoryStorage"},
    ],
)
def test_one_that_can_is_not(twinlock):
    assert [id for id in ids_of(**twinlock) if ".E" in id] == []


def test_what_is_missing_altogether_is_said(settings):
    del settings.TWINLOCK
    assert {"twinlock.E002", "twinlock.E003"} <= set(ids())


def test_no_message_shows_a_key(settings):
    settings.TWINLOCK = {"ISSUER": "Acme", "KEYS": key(bytes(range(32)))}
    shown = " ".join(f"{message.msg} {message.hint}" for message in run_checks(include_deployment_checks=True))
    assert "2026a" in shown
    assert "AAECAw" not in shown


@pytest.mark.parametrize(
    "middleware",
    [
        [SESSIONS, AUTHENTICATION],
        [SESSIONS, OURS, AUTHENTICATION],
        [OURS, SESSIONS, AUTHENTICATION],
        [SESSIONS, OURS],
    ],
)
def test_a_middleware_that_is_missing_or_early_is_an_error(settings, middleware):
    settings.MIDDLEWARE = middleware
    assert "twinlock.E021" in ids()


def test_who_does_not_enforce_may_leave_it_out(settings):
    settings.MIDDLEWARE = [SESSIONS, AUTHENTICATION]
    assert "twinlock.E021" not in ids_of(ENFORCE=False)


def test_the_plain_admin_is_warned_of(settings, monkeypatch):
    from django.contrib import admin

    monkeypatch.setattr(admin, "site", admin.AdminSite())
    assert "twinlock.W022" in ids()


@pytest.mark.parametrize(
    "name",
    [
        "rest_framework.authentication.BasicAuthentication",
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework_simplejwt.authentication.JWTAuthentication",
    ],
)
def test_an_api_that_takes_a_password_alone_is_warned_of(settings, name):
    settings.REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": [name]}
    assert ids().count("twinlock.W023") == 1


def test_so_is_the_framework_as_it_comes(settings):
    settings.REST_FRAMEWORK = {}
    assert "twinlock.W023" in ids()


def home(request):
    return HttpResponse()


@pytest.mark.parametrize("ours", ["twinlock.django.urls", "twinlock.django.api", None])
def test_that_nothing_asks_for_the_code_is_warned_of(settings, monkeypatch, ours):
    serve(monkeypatch, [path("", home), *([path("2fa/", include(ours))] if ours else [])])
    assert ("twinlock.W025" in ids()) is (ours is None)
    assert "twinlock.W025" not in ids_of(ENFORCE=False)


def serve(monkeypatch, patterns):
    from project import urls

    monkeypatch.setattr(urls, "urlpatterns", patterns)
    clear_url_caches()


@pytest.fixture(autouse=True)
def _urls_as_before(monkeypatch):
    yield
    monkeypatch.undo()
    clear_url_caches()


TOKENS = [path("token/", obtain_auth_token), path("api/jwt/", TokenObtainPairView.as_view()), path("", home)]


def test_views_that_give_tokens_for_a_password_are_warned_of(settings, monkeypatch):
    serve(monkeypatch, TOKENS)
    assert ids().count("twinlock.W024") == 2


def test_sqlite_with_atomic_requests_is_an_error_until_it_has_a_file_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setitem(connections["default"].settings_dict, "ATOMIC_REQUESTS", True)
    assert "twinlock.E012" in ids()
    assert "twinlock.E012" not in ids_of(SQLITE_FILE=tmp_path / "2fa.db")


def test_the_applications_own_file_is_refused(monkeypatch, tmp_path):
    monkeypatch.setitem(connections["default"].settings_dict, "NAME", str(tmp_path / "app.db"))
    assert "twinlock.E013" in ids_of(SQLITE_FILE=str(tmp_path / "." / "app.db"))


def test_before_a_deployment_development_keys_and_careless_sessions_are_warned_of(settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    settings.SESSION_COOKIE_SECURE = False
    settings.TWINLOCK = {"ISSUER": "Acme", "KEYS": KeyRing.generate("dev1").to_text()}
    assert {"twinlock.W031", "twinlock.W032", "twinlock.W033"} <= set(ids(deploy=True))
    assert not {"twinlock.W031", "twinlock.W032", "twinlock.W033"} & set(ids())
