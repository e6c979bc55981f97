"""The help desk's calls: refused unless `may_administer` says yes, and only with a second factor proved."""

from __future__ import annotations

from typing import Generic
from urllib.parse import unquote_to_bytes

from twinlock import AsyncTwoFactor

from .bodies import Body
from .client import context
from .guard import Guard
from .hooks import Hooks, U
from .messages import Handler, Incoming, Reply, done
from .problems import Refusal

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

    async def stats(self, request: Incoming, _body: Body) -> Reply:
        """How many use it."""
        await self._guard.administrator(request)
        return Reply(body=(await self._engine.stats()).body())

    async def user(self, request: Incoming, _body: Body) -> Reply:
        """One user's state."""
        await self._guard.administrator(request)
        return Reply(body=(await self._engine.status(_subject(request))).body())

    async def reset(self, request: Incoming, body: Body) -> Reply:
        """Wipe, as sensitive as switching off one's own; who did it and why goes into the user's events."""
        actor = await self._guard.administrator(request, self._guard.fresh_seconds)
        await self._engine.reset(
            _subject(request),
            actor=_actor(actor),
            reason=body.text("reason"),
            context=context(request, self._hooks.client_ip),
        )
        return done()

    async def unlock(self, request: Incoming, _body: Body) -> Reply:
        """A new budget."""
        actor = await self._guard.administrator(request, self._guard.fresh_seconds)
        await self._engine.unlock(
            _subject(request), actor=_actor(actor), context=context(request, self._hooks.client_ip)
        )
        return done()


def _subject(request: Incoming) -> str:
    """The user in the path. Servers put U+FFFD for bytes that are no UTF-8, and that could be another user's id."""
    user_id: str = request.parameters["id"]
    if "\ufffd" in user_id:
        try:
            unquote_to_bytes(request.raw_path or b"").decode()
        except UnicodeDecodeError:
            raise Refusal("malformed_request") from None
    return user_id


def _actor(user_id: str) -> str:
    return user_id.encode()[:_ACTOR_BYTES].decode(errors="ignore")
