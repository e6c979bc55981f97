"""What is Python's own: kinds of hooks, kinds of users, forms of an answer, both faces of the engine."""

from __future__ import annotations

import logging
import sys
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse
from fastapi.testclient import TestClient

from twinlock import AsyncTwoFactor, ConfigurationError, KeyRing, MemoryStorage, NotFound, TwoFactor
from twinlock.fastapi import TwoFactorRoutes, Verified
from twinlock.testing import VirtualClock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from twinlock_http import Phone

NOW = 1_700_000_000
HOST = "http://127.0.0.1"


def engine(kind: type = TwoFactor) -> Any:
    return kind(issuer="Acme", storage=MemoryStorage(), keys=KeyRing.generate(), clock=VirtualClock(NOW))


def application(two_factor: Any = None, **hooks: Any) -> tuple[TestClient, TwoFactorRoutes[Any]]:
    """An application where the header `X-User` says who is signed in."""
    hooks = {
        "user": lambda request: {"id": request.headers["x-user"]} if "x-user" in request.headers else None,
        "on_verified": lambda _request, _verified: None,
        "proof": "bearer",
        **hooks,
    }
    routes: TwoFactorRoutes[Any] = TwoFactorRoutes(two_factor or engine(), **hooks)
    app = FastAPI()
    routes.install(app, prefix="/2fa", admin_prefix="/2fa/admin")

    @app.post("/login")
    async def login(request: Request) -> Any:
        return await routes.login(request, {"id": request.headers["x-login"]})

    @app.get("/guarded")
    async def guarded(user: Annotated[Any, Depends(routes.required())]) -> Any:
        return {"id": str(user["id"])}

    @app.get("/raises")
    async def raises() -> None:
        raise NotFound

    return TestClient(app, base_url=HOST), routes


def set_up(client: TestClient, user: str = "42") -> Any:
    headers = {"x-user": user}
    setup = client.post("/2fa/setup", headers=headers).json()
    body = {"setup": setup["setup"], "code": Phone(setup["otpauth_uri"]).code(NOW)}
    return client.post("/2fa/setup/confirm", json=body, headers=headers)


@pytest.mark.parametrize("kind", [TwoFactor, AsyncTwoFactor])
def test_both_faces_of_the_engine(kind: type) -> None:
    client, _ = application(engine(kind))
    answer = set_up(client)
    assert answer.status_code == 200
    assert client.post("/login", headers={"x-login": "42"}).json()["two_factor_required"] is True


def test_async_hooks_are_awaited() -> None:
    seen: list[Verified] = []

    async def user(_request: Request) -> Any:
        return SimpleNamespace(id=42, account_name="ada@example.com")

    async def on_verified(_request: Request, verified: Verified) -> dict[str, str]:
        seen.append(verified)
        return {"hello": "ada"}

    async def required_for(_user: Any) -> bool:
        return True

    client, _ = application(user=user, on_verified=on_verified, required_for=required_for)
    assert client.get("/2fa/status").json()["required"] is True
    assert client.post("/2fa/setup").json()["account_name"] == "ada@example.com"
    assert set_up(client).json()["hello"] == "ada"
    assert [(verified.user_id, verified.occasion, verified.method) for verified in seen] == [("42", "setup", "totp")]
    assert seen[0].verified_at == NOW


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("Ada", "Ada"),
        (42, "42"),
        (uuid.UUID("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ],
)
@pytest.mark.parametrize("form", [dict, SimpleNamespace])
def test_user_ids_become_text(given: Any, text: str, form: Any) -> None:
    two_factor = engine()
    client, _ = application(two_factor, user=lambda _request: form(id=given))
    assert set_up(client).status_code == 200
    assert two_factor.status(text).enabled is True


@pytest.mark.parametrize("given", [None, True, 1.5, b"42", ["42"]])
def test_other_user_ids_are_a_mistake_of_the_application(given: Any) -> None:
    client, _ = application(user=lambda _request: {"id": given})
    assert client.get("/2fa/status").status_code == 500


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ({"id": 1, "account_name": "a", "email": "b"}, "a"),
        ({"id": 1, "email": "b", "username": "c"}, "b"),
        ({"id": 1, "username": "c"}, "c"),
        ({"id": 1}, "1"),
    ],
)
def test_the_account_name_in_the_app(user: dict[str, Any], name: str) -> None:
    client, _ = application(user=lambda _request: user)
    assert client.post("/2fa/setup").json()["account_name"] == name
    client, _ = application(user=lambda _request: user, account_name=lambda user: f"user {user['id']}")
    assert client.post("/2fa/setup").json()["account_name"] == "user 1"


