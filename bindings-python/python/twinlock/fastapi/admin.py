"""The help desk's calls: refused unless `may_administer` says yes, and only with a second factor proved."""

from __future__ import annotations

from typing import Any, Generic

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from twinlock import AsyncTwoFactor

from .answers import done
from .bodies import Body, is_label
from .client import context
from .contract import Handler
from .guard import Guard
from .hooks import Hooks, U
from .problems import ProblemError

# Wiping somebody's second factor is as sensitive as switching off one's own.
_SENSITIVE_MAX_AGE = 300
_REASON_BYTES = 128
_USER_ID_BYTES = 255
_ACTOR_BYTES = 128


class Administration(Generic[U]):
    """Figures, one user's state, reset and unlock."""

    def __init__(self, engine: AsyncTwoFactor, hooks: Hooks[U], guard: Guard[U]) -> None:
        self._engine = engine
        self._hooks = hooks
        self._guard = guard

    @property
    def table(self) -> dict[str, Handler]:
        """Each call of the contract that is served here."""
        return {
            "adminStats": self.stats,
            "adminUser": self.user,
            "adminReset": self.reset,
            "adminUnlock": self.unlock,
        }

    async def stats(self, request: Request, _body: Body) -> Response:
        """How many use it."""
        await self._guard.administrator(request)
        figures = await self._engine.stats()
        names = ("enabled_users", "enabled_30d", "disabled_30d", "failed_30d")
        return JSONResponse({name: getattr(figures, name) for name in names})

    async def user(self, request: Request, _body: Body) -> Response:
        """One user's state."""
        await self._guard.administrator(request)
        status: dict[str, Any] = (await self._engine.status(_user_id(request))).body()
        return JSONResponse(status)

    async def reset(self, request: Request, body: Body) -> Response:
        """Wipe; who did it and why goes into the user's events."""
        actor = await self._guard.administrator(request, _SENSITIVE_MAX_AGE)
        user_id, reason = _user_id(request), body.label("reason", _REASON_BYTES)
        if reason is None or not reason.strip():
            raise ProblemError("malformed_request")
        await self._engine.reset(
            user_id, actor=_actor(actor), reason=reason, context=context(request, self._hooks.client_ip)
        )
        return done()

    async def unlock(self, request: Request, _body: Body) -> Response:
        """A new budget."""
        actor = await self._guard.administrator(request, _SENSITIVE_MAX_AGE)
        await self._engine.unlock(
            _user_id(request), actor=_actor(actor), context=context(request, self._hooks.client_ip)
        )
        return done()


def _user_id(request: Request) -> str:
    """What cannot be a user's id names nobody."""
    user_id: str = request.path_params["id"]
    if not is_label(user_id, _USER_ID_BYTES):
        raise ProblemError("not_found")
    return user_id


def _actor(user_id: str) -> str:
    return user_id.encode()[:_ACTOR_BYTES].decode(errors="ignore")
