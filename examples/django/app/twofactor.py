"""Twinlock in this project: the contract for the pages with scripts, and who must have a second factor.

The pages without scripts, under `/2fa/`, need nothing of this.
"""

from __future__ import annotations

import logging
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.dispatch import receiver
from django.http import HttpRequest

from twinlock import Event
from twinlock.django import TwoFactorRoutes, Verified, sign_in, signals

audit = logging.getLogger("app.audit")

REMEMBER = "remember"


def is_staff(user: Any) -> bool:
    """`TWINLOCK["REQUIRED_FOR"]`: staff must have one."""
    return bool(user.is_staff)


def on_verified(request: HttpRequest, verified: Verified) -> None:
    """Django's session, which remembers how the user proved who they are."""
    sign_in(request, verified)
    if verified.occasion == "sign_in":
        if verified.carry == REMEMBER:
            request.session.set_expiry(30 * 24 * 3600)
        request.session["amr"] = ["pwd"]
    if verified.method in ("totp", "backup_code"):
        request.session["amr"] = ["pwd", "otp"]


def reauthenticate(_request: HttpRequest, user: AbstractBaseUser, password: str) -> bool:
    """The password again, before the second factor is set up or switched off."""
    return user.check_password(password)


def may_administer(request: HttpRequest) -> bool:
    """The help desk."""
    return bool(getattr(request.user, "is_staff", False))


routes = TwoFactorRoutes(
    on_verified=on_verified,
    reauthenticate=reauthenticate,
    may_administer=may_administer,
    setup_url="/account",
)


@receiver(signals.happened)
def log_event(event: Event, durable: bool, **_: Any) -> None:
    """What happened goes to the audit log. Twinlock's events hold no code, secret or token."""
    audit.info("%s user=%s success=%s durable=%s", event.type, event.user_id, event.success, durable)
