"""Databases of real servers, and storages over them, one way for all drivers."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, make_url
from twinlock_servers import RunningServer

from twinlock import StoredRecord
from twinlock.storage.sqlalchemy import AsyncSqlAlchemyStorage, SqlAlchemyStorage

BLOCKING = {"psycopg": "postgresql+psycopg", "pymysql": "mysql+pymysql", "sqlite3": "sqlite"}
ASYNC = {
    "asyncpg": "postgresql+asyncpg",
    "psycopg-async": "postgresql+psycopg",
    "aiomysql": "mysql+aiomysql",
    "aiosqlite": "sqlite+aiosqlite",
}
SCHEMES = {**BLOCKING, **ASYNC, "mariadb": "mariadb+pymysql"}
OF_SERVER = {"postgres": ["psycopg", "asyncpg", "psycopg-async"], "mariadb": ["pymysql", "aiomysql"]}
OF_SQLITE = ["sqlite3", "aiosqlite"]
WITH_SERVER = [driver for drivers in OF_SERVER.values() for driver in drivers]
SECONDS = 30.0
_numbers = itertools.count()


@dataclass(frozen=True)
class Place:
    """An empty database with the two tables missing."""

    server: RunningServer | None
    database: str

    def url(self, driver: str, port: int | None = None) -> str:
        """For that driver; through another port where one is given, e.g. a proxy's."""
        if self.server is None:
            return f"{SCHEMES[driver]}:///{self.database}"
        url = make_url(self.server.url).set(drivername=SCHEMES[driver], database=self.database)
        return (url.set(port=port) if port else url).render_as_string(hide_password=False)

    def engine(self, **options: Any) -> Engine:
        """The application's own, blocking."""
        if self.server is None:
            return create_engine(self.url("sqlite3"), **options)
        return create_engine(self.url(OF_SERVER[self.server.facts["kind"]][0]), **options)


def in_server(server: RunningServer) -> Place:
    """Emptied, whatever the test before left: a new database would cost PostgreSQL a thousand files."""
    place = Place(server, server.database)
    engine = place.engine(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in _EMPTY[server.facts["kind"]]:
            connection.exec_driver_sql(statement.format(name=place.database))
    engine.dispose()
    return place


_EMPTY = {
    "postgres": [
        "DROP SCHEMA IF EXISTS public, {name}_doors CASCADE",
        "CREATE SCHEMA public",
        "ALTER DATABASE {name} RESET ALL",
    ],
    "mariadb": ["DROP DATABASE IF EXISTS {name}_doors", "DROP DATABASE {name}", "CREATE DATABASE {name}"],
}


def in_file(folder: Path) -> Place:
    return Place(None, str(folder / f"app-{next(_numbers)}.db"))


def opened(driver: str, url: str, **settings: Any) -> Any:
    """A storage with blocking methods, whatever is below."""
    return Awaiting(url, **settings) if driver in ASYNC else SqlAlchemyStorage(url, **settings)


class Awaiting:
    """An asynchronous storage in a loop of its own."""

    def __init__(self, where: Any, **settings: Any) -> None:
        self.inner = AsyncSqlAlchemyStorage(where, **settings)
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(SECONDS)

    def close(self) -> None:
        self.run(self.inner.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(SECONDS)
        self.loop.close()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.inner, name)
        return lambda *arguments: self.run(method(*arguments))


def record(version: int, data: bytes = b"data", key_id: str = "2026a") -> StoredRecord:
    return StoredRecord(version=version, enabled=True, key_id=key_id, data=data)
