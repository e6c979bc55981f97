"""Twinlock: the second lock on the door.

A two-factor authentication engine that an application adds *after* its own password check::

    from twinlock import TwoFactor, SqliteStorage, InvalidCode

    two_factor = TwoFactor(issuer="Acme", storage=SqliteStorage("2fa.db"))  # keys from TWINLOCK_KEYS

    enrollment = two_factor.begin_enrollment("42", account_name="ada@example.com")
    show(enrollment.qr_svg(), enrollment.secret)
    codes = two_factor.confirm_enrollment("42", enrollment.setup, code="123456").backup_codes

    step = two_factor.after_first_factor("42")  # after the password
    if step.challenge:
        verification = two_factor.verify(step.challenge, code="654321")  # raises InvalidCode, Throttled, ...
        sign_in(verification.user_id)

`AsyncTwoFactor` is the same with `await`.
"""

from __future__ import annotations

from ._async import AsyncTwoFactor
from ._native import (
    AuthenticatorAccount,
    Enrolled,
    Enrollment,
    Event,
    KeyRing,
    NextStep,
    Policy,
    SqliteStorage,
    StoredRecord,
    Verification,
)
from ._sync import TwoFactor
from .errors import (
    AlreadyEnrolled,
    AssuranceRequired,
    ChallengeExpired,
    ConfigurationError,
    Contention,
    InternalError,
    InvalidCode,
    InvalidSecret,
    LastAuthenticator,
    MalformedCode,
    MalformedRequest,
    MoreCodesRequired,
    NotEnabled,
    NotFound,
    RecordTampered,
    SetupExpired,
    StorageError,
    StorageTimeout,
    Throttled,
    TooManyAuthenticators,
    TwoFactorError,
    UnknownKey,
    problem,
)
from .results import EventPage, Stats, Status
from .storage import AsyncStorage, MemoryStorage, Storage

__all__ = [
    "AlreadyEnrolled",
    "AssuranceRequired",
    "AsyncStorage",
    "AsyncTwoFactor",
    "AuthenticatorAccount",
    "ChallengeExpired",
    "ConfigurationError",
    "Contention",
    "Enrolled",
    "Enrollment",
    "Event",
    "EventPage",
    "InternalError",
    "InvalidCode",
    "InvalidSecret",
    "KeyRing",
    "LastAuthenticator",
    "MalformedCode",
    "MalformedRequest",
    "MemoryStorage",
    "MoreCodesRequired",
    "NextStep",
    "NotEnabled",
    "NotFound",
    "Policy",
    "RecordTampered",
    "SetupExpired",
    "SqliteStorage",
    "Stats",
    "Status",
    "Storage",
    "StorageError",
    "StorageTimeout",
    "StoredRecord",
    "Throttled",
    "TooManyAuthenticators",
    "TwoFactor",
    "TwoFactorError",
    "UnknownKey",
    "Verification",
    "problem",
]