def test_a_json_response_is_joined_and_keeps_its_cookies() -> None:
    def on_verified(_request: Request, _verified: Verified) -> JSONResponse:
        response = JSONResponse({"token": "x"}, headers={"X-Host": "1"})
        response.set_cookie("access", "secret", httponly=True)
        response.set_cookie("refresh", "secret", httponly=True)
        return response

    answer = set_up(application(on_verified=on_verified)[0])
    assert answer.json()["token"] == "x"
    assert len(answer.json()["backup_codes"]) == 10
    assert answer.headers["x-host"] == "1"
    assert len(answer.headers.get_list("set-cookie")) == 2
    assert answer.headers["content-type"] == "application/json"
    assert int(answer.headers["content-length"]) == len(answer.content)


@pytest.mark.parametrize("response", [PlainTextResponse("hello"), RedirectResponse("/home"), JSONResponse([1])])
def test_any_other_response_goes_out_as_it_is_but_backup_codes_arrive(response: Any) -> None:
    response.set_cookie("access", "secret")
    client, _ = application(on_verified=lambda _request, _verified: response)
    login = client.post("/login", headers={"x-login": "42"}, follow_redirects=False)
    assert (login.status_code, login.content) == (response.status_code, response.body)
    assert login.headers["cache-control"] == "no-store"
    answer = set_up(client)
    assert answer.status_code == 200
    assert len(answer.json()["backup_codes"]) == 10
    assert "access=secret" in answer.headers["set-cookie"]


def test_exceptions_of_hooks_are_the_applications() -> None:
    def refuse(*_arguments: Any) -> Any:
        raise HTTPException(418, "account closed")

    client, _ = application(on_verified=refuse)
    assert client.post("/login", headers={"x-login": "42"}).status_code == 418
    client, _ = application(user=refuse)
    assert client.get("/2fa/status").status_code == 418

    def fail(*_arguments: Any) -> Any:
        raise ZeroDivisionError

    client, _ = application(user=fail)
    with pytest.raises(ZeroDivisionError):
        client.get("/2fa/status")


def test_engine_errors_anywhere_become_problems() -> None:
    client, _ = application()
    answer = client.get("/raises")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.headers["content-type"] == "application/problem+json"


def test_without_install_the_guard_still_answers_rightly() -> None:
    routes: TwoFactorRoutes[Any] = TwoFactorRoutes(
        engine(), user=lambda _request: None, on_verified=lambda _request, _verified: None, proof="bearer"
    )
    app = FastAPI()
    app.include_router(routes.router, prefix="/api/auth/2fa")

    @app.get("/guarded", dependencies=[Depends(routes.required())])
    async def guarded() -> None: ...

    client = TestClient(app, base_url=HOST)
    answer = client.get("/guarded")
    assert answer.status_code == 401
    assert answer.json()["detail"]["code"] == "not_signed_in"
    assert answer.headers["www-authenticate"] == 'Bearer realm="account"'
    assert client.get("/api/auth/2fa/status").json()["code"] == "not_signed_in"


def test_a_login_of_nobody() -> None:
    client, routes = application()

    @client.app.post("/nobody")  # type: ignore[attr-defined]
    async def nobody(request: Request) -> Any:
        return await routes.login(request, None)

    answer = client.post("/nobody")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


