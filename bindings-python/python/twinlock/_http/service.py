"""The contract as one object: hooks and engine in, `Reply` out. Each framework's `TwoFactorRoutes` is a thin face of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Generic

from twinlock import AsyncTwoFactor, ConfigurationError, TwoFactorError

from .admin import Administration
from .bodies import Body
from .calls import Calls
from .contract import Operation
from .guard import Guard
from .hooks import Hooks, U
from .messages import NO_STORE, Handler, Incoming, Reply
from .origin import OriginCheck
from .problems import Refusal, refusal
from .proof import Proof, ProofMode
from .sign_in import SignIn


class Service(Generic[U]):
    """Every call of the contract, the login and the guard."""

    def __init__(
        self,
        engine: AsyncTwoFactor,
        hooks: Hooks[U],
        proof: Proof,
        *,
        allowed_origins: Collection[str] = (),
        setup_url: str | None = None,
    ) -> None:
        self.hooks = hooks
        self.proof = proof
        self.origin = OriginCheck(allowed_origins, only_with_cookies=proof.mode == "bearer")
        self.guard = Guard(engine, hooks, proof, setup_url)
        self.sign_in = SignIn(engine, hooks, proof, self.guard)
        calls = Calls(engine, hooks, proof, self.guard)
        administration = Administration(engine, hooks, self.guard)
        self._handlers: dict[str, Handler] = {**self.sign_in.table, **calls.table, **administration.table}

    async def answer(self, operation: Operation, request: Incoming, read: Callable[[], Awaitable[Body]]) -> Reply:
        """What every call has in common: origin, body, refusals, no caching. `read` is asked only where there is a body."""
        try:
            self.origin.check(request)
            body = await read() if operation.takes_body else Body({})
            reply = await self._handlers[operation.id](request, body)
        except (TwoFactorError, Refusal) as error:
            reply = refusal(error, operation.problems_as, max_age=self.guard.fresh_seconds)
        return _not_to_be_kept(reply)

    async def answer_members(self, operation: Operation, request: Incoming, members: Mapping[str, Any]) -> Reply:
        """`answer` for a body that came in another form than JSON: the same origin, guards and refusals."""

        async def read() -> Body:
            return Body(members)

        return await self.answer(operation, request, read)

    async def login(
        self,
        request: Incoming,
        user: U | None,
        *,
        code: str | None,
        next_codes: Sequence[str],
        trust_device: bool,
        carry: str | None,
        one_call: bool,
    ) -> Reply:
        """After the password. Refusals are answers too: nothing of ours is raised."""
        try:
            self.origin.check(request)
            if user is None:
                raise Refusal("not_signed_in", "login")
            reply = await self.sign_in.login(
                request,
                user,
                code=code,
                next_codes=next_codes,
                trust_device=trust_device,
                carry=carry,
                one_call=one_call,
            )
        except (TwoFactorError, Refusal) as error:
            reply = refusal(error, "login")
        return _not_to_be_kept(reply)


def checked_mode(proof: ProofMode) -> ProofMode:
    """The mode, if it is one."""
    if proof not in ("session", "cookie", "bearer"):
        raise ConfigurationError('proof has to be "session", "cookie" or "bearer"')
    return proof


def _not_to_be_kept(reply: Reply) -> Reply:
    reply.headers.update(NO_STORE)
    return reply
