"""Everything that ends in a proof: the login, its second step, the step-up, the first code of a setup.

All of them leave by `_finish`: new session id, then the application's `on_verified`, then the proof is kept. Where a code is due, the
password alone gives the session a new id already: whoever planted the old one would need no password any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic

from twinlock import (
    AsyncTwoFactor,
    ChallengeExpired,
    InvalidCode,
    MalformedCode,
    MoreCodesRequired,
    Throttled,
    Verification,
)

from .bodies import Body
from .client import context
from .guard import Guard
from .hooks import Hooks, U, Verified
from .messages import Handler, Incoming, Reply, joined
from .problems import Refusal, refusal
from .proof import Proof

# After these the same challenge takes another try, and a success forgives them.
_TRY_AGAIN = (InvalidCode, MalformedCode, MoreCodesRequired, Throttled)


class SignIn(Generic[U]):
    """The calls that prove a second factor."""

    def __init__(self, engine: AsyncTwoFactor, hooks: Hooks[U], proof: Proof, guard: Guard[U]) -> None:
        self._engine = engine
        self._hooks = hooks
        self._proof = proof
        self._guard = guard

    @property
    def table(self) -> dict[str, Handler]:
        """Each call of the contract that is served here."""
        return {"verify": self.verify, "stepUp": self.step_up, "confirmSetup": self.confirm_setup}

    async def login(
        self,
        request: Incoming,
        user: U,
        *,
        code: str | None,
        next_codes: Sequence[str],
        trust_device: bool,
        carry: str | None,
        one_call: bool,
    ) -> Reply:
        """After the password: signed in, or a challenge."""
        user_id = self._hooks.id_of(user)
        step = await self._engine.after_first_factor(
            user_id,
            device=await self._proof.device(request),
            required=await self._hooks.must_have_second_factor(user),
            carry=carry,
            context=self._context(request),
        )
        if step.challenge is None:
            return await self._without_code(request, user_id, step.status, step.assurance, carry)
        if code is None and not one_call:
            await self._proof.rotate(request)
            reply = Reply(body=step.body())
            self._proof.keep_challenge(request, reply, step.challenge, user_id)
            return reply
        if not code:
            raise Refusal("code_required", "login")
        try:
            verification = await self._verify(request, step.challenge, user_id, code, next_codes, trust_device)
        except _TRY_AGAIN as error:
            await self._proof.rotate(request)
            reply = refusal(error, "login", challenge=step.challenge)
            self._proof.keep_challenge(request, reply, step.challenge, user_id)
            return reply
        return await self._finish(request, _signed_in(verification), _how(verification))

    async def _without_code(
        self, request: Incoming, user_id: str, status: str, assurance: str | None, carry: str | None
    ) -> Reply:
        required = status == "enrollment_required"
        proved_at = None
        if assurance is not None:
            proved_at = await self._engine.check_assurance(user_id, assurance, max_age=None)
        verified = Verified(
            user_id,
            "sign_in",
            "none" if assurance is None else "device",
            assurance=assurance,
            verified_at=proved_at,
            carry=carry,
            enrollment_required=required,
        )
        members: dict[str, Any] = {"method": verified.method}
        if required:
            members["enrollment_required"] = True
        return await self._finish(request, verified, members)

    async def verify(self, request: Incoming, body: Body) -> Reply:
        """The second step. Whoever the challenge was issued to is signed in, nobody else."""
        code, next_codes, trust = body.code(), body.next_codes(), body.flag("trust_device")
        challenge = body.optional_text("challenge") or await self._proof.challenge(request)
        pending = await self._proof.pending_user(request)
        if self._proof.knows_pending_user and pending is None:
            # Nobody gave a password in this session, whatever challenge was brought along.
            raise Refusal("challenge_expired", "verify")
        if challenge is None:
            raise Refusal("malformed_request", "verify")
        verification = await self._verify(request, challenge, pending, code, next_codes, trust)
        return await self._finish(request, _signed_in(verification), _how(verification))

    async def step_up(self, request: Incoming, body: Body) -> Reply:
        """A fresh proof from the user who is signed in."""
        user_id = self._hooks.id_of(await self._guard.signed_in(request))
        code, next_codes = body.code(), body.next_codes()
        given = body.optional_text("challenge")
        kept = given or await self._proof.challenge(request)
        challenge = kept or await self._new_challenge(request, user_id)
        try:
            try:
                verification = await self._verify(request, challenge, user_id, code, next_codes)
            except ChallengeExpired:
                # One that we kept may be left over from before; nothing was compared yet. The client's own is final.
                if given is not None or kept is None:
                    raise
                challenge = await self._new_challenge(request, user_id)
                verification = await self._verify(request, challenge, user_id, code, next_codes)
        except _TRY_AGAIN as error:
            reply = refusal(error, "step_up", challenge=challenge)
            self._proof.keep_challenge(request, reply, challenge, user_id)
            return reply
        except ChallengeExpired as error:
            reply = refusal(error, "step_up")
            self._proof.drop_challenge(request, reply)
            return reply
        fresh_until = verification.verified_at + self._guard.fresh_seconds
        return await self._finish(
            request, _signed_in(verification, "step_up"), {**_how(verification), "fresh_until": fresh_until}
        )

    async def confirm_setup(self, request: Incoming, body: Body) -> Reply:
        """The first code of a new authenticator is a proof as well."""
        caller = await self._guard.admit(request)
        enrolled = await self._engine.confirm_enrollment(
            caller.id,
            body.text("setup"),
            code=body.code(),
            next_codes=body.next_codes(),
            name=body.optional_text("name"),
            context=self._context(request),
        )
        verified = Verified(
            caller.id,
            "setup",
            "totp",
            assurance=enrolled.assurance,
            device=enrolled.device,
            verified_at=enrolled.verified_at,
            authenticator_id=enrolled.authenticator_id,
        )
        return await self._finish(request, verified, enrolled.body(), must_arrive=True)

    async def _new_challenge(self, request: Incoming, user_id: str) -> str:
        device, where = await self._proof.device(request), self._context(request)
        # A trusted browser is asked nevertheless: a step-up is about the person before it.
        step = await self._engine.after_first_factor(user_id, device=device, fresh=True, context=where)
        challenge: str | None = step.challenge
        if challenge is None:
            raise Refusal("not_enabled", "step_up")
        return challenge

    async def _verify(
        self,
        request: Incoming,
        challenge: str,
        user_id: str | None,
        code: str,
        next_codes: Sequence[str],
        trust_device: bool = False,
    ) -> Verification:
        return await self._engine.verify(
            challenge,
            code=code,
            next_codes=next_codes,
            trust_device=trust_device,
            user_id=user_id,
            context=self._context(request),
        )

    async def _finish(
        self, request: Incoming, verified: Verified, members: dict[str, Any], *, must_arrive: bool = False
    ) -> Reply:
        await self._proof.rotate(request)
        answer = await self._hooks.ask(self._hooks.on_verified, request.native, verified)
        reply = joined(answer, {**members, **self._proof.members(verified)}, must_arrive=must_arrive)
        self._proof.keep(request, reply, verified)
        return reply

    def _context(self, request: Incoming) -> str:
        return context(request, self._hooks.client_ip)


def _signed_in(verification: Verification, occasion: Any = "sign_in") -> Verified:
    return Verified(
        verification.user_id,
        occasion,
        verification.method,
        assurance=verification.assurance,
        device=verification.device,
        verified_at=verification.verified_at,
        carry=verification.carry,
        authenticator_id=verification.authenticator_id,
        backup_codes_left=verification.backup_codes_left,
    )


def _how(verification: Verification) -> dict[str, Any]:
    return {"method": verification.method, "backup_codes_left": verification.backup_codes_left}