def test_the_application_may_keep_the_device_token_itself() -> None:
    kept: list[str | None] = []

    def on_verified(_request: Request, verified: Verified) -> None:
        kept.append(verified.device)

    client, _ = application(on_verified=on_verified, device=lambda _request: kept[-1] if kept else None)
    answer = set_up(client)
    assert "device" not in answer.json()
    headers = {"x-user": "42", "Twinlock-Assurance": answer.json()["assurance"]}
    assert [device["current"] for device in client.get("/2fa/devices", headers=headers).json()["devices"]] == [True]


def test_an_unknown_place_for_the_proof() -> None:
    with pytest.raises(ConfigurationError):
        application(proof="url")


def test_a_session_without_a_way_to_get_a_new_id_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "twinlock.fastapi"):
        application(proof="session")
    assert "session fixation" in caplog.text


def test_the_session_gets_a_new_id_at_the_password_already() -> None:
    session: dict[str, Any] = {}
    turned: list[bool] = []
    client, _ = application(
        proof="session",
        session=lambda _request: session,
        rotate_session=lambda _request: turned.append("twinlock_pending" in session),
    )
    assert set_up(client).status_code == 200
    turned.clear()
    assert client.post("/login", headers={"x-login": "42"}).json()["two_factor_required"] is True
    assert turned == [False], "before anything that is worth stealing stands in it"
    assert session["twinlock_pending"] == "42"


def test_verified_is_silent_about_tokens() -> None:
    verified = Verified("42", "sign_in", "totp", assurance="secret-a", device="secret-d", carry="secret-c")
    assert "secret" not in repr(verified)


# --- behind a proxy ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "origin", "allowed"),
    [
        ("http://app.example", "https://app.example", True),
        ("https://app.example", "https://app.example", True),
        ("https://app.example", "http://app.example", False),
        ("https://app.example:8443", "https://app.example", False),
        ("https://app.example", "https://app.example:443", True),
        ("https://app.example", "https://user@app.example", False),
        ("https://app.example", "https://app.example.evil", False),
        ("https://app.example", "https://[", False),
    ],
)
def test_where_a_request_comes_from(seen: str, origin: str, allowed: bool) -> None:
    client, _ = application(proof="cookie")
    client.base_url = seen
    answer = client.post("/2fa/setup", headers={"x-user": "42", "origin": origin})
    assert answer.status_code == (201 if allowed else 403)


@pytest.mark.parametrize("root_path", ["", "/proxied"])
def test_an_encoded_slash_in_an_application_that_is_mounted_in_another(root_path: str) -> None:
    client, _ = application(may_administer=lambda _request: True)
    outer = FastAPI()
    outer.mount("/api", client.app)
    mounted, base = TestClient(outer, base_url=HOST, root_path=root_path), f"{root_path}/api/2fa"
    for path in ("devices/a%2Fb", "authenticators/a%2fb%2F"):
        assert mounted.delete(f"{base}/{path}").json()["code"] == "not_signed_in"
    assert mounted.get(f"{base}/admin/users/x%2Freset").json()["code"] == "not_signed_in"
    assert mounted.get(f"{base}/admin/users/x/reset").status_code == 405
    assert mounted.delete(f"{base}/devices/a/b").status_code == 404


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "media_type"), [("twinlock.js", "text/javascript"), ("twinlock.css", "text/css")])
def test_the_pages(name: str, media_type: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "twinlock.fastapi"):
        client, _ = application()
    answer = client.get(f"/2fa/web/{name}")
    if answer.status_code == 404:
        assert answer.json()["code"] == "not_found"
        assert "built without its pages" in caplog.text
        return
    assert answer.headers["content-type"].startswith(media_type)
    assert answer.headers["x-content-type-options"] == "nosniff"
    again = client.get(f"/2fa/web/{name}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/2fa/web/../secret").status_code == 404
