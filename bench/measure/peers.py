"""What others offer: the bare check of one code, without user, storage, lockout or protection against replay.

All look one step to each side, as Twinlock does, at the real time. Each keeps what it makes of the key from call to call,
where it can: the friendliest case for them; Twinlock opens its sealed record each time.
"""

from __future__ import annotations

import time
import warnings
from base64 import b32encode
from collections.abc import Callable

from twinlock.testing import FakePhone

from .rounds import Contestant

KEY = b"12345678901234567890"
SECRET = b32encode(KEY).decode()
PERIOD = 30

Check = Callable[[str], bool]


def _passlib() -> Check:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is no longer maintained, and Python says so
        from passlib.exc import TokenError
        from passlib.totp import TOTP
    totp = TOTP(key=KEY, format="raw")

    def check(code: str) -> bool:
        try:
            totp.match(code, window=PERIOD)
        except TokenError:
            return False
        return True

    return check


def _django_otp() -> Check:
    from django_otp.oath import TOTP

    totp = TOTP(KEY)
    return lambda code: totp.verify(int(code), tolerance=1)


def _pyotp() -> Check:
    from pyotp import TOTP

    totp = TOTP(SECRET)
    return lambda code: totp.verify(code, valid_window=1)


def _cryptography() -> Check:
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.twofactor import InvalidToken
    from cryptography.hazmat.primitives.twofactor.totp import TOTP

    totp = TOTP(KEY, 6, SHA1(), PERIOD)

    def check(code: str) -> bool:
        now, token = int(time.time()), code.encode()
        for moment in (now - PERIOD, now, now + PERIOD):  # it knows no window
            try:
                totp.verify(token, moment)
            except InvalidToken:
                continue
            return True
        return False

    return check


def _allauth() -> Check:
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY="not used",
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "allauth.account", "allauth.mfa"],
        MIDDLEWARE=["allauth.account.middleware.AccountMiddleware"],
        MFA_TOTP_TOLERANCE=1,  # none by default
    )
    django.setup()
    from allauth.mfa.totp.internal.auth import validate_totp_code

    return lambda code: bool(validate_totp_code(SECRET, code))


MAKERS: dict[str, Callable[[], Check]] = {
    "passlib": _passlib,
    "django-otp": _django_otp,
    "cryptography": _cryptography,
    "pyotp": _pyotp,
    "allauth": _allauth,
}


def contestants() -> list[Contestant]:
    """All peers, each tried with right and wrong codes first."""
    return [_contestant(name, make()) for name, make in MAKERS.items()]


def _contestant(name: str, check: Check) -> Contestant:
    phone = FakePhone(SECRET, time.time)
    for code in (phone.code_after(-1), phone.code(), phone.next_code()):
        # The real clock may have moved on to the next step since the code was made.
        if not (check(code) or check(phone.code())):
            raise RuntimeError(f"{name} refuses a right code")

    def prepare(tries: int) -> Callable[[], None]:
        wrong = phone.wrong_code()

        def run() -> None:
            for _ in range(tries):
                if check(wrong):
                    raise RuntimeError(f"{name} takes a wrong code")

        return run

    return Contestant(name, prepare)
