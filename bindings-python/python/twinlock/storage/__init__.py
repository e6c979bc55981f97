"""Where records live: three calls, one of them a compare-and-swap.

What each wrong answer costs:

* `load` from a replica that lags: a used code may be accepted again. Read from the primary.
* `save` that does not compare the version: two requests with one code both get in.
* `save` that says `True` before the commit is durable: a crash undoes a lockout or revives a used code.
* `save` inside the caller's transaction: its rollback undoes a lockout.

Hold your own against `twinlock.testing.storage_kit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from .._native import Event, StoredRecord
from ..results import Stats
from .memory import MemoryStorage
from .sqlite import SqliteStorage

__all__ = ["AsyncReports", "AsyncStorage", "MemoryStorage", "Reports", "SqliteStorage", "Storage"]


@runtime_checkable
class Storage(Protocol):
    """A blocking store. It must bound its own waiting: a thread that waits cannot be called back."""

    def load(self, user_id: str, /) -> StoredRecord | None:
        """The record of that user; none = there never was one. Must see every committed `save`."""
        ...

    def save(self, user_id: str, expected: int | None, record: StoredRecord, events: Sequence[Event], /) -> bool:
        """Writes record and events in one commit of its own if the stored version is still `expected` (none = only if
        there is no record). False = somebody else was first: nothing was written.
        """
        ...

    def erase(self, user_id: str, /) -> None:
        """Deletes the record and the events of that user; nothing there is fine."""
        ...


@runtime_checkable
class AsyncStorage(Protocol):
    """The same store for asyncio; each answer as in `Storage`. Each call runs as a task of its own, so that a cancelled
    caller loses the answer and never the write.
    """

    async def load(self, user_id: str, /) -> StoredRecord | None:
        """As `Storage.load`."""
        ...

    async def save(self, user_id: str, expected: int | None, record: StoredRecord, events: Sequence[Event], /) -> bool:
        """As `Storage.save`."""
        ...

    async def erase(self, user_id: str, /) -> None:
        """As `Storage.erase`."""
        ...


class Reports(Protocol):
    """What a storage may tell beyond single records; optional."""

    def events(self, user_id: str, before: bytes | None, limit: int, /) -> Sequence[Event]:
        """The newest events of a user first, `limit` at most, with an `id_bytes` below `before` where given."""
        ...

    def stats(self, now: int, /) -> Stats:
        """Figures for an operator's page; `now` in Unix seconds."""
        ...

    def stale(self, key_id: str, after: str | None, limit: int, /) -> Sequence[str]:
        """Users whose records are sealed by another key, in the order of their ids, after `after`."""
        ...

    def purge(self, before: int, /) -> int:
        """Deletes events older than `before` (Unix seconds); returns how many."""
        ...


class AsyncReports(Protocol):
    """As `Reports`, for an `AsyncStorage`."""

    async def events(self, user_id: str, before: bytes | None, limit: int, /) -> Sequence[Event]:
        """As `Reports.events`."""
        ...

    async def stats(self, now: int, /) -> Stats:
        """As `Reports.stats`."""
        ...

    async def stale(self, key_id: str, after: str | None, limit: int, /) -> Sequence[str]:
        """As `Reports.stale`."""
        ...

    async def purge(self, before: int, /) -> int:
        """As `Reports.purge`."""
        ...


if TYPE_CHECKING:  # held by the type checkers: both stores fit the protocols
    _STORES: tuple[type[Storage], ...] = (MemoryStorage, SqliteStorage)
    _REPORTS: tuple[type[Reports], ...] = (MemoryStorage, SqliteStorage)
