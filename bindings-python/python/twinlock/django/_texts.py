"""What pages say to a refusal, in the visitor's language; the core's own words where they were meant for a person already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

_TEXTS = {
    "invalid_code": _("That code did not work. Codes change every few seconds: enter the one that your app shows now."),
    "malformed_code": _("That cannot be a code: enter the digits of your app, or one backup code."),
    "more_codes_required": _("To be sure it is you, enter three codes in a row this time."),
    "challenge_expired": _("That took too long. Please sign in again."),
    "setup_expired": _("That took too long. Please start again."),
    "already_enrolled": _("This authenticator is set up already."),
    "too_many_authenticators": _("You have as many authenticators as there can be. Remove one first."),
    "last_authenticator": _(
        "This is your last authenticator: it goes only by switching two-factor authentication off."
    ),
    "not_found": _("There is no such entry any more."),
    "required_by_policy": _("Your account must keep two-factor authentication."),
    "malformed_request": _("Please fill in the form."),
    "contention": _("Nothing was changed. Please try again in a moment."),
    "storage_error": _("Nothing was changed. Please try again in a moment."),
    "storage_timeout": _("Nothing was changed. Please try again in a moment."),
}


def text_of(problem: Mapping[str, Any]) -> str:
    """The sentence for a problem."""
    if problem["code"] == "throttled":
        seconds = int(problem.get("retry_after", 1))
        return ngettext(
            "Too many wrong codes. Wait %(seconds)d second, or enter three codes in a row.",
            "Too many wrong codes. Wait %(seconds)d seconds, or enter three codes in a row.",
            seconds,
        ) % {"seconds": seconds}
    known = _TEXTS.get(str(problem["code"]))
    return str(known if known is not None else problem["detail"])


def codes_left(left: int) -> str:
    """To somebody who has just used a backup code."""
    return ngettext(
        "You have %(left)d backup code left. Make new ones in good time.",
        "You have %(left)d backup codes left. Make new ones in good time.",
        left,
    ) % {"left": left}
