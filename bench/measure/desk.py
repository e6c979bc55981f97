"""One enrolled user at a sign-in desk, over memory, on a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable

from twinlock import AsyncTwoFactor, KeyRing, MemoryStorage, Policy, TwoFactor, TwoFactorError
from twinlock.testing import VirtualClock, enroll

USER = "42"
PAST_THE_WINDOW = 90
"""Seconds after which every code of the window is an unused one."""


class Desk:
    """A `TwoFactor` with one user."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.clock = VirtualClock()
        self.storage = MemoryStorage()
        self._keys = KeyRing.generate()
        self.two_factor = TwoFactor(
            issuer="Acme", storage=self.storage, keys=self._keys, policy=policy, clock=self.clock
        )
        self.phone, self.enrolled = enroll(self.two_factor, USER, self.clock)

    def asynchronous(self) -> AsyncTwoFactor:
        """The asyncio driver over the same user."""
        return AsyncTwoFactor(issuer="Acme", storage=self.storage, keys=self._keys, clock=self.clock)

    def challenge(self, user_id: str = USER, *, device: str | None = None) -> str:
        """The password was right; a trusted browser is asked all the same."""
        challenge = self.two_factor.after_first_factor(user_id, device=device, fresh=True).challenge
        if challenge is None:
            raise RuntimeError("no challenge for a user with a second factor")
        return challenge

    def refused(self, challenge: str, code: str, error: type[TwoFactorError]) -> None:
        """Tries a code that must be refused."""
        try:
            self.two_factor.verify(challenge, code=code)
        except error:
            return
        raise RuntimeError("a wrong code was taken")

    def refusals(self, challenge: str, code: str, error: type[TwoFactorError], tries: int) -> Callable[[], None]:
        """The same refusal again and again, of a kind that writes nothing."""
        self.refused(challenge, code, error)

        def run() -> None:
            for _ in range(tries):
                self.refused(challenge, code, error)

        return run
