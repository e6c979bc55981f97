"""A Django site with one user, who has a second factor of Twinlock's, of django-otp's and of allauth's. Prints JSON.

Each contestant is given right codes at times 90 seconds apart, by a clock that is put into the peers in the place of theirs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from twinlock import KeyRing
from twinlock.testing import FakePhone, VirtualClock, enroll

from .desk import PAST_THE_WINDOW, USER
from .django_login import VERIFY, WHOLE
from .peers import HEX, SECRET
from .rounds import Contestant, Times, measure

CLOCK = VirtualClock()
PHONE = FakePhone(SECRET, CLOCK)
WORDS = ("SELECT", "INSERT", "UPDATE", "DELETE")


def _site(database: dict[str, Any]) -> None:
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.configure(
        SECRET_KEY="not used",
        DATABASES={"default": database},
        # allauth keeps used codes in the cache: no cache is the fastest, and asks no database.
        CACHES={"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}},
        INSTALLED_APPS=[
            *("django.contrib.auth", "django.contrib.contenttypes", "allauth.account", "allauth.mfa"),
            *("django_otp", "django_otp.plugins.otp_totp", "twinlock.django"),
        ],
        MIDDLEWARE=["allauth.account.middleware.AccountMiddleware"],
        MFA_TOTP_TOLERANCE=1,  # none by default
        USE_TZ=True,
        TWINLOCK={"ISSUER": "Acme", "KEYS": KeyRing.generate(), "CLOCK": CLOCK, "ENFORCE": False},
    )
    django.setup()
    call_command("migrate", verbosity=0, skip_checks=True)


def _codes(count: int, code: Callable[[], str]) -> list[tuple[float, str]]:
    found = []
    for _ in range(count):
        CLOCK.advance(PAST_THE_WINDOW)
        found.append((CLOCK(), code()))
    return found


def _ours() -> list[Contestant]:
    from twinlock.django import conf

    two_factor = conf.two_factor()
    phone, enrolled = enroll(two_factor, USER, CLOCK)

    def challenge() -> str:
        step = two_factor.after_first_factor(USER, device=enrolled.device)
        return step.challenge or ""

    def verifies(count: int) -> Callable[[], None]:
        tries = [(now, challenge_at(now), code) for now, code in _codes(count, phone.code)]

        def run() -> None:
            for CLOCK.now, token, code in tries:
                two_factor.verify(token, code=code)

        return run

    def challenge_at(now: float) -> str:
        CLOCK.now = now
        return challenge()

    def wholes(count: int) -> Callable[[], None]:
        tries = _codes(count, phone.code)

        def run() -> None:
            for CLOCK.now, code in tries:
                two_factor.verify(challenge(), code=code)

        return run

    return [Contestant(VERIFY, verifies), Contestant(WHOLE, wholes)]


def _against(name: str, check: Callable[[str], object]) -> Contestant:
    def prepare(count: int) -> Callable[[], None]:
        tries = _codes(count, PHONE.code)

        def run() -> None:
            for CLOCK.now, code in tries:
                if not check(code):
                    raise RuntimeError(f"{name} refuses a right code")

        return run

    return Contestant(name, prepare)


def _peers() -> list[Contestant]:
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal import auth
    from django.contrib.auth import get_user_model
    from django_otp import match_token
    from django_otp.plugins.otp_totp import models

    user = get_user_model().objects.create(username="ada", pk=int(USER))
    models.TOTPDevice.objects.create(user=user, name="phone", key=HEX, confirmed=True)
    auth.TOTP.activate(user, SECRET)
    models.time = auth.time = SimpleNamespace(time=CLOCK)

    def allauth(code: str) -> bool:
        authenticator = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
        if not authenticator.wrap().validate_code(code):
            return False
        authenticator.record_usage()
        return True

    return [
        _against("django-otp, match_token", lambda code: match_token(user, code)),
        _against("allauth, its check and record_usage", allauth),
    ]


def _statements(contestants: list[Contestant]) -> dict[str, list[str]]:
    """What one try of each asks the database, its transaction's begin and end left out."""
    from django.db import connection

    from twinlock.django import conf

    storage: Any = conf.two_factor().storage
    asked: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.extend(word for word in WORDS if sql.startswith(word))
        return execute(sql, params, many, context)

    found = {}
    for contestant in contestants:
        run = contestant.prepare(1)
        [*own] = storage._pool._idle
        for each in (connection, *own):
            each.execute_wrappers.append(note)
        asked.clear()
        run()
        found[contestant.name] = list(asked)
        for each in (connection, *own):
            each.execute_wrappers.remove(note)
    return found


def main() -> None:
    """Measures what `measure.django_login` shows."""
    rounds, tries = map(int, sys.argv[1:])
    _site(json.load(sys.stdin))
    contestants = [*_ours(), *_peers()]
    times: Times = measure(contestants, rounds=rounds, tries=tries)
    print(json.dumps({"means": times._means, "statements": _statements(contestants)}))


if __name__ == "__main__":
    main()
