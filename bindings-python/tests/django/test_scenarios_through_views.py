"""Walks the stories of tests/scenarios through the Django views: what the contract has a call for goes there, as JSON.

What it has none for (imports, new passwords, new keys, the state of somebody who proved nothing) is asked of the engine, as an
application would.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from twinlock import TwoFactor, TwoFactorError, errors
from twinlock.django import Refusal, TwoFactorRoutes, Verified

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from test_scenarios import STORIES, Walker

ERRORS = {
    error.code: error
    for error in vars(errors).values()
    if isinstance(error, type) and issubclass(error, TwoFactorError) and error is not TwoFactorError
}
GUARDED = {
    "regenerate_backup_codes": ("POST", "backup-codes"),
    "disable": ("POST", "disable"),
    "rename_authenticator": ("PATCH", "authenticators/{id}"),
    "remove_authenticator": ("DELETE", "authenticators/{id}"),
}


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_story_through_the_views(path: Path) -> None:
    walker = WalkerThroughViews(json.loads(path.read_text()), TwoFactor)
    asyncio.run(walker.walk())
    assert walker.two_factor.asked, "no step went through a view"


class WalkerThroughViews(Walker):
    """The same walker over another face of the engine."""

    def deploy(self) -> None:
        super().deploy()
        self.two_factor: Any = ThroughViews(self.two_factor, self.clock)


class ThroughViews:
    """Operations as calls of the contract, with tokens in bodies and headers; the engine for all others."""

    def __init__(self, engine: TwoFactor, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock
        self.asked = 0
        self._verified: list[Verified] = []
        self._routes = TwoFactorRoutes(
            engine,
            user=lambda request: SimpleNamespace(pk=request.headers["X-User"]),
            user_id=lambda user: user.pk,
            on_verified=lambda _request, verified: self._verified.append(verified),
            proof="bearer",
            required_for=lambda user: self._required,
            account_name=lambda _user: self._account_name,
            allowed_origins=(),
            setup_url="/",
        )
        self._proof: str | None = None
        self._required = False
        self._account_name = "ada@example.com"

    def __getattr__(self, operation: str) -> Any:
        if operation in GUARDED:
            return lambda **arguments: self._guarded(operation, arguments)
        return getattr(self._engine, operation)

    def begin_enrollment(self, user_id: str, account_name: str, **given: Any) -> Any:
        self._account_name = account_name
        self._proof = given.pop("assurance", None)
        body = self._call("POST", "setup", user_id, self._proof, **given)
        return told(**{**body, "uri": body["otpauth_uri"]})

    def confirm_enrollment(self, user_id: str, setup: str, **given: Any) -> Any:
        # A client sends the proof it has: the call is closed to others once there is a second factor.
        body = self._call("POST", "setup/confirm", user_id, self._proof, setup=setup, **given)
        verified = self._verified[-1]
        self._proof = verified.assurance
        return told(**vars_of(verified), backup_codes=body["backup_codes"])

    def after_first_factor(self, user_id: str, **given: Any) -> Any:
        if given.pop("fresh", False):
            return self._engine.after_first_factor(user_id, fresh=True, **given)
        self._required = given.pop("required", False)
        request = self._request("POST", "/login", user_id, None, given.pop("device", None), None)
        self._verified.clear()
        body = self._answer(self._routes.login(request, SimpleNamespace(pk=user_id), **given))
        self._required = False
        if body.get("two_factor_required"):
            return told(status="challenge", expires_at=int(self._clock()) + body["expires_in"], **body)
        status = "enrollment_required" if body.get("enrollment_required") else "not_required"
        verified = self._verified[-1]
        return told(
            status="trusted" if verified.method == "device" else status, challenge=None, assurance=verified.assurance
        )

    def verify(self, challenge: str, **given: Any) -> Any:
        if "user_id" in given or not challenge:
            # Whose challenge it must be is known where there are sessions; an empty one is a form that was not filled in.
            return self._engine.verify(challenge, **given)
        self._verified.clear()
        body = self._call("POST", "verify", "nobody", None, challenge=challenge, **given)
        return told(**{**vars_of(self._verified[-1]), "backup_codes_left": body["backup_codes_left"]})

    def check_assurance(self, user_id: str, assurance: str, max_age: int | None) -> int:
        self.asked += 1
        try:
            self._routes.require(self._request("GET", "/", user_id, assurance, None, None), max_age)
        except Refusal as refused:
            raise ERRORS[refused.problem["code"]]() from None
        return self._engine.check_assurance(user_id, assurance, max_age=max_age)

    def _guarded(self, operation: str, arguments: dict[str, Any]) -> Any:
        method, path = GUARDED[operation]
        user_id, assurance = arguments.pop("user_id"), arguments.pop("assurance")
        path = path.replace("{id}", arguments.pop("id", ""))
        body = self._call(method, path, user_id, assurance, **arguments)
        return body.get("backup_codes")

    def _call(self, method: str, path: str, user_id: str, assurance: str | None, **members: Any) -> dict[str, Any]:
        self.asked += 1
        view = self._routes.urls[0].callback
        return self._answer(view(self._request(method, f"/{path}", user_id, assurance, None, members), rest=path))

    @staticmethod
    def _request(
        method: str, path: str, user_id: str, assurance: str | None, device: str | None, members: Any
    ) -> HttpRequest:
        headers = {"X-User": user_id, "Twinlock-Assurance": assurance, "Twinlock-Device": device}
        return RequestFactory().generic(
            method,
            path,
            json.dumps(members) if members else "",
            content_type="application/json",
            headers={name: value for name, value in headers.items() if value is not None},
        )

    @staticmethod
    def _answer(response: Any) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(response.content) if response.content else {}
        if response.status_code >= 400:
            assert body["status"] == response.status_code
            more = {name: body[name] for name in ("retry_after", "count") if name in body}
            raise ERRORS[body["code"]](**more)
        return body


def vars_of(verified: Verified) -> dict[str, Any]:
    return {name: getattr(verified, name) for name in verified.__slots__}


def told(**members: Any) -> Any:
    """A result as the walker reads it: by the names that its class has."""
    return type("Told", (), members)()
