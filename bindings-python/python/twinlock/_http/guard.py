"""Who gets in: signed in, and with a second factor proved where there is one.

A session that knows only the password is refused everywhere but at `/verify` and `/step-up`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Generic

from twinlock import AssuranceRequired, AsyncTwoFactor, NotEnabled

from .hooks import Hooks, U
from .messages import Incoming
from .problems import Refusal
from .proof import Proof


@dataclass(frozen=True, slots=True)
class Caller(Generic[U]):
    """A signed-in user; `enabled` says that a second factor is on and was proved."""

    user: U
    id: str
    enabled: bool
    assurance: str | None = field(repr=False)


class Guard(Generic[U]):
    """Finds out who calls and refuses who may not."""

    def __init__(self, engine: AsyncTwoFactor, hooks: Hooks[U], proof: Proof, setup_url: str | None) -> None:
        self._engine = engine
        self._hooks = hooks
        self._proof = proof
        self.fresh_seconds: int = engine.policy.settings.get("assurance_max_age", 0)
        """How old a proof may be for sensitive calls."""
        self._setup: dict[str, Any] = {} if setup_url is None else {"setup_url": setup_url}

    async def signed_in(self, request: Incoming) -> U:
        """The user whom the application knows; `not_signed_in` without one."""
        user: U | None = await self._hooks.ask(self._hooks.user, request.native)
        if user is None:
            raise Refusal("not_signed_in")
        return user

    async def admit(self, request: Incoming, max_age: int | None = None) -> Caller[U]:
        """The caller, with a proof at most `max_age` seconds old if there is a second factor at all."""
        user = await self.signed_in(request)
        user_id, token = self._hooks.id_of(user), await self._proof.assurance(request)
        try:
            await self._engine.check_assurance(user_id, token or "", max_age=max_age)
        except NotEnabled:
            return Caller(user, user_id, False, None)
        except AssuranceRequired:
            raise Refusal("assurance_required", "guard", max_age=max_age) from None
        return Caller(user, user_id, True, token)

    async def require(self, request: Incoming, max_age: int | None, *, if_enabled: bool = False) -> U:
        """For the application's own routes: a second factor must be on, and proved."""
        caller = await self.admit(request, max_age)
        if caller.enabled or (if_enabled and not await self._hooks.must_have_second_factor(caller.user)):
            return caller.user
        raise Refusal("not_enabled", "guard", **self._setup)

    async def administrator(self, request: Incoming, max_age: int | None = None) -> str:
        """The id of a caller who may administer and proved a second factor."""
        user = await self.signed_in(request)
        allowed = self._hooks.may_administer
        # Who may not is told so before being sent for a proof that would not help.
        if allowed is None or not await self._hooks.ask(allowed, request.native):
            raise Refusal("not_administrator")
        await self.require(request, max_age)
        return self._hooks.id_of(user)
