"""What others offer: the bare check of one code, without user, storage, lockout or protection against replay.

All look one step to each side, as Twinlock does, at the real time. `key per call`: the peer is given the plain key each time,
as a server that loads it with the user must; Twinlock, too, opens its sealed record each time. `key kept`: the peer keeps what
it makes of one key from call to call, which no server with more than one user can; the friendliest case.
"""

from __future__ import annotations

import time
import warnings
from base64 import b32encode
from binascii import unhexlify
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twinlock.testing import FakePhone

from .rounds import Contestant

KEY = b"12345678901234567890"
SECRET = b32encode(KEY).decode()
HEX = KEY.hex()
PERIOD = 30
PER_CALL = "key per call"
KEPT = "key kept"


@dataclass(frozen=True)
class Peer:
    """Another library: what it makes of the key, and how that checks a code."""

    name: str
    new: Callable[[], Any]
    check: Callable[[Any, str], bool]
    ways: tuple[str, ...] = (PER_CALL, KEPT)

    def names(self) -> list[str]:
        """The names of its contestants."""
        return [f"{self.name}, {way}" for way in self.ways]


def _passlib() -> Peer:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is no longer maintained, and Python says so
        from passlib.exc import TokenError
        from passlib.totp import TOTP

    def check(totp: Any, code: str) -> bool:
        try:
            totp.match(code, window=PERIOD)
        except TokenError:
            return False
        return True

    return Peer("passlib", lambda: TOTP(key=KEY, format="raw"), check)


def _django_otp() -> Peer:
    from django_otp.oath import TOTP

    def new() -> Any:  # what `TOTPDevice.verify_token` makes of its row
        totp = TOTP(unhexlify(HEX.encode()), PERIOD, 0, 6, 0)
        totp.time = time.time()
        return totp

    return Peer("django-otp", new, lambda totp, code: totp.verify(int(code), 1, 0))


def _pyotp() -> Peer:
    from pyotp import TOTP

    return Peer("pyotp", lambda: TOTP(SECRET), lambda totp, code: totp.verify(code, valid_window=1))


def _cryptography() -> Peer:
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.twofactor import InvalidToken
    from cryptography.hazmat.primitives.twofactor.totp import TOTP

    def check(totp: Any, code: str) -> bool:
        now, token = int(time.time()), code.encode()
        for moment in (now - PERIOD, now, now + PERIOD):  # it knows no window
            try:
                totp.verify(token, moment)
            except InvalidToken:
                continue
            return True
        return False

    return Peer("cryptography", lambda: TOTP(KEY, 6, SHA1(), PERIOD), check)


def _allauth() -> Peer:
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

    # It keeps nothing: the secret goes in as text.
    return Peer("allauth", lambda: SECRET, lambda secret, code: bool(validate_totp_code(secret, code)), (PER_CALL,))


def load() -> list[Peer]:
    """All peers, each tried with right codes first."""
    peers = [make() for make in (_passlib, _django_otp, _cryptography, _pyotp, _allauth)]
    for peer in peers:
        _try(peer)
    return peers


def _try(peer: Peer) -> None:
    phone = FakePhone(SECRET, time.time)
    for step in (-1, 0, 1):
        # The real clock may move on to the next step between code and check.
        if not any(peer.check(peer.new(), phone.code_after(step)) for _ in range(2)):
            raise RuntimeError(f"{peer.name} refuses a right code")


def contestants(peer: Peer) -> list[Contestant]:
    """That peer with wrong codes, once for each way of giving it the key."""
    return [Contestant(name, _wrong_codes(peer, way)) for name, way in zip(peer.names(), peer.ways, strict=True)]


def _wrong_codes(peer: Peer, way: str) -> Callable[[int], Callable[[], None]]:
    phone, new, check = FakePhone(SECRET, time.time), peer.new, peer.check

    def run_per_call(tries: int, wrong: str) -> bool:
        return any(check(new(), wrong) for _ in range(tries))

    def run_kept(tries: int, wrong: str) -> bool:
        kept = new()
        return any(check(kept, wrong) for _ in range(tries))

    runner = run_kept if way == KEPT else run_per_call

    def prepare(tries: int) -> Callable[[], None]:
        wrong = phone.wrong_code()

        def run() -> None:
            if runner(tries, wrong):
                raise RuntimeError(f"{peer.name} takes a wrong code")

        return run

    return prepare
