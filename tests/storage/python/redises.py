"""Storages over real Redis servers, one way for blocking and asynchronous clients, single servers and clusters."""

from __future__ import annotations

import asyncio
import itertools
import threading
from typing import Any

from twinlock_servers import RunningServer

from twinlock.storage.redis import AsyncRedisStorage, RedisStorage

SINGLE = ["redis", "redis-async"]
CLUSTER = ["redis-cluster", "redis-cluster-async"]
ALL = SINGLE + CLUSTER
SECONDS = 30.0
_numbers = itertools.count()


def kind(driver: str) -> str:
    """The server of that driver."""
    return driver.removesuffix("-async")


def fixture(driver: str) -> str:
    return kind(driver).replace("-", "_")


def prefix() -> str:
    """One that no other test has."""
    return f"t{next(_numbers)}"


def made(driver: str, url: str, **settings: Any) -> Any:
    """A storage as an application has it."""
    cls: Any = AsyncRedisStorage if driver.endswith("-async") else RedisStorage
    return cls(url, cluster="cluster" in driver, **settings)


def opened(driver: str, server: RunningServer | str, **settings: Any) -> Any:
    """A storage with blocking methods, whatever is below."""
    url = server if isinstance(server, str) else server.url
    return InLoop(driver, url, **settings) if driver.endswith("-async") else made(driver, url, **settings)


class InLoop:
    """An asynchronous storage in a loop of its own."""

    def __init__(self, driver: str, url: str, **settings: Any) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.inner = made(driver, url, **settings)

    def close(self) -> None:
        self._run(self.inner.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(SECONDS)
        self.loop.close()

    def _run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(SECONDS)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.inner, name)
        return lambda *arguments: self._run(method(*arguments))
