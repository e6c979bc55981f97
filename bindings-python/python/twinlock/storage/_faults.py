"""What the errors of the database drivers mean: late, in each other's way, or failed."""

from __future__ import annotations

from typing import Any

# Statement, lock and idle-in-transaction time-outs of PostgreSQL.
LATE_STATES = {"57014", "55P03", "25P03", "25P04"}
# Lock wait; MySQL's and MariaDB's statement time-outs.
LATE_NUMBERS = {1205, 3024, 1969}
# Deadlock and serialization: the server has undone the whole transaction.
CONFLICT_STATES = {"40001", "40P01"}
CONFLICT_NUMBERS = {1213, 1020}
DUPLICATE_NUMBER = 1062
SQLITE_BUSY = {5, 6}


def is_late(error: BaseException | None) -> bool:
    """The server, or the wait for it, gave up."""
    if _state(error) in LATE_STATES or _number(error) in LATE_NUMBERS or _sqlite(error) in SQLITE_BUSY:
        return True
    return isinstance(error, TimeoutError) or isinstance(getattr(error, "__cause__", None), TimeoutError)


def is_conflict(error: BaseException | None) -> bool:
    """Another transaction was in the way, and nothing of this one was written."""
    return _state(error) in CONFLICT_STATES or _number(error) in CONFLICT_NUMBERS


def is_duplicate(error: BaseException | None) -> bool:
    """MySQL has a row of that key."""
    return _number(error) == DUPLICATE_NUMBER


def _state(error: BaseException | None) -> str | None:
    state: Any = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    return state if isinstance(state, str) else None


def _number(error: BaseException | None) -> int | None:
    arguments = getattr(error, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else None


def _sqlite(error: BaseException | None) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None and "database is locked" in str(error):
        return 5  # Python 3.10 has no codes
    return code & 0xFF if isinstance(code, int) else None
