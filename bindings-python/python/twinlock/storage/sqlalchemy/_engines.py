"""An engine of the storage's own, and what each of its connections is told at its start."""

from __future__ import annotations

import math
import os
import weakref
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, Connection, Dialect, Engine, event
from sqlalchemy.pool import Pool

from ...errors import ConfigurationError
from .. import _sessions as sessions
from .._arguments import checked_pool
from ._schema import FAMILIES, Tables, address, backend, tables

READS = "twinlock_reads"
BLOCKING_DRIVERS = {"psycopg", "pymysql", "pysqlite"}
ASYNC_DRIVERS = {"psycopg", "psycopg_async", "asyncpg", "aiomysql", "aiosqlite"}


@dataclass(frozen=True)
class Settings:
    """What a storage is set up with, checked."""

    prefix: str
    schema: str | None
    pool_size: int
    pool_timeout: float
    timeout: float

    def __post_init__(self) -> None:
        checked_pool(self.pool_size, pool_timeout=self.pool_timeout, timeout=self.timeout)

    @property
    def server_timeout(self) -> float:
        """Seconds after which the server gives up on its own: a little before the storage does."""
        return self.timeout * 0.8

    def pool(self) -> dict[str, Any]:
        """For `create_engine`: a small pool that never grows, and no values in the texts of errors."""
        waiting = min(self.pool_timeout, self.timeout)
        return {"pool_size": self.pool_size, "max_overflow": 0, "pool_timeout": waiting, "hide_parameters": True}

    def tables(self, where: URL) -> Tables:
        return tables(backend(where), self.prefix, self.schema)


def checked(url: str | URL, drivers: set[str]) -> URL:
    """The URL of a database that can be had through one of these drivers."""
    url = address(url)
    backend(url)
    if url.get_driver_name() not in drivers:
        raise ConfigurationError(f"the driver must be one of {', '.join(sorted(drivers))}: write it into the URL")
    if FAMILIES[url.get_backend_name()] == "sqlite":
        name = url.database or ":memory:"
        if ":memory:" in name or "mode=memory" in name or url.query.get("mode") == "memory":
            raise ConfigurationError("a database in memory is not shared between connections: use MemoryStorage")
    return url


def options(url: URL, settings: Settings) -> dict[str, Any]:
    """For `create_engine`, beside the pool: every transaction sees what is committed when each statement starts."""
    if FAMILIES[url.get_backend_name()] == "sqlite":
        return settings.pool()
    return {**settings.pool(), "isolation_level": "READ COMMITTED"}


def connect_args(url: URL, settings: Settings) -> dict[str, Any]:
    """The driver's own time-outs for a URL of ours; an engine's are its owner's."""
    seconds, whole = settings.timeout, math.ceil(settings.timeout)
    pymysql = {"connect_timeout": whole, "charset": "utf8mb4"}
    every: dict[str, dict[str, Any]] = {
        "psycopg": {"connect_timeout": max(2, whole)},
        "psycopg_async": {"connect_timeout": max(2, whole)},
        "asyncpg": {"timeout": seconds},
        "pymysql": {**pymysql, "read_timeout": whole, "write_timeout": whole},
        "aiomysql": pymysql,
        "pysqlite": {"timeout": settings.server_timeout},
        "aiosqlite": {"timeout": settings.server_timeout},
    }
    return every[url.get_driver_name()]


def prepare(connection: Any, dialect: Dialect, settings: Settings) -> None:
    """Tells a new connection (the driver's, or SQLAlchemy's face of an asynchronous one) how long to wait, and asks whether
    this is the primary. A connection that cannot be used is closed.
    """
    try:
        sessions.prepare(connection, FAMILIES[dialect.name], settings.server_timeout)
    except BaseException:
        connection.close()
        raise


def begins_at_once(engine: Engine) -> None:
    """SQLite: who writes takes the lock at the beginning, so that two never wait for each other; a read needs none."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not connection.get_execution_options().get(READS):
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def reading(engine: Engine) -> dict[str, Any]:
    """Execution options of a call that only reads: outside a transaction where that saves its begin and end."""
    return {"isolation_level": "AUTOCOMMIT"} if engine.dialect.name == "postgresql" else {READS: True}


_open: weakref.WeakSet[Engine] = weakref.WeakSet()
_inherited: list[Pool] = []


def leave_behind_in_forks(engine: Engine) -> None:
    """Two processes must not talk on one connection: a forked child opens its own."""
    _open.add(engine)


def _after_fork() -> None:
    for engine in list(_open):
        # Kept for good: closing would say goodbye on the parent's connections.
        _inherited.append(engine.pool)
        engine.dispose(close=False)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def shown(url: URL) -> str:
    """Without password."""
    return URL.create(url.drivername, url.username, None, url.host, url.port, url.database).render_as_string()
