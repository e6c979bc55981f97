"""A pretend phone, and the two things that tests want of it: to be enrolled, and to have proved the second factor."""

from __future__ import annotations

from collections.abc import Callable

from .._async import AsyncTwoFactor
from .._native import AuthenticatorAccount, Enrolled
from .._sync import TwoFactor


class FakePhone:
    """A phone with one account, on the clock of the test."""

    def __init__(self, uri_or_secret: str, clock: Callable[[], float]) -> None:
        """Scans an `otpauth://` URI, or takes a base32 secret with the usual settings (SHA-1, 6 digits, 30 s)."""
        uri = uri_or_secret if uri_or_secret.startswith("otpauth:") else f"otpauth://totp/test?secret={uri_or_secret}"
        self.account = AuthenticatorAccount.from_uri(uri)
        """The account, for codes at any time."""
        self._clock = clock

    def code(self) -> str:
        """The code shown now."""
        return self.code_after(0)

    def next_code(self) -> str:
        """The code that will be shown next."""
        return self.code_after(1)

    def code_after(self, steps: int) -> str:
        """The code shown that many steps from now, before now when negative."""
        return self.account.code_at(self._clock() + steps * self.account.period)

    def codes(self, count: int = 3) -> list[str]:
        """Consecutive codes, the oldest first, the newest shown now: `code, *next_codes`."""
        return [self.code_after(step) for step in range(1 - count, 1)]

    def wrong_code(self) -> str:
        """A code that matches no step anywhere near now."""
        near = {self.code_after(step) for step in range(-60, 61)}
        return next(code for code in (f"{n:0{self.account.digits}}" for n in range(200)) if code not in near)


def enroll(two_factor: TwoFactor, user_id: str, clock: Callable[[], float]) -> tuple[FakePhone, Enrolled]:
    """Enrolls a pretend phone for that user. The code it shows now is used: advance the clock before signing in."""
    enrollment = two_factor.begin_enrollment(user_id, account_name="ada@example.com")
    phone = FakePhone(enrollment.uri, clock)
    return phone, two_factor.confirm_enrollment(user_id, enrollment.setup, code=phone.code())


def proof(two_factor: TwoFactor, user_id: str, phone: FakePhone) -> str:
    """A fresh proof (assurance) for that user, by the code the phone shows now, which must be unused."""
    step = two_factor.after_first_factor(user_id, fresh=True)
    assert step.challenge is not None, "the user has no second factor"
    return two_factor.verify(step.challenge, code=phone.code()).assurance


async def async_enroll(
    two_factor: AsyncTwoFactor, user_id: str, clock: Callable[[], float]
) -> tuple[FakePhone, Enrolled]:
    """As `enroll`."""
    enrollment = await two_factor.begin_enrollment(user_id, account_name="ada@example.com")
    phone = FakePhone(enrollment.uri, clock)
    return phone, await two_factor.confirm_enrollment(user_id, enrollment.setup, code=phone.code())


async def async_proof(two_factor: AsyncTwoFactor, user_id: str, phone: FakePhone) -> str:
    """As `proof`."""
    step = await two_factor.after_first_factor(user_id, fresh=True)
    assert step.challenge is not None, "the user has no second factor"
    return (await two_factor.verify(step.challenge, code=phone.code())).assurance
