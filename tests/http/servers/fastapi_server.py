"""The server under test for FastAPI: the applications that README.md describes, on `$PORT`."""

# Annotations are evaluated here: FastAPI has to see the dependencies, which are local to their functions.

import logging
import os
import secrets
from typing import Annotated, Any

import server_sessions
import uvicorn
from fastapi import Body, Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, ConfigDict
from server_storage import FaultyStorage
from starlette.types import Receive, Scope, Send

from twinlock import AsyncTwoFactor, KeyRing, TwoFactor
from twinlock.fastapi import TwoFactorRoutes, Verified
from twinlock.testing import VirtualClock

LINES: list[str] = []
User = dict[str, str]


class Credentials(BaseModel):
    """What the login takes."""

    model_config = ConfigDict(hide_input_in_errors=True)

    username: str
    password: str
    code: str | None = None
    next_codes: list[str] = []
    trust_device: bool = False
    carry: str | None = None
    one_call: bool = False


class Host:
    """An application with its own users and its own way to remember who is signed in."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.mode = name if name in ("session", "cookie") else "bearer"
        self.signed_in: dict[str, dict[str, str | None]] = {}
        self.storage = FaultyStorage()
        self.clock = VirtualClock(1_700_000_000)
        # One of each kind, so that both faces of the engine are behind the same contract.
        kind = TwoFactor if name == "session" else AsyncTwoFactor
        self.two_factor = kind(issuer="Acme", storage=self.storage, keys=KeyRing.generate(), clock=self.clock)

    def token(self, request: Request) -> dict[str, str | None] | None:
        """The application's own token, from its cookie or its header."""
        if self.mode == "cookie":
            return self.signed_in.get(request.cookies.get("host", ""))
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        return self.signed_in.get(value) if scheme == "Bearer" else None

    def user(self, request: Request) -> User | None:
        """The hook `user`."""
        if self.mode == "session":
            name = request.session.get("user")
        else:
            name = (self.token(request) or {}).get("user")
        return None if name is None else {"id": name, "account_name": f"{name}@example.com"}

    def new_token(self, user_id: str, tfa: str | None = None) -> str:
        """Signs in."""
        token = secrets.token_urlsafe(24)
        self.signed_in[token] = {"user": user_id, "tfa": tfa}
        return token

    def answer(self, request: Request, user_id: str, told: dict[str, Any], tfa: str | None = None) -> Any:
        """The user is signed in, in this application's way."""
        if self.mode == "session":
            request.session["user"] = user_id
            return told
        token = self.new_token(user_id, tfa)
        if self.mode == "bearer":
            return {**told, "access_token": token}
        response = JSONResponse(told)
        response.set_cookie("host", token, httponly=True, samesite="lax")
        return response

    async def on_verified(self, request: Request, verified: Verified) -> Any:
        """The hook `on_verified`."""
        told = {
            "occasion": verified.occasion,
            "carry": verified.carry,
            "enrollment_required": verified.enrollment_required,
        }
        return self.answer(request, verified.user_id, told, verified.assurance)

    def options(self) -> dict[str, Any]:
        """The hooks that only some of the applications give."""
        options: dict[str, Any] = {}
        if self.name != "strict":
            options["may_administer"] = lambda request: (self.user(request) or {"id": ""})["id"].startswith("admin-")
        if self.name == "strict":
            options["reauthenticate"] = lambda _request, user, password: password == f"password of {user['id']}"
        if self.name == "claim":
            options["assurance"] = lambda request: (self.token(request) or {}).get("tfa")
        if self.name == "session":
            options |= {"rotate_session": server_sessions.rotate, "csrf": lambda _request: "csrf-token"}
        return options


