"""Connections of the storage's own: copies of one alias, a few of them, in nobody's transaction.

Of the alias its settings are taken and nothing else: no router is asked, so no replica answers, and Django does not close them
at the end of a request.
"""

from __future__ import annotations

import contextlib
import math
import os
import threading
import weakref
from collections import deque
from collections.abc import Iterator
from typing import Any

from django.core import mail
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from .._driver import late
from ..storage import _sessions as sessions
from ..storage._deadline import Attempts, Watch


def under_test() -> bool:
    """Whether Django's test environment is set up: then nothing outlives a call, or a test's database could not be dropped."""
    return hasattr(mail, "outbox")


def joined(alias: str) -> BaseDatabaseWrapper | None:
    """The application's own connection, where another one would see nothing: under a `TestCase`, whose transaction is never
    committed, and for a SQLite database in memory. None elsewhere.
    """
    connection = connections[alias]
    if any(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        return connection
    if connection.vendor == "sqlite" and connection.is_in_memory_db():  # type: ignore[attr-defined]
        return connection
    if "connect" in vars(connection):
        connection.connect()  # a SimpleTestCase has put its refusal there
    return None


class Pool:
    """At most `size` connections to a copy of one alias; who needs one waits `pool_timeout` seconds at most."""

    def __init__(self, alias: str, size: int, pool_timeout: float, timeout: float) -> None:
        self._alias, self._size, self._pool_timeout = alias, size, pool_timeout
        # The server gives up on its own a little before the storage does.
        self._server_timeout = timeout * 0.8
        self._attempts = Attempts(size)
        self._start()
        _pools.add(self)

    def _start(self) -> None:
        self._idle: deque[BaseDatabaseWrapper] = deque()
        self._free = threading.BoundedSemaphore(self._size)

    @contextlib.contextmanager
    def connection(self, watch: Watch) -> Iterator[BaseDatabaseWrapper]:
        """One for the length of the block, which `watch` cuts in time; one that has met an exception is not used again."""
        free = self._free
        if not free.acquire(timeout=min(self._pool_timeout, watch.left)):
            raise late()
        try:
            connection = self._taken(watch)
            try:
                yield connection
            except BaseException:
                _close(connection)
                raise
            if watch.late or under_test():
                _close(connection)
            else:
                self._idle.append(connection)
        finally:
            free.release()

    def close(self) -> None:
        """Closes the idle ones."""
        with contextlib.suppress(IndexError):
            while True:
                _close(self._idle.pop())

    def leave_behind(self) -> None:
        """In a forked child: two processes must not talk on one connection."""
        # Kept for good: closing would say goodbye on the parent's connections.
        _inherited.append(self._idle)
        self._start()

    def _taken(self, watch: Watch) -> BaseDatabaseWrapper:
        name = connections[self._alias].settings_dict["NAME"]
        with contextlib.suppress(IndexError):
            while True:
                connection = self._idle.pop()
                if connection.settings_dict["NAME"] == name:
                    return _watched(connection, watch)
                _close(connection)  # test runners rename databases
        return self._connected(watch)

    def _connected(self, watch: Watch) -> BaseDatabaseWrapper:
        connection = copy_of(self._alias, self._server_timeout)

        def made() -> BaseDatabaseWrapper:
            try:
                connection.connect()
                sessions.prepare(connection.connection, connection.vendor, self._server_timeout)
            except BaseException:
                _close(connection)
                raise
            return connection

        if connection.vendor == "sqlite":
            return made()  # a file: nothing hangs
        return _watched(self._attempts.make(made, watch, _close), watch)


def copy_of(alias: str, timeout: float) -> BaseDatabaseWrapper:
    """A wrapper with the settings of that alias, not yet connected; `timeout`: seconds a server may take."""
    source = connections[alias]
    options: dict[str, Any] = dict(source.settings_dict["OPTIONS"])
    seconds = math.ceil(timeout)
    if source.vendor == "postgresql":
        options.pop("pool", None)
        options.setdefault("connect_timeout", max(2, seconds))
    elif source.vendor == "mysql":
        options["isolation_level"] = "read committed"
        for name in ("connect_timeout", "read_timeout", "write_timeout"):
            options.setdefault(name, seconds)
    else:
        options["timeout"] = timeout
    settings = {**source.settings_dict, "OPTIONS": options, "ATOMIC_REQUESTS": False, "AUTOCOMMIT": True}
    connection = type(source)(settings, alias)
    connection.inc_thread_sharing()
    return connection


def _watched(connection: BaseDatabaseWrapper, watch: Watch) -> BaseDatabaseWrapper:
    try:
        watch.attach(connection.connection)
    except BaseException:
        _close(connection)
        raise
    return connection


def _close(connection: BaseDatabaseWrapper) -> None:
    # The driver's own: Django's `close` is refused where an event loop runs.
    raw, connection.connection = connection.connection, None
    if raw is not None:
        with contextlib.suppress(Exception):
            raw.close()


_pools: weakref.WeakSet[Pool] = weakref.WeakSet()
_inherited: list[deque[BaseDatabaseWrapper]] = []


def _after_fork() -> None:
    for pool in list(_pools):
        pool.leave_behind()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
