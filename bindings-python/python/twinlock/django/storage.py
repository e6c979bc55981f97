"""Records and events in one of Django's databases, on connections of the storage's own.

`TWINLOCK["DATABASE"]` names the alias; a request that rolls back leaves a lockout standing, because the storage never takes part in
its transaction. On SQLite a request that has written therefore waits for itself: with `ATOMIC_REQUESTS` use
`TWINLOCK["SQLITE_FILE"]` (the system checks say so).

Each call is over within `timeout` seconds, waiting for a connection included; then its connection is cut and `StorageTimeout`
raised. Under a `TestCase` the storage joins the test's connection, so that what it wrote is rolled back with the test.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from asgiref.sync import sync_to_async
from django.core.exceptions import SynchronousOnlyOperation
from django.db import Error, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.asyncio import async_unsafe

from .. import Event, StoredRecord
from .._driver import failed, late
from ..errors import ConfigurationError, TwoFactorError
from ..results import Stats
from ..storage._arguments import checked_page, checked_pool, checked_save, checked_user
from ..storage._deadline import Watch
from ..storage._faults import is_conflict, is_late
from ..storage._progress import Progress
from ..storage._timed import TimedCalls
from ._connections import Pool, joined, under_test
from ._statements import Statements

if TYPE_CHECKING:
    from ..storage import AsyncReports, AsyncStorage, Reports, Storage

__all__ = ["AsyncDjangoStorage", "DjangoStorage", "under_test"]

T = TypeVar("T")
Work = Callable[[Statements], T]

# SQLite: who writes takes the lock at once, so that two never wait for each other. PostgreSQL: whatever the server's default is.
_BEGIN = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
    "mysql": "START TRANSACTION",
}
# Gone away, lost, malformed, lost while sending.
_DEAD_NUMBERS = {0, 2006, 2013, 2014, 2055}


class DjangoStorage:
    """Records and events in the database of that alias, for blocking Python."""

    def __init__(
        self,
        alias: str = "default",
        *,
        prefix: str = "",
        pool_size: int = 5,
        pool_timeout: float = 2.0,
        timeout: float = 5.0,
    ) -> None:
        """Opens nothing yet. `prefix` stands before the names of the tables. At most `pool_size` connections (1 or more) are
        kept; a call waits `pool_timeout` seconds for a free one and is over within `timeout` seconds in all.

        Raises `ConfigurationError`.
        """
        checked_pool(pool_size, pool_timeout=pool_timeout, timeout=timeout)
        self._alias, self._prefix, self._timeout = alias, prefix, timeout
        self._pool = Pool(alias, pool_size, pool_timeout, timeout)
        # A storage that nobody uses any more closes its connections.
        weakref.finalize(self, self._pool.close)

    def load(self, user_id: str, /) -> StoredRecord | None:
        """The record of that user."""
        checked_user(user_id)
        return self._call(lambda say: say.load(user_id))

    def save(self, user_id: str, expected: int | None, record: StoredRecord, events: Sequence[Event], /) -> bool:
        """Writes record and events in one commit if the stored version is still `expected`."""
        checked_save(user_id, expected, record, events)
        return self._call(lambda say: say.save(user_id, expected, record, events), writes=True)

    def erase(self, user_id: str, /) -> None:
        """Deletes record and events."""
        checked_user(user_id)
        self._call(lambda say: say.erase(user_id), writes=True)

    def events(self, user_id: str, before: bytes | None, limit: int, /) -> list[Event]:
        """The newest events of a user first, with an `id_bytes` below `before` where given."""
        checked_page(user_id, before, limit)
        return self._call(lambda say: say.events(user_id, before, limit))

    def stats(self, now: int, /) -> Stats:
        """Figures for an operator's page; `now` in Unix seconds."""
        return self._call(lambda say: say.stats(now))

    def stale(self, key_id: str, after: str | None, limit: int, /) -> list[str]:
        """Users whose records are sealed by another key, in the order of their ids, after `after`."""
        return self._call(lambda say: say.stale(key_id, after, limit))

    def purge(self, before: int, /) -> int:
        """Deletes events older than `before` (Unix seconds), a thousand in each transaction; returns how many."""
        deleted = 0
        while batch := self._call(lambda say: say.purge(before), writes=True):
            deleted += batch
        return deleted

    def close(self) -> None:
        """Closes the connections that are kept; a later call opens new ones."""
        self._pool.close()

    def __repr__(self) -> str:
        return f"DjangoStorage({self._alias!r})"

    def _call(self, work: Work[T], *, writes: bool = False) -> T:
        _not_in_a_loop()
        connection = joined(self._alias)
        if connection is not None:
            return self._in_test(connection, work)
        progress = Progress(lambda error: isinstance(error, _DeadError), _conflict, _refusal)
        with Watch(self._timeout) as watch:
            while True:
                try:
                    return self._once(work, writes, progress, watch)
                except Exception as error:
                    progress.again_or_refuse(error, late=watch.late)

    def _once(self, work: Work[T], writes: bool, progress: Progress, watch: Watch) -> T:
        with self._pool.connection(watch) as connection:
            # Not `connection.cursor()`: with DEBUG that one logs and keeps all statements and their values.
            with connection.make_cursor(connection.create_cursor()) as cursor:
                try:
                    if writes:
                        cursor.execute(_BEGIN[connection.vendor])
                    answer = work(Statements(connection, cursor, self._prefix))
                    if writes:
                        progress.committing = True
                        cursor.execute("COMMIT")
                except Error as error:
                    if _is_dead(connection, error):
                        raise _DeadError from error
                    raise
            return answer

    def _in_test(self, connection: BaseDatabaseWrapper, work: Work[T]) -> T:
        try:
            with transaction.atomic(using=self._alias), connection.cursor() as cursor:
                return work(Statements(connection, cursor, self._prefix))
        except Exception as error:
            refused = _refusal(error)
            raise refused from (None if refused is error else error)


