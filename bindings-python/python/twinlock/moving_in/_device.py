"""One authenticator, as another system keeps it."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Device:
    """One authenticator of a user, to be taken over. Its secret shows neither in `repr` nor in a report."""

    label: str
    """What the old system calls it, e.g. `TOTPDevice 17`: reports name it so."""
    secret: str | None = field(default=None, repr=False)
    """Base32, as authenticator apps take it; case, spaces and padding do not matter. None with `uri`."""
    uri: str | None = field(default=None, repr=False)
    """An `otpauth://totp/` URI in the place of `secret`, `algorithm`, `digits` and `period`."""
    name: str | None = None
    """What the user sees in the list, 1 to 64 bytes; longer ones are cut."""
    algorithm: str | None = None
    """`SHA1` (the default), `SHA256` or `SHA512`."""
    digits: int | None = None
    """6 (the default) to 8."""
    period: int | None = None
    """Seconds, 1 to 300 (default 30)."""
    last_used_step: int | None = None
    """The time step of the last code that the old system accepted; that one and those before it stay refused."""
    drift: int = 0
    """Steps (-20 to 20) that the phone's clock is ahead."""
    last_used_at: float | None = None
    """Unix seconds: where a user has more devices than the policy allows, the last used ones are taken."""

    @staticmethod
    def base32(key: bytes) -> str:
        """Raw key bytes in the form of `secret`."""
        return base64.b32encode(key).decode().rstrip("=")
