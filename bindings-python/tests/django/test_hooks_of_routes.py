"""What is Django's own in `TwoFactorRoutes`: kinds of hooks, forms of an answer, both faces of the engine, other middleware."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.cache import SessionStore
from django.contrib.sessions.backends.db import SessionStore as DatabaseSession
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.test import Client, RequestFactory, override_settings
from pages import CLOCK
from pages import enrolled as enrolled_with
from rest_framework.response import Response

from twinlock import AsyncTwoFactor, AuthenticatorAccount, ConfigurationError, KeyRing, MemoryStorage, TwoFactor
from twinlock.django import TwoFactorRoutes, Verified, conf
from twinlock.testing import VirtualClock

NOW = 1_700_000_000


def routes_with(kind: type = TwoFactor, **hooks: Any) -> TwoFactorRoutes:
    engine = kind(issuer="Acme", storage=MemoryStorage(), keys=KeyRing.generate(), clock=VirtualClock(NOW))
    given: dict[str, Any] = {
        "user": lambda request: SimpleNamespace(pk=request.headers["X-User"]),
        "user_id": lambda user: user.pk,
        "account_name": lambda _user: "ada",
        "required_for": lambda _user: False,
        "on_verified": lambda _request, _verified: None,
        "proof": "bearer",
        "allowed_origins": (),
        "setup_url": "/",
        **hooks,
    }
    return TwoFactorRoutes(engine, **given)


def call(routes: TwoFactorRoutes, path: str, body: Any = None, method: str = "POST", **headers: str) -> Any:
    request = RequestFactory().generic(
        method, f"/{path}", json.dumps(body or {}), content_type="application/json", headers={"X-User": "42", **headers}
    )
    answer = routes.urls[0].callback(request, rest=path)
    return asyncio.run(answer) if asyncio.iscoroutine(answer) else answer


def set_up(routes: TwoFactorRoutes) -> Any:
    setup = json.loads(call(routes, "setup").content)
    code = AuthenticatorAccount.from_uri(setup["otpauth_uri"]).code_at(NOW)
    return call(routes, "setup/confirm", {"setup": setup["setup"], "code": code})


def log_in(routes: TwoFactorRoutes) -> Any:
    return routes.login(RequestFactory().post("/login"), SimpleNamespace(pk="7"))


@pytest.mark.parametrize("kind", [TwoFactor, AsyncTwoFactor])
def test_hooks_of_either_kind_in_views_of_either_kind(kind: type) -> None:
    seen: list[Verified] = []

    async def user(request: HttpRequest) -> Any:
        return SimpleNamespace(pk=request.headers["X-User"])

    async def on_verified(_request: HttpRequest, verified: Verified) -> dict[str, str]:
        seen.append(verified)
        return {"hello": "ada"}

    routes = routes_with(kind, user=user, on_verified=on_verified)
    assert json.loads(set_up(routes).content)["hello"] == "ada"
    assert [(one.user_id, one.occasion, one.method, one.verified_at) for one in seen] == [("42", "setup", "totp", NOW)]


def test_an_engine_to_await_is_no_engine_for_a_synchronous_login() -> None:
    with pytest.raises(ConfigurationError):
        log_in(routes_with(AsyncTwoFactor))


def test_a_hook_that_waits_in_a_synchronous_view_is_a_mistake_that_lets_nobody_in() -> None:
    async def assurance(_request: HttpRequest) -> str | None:
        await asyncio.sleep(0)
        return None

    with pytest.raises(ConfigurationError):
        call(routes_with(assurance=assurance), "status", method="GET")


def test_a_session_of_django_s_gets_a_new_key_whatever_the_hook_does() -> None:
    request = RequestFactory().post("/login")
    request.session = SessionStore()
    request.session["cart"] = ["book"]
    request.session.save()
    before = request.session.session_key
    routes_with(proof="session").login(request, SimpleNamespace(pk="7"))
    assert request.session.session_key not in (None, before)
    assert request.session["cart"] == ["book"]


@pytest.mark.django_db(transaction=True)
def test_sessions_in_the_database_and_asynchronous_views(settings: Any) -> None:
    settings.TWINLOCK = {**settings.TWINLOCK, "CLOCK": CLOCK}
    ada = User.objects.create_user("ada", password="x")
    _, codes = enrolled_with(ada)
    routes = TwoFactorRoutes(conf.async_two_factor(), setup_url="/", allowed_origins=())

    async def both_steps() -> tuple[list[Any], Any]:
        request = RequestFactory().post("/login")
        request.session = DatabaseSession()
        request.session["cart"] = ["book"]
        await request.session.asave()
        request.user = AnonymousUser()
        request.auser = partial(found, request)  # type: ignore[method-assign]
        ada.backend = "django.contrib.auth.backends.ModelBackend"  # type: ignore[attr-defined]
        first: Any = await routes.alogin(request, ada)
        step = RequestFactory().post("/verify", json.dumps({"code": codes[0]}), content_type="application/json")
        step.session, step.user, step.auser = request.session, request.user, request.auser  # type: ignore[method-assign]
        second = await routes.urls[0].callback(step, rest="verify")
        return [first, second], step

    (first, second), step = asyncio.run(both_steps())
    assert json.loads(first.content)["two_factor_required"] is True
    assert (second.status_code, json.loads(second.content)["method"]) == (200, "backup_code")
    assert step.session["cart"] == ["book"] and step.session["_auth_user_id"] == str(ada.pk)


async def found(request: HttpRequest) -> Any:
    return request.user


def test_a_json_response_is_joined_and_keeps_its_cookies() -> None:
    def on_verified(_request: HttpRequest, _verified: Verified) -> JsonResponse:
        response = JsonResponse({"token": "x"}, headers={"X-Host": "1"})
        response.set_cookie("access", "secret", httponly=True)
        return response

    answer = set_up(routes_with(on_verified=on_verified))
    body = json.loads(answer.content)
    assert (body["token"], len(body["backup_codes"])) == ("x", 10)
    assert answer["X-Host"] == "1" and answer.cookies["access"]["httponly"]
    assert answer["Cache-Control"] == "no-store"


def test_a_response_of_the_rest_framework_is_joined() -> None:
    def on_verified(_request: HttpRequest, _verified: Verified) -> Response:
        return Response({"token": "x"}, status=201)

    answer = set_up(routes_with(on_verified=on_verified))
    assert answer.status_code == 201
    assert json.loads(answer.content)["token"] == "x" and "backup_codes" in json.loads(answer.content)


@pytest.mark.parametrize(
    "make",
    [
        lambda: HttpResponse("hello"),
        lambda: HttpResponseRedirect("/home"),
        lambda: JsonResponse([1], safe=False),
        lambda: HttpResponse("{", content_type="application/json"),
        lambda: StreamingHttpResponse([b"hello"]),
    ],
)
def test_any_other_response_goes_out_as_it_is_but_backup_codes_arrive(make: Any) -> None:
    def on_verified(_request: HttpRequest, _verified: Verified) -> Any:
        response = make()
        response.set_cookie("access", "secret")
        return response

    routes = routes_with(on_verified=on_verified)
    login = log_in(routes)
    assert login.status_code == make().status_code and type(login) is type(make())
    assert login["Cache-Control"] == "no-store"
    answer = set_up(routes)
    assert answer.status_code == 200
    assert len(json.loads(answer.content)["backup_codes"]) == 10
    assert answer.cookies["access"].value == "secret"


def test_exceptions_of_hooks_are_the_application_s() -> None:
    def fail(*_arguments: Any) -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        call(routes_with(user=fail), "status", method="GET")


def test_a_hook_that_forgets_to_check_lets_nobody_administer() -> None:
    routes = routes_with()
    request = RequestFactory().get("/stats", headers={"X-User": "42"})
    assert routes.admin_urls[0].callback(request, rest="stats").status_code == 403


def test_an_unknown_place_for_the_proof() -> None:
    with pytest.raises(ConfigurationError):
        routes_with(proof="url")


def test_a_login_of_nobody() -> None:
    answer = routes_with().login(RequestFactory().post("/login"), None)
    assert (answer.status_code, json.loads(answer.content)["code"]) == (401, "not_signed_in")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("seen", "origin", "status"),
    [
        ("app.example", "https://app.example", 201),
        ("app.example", "https://app.example.evil", 403),
        ("app.example", "null", 403),
        ("app.example:8443", "https://app.example", 403),
    ],
)
@override_settings(ALLOWED_HOSTS=["*"], MIDDLEWARE=[])
def test_where_a_request_comes_from(seen: str, origin: str, status: int) -> None:
    routes = routes_with(proof="cookie")
    assert call(routes, "setup", Origin=origin, Host=seen).status_code == status


@override_settings(ALLOWED_HOSTS=["app.example"])
@pytest.mark.urls("apis_urls")
@pytest.mark.django_db
def test_a_host_that_is_not_allowed_gets_no_cookie() -> None:
    assert Client().get("/2fa/status", headers={"Host": "evil.example"}).status_code in (400, 401)


@pytest.mark.urls("pages_urls")
@pytest.mark.django_db
def test_pages_and_contract_stand_beside_a_middleware_that_wants_everybody_signed_in(settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
    User.objects.create_user("ada", password="x")
    client = Client()
    answer = client.post("/2fa/api/verify", "{}", content_type="application/json")
    assert answer.status_code == 400, "the contract's own answer, not a redirect"
    assert client.get("/2fa/verify/")["Location"].startswith("/")
    assert client.get("/login/").status_code == 200


@pytest.mark.parametrize("kind", [TwoFactor, AsyncTwoFactor])
def test_where_cookies_let_somebody_in_the_csrf_token_is_wanted_by_views_of_either_kind(kind: type) -> None:
    for proof, status in (("cookie", 403), ("bearer", 201)):
        assert call(routes_with(kind, proof=proof), "setup").status_code == status


@pytest.mark.urls("pages_urls")
@pytest.mark.django_db
def test_the_page_of_the_code_is_open_to_who_is_not_signed_in_yet(settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
    settings.TWINLOCK = {**settings.TWINLOCK, "CLOCK": CLOCK}
    enrolled_with(User.objects.create_user("ada", password="x"))
    client = Client()
    where = client.post("/login/", {"username": "ada", "password": "x"})["Location"]
    assert client.get(where).status_code == 200


def test_names_are_imported_before_django_is_ready() -> None:
    import twinlock.django as package

    with pytest.raises(AttributeError):
        package.nothing  # noqa: B018
    assert all(getattr(package, name) is not None for name in package.__all__)


def test_the_middleware_wants_users(settings: Any) -> None:
    settings.MIDDLEWARE = ["twinlock.django.TwoFactorMiddleware"]
    with pytest.raises(ImproperlyConfigured):
        Client().get("/")
