"""`AsyncRedisStorage`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

import redis.asyncio
import redis.asyncio.cluster

from ..._native import Event, StoredRecord
from ...results import Stats
from .._arguments import checked_page, checked_save, checked_user
from .._timed import TimedCalls
from ._clients import Settings, async_address, async_client
from ._work import Ask, Operation, Primaries, Work, is_lost, refusal

T = TypeVar("T")


class AsyncRedisStorage:
    """`RedisStorage` for asyncio; one event loop per object, as with redis-py's own clients, and `close` before it ends.

    A cancelled caller loses the answer, never the write: what is being written is brought to its end, or to the time-out.
    """

    stats: Callable[[int], Coroutine[Any, Any, Stats]]
    """Figures for an operator's page; only with `scan=True`."""
    stale: Callable[[str, str | None, int], Coroutine[Any, Any, list[str]]]
    """Users whose records are sealed by another key; only with `scan=True`."""
    purge: Callable[[int], Coroutine[Any, Any, int]]
    """Deletes events older than that; only with `scan=True`."""

    def __init__(
        self,
        client_or_url: redis.asyncio.Redis | redis.asyncio.cluster.RedisCluster | str,
        *,
        cluster: bool = False,
        prefix: str = "twinlock",
        scan: bool = False,
        pool_size: int = 5,
        timeout: float = 5.0,
    ) -> None:
        """As `RedisStorage`, with a client of `redis.asyncio` or a URL.

        Raises `ConfigurationError`.
        """
        self._settings = Settings(prefix, pool_size, timeout)
        self._address = async_address(client_or_url, cluster)
        self._work = Work(prefix)
        self._free = asyncio.Semaphore(pool_size)
        self._client: Any = None
        self._safe = False
        self._calls = TimedCalls(self._settings.timeout)
        if scan:
            self.stats, self.stale, self.purge = self._stats, self._stale, self._purge

    async def ready(self) -> None:
        """As `RedisStorage.ready`."""
        await self._call(self._work.nothing())

    async def load(self, user_id: str, /) -> StoredRecord | None:
        """The record of that user. One command."""
        checked_user(user_id)
        return await self._call(self._work.load(user_id))

    async def save(self, user_id: str, expected: int | None, record: StoredRecord, events: Sequence[Event], /) -> bool:
        """Writes record and events in one script if the stored version is still `expected`."""
        checked_save(user_id, expected, record, events)
        return await self._call(self._work.save(user_id, expected, record, events), writes=True)

    async def erase(self, user_id: str, /) -> None:
        """Deletes record and events. One command."""
        checked_user(user_id)
        await self._call(self._work.erase(user_id), writes=True)

    async def events(self, user_id: str, before: bytes | None, limit: int, /) -> list[Event]:
        """The newest events of a user first, with an `id_bytes` below `before` where given; the last 200 are kept."""
        checked_page(user_id, before, limit)
        return await self._call(self._work.events(user_id, before, limit))

    async def close(self) -> None:
        """Ends what is still being written, and closes the connections that are kept; a later call opens new ones."""
        await self._calls.ended()
        client, self._client, self._safe = self._client, None, False
        if client is not None:
            await client.aclose()
            if not self._address.nodes:
                await client.connection_pool.disconnect()

    def __repr__(self) -> str:
        return f"AsyncRedisStorage(prefix={self._settings.prefix!r})"

    async def _stats(self, now: int, /) -> Stats:
        return await self._walk(self._work.stats(now))

    async def _stale(self, key_id: str, after: str | None, limit: int, /) -> list[str]:
        return await self._walk(self._work.stale(key_id, after, limit))

    async def _purge(self, before: int, /) -> int:
        return await self._walk(self._work.purge(before))

    async def _call(self, operation: Operation[T], *, writes: bool = False) -> T:
        return await self._calls.run(self._run(operation), writes=writes)

    async def _walk(self, operation: Operation[T]) -> T:
        """Each question has the time-out; the walk has none."""
        try:
            return await self._driven(operation, lambda question: self._calls.run(self._turn(question), writes=False))
        except Exception as error:
            refused = refusal(error)
            raise refused from (None if refused is error else error)

    async def _run(self, operation: Operation[T]) -> T:
        try:
            async with self._free:
                await self._checked()
                return await self._driven(operation, self._asked)
        except Exception as error:
            refused = refusal(error)
            raise refused from (None if refused is error else error)

    async def _turn(self, question: Ask | Primaries) -> Any:
        async with self._free:
            await self._checked()
            return await self._asked(question)

    async def _checked(self) -> None:
        if not self._safe:
            await self._driven(self._work.refuse_unless_safe(), self._asked)
            self._safe = True

    async def _driven(self, operation: Operation[T], ask: Callable[[Ask | Primaries], Coroutine[Any, Any, Any]]) -> T:
        try:
            question = next(operation)
            while True:
                try:
                    answer = await ask(question)
                except Exception as error:
                    question = operation.throw(error)
                else:
                    question = operation.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result

    async def _asked(self, question: Ask | Primaries) -> Any:
        again = isinstance(question, Primaries) or question.again
        while True:
            try:
                return await self._answer(question)
            except Exception as error:
                if not again or not is_lost(error):
                    raise
                again = False

    async def _answer(self, question: Ask | Primaries) -> Any:
        if self._client is None:
            self._client = async_client(self._address, self._settings)
        client, cluster = self._client, bool(self._address.nodes)
        if isinstance(question, Primaries):
            if not cluster:
                return [client]
            await client.initialize()
            return client.get_primaries()
        asked = question.node if question.node is not None and cluster else client
        return await asked.execute_command(*question.command)
