"""The server under test for Django: the applications that README.md describes, on `$PORT`."""

from __future__ import annotations

import json
import logging
import os
import secrets
import sys
from pathlib import Path
from typing import Any

import django
import uvicorn
from asgiref.sync import async_to_sync
from django.conf import settings
from server_storage import FaultyStorage

LINES: list[str] = []
NAMES = ("session", "cookie", "bearer", "strict", "claim")
sys.path.insert(0, str(Path(__file__).parent))

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["*"],
        AUTH_USER_MODEL="django_people.Person",
        AUTHENTICATION_BACKENDS=["django_people.backends.Everybody"],
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            "django_people",
        ],
        LOGGING_CONFIG=None,
        # Django's CSRF token has tests of its own; here the contract's check of origins stands alone.
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        ROOT_URLCONF=__name__,
        SECRET_KEY=secrets.token_hex(32),
        SESSION_ENGINE="django.contrib.sessions.backends.cache",
        USE_TZ=True,
    )
    django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402
from django.http import HttpRequest, HttpResponseBase, JsonResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from django_people.backends import Everybody  # noqa: E402
from django_people.models import Person  # noqa: E402

from twinlock import AsyncTwoFactor, KeyRing, TwoFactor  # noqa: E402
from twinlock.django import TwoFactorRoutes, Verified, sign_in  # noqa: E402
from twinlock.testing import VirtualClock  # noqa: E402


class Host:
    """An application with its own users and its own way to remember who is signed in."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.mode: Any = name if name in ("session", "cookie") else "bearer"
        self.signed_in: dict[str, dict[str, str | None]] = {}
        self.storage = FaultyStorage()
        self.clock = VirtualClock(1_700_000_000)
        # Some of each kind, so that synchronous and asynchronous views are behind the same contract.
        self.awaits = name in ("cookie", "claim", "bearer")
        kind = AsyncTwoFactor if self.awaits else TwoFactor
        two_factor = kind(issuer="Acme", storage=self.storage, keys=KeyRing.generate(), clock=self.clock)
        self.routes = TwoFactorRoutes(
            two_factor,
            on_verified=self.on_verified,
            proof=self.mode,
            required_for=lambda user: user.pk.startswith("must-"),
            account_name=lambda user: f"{user.pk}@example.com",
            allowed_origins={"https://app.example"},
            setup_url="/settings/two-factor",
            **self.options(),
        )

    def options(self) -> dict[str, Any]:
        """The hooks that only some of the applications give."""
        options: dict[str, Any] = {}
        if self.mode == "session":
            options["csrf"] = lambda _request: "csrf-token"
        else:
            options["user"] = self.user
        if self.name != "strict":
            options["may_administer"] = lambda request: self.id_of(request).startswith("admin-")
        if self.name == "strict":
            options["reauthenticate"] = lambda request, user, password: Everybody().authenticate(
                request, user.pk, password
            )
        if self.name == "claim":
            options["assurance"] = lambda request: (self.token(request) or {}).get("tfa")
        return options

    def token(self, request: HttpRequest) -> dict[str, str | None] | None:
        """The application's own token, from its cookie or its header."""
        if self.mode == "cookie":
            return self.signed_in.get(request.COOKIES.get("host", ""))
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        return self.signed_in.get(value) if scheme == "Bearer" else None

    def user(self, request: HttpRequest) -> Person | None:
        """The hook `user` where there is no session."""
        name = (self.token(request) or {}).get("user")
        return None if name is None else Person(name=name)

    def id_of(self, request: HttpRequest) -> str:
        """Who is signed in."""
        return str((request.user if self.mode == "session" else self.user(request) or Person(name="")).pk or "")

    def answer(self, user_id: str, told: dict[str, Any], tfa: str | None = None) -> Any:
        """The user is signed in, in this application's way."""
        token = secrets.token_urlsafe(24)
        self.signed_in[token] = {"user": user_id, "tfa": tfa}
        if self.mode == "bearer":
            return {**told, "access_token": token}
        response = JsonResponse(told)
        response.set_cookie("host", token, httponly=True, samesite="Lax")
        return response

    def on_verified(self, request: HttpRequest, verified: Verified) -> Any:
        """The hook `on_verified`."""
        told = {
            "occasion": verified.occasion,
            "carry": verified.carry,
            "enrollment_required": verified.enrollment_required,
        }
        if self.mode == "session":
            sign_in(request, verified)
            return told
        return self.answer(verified.user_id, told, verified.assurance)


