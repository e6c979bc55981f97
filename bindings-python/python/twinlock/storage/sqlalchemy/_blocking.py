"""`SqlAlchemyStorage`."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Dialect, Engine, MetaData, create_engine, event
from sqlalchemy.pool import QueuePool

from ..._native import Event, StoredRecord
from ...errors import ConfigurationError
from ...results import Stats
from .._arguments import checked_page, checked_save, checked_user
from .._deadline import Attempts, Watch
from .._progress import Progress
from . import _engines
from ._work import Work, new_progress, transacted

T = TypeVar("T")


class SqlAlchemyStorage:
    """Records and events in a database of the application's, for blocking Python; the page of the module tells more."""

    def __init__(
        self,
        engine_or_url: Engine | URL | str,
        *,
        prefix: str = "",
        schema: str | None = None,
        pool_size: int = 5,
        pool_timeout: float = 2.0,
        timeout: float = 5.0,
    ) -> None:
        """Opens nothing yet: the first call connects.

        `engine_or_url` says where the database is; of an engine only the way to connect is taken. `prefix` and `schema` as
        in `metadata`. At most `pool_size` connections (1 or more) are kept; a call waits `pool_timeout` seconds (above 0)
        for a free one, and is over within `timeout` seconds (above 0) in all.

        Raises `ConfigurationError`.
        """
        self._settings = _engines.Settings(prefix, schema, pool_size, pool_timeout, timeout)
        self._connector = _Connector(self._settings)
        self._engine = self._connector.engine(engine_or_url)
        weakref.finalize(self, self._engine.dispose)
        self._tables = self._settings.tables(self._engine.url)
        self._work = Work(self._tables, self._engine.dialect.name)
        self._reading = _engines.reading(self._engine)

    @property
    def metadata(self) -> MetaData:
        """The tables of this storage."""
        return self._tables.metadata

    def load(self, user_id: str, /) -> StoredRecord | None:
        """The record of that user."""
        checked_user(user_id)
        return self._read(lambda connection: self._work.load(connection, user_id))

    def save(self, user_id: str, expected: int | None, record: StoredRecord, events: Sequence[Event], /) -> bool:
        """Writes record and events in one commit if the stored version is still `expected`."""
        checked_save(user_id, expected, record, events)
        return self._write(lambda connection: self._work.save(connection, user_id, expected, record, events))

    def erase(self, user_id: str, /) -> None:
        """Deletes record and events."""
        checked_user(user_id)
        self._write(lambda connection: self._work.erase(connection, user_id))

    def events(self, user_id: str, before: bytes | None, limit: int, /) -> list[Event]:
        """The newest events of a user first, with an `id_bytes` below `before` where given."""
        checked_page(user_id, before, limit)
        return self._read(lambda connection: self._work.events(connection, user_id, before, limit))

    def stats(self, now: int, /) -> Stats:
        """Figures for an operator's page; `now` in Unix seconds."""
        return self._read(lambda connection: self._work.stats(connection, now))

    def stale(self, key_id: str, after: str | None, limit: int, /) -> list[str]:
        """Users whose records are sealed by another key, in the order of their ids, after `after`."""
        return self._read(lambda connection: self._work.stale(connection, key_id, after, limit))

    def purge(self, before: int, /) -> int:
        """Deletes events older than `before` (Unix seconds), a thousand in each transaction; returns how many."""
        deleted = 0
        while batch := self._write(lambda connection: self._work.purge(connection, before)):
            deleted += batch
        return deleted

    def close(self) -> None:
        """Closes the connections that are kept; a later call opens new ones."""
        self._engine.dispose()

    def __repr__(self) -> str:
        return f"SqlAlchemyStorage({_engines.shown(self._engine.url)!r})"

    def _read(self, work: Callable[[Connection], T]) -> T:
        return self._call(lambda connection, _: work(connection.execution_options(**self._reading)))

    def _write(self, work: Callable[[Connection], T]) -> T:
        return self._call(lambda connection, progress: transacted(connection, work, progress))

    def _call(self, work: Callable[[Connection, Progress], T]) -> T:
        progress = new_progress()
        with Watch(self._settings.timeout) as watch:
            self._connector.calls.watch = watch
            while True:
                try:
                    return self._once(work, progress, watch)
                except Exception as error:
                    progress.again_or_refuse(error, late=watch.late)

    def _once(self, work: Callable[[Connection, Progress], T], progress: Progress, watch: Watch) -> T:
        with self._engine.connect() as connection:
            watch.attach(connection.connection.dbapi_connection)
            try:
                return work(connection, progress)
            finally:
                if watch.late:
                    connection.invalidate()  # its socket is shut


class _Connector:
    """Makes the engine, and its connections within the time of the call that needs one.

    It does not know the storage, so that a storage nobody uses any more can go, and its connections with it.
    """

    def __init__(self, settings: _engines.Settings) -> None:
        self._settings = settings
        self._attempts = Attempts(settings.pool_size)
        self.calls = threading.local()
        """`watch` is that of the call which this thread is in."""

    def engine(self, given: Engine | URL | str) -> Engine:
        if not isinstance(given, (Engine, URL, str)):
            raise ConfigurationError(
                "SqlAlchemyStorage takes an Engine or a URL (for an AsyncEngine: AsyncSqlAlchemyStorage)"
            )
        engine = self._like(given) if isinstance(given, Engine) else self._for(given)
        _engines.begins_at_once(engine)
        _engines.leave_behind_in_forks(engine)
        return engine

    def _like(self, given: Engine) -> Engine:
        url = _engines.checked(given.url, _engines.BLOCKING_DRIVERS)
        connect, dialect = given.pool._invoke_creator, given.dialect

        def creator(connection_record: Any = None) -> Any:
            return self._connected(lambda: connect(connection_record), dialect)

        return create_engine(url, poolclass=QueuePool, creator=creator, **_engines.options(url, self._settings))

    def _for(self, given: URL | str) -> Engine:
        url = _engines.checked(given, _engines.BLOCKING_DRIVERS)
        arguments = _engines.connect_args(url, self._settings)
        options = _engines.options(url, self._settings)
        engine = create_engine(url, poolclass=QueuePool, connect_args=arguments, **options)

        @event.listens_for(engine, "do_connect")
        def do_connect(dialect: Dialect, _: Any, cargs: Any, cparams: Any) -> Any:
            return self._connected(lambda: dialect.connect(*cargs, **cparams), dialect)

        return engine

    def _connected(self, connect: Callable[[], Any], dialect: Dialect) -> Any:
        def made() -> Any:
            connection = connect()
            _engines.prepare(connection, dialect, self._settings)
            return connection

        if dialect.name == "sqlite":
            return made()  # a file: nothing hangs, and its library does not like other threads
        watch: Watch = self.calls.watch
        connection = self._attempts.make(made, watch, lambda late: late.close())
        watch.attach(connection)
        return connection
