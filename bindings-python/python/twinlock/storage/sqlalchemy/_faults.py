"""What SQLAlchemy's errors mean: those of the drivers, and its own."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ..._driver import failed, late
from ...errors import TwoFactorError
from .. import _faults as drivers


def refusal(error: Exception) -> TwoFactorError:
    """What the caller is told."""
    if isinstance(error, TwoFactorError):
        return error
    if isinstance(error, (PoolTimeout, TimeoutError)):
        return late()
    return late() if isinstance(error, DBAPIError) and drivers.is_late(error.orig) else failed()


def is_conflict(error: Exception) -> bool:
    """Another transaction was in the way, and nothing of this one was written."""
    return isinstance(error, DBAPIError) and drivers.is_conflict(error.orig)


def is_stale(error: Exception) -> bool:
    """The connection turned out to be dead."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def is_duplicate(error: DBAPIError) -> bool:
    """MySQL has a row of that key."""
    return drivers.is_duplicate(error.orig)