class Application:
    """The views around the contract."""

    def __init__(self, host: Host) -> None:
        self.host = host

    def urls(self) -> list[Any]:
        """Everything under the application's name."""
        host, guard = self.host, self.host.routes.required
        return [
            path("2fa/admin/", include(host.routes.admin_urls)),
            path("2fa/", include(host.routes.urls)),
            path("login", self.login),
            path("logout", self.logout),
            path("guarded", guard()(self.guarded())),
            path("guarded/fresh", guard(max_age=300)(self.guarded())),
            path("guarded/optional", guard(if_enabled=True)(self.guarded())),
            path("test/sign-in", self.sign_in),
            path("test/clock", self.clock),
            path("test/session", self.session),
            path("test/storage", self.storage),
            path("test/logs", lambda _request: JsonResponse({"lines": LINES})),
        ]

    def login(self, request: HttpRequest) -> HttpResponseBase:
        """The password, then what the contract answers."""
        body = json.loads(request.body)
        code, next_codes = body.get("code"), body.get("next_codes") or []
        if not isinstance(code, (str, type(None))) or not isinstance(next_codes, list):
            return JsonResponse({"detail": "malformed"}, status=422)
        if not all(isinstance(code, str) for code in next_codes):
            return JsonResponse({"detail": "malformed"}, status=422)
        user = Everybody().authenticate(request, body["username"], body["password"])
        if user is None:
            return JsonResponse({"detail": "wrong password"}, status=401)
        user.backend = "django_people.backends.Everybody"
        login = async_to_sync(self.host.routes.alogin) if self.host.awaits else self.host.routes.login
        trust, carry = body.get("trust_device", False), body.get("carry")
        return login(request, user, code, next_codes, trust, carry, one_call=body.get("one_call", False))

    def logout(self, request: HttpRequest) -> HttpResponseBase:
        """Ends the application's own session."""
        response = JsonResponse({})
        self.host.routes.forget(request, response)
        if self.host.mode == "session":
            request.session.pop("_auth_user_id", None)
        response.delete_cookie("host")
        self.host.signed_in.pop(request.headers.get("authorization", "").removeprefix("Bearer "), None)
        return response

    def guarded(self) -> Any:
        """A view of the kind that the engine is of."""

        async def awaited(request: HttpRequest) -> HttpResponseBase:
            return JsonResponse({"id": self.host.id_of(request)})

        def view(request: HttpRequest) -> HttpResponseBase:
            return JsonResponse({"id": self.host.id_of(request)})

        return awaited if self.host.awaits else view

    def sign_in(self, request: HttpRequest) -> HttpResponseBase:
        """The password alone."""
        user_id = json.loads(request.body)["id"]
        if self.host.mode == "session":
            sign_in(request, Verified(user_id, "sign_in", "none"))
            return JsonResponse({})
        answer = self.host.answer(user_id, {})
        return JsonResponse(answer) if isinstance(answer, dict) else answer

    def clock(self, request: HttpRequest) -> HttpResponseBase:
        """Time, which only moves when told."""
        if request.method == "POST":
            self.host.clock.advance(json.loads(request.body)["advance"])
        return JsonResponse({"now": int(self.host.clock())})

    def session(self, request: HttpRequest) -> HttpResponseBase:
        """Members of the application's session."""
        if request.method == "POST":
            request.session.update(json.loads(request.body))
            return JsonResponse({})
        return JsonResponse({"id": request.session.session_key, "data": dict(request.session.items())})

    def storage(self, request: HttpRequest) -> HttpResponseBase:
        """A fault to order."""
        self.host.storage.fault = json.loads(request.body)["fault"]
        return JsonResponse({})


class Lines(logging.Handler):
    """Keeps what is logged, so that the suite can look for secrets in it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line as it would be printed, with its traceback."""
        LINES.append(self.format(record))


urlpatterns = [path(f"{name}/", include(Application(Host(name)).urls())) for name in NAMES]


if __name__ == "__main__":
    logging.basicConfig(level=logging.DEBUG, handlers=[Lines(), logging.StreamHandler()])
    uvicorn.run(get_asgi_application(), lifespan="off", host="127.0.0.1", port=int(os.environ["PORT"]), log_config=None)
