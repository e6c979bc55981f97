"""What an operation can refuse with: one exception per stable code.

Three drawers: an outcome the *user* caused, a mistake of the *caller*, a fault of the *world*. Messages never hold a
code, a secret, a token or a user id. Anything that is ignored must not let anyone in, so nothing here is a return value.
"""

from __future__ import annotations

from typing import Any, ClassVar, cast

from . import _native
from ._native import problem

__all__ = [
    "AlreadyEnrolled",
    "AssuranceRequired",
    "ChallengeExpired",
    "ConfigurationError",
    "Contention",
    "InternalError",
    "InvalidCode",
    "InvalidSecret",
    "LastAuthenticator",
    "MalformedCode",
    "MalformedRequest",
    "MoreCodesRequired",
    "NotEnabled",
    "NotFound",
    "RecordTampered",
    "SetupExpired",
    "StorageError",
    "StorageTimeout",
    "Throttled",
    "TooManyAuthenticators",
    "TwoFactorError",
    "UnknownKey",
    "problem",
]


class TwoFactorError(Exception):
    """An operation was refused; nobody was let in. Raised as one of its subclasses."""

    code: ClassVar[str] = "internal_error"
    """The stable code, the same in every language and in every answer."""

    _default_retry_after: ClassVar[int | None] = None

    def __init__(
        self,
        message: str | None = None,
        *,
        retry_after: int | None = None,
        count: int | None = None,
        operation: str = "other",
    ) -> None:
        super().__init__(message or problem(self.code)["detail"])
        self.retry_after: int | None = self._default_retry_after if retry_after is None else retry_after
        """Seconds after which trying again makes sense, where that is known."""
        self._count = count
        self._operation = operation

    @property
    def http_status(self) -> int:
        """The HTTP status of this error at the operation that raised it."""
        return _native.http_status(self.code, self._operation)

    def problem(self, operation: str | None = None) -> dict[str, Any]:
        """The RFC 9457 problem: `type`, `title`, `status`, `code`, `detail`, and `retry_after` or `count` where known.

        `operation` (`verify`, `step_up`, `confirm`, `guard`, `login`, `other`) says where in the HTTP contract it is
        told, when that is another place than the operation that raised it.
        """
        body = problem(self.code, self._operation if operation is None else operation)
        if self.retry_after is not None:
            body["retry_after"] = self.retry_after
        if self._count is not None:
            body["count"] = self._count
        return body


# --- the user caused it ---------------------------------------------------------------------------------------------


class InvalidCode(TwoFactorError):
    """The code is wrong, was used before, or is unknown: one answer for all three. Ask for another code."""

    code = "invalid_code"


class MalformedCode(TwoFactorError):
    """That cannot be a code; nothing was compared and nothing was spent. Ask to look again."""

    code = "malformed_code"


class Throttled(TwoFactorError):
    """Too many wrong codes: wait `retry_after` seconds, or send three consecutive codes."""

    code = "throttled"


class MoreCodesRequired(TwoFactorError):
    """A single code is not enough now: send `count` consecutive codes of one authenticator in one call."""

    code = "more_codes_required"

    @property
    def count(self) -> int:
        """How many consecutive codes."""
        return 3 if self._count is None else self._count


class ChallengeExpired(TwoFactorError):
    """The challenge is used, expired or not one of ours. Start again at the password."""

    code = "challenge_expired"


class SetupExpired(TwoFactorError):
    """The setup is expired or was ended by another change. Start the enrollment again."""

    code = "setup_expired"


class AssuranceRequired(TwoFactorError):
    """A fresher proof of the second factor is needed. Ask for a code (step-up) and repeat the call."""

    code = "assurance_required"


class NotEnabled(TwoFactorError):
    """The user has no second factor."""

    code = "not_enabled"


class AlreadyEnrolled(TwoFactorError):
    """That secret is already enrolled."""

    code = "already_enrolled"


class TooManyAuthenticators(TwoFactorError):
    """The user has as many authenticators as the policy allows."""

    code = "too_many_authenticators"


class LastAuthenticator(TwoFactorError):
    """The last authenticator goes only by `disable`."""

    code = "last_authenticator"


class NotFound(TwoFactorError):
    """There is no authenticator or device with that id."""

    code = "not_found"


# --- the caller's mistake -------------------------------------------------------------------------------------------


class InvalidSecret(TwoFactorError):
    """The secret or `otpauth://` URI cannot be imported; the text says why."""

    code = "invalid_secret"


class MalformedRequest(TwoFactorError):
    """An argument is of the wrong type, length or form; the text says what is allowed."""

    code = "malformed_request"


class ConfigurationError(TwoFactorError):
    """The engine is set up wrongly (keys, policy, clock, storage); the text says what to change."""

    code = "configuration_error"


# --- the world's fault: refused, closed rather than open ------------------------------------------------------------


class Contention(TwoFactorError):
    """Others changed the same user's record five times in a row. Try again in a second."""

    code = "contention"
    _default_retry_after = 1


class StorageError(TwoFactorError):
    """The storage failed (`__cause__` says how). Whether the write happened is unknown; nobody was let in."""

    code = "storage_error"
    _default_retry_after = 1


class StorageTimeout(TwoFactorError):
    """The storage did not answer in time. Nobody was let in."""

    code = "storage_timeout"
    _default_retry_after = 1


class RecordTampered(TwoFactorError):
    """The stored record was changed, swapped or cut. Restore it, or `erase` the user after checking who they are."""

    code = "record_tampered"


class UnknownKey(TwoFactorError):
    """The stored record is sealed with a key that the key ring lacks. Add that key behind the active one."""

    code = "unknown_key"


class InternalError(TwoFactorError):
    """A fault in Twinlock or its host. Refused."""

    code = "internal_error"


_BY_CODE: dict[str, type[TwoFactorError]] = {kind.code: kind for kind in TwoFactorError.__subclasses__()}


def raised(code: str, message: str, retry_after: int | None, count: int | None, operation: str) -> TwoFactorError:
    """For the native module: the exception of a code."""
    kind = _BY_CODE.get(code, cast(type[TwoFactorError], InternalError))
    return kind(message, retry_after=retry_after, count=count, operation=operation)
