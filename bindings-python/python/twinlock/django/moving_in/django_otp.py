"""django-otp and django-two-factor-auth, which keeps its authenticator apps in django-otp's `TOTPDevice`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...moving_in import Device, OldUser
from . import CannotTake, by_user, counted, label, model

_LEFT_BEHIND = {
    "sets of backup codes": ("otp_static", "StaticDevice"),
    "phones for calls and text messages": ("phonenumber", "PhoneDevice"),
    "addresses for codes by e-mail": ("otp_email", "EmailDevice"),
    "security keys": ("two_factor_webauthn", "WebauthnDevice"),
}


class DjangoOtp:
    """Confirmed `TOTPDevice`s: key, digits, step, drift, and the last time step, below which codes stay refused."""

    def __init__(self, database: str) -> None:
        self._rows = model("otp_totp", "TOTPDevice")._default_manager.using(database)
        self._database = database

    def count(self) -> int:
        """How many users have a device."""
        return int(self._rows.values("user_id").distinct().count())

    def users(self) -> Iterator[OldUser]:
        """The users with their devices."""
        return by_user(self._rows, "user_id", _device)

    def left_behind(self) -> dict[str, int]:
        """Devices of other kinds."""
        return counted(_LEFT_BEHIND, self._database)


def _device(row: Any) -> Device | None:
    if not row.confirmed:
        return None
    try:
        key = bytes.fromhex(row.key)
    except ValueError:
        raise CannotTake("its key is not hexadecimal") from None
    if row.step < 1 or row.t0 % row.step:
        raise CannotTake("its steps do not begin where everybody else's do (t0); the user must enroll anew")
    # Counting from t0 is counting from 1970 with that many steps less.
    drift = row.drift - row.t0 // row.step
    last_used_at = getattr(row, "last_used_at", None)  # from django-otp 1.4 on
    return Device(
        label(row),
        Device.base32(key),
        name=None if row.name in ("", "default") else row.name,  # django-two-factor-auth names all of them so
        digits=row.digits,
        period=row.step,
        last_used_step=row.last_t if row.last_t >= 0 else None,
        drift=drift,
        last_used_at=last_used_at.timestamp() if last_used_at else None,
    )
