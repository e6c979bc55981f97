"""`AsyncSqlAlchemyStorage`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Dialect, MetaData, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from ..._native import Event, StoredRecord
from ...errors import ConfigurationError
from ...results import Stats
from .._arguments import checked_page, checked_save, checked_user
from .._progress import Progress
from .._timed import TimedCalls
from . import _engines
from ._work import Work, new_progress, transacted

T = TypeVar("T")
POOL = AsyncAdaptedQueuePool  # for a SQLite file some releases of SQLAlchemy choose none


class AsyncSqlAlchemyStorage:
    """`SqlAlchemyStorage` for asyncio; one event loop per object, as with SQLAlchemy's own engines, and `close` before it ends.

    A cancelled caller loses the answer, never the write: what is being written is brought to its end, or to the time-out.
    """

    def __init__(
        self,
        engine_or_url: AsyncEngine | URL | str,
        *,
        prefix: str = "",
        schema: str | None = None,
        pool_size: int = 5,
        pool_timeout: float = 2.0,
        timeout: float = 5.0,
    ) -> None:
        """As `SqlAlchemyStorage`, with an `AsyncEngine` or the URL of an asynchronous driver.

        Raises `ConfigurationError`.
        """
        self._settings = _engines.Settings(prefix, schema, pool_size, pool_timeout, timeout)
        self._engine = _engine(engine_or_url, self._settings)
        self._tables = self._settings.tables(self._engine.url)
        self._work = Work(self._tables, self._engine.dialect.name)
        self._reading = _engines.reading(self._engine.sync_engine)
        self._calls = TimedCalls(self._settings.timeout)

    @property
    def metadata(self) -> MetaData:
        """The tables of this storage."""
        return self._tables.metadata

    async def load(self, user_id: str, /) -> StoredRecord | None:
        """The record of that user."""
        checked_user(user_id)
        return await self._read(lambda connection: self._work.load(connection, user_id))

    async def save(self, user_id: str, expected: int | None, record: StoredRecord, events: Sequence[Event], /) -> bool:
        """Writes record and events in one commit if the stored version is still `expected`."""
        checked_save(user_id, expected, record, events)
        return await self._write(lambda connection: self._work.save(connection, user_id, expected, record, events))

    async def erase(self, user_id: str, /) -> None:
        """Deletes record and events."""
        checked_user(user_id)
        await self._write(lambda connection: self._work.erase(connection, user_id))

    async def events(self, user_id: str, before: bytes | None, limit: int, /) -> list[Event]:
        """The newest events of a user first, with an `id_bytes` below `before` where given."""
        checked_page(user_id, before, limit)
        return await self._read(lambda connection: self._work.events(connection, user_id, before, limit))

    async def stats(self, now: int, /) -> Stats:
        """Figures for an operator's page; `now` in Unix seconds."""
        return await self._read(lambda connection: self._work.stats(connection, now))

    async def stale(self, key_id: str, after: str | None, limit: int, /) -> list[str]:
        """Users whose records are sealed by another key, in the order of their ids, after `after`."""
        return await self._read(lambda connection: self._work.stale(connection, key_id, after, limit))

    async def purge(self, before: int, /) -> int:
        """Deletes events older than `before` (Unix seconds), a thousand in each transaction; returns how many."""
        deleted = 0
        while batch := await self._write(lambda connection: self._work.purge(connection, before)):
            deleted += batch
        return deleted

    async def close(self) -> None:
        """Ends what is still being written, and closes the connections that are kept; a later call opens new ones."""
        await self._calls.ended()
        await self._engine.dispose()

    def __repr__(self) -> str:
        return f"AsyncSqlAlchemyStorage({_engines.shown(self._engine.url)!r})"

    async def _read(self, work: Callable[[Connection], T]) -> T:
        def read(connection: Connection) -> T:
            return work(connection.execution_options(**self._reading))

        return await self._calls.run(self._tried(lambda connection, _: read(connection)), writes=False)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        tried = self._tried(lambda connection, progress: transacted(connection, work, progress))
        return await self._calls.run(tried, writes=True)

    async def _tried(self, work: Callable[[Connection, Progress], T]) -> T:
        progress = new_progress()
        while True:
            try:
                async with self._engine.connect() as connection:
                    return await connection.run_sync(work, progress)
            except Exception as error:
                progress.again_or_refuse(error, late=False)


def _engine(given: AsyncEngine | URL | str, settings: _engines.Settings) -> AsyncEngine:
    if not isinstance(given, (AsyncEngine, URL, str)):
        raise ConfigurationError(
            "AsyncSqlAlchemyStorage takes an AsyncEngine or a URL (for an Engine: SqlAlchemyStorage)"
        )
    engine = _like(given, settings) if isinstance(given, AsyncEngine) else _for(given, settings)
    _engines.begins_at_once(engine.sync_engine)
    _engines.leave_behind_in_forks(engine.sync_engine)
    return engine


def _like(given: AsyncEngine, settings: _engines.Settings) -> AsyncEngine:
    url = _engines.checked(given.url, _engines.ASYNC_DRIVERS)
    connect, dialect = given.sync_engine.pool._invoke_creator, given.dialect

    def creator(connection_record: Any = None) -> Any:
        connection = connect(connection_record)
        _engines.prepare(connection, dialect, settings)
        return connection

    return create_async_engine(url, poolclass=POOL, creator=creator, **_engines.options(url, settings))


def _for(given: URL | str, settings: _engines.Settings) -> AsyncEngine:
    url = _engines.checked(given, _engines.ASYNC_DRIVERS)
    arguments = _engines.connect_args(url, settings)
    engine = create_async_engine(url, poolclass=POOL, connect_args=arguments, **_engines.options(url, settings))

    @event.listens_for(engine.sync_engine, "do_connect")
    def do_connect(dialect: Dialect, _: Any, cargs: Any, cparams: Any) -> Any:
        connection = dialect.connect(*cargs, **cparams)
        _engines.prepare(connection, dialect, settings)
        return connection

    return engine
