"""The state of one user in words, for terminals."""

from __future__ import annotations

import time
from collections.abc import Iterator

from .results import Status


def lines(status: Status) -> Iterator[str]:
    """One line for each thing worth knowing; no secret is among them."""
    yield f"two-factor authentication: {'on' if status.enabled else 'off'}"
    for authenticator in status.authenticators:
        weak = ", weak secret" if authenticator.weak else ""
        used = when(authenticator.last_used_at)
        yield f"authenticator {authenticator.id}: {authenticator.name}, last used {used}{weak}"
    codes = status.backup_codes
    yield f"backup codes: {codes.left} of {codes.total} left, {'saved' if codes.saved else 'not said to be saved'}"
    for device in status.devices:
        trusted = ", trusted" if device.trusted else ""
        yield f"device {device.id}: {device.label or '?'}, last used {when(device.last_used_at)}{trusted}"
    if status.throttle.codes_required > 1:
        yield "throttle: the budget of single codes is spent; three consecutive codes and backup codes are taken"
    elif status.throttle.retry_after:
        yield f"throttle: single codes again in {status.throttle.retry_after} s"


def when(seconds: int | None) -> str:
    """A time in UTC."""
    return "never" if seconds is None else time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))