def application(name: str) -> FastAPI:
    """One of the applications."""
    host = Host(name)
    app = FastAPI(title=name)
    if host.mode == "session":
        app.add_middleware(server_sessions.ServerSessions)
    routes: TwoFactorRoutes[User] = TwoFactorRoutes(
        host.two_factor,
        user=host.user,
        on_verified=host.on_verified,
        proof=host.mode,  # type: ignore[arg-type]
        required_for=lambda user: user["id"].startswith("must-"),
        allowed_origins={"https://app.example"},
        setup_url="/settings/two-factor",
        **host.options(),
    )
    routes.install(app, prefix="/2fa", admin_prefix="/2fa/admin")
    add_application(app, host, routes)
    add_test_calls(app, host)
    return app


def add_application(app: FastAPI, host: Host, routes: TwoFactorRoutes[User]) -> None:
    """What any application has."""

    @app.post("/login")
    async def login(request: Request, body: Credentials) -> Response:
        if body.password != f"password of {body.username}":
            return JSONResponse({"detail": "wrong password"}, 401)
        user = {"id": body.username, "account_name": f"{body.username}@example.com"}
        return await routes.login(
            request, user, body.code, body.next_codes, body.trust_device, body.carry, one_call=body.one_call
        )

    @app.post("/logout")
    async def logout(request: Request) -> Response:
        response = JSONResponse({})
        await routes.forget(request, response)
        if host.mode == "session":
            request.session.pop("user", None)
        response.delete_cookie("host")
        host.signed_in.pop(request.headers.get("authorization", "").removeprefix("Bearer "), None)
        return response

    @app.get("/guarded")
    async def guarded(user: Annotated[User, Depends(routes.required())]) -> dict[str, str]:
        return {"id": user["id"]}

    @app.get("/guarded/fresh")
    async def fresh(user: Annotated[User, Depends(routes.required(max_age=300))]) -> dict[str, str]:
        return {"id": user["id"]}

    @app.get("/guarded/optional")
    async def optional(user: Annotated[User, Depends(routes.required(if_enabled=True))]) -> dict[str, str]:
        return {"id": user["id"]}


def add_test_calls(app: FastAPI, host: Host) -> None:
    """What only a test may have."""

    @app.post("/test/sign-in")
    async def sign_in(request: Request, id: Annotated[str, Body(embed=True)]) -> Any:
        return host.answer(request, id, {})

    @app.get("/test/clock")
    async def clock() -> dict[str, int]:
        return {"now": int(host.clock())}

    @app.post("/test/clock")
    async def advance(advance: Annotated[int, Body(embed=True)]) -> dict[str, int]:
        host.clock.advance(advance)
        return {"now": int(host.clock())}

    @app.get("/test/session")
    async def session(request: Request) -> dict[str, Any]:
        return {"id": request.scope["session_id"], "data": request.session}

    @app.post("/test/session")
    async def put(request: Request, members: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
        request.session.update(members)
        return {}

    @app.post("/test/storage")
    async def storage(fault: Annotated[str | None, Body(embed=True)]) -> dict[str, Any]:
        host.storage.fault = fault
        return {}

    @app.get("/test/logs")
    async def logs() -> dict[str, list[str]]:
        return {"lines": LINES}


class Lines(logging.Handler):
    """Keeps what is logged, so that the suite can look for secrets in it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line as it would be printed, with its traceback."""
        LINES.append(self.format(record))


class Everything:
    """All applications in one process. Starlette's own `Mount` would not take a path with a line end in it."""

    def __init__(self) -> None:
        self._applications = {name: application(name) for name in ("session", "cookie", "bearer", "strict", "claim")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            name = scope["path"].split("/")[1]
            app = self._applications.get(name, PlainTextResponse("no such application", 404))
            await app({**scope, "root_path": f"/{name}"}, receive, send)


if __name__ == "__main__":
    logging.basicConfig(level=logging.DEBUG, handlers=[Lines(), logging.StreamHandler()])
    uvicorn.run(Everything(), lifespan="off", host="127.0.0.1", port=int(os.environ["PORT"]), log_config=None)
