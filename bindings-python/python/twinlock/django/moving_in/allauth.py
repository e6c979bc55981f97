"""django-allauth's `allauth.mfa`: its TOTP authenticators, read through its own adapter, which may have encrypted them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from ...moving_in import Device, OldUser
from . import CannotTake, by_user, label, model

_KINDS = {"recovery_codes": "sets of backup codes", "webauthn": "security keys"}


class Allauth:
    """allauth keeps the codes it has accepted in the cache only. So the step of the last sign-in, with allauth's tolerance, counts as used."""

    def __init__(self, database: str) -> None:
        self._rows = model("mfa", "Authenticator")._default_manager.using(database)
        self._settings = import_module("allauth.mfa.app_settings")
        self._decrypt = import_module("allauth.mfa.utils").decrypt

    def count(self) -> int:
        """How many users have an authenticator app."""
        return int(self._rows.filter(type="totp").count())

    def users(self) -> Iterator[OldUser]:
        """The users with their authenticator app."""
        return by_user(self._rows.filter(type="totp"), "user_id", self._device)

    def left_behind(self) -> dict[str, int]:
        """Authenticators of other kinds."""
        counts = {name: int(self._rows.filter(type=kind).count()) for kind, name in _KINDS.items()}
        return {name: count for name, count in counts.items() if count}

    def _device(self, row: Any) -> Device:
        period = int(self._settings.TOTP_PERIOD)
        try:
            secret = str(self._decrypt(row.data["secret"]))
        except Exception as error:  # an adapter of the host's own may raise anything
            raise CannotTake(f"allauth's adapter cannot decrypt it ({type(error).__name__})") from None
        used = row.last_used_at.timestamp() if row.last_used_at else None
        tolerance = int(self._settings.TOTP_TOLERANCE)
        return Device(
            label(row),
            secret,
            digits=int(self._settings.TOTP_DIGITS),
            period=period,
            last_used_step=None if used is None else int(used // period) + tolerance,
            last_used_at=used,
        )
