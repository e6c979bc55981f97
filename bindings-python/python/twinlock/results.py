"""What operations give beside the classes of the engine: plain frozen data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ._native import Event

__all__ = [
    "AuthenticatorStatus",
    "BackupCodesStatus",
    "DeviceStatus",
    "EventPage",
    "PolicyStatus",
    "ProofStatus",
    "Stats",
    "Status",
    "ThrottleStatus",
]


@dataclass(frozen=True)
class AuthenticatorStatus:
    """One authenticator."""

    id: str
    """For renaming and removing."""
    name: str
    """As the user called it."""
    created_at: int
    """Unix seconds."""
    last_used_at: int | None = None
    """Unix seconds; none before the first sign-in."""
    weak: bool = False
    """The imported secret is shorter than RFC 4226 demands: suggest a new enrollment."""


@dataclass(frozen=True)
class BackupCodesStatus:
    """The set of backup codes."""

    left: int
    """Unused ones."""
    total: int
    """How many the set had."""
    saved: bool
    """Whether the user says they are saved."""


@dataclass(frozen=True)
class DeviceStatus:
    """One browser that passed the second factor here."""

    id: str
    """For revoking."""
    label: str
    """What the host said about it (address, agent)."""
    last_used_at: int
    """Unix seconds of its last proof."""
    trusted: bool
    """Skips the code."""
    current: bool
    """It is the one asking."""


@dataclass(frozen=True)
class ThrottleStatus:
    """What a single code would meet now."""

    codes_required: int
    """1, or 3 consecutive ones."""
    retry_after: int | None = None
    """Seconds to wait."""


@dataclass(frozen=True)
class ProofStatus:
    """The proof that was presented with the call."""

    fresh_until: int | None = None
    """Unix seconds until which it counts as fresh for sensitive operations."""


@dataclass(frozen=True)
class PolicyStatus:
    """What new authenticators will look like."""

    digits: int
    """Digits of a code."""
    period: int
    """Seconds that a code is shown."""
    require_saved_codes: bool = False
    """Pages insist that the user says the backup codes are saved."""


class Status:
    """All that a settings page needs of one user: no secret in it."""

    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body

    def body(self) -> dict[str, Any]:
        """The body of `GET /status`; a server adds `required` and `csrf`."""
        return dict(self._body)

    @property
    def enabled(self) -> bool:
        """Whether the user has a second factor."""
        return bool(self._body["enabled"])

    @property
    def authenticators(self) -> list[AuthenticatorStatus]:
        """Enrolled authenticators, in the order of enrollment."""
        return [AuthenticatorStatus(**one) for one in self._body["authenticators"]]

    @property
    def backup_codes(self) -> BackupCodesStatus:
        """The set of backup codes."""
        return BackupCodesStatus(**self._body["backup_codes"])

    @property
    def devices(self) -> list[DeviceStatus]:
        """Known and trusted browsers, the latest used last."""
        return [DeviceStatus(**one) for one in self._body["devices"]]

    @property
    def throttle(self) -> ThrottleStatus:
        """What a single code would meet now."""
        return ThrottleStatus(**self._body["throttle"])

    @property
    def proof(self) -> ProofStatus:
        """The proof that was presented."""
        return ProofStatus(**self._body["proof"])

    @property
    def policy(self) -> PolicyStatus:
        """What new authenticators will look like."""
        return PolicyStatus(**self._body["policy"])

    def __eq__(self, other: object) -> bool:
        return self._body == other._body if isinstance(other, Status) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it holds lists

    def __repr__(self) -> str:
        return f"Status(enabled={self.enabled})"


@dataclass(frozen=True)
class EventPage:
    """A page of the audit log, the newest event first."""

    events: list[Event]
    next_cursor: str | None = None
    """To be given for the next page; none at the end."""

    def body(self) -> dict[str, Any]:
        """The body of `GET /events`."""
        return {"events": [event.body() for event in self.events], "next_cursor": self.next_cursor}


@dataclass(frozen=True)
class Stats:
    """Figures for an operator's page."""

    enabled_users: int = 0
    """Users with a second factor now."""
    enabled_30d: int = 0
    """Times it was switched on in the last 30 days."""
    disabled_30d: int = 0
    """Times it was switched off or reset in the last 30 days."""
    failed_30d: int = 0
    """Counted wrong codes in the last 30 days."""

    def body(self) -> dict[str, int]:
        """The body of `GET /admin/stats`."""
        return asdict(self)
