"""What the drivers' errors mean: late, in each other's way, or failed."""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ..._driver import failed, late
from ...errors import TwoFactorError

# Statement, lock and idle-in-transaction time-outs of PostgreSQL.
LATE_STATES = {"57014", "55P03", "25P03", "25P04"}
# Lock wait; MySQL's and MariaDB's statement time-outs.
LATE_NUMBERS = {1205, 3024, 1969}
# Deadlock and serialization: the server has undone the whole transaction.
CONFLICT_STATES = {"40001", "40P01"}
CONFLICT_NUMBERS = {1213, 1020}
DUPLICATE_NUMBER = 1062
SQLITE_BUSY = {5, 6}


def refusal(error: Exception) -> TwoFactorError:
    """What the caller is told."""
    if isinstance(error, TwoFactorError):
        return error
    if isinstance(error, (PoolTimeout, TimeoutError)):
        return late()
    if isinstance(error, DBAPIError):
        if _state(error) in LATE_STATES or _number(error) in LATE_NUMBERS or _sqlite(error) in SQLITE_BUSY:
            return late()
        if isinstance(error.orig, TimeoutError) or isinstance(getattr(error.orig, "__cause__", None), TimeoutError):
            return late()
    return failed()


def is_conflict(error: Exception) -> bool:
    """Another transaction was in the way, and nothing of this one was written."""
    return isinstance(error, DBAPIError) and (_state(error) in CONFLICT_STATES or _number(error) in CONFLICT_NUMBERS)


def is_stale(error: Exception) -> bool:
    """The connection turned out to be dead."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def is_duplicate(error: DBAPIError) -> bool:
    """MySQL has a row of that key."""
    return _number(error) == DUPLICATE_NUMBER


def _state(error: DBAPIError) -> str | None:
    state: Any = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
    return state if isinstance(state, str) else None


def _number(error: DBAPIError) -> int | None:
    arguments = getattr(error.orig, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else None


def _sqlite(error: DBAPIError) -> int | None:
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is None and "database is locked" in str(error.orig):
        return 5  # Python 3.10 has no codes
    return code & 0xFF if isinstance(code, int) else None