class AsyncDjangoStorage:
    """`DjangoStorage` for asyncio: Django's databases block, so each call runs in one of `pool_size` threads.

    A cancelled caller loses the answer, never the write.
    """

    def __init__(
        self,
        alias: str = "default",
        *,
        prefix: str = "",
        pool_size: int = 5,
        pool_timeout: float = 2.0,
        timeout: float = 5.0,
    ) -> None:
        """As `DjangoStorage`."""
        self._blocking = DjangoStorage(
            alias, prefix=prefix, pool_size=pool_size, pool_timeout=pool_timeout, timeout=timeout
        )
        self._calls = TimedCalls(timeout)
        self._threads = ThreadPoolExecutor(pool_size, thread_name_prefix="twinlock")

    async def load(self, user_id: str, /) -> StoredRecord | None:
        """The record of that user."""
        return await self._run(self._blocking.load, user_id)

    async def save(self, user_id: str, expected: int | None, record: StoredRecord, events: Sequence[Event], /) -> bool:
        """Writes record and events in one commit if the stored version is still `expected`."""
        return await self._run(self._blocking.save, user_id, expected, record, events)

    async def erase(self, user_id: str, /) -> None:
        """Deletes record and events."""
        await self._run(self._blocking.erase, user_id)

    async def events(self, user_id: str, before: bytes | None, limit: int, /) -> list[Event]:
        """The newest events of a user first, with an `id_bytes` below `before` where given."""
        return await self._run(self._blocking.events, user_id, before, limit)

    async def stats(self, now: int, /) -> Stats:
        """Figures for an operator's page; `now` in Unix seconds."""
        return await self._run(self._blocking.stats, now)

    async def stale(self, key_id: str, after: str | None, limit: int, /) -> list[str]:
        """Users whose records are sealed by another key, in the order of their ids, after `after`."""
        return await self._run(self._blocking.stale, key_id, after, limit)

    async def purge(self, before: int, /) -> int:
        """Deletes events older than `before` (Unix seconds), a thousand in each transaction; returns how many."""
        return await self._in_thread(self._blocking.purge, before)

    async def close(self) -> None:
        """Ends what is still being written, and closes the connections that are kept."""
        await self._calls.ended()
        self._blocking.close()

    async def _run(self, method: Callable[..., T], *arguments: Any) -> T:
        return await self._calls.run(self._in_thread(method, *arguments), writes=True)

    async def _in_thread(self, method: Callable[..., T], *arguments: Any) -> T:
        if under_test():
            # The thread whose connection holds the test's transaction.
            return await sync_to_async(method, thread_sensitive=True)(*arguments)
        return await sync_to_async(method, thread_sensitive=False, executor=self._threads)(*arguments)


@async_unsafe
def _blocks() -> None:
    """Refused by Django where an event loop runs in this thread."""


def _not_in_a_loop() -> None:
    try:
        _blocks()
    except SynchronousOnlyOperation as error:
        raise ConfigurationError("this would block the event loop: in async code use async_two_factor()") from error


if TYPE_CHECKING:  # held by the type checkers: both stores fit the protocols
    _STORES: tuple[type[Storage], type[Reports]] = (DjangoStorage, DjangoStorage)
    _AWAITED: tuple[type[AsyncStorage], type[AsyncReports]] = (AsyncDjangoStorage, AsyncDjangoStorage)


class _DeadError(Exception):
    """The connection turned out to be dead."""


def _is_dead(connection: BaseDatabaseWrapper, error: Error) -> bool:
    raw: Any = connection.connection
    if getattr(raw, "closed", False) or not getattr(raw, "open", True):
        return True
    arguments: tuple[Any, ...] = getattr(error.__cause__, "args", ())
    return connection.vendor == "mysql" and bool(arguments) and arguments[0] in _DEAD_NUMBERS


def _conflict(error: Exception) -> bool:
    return isinstance(error, Error) and is_conflict(error.__cause__)


def _refusal(error: Exception) -> TwoFactorError:
    if isinstance(error, TwoFactorError):
        return error
    return late() if is_late(error) or is_late(error.__cause__) else failed()
