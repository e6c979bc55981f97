"""The blocking and the asynchronous engine over one storage."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from .. import AsyncTwoFactor, ConfigurationError, SqliteStorage, TwoFactor
from .._native import Call
from ..storage import Storage
from . import signals
from ._settings import Settings, called
from .storage import DjangoStorage, under_test


class Engines:
    """What the settings make."""

    def __init__(self, settings: Settings) -> None:
        if not settings.issuer:
            raise ConfigurationError('set TWINLOCK = {"ISSUER": "..."}: what authenticator apps show above the code')
        self._storage = _storage(settings)
        shared: dict[str, Any] = {
            "issuer": settings.issuer,
            "keys": settings.key_ring(),
            "policy": settings.checked_policy(),
            "clock": settings.clock_function(),
            "namespace": settings.namespace,
            "on_event": signals.announce,
            "storage_timeout": float(settings.storage_timeout),
            "storage": self._storage,
        }
        self.blocking = TwoFactor(**shared)
        self.awaited: AsyncTwoFactor = _InThread(**shared)

    def close(self) -> None:
        """Closes the connections that the storage keeps."""
        if isinstance(self._storage, DjangoStorage):
            self._storage.close()


def _storage(settings: Settings) -> Storage:
    if settings.storage is not None:
        made: Storage = called(settings.storage, "STORAGE")()
        return made
    if settings.sqlite_file is not None:
        return SqliteStorage(settings.sqlite_file)
    timeout = float(settings.storage_timeout)
    return DjangoStorage(settings.database, prefix=settings.table_prefix, timeout=timeout)


class _InThread(AsyncTwoFactor):
    """Each operation whole in one thread: Django's databases block, and so may the receivers of signals.

    A cancelled caller loses the answer; the thread goes on to its end.
    """

    def _set_up(self) -> None:
        super()._set_up()
        if asyncio.iscoroutinefunction(self._storage.load):
            raise ConfigurationError('TWINLOCK["STORAGE"] must give a blocking storage')

    async def _run(self, call: Call) -> Any:
        return await self._threaded(self._run_in_place, call)

    async def _ask(self, method: Callable[..., Any], *arguments: Any, writes: bool = False) -> Any:
        return await self._threaded(self._ask_in_place, method, *arguments)

    async def _threaded(self, work: Callable[..., Any], *arguments: Any) -> Any:
        if under_test():
            # The thread whose connection holds the test's transaction.
            return await sync_to_async(work, thread_sensitive=True)(*arguments)
        threads = self._threads()
        return await sync_to_async(_settled, thread_sensitive=False, executor=threads)(work, *arguments)


def _settled(work: Callable[..., Any], *arguments: Any) -> Any:
    # No request ends in this thread, so what receivers have left open is closed as at the end of one.
    close_old_connections()
    try:
        return work(*arguments)
    finally:
        close_old_connections()
