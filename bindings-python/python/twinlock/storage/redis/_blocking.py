"""`RedisStorage`."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotDone
from time import monotonic
from typing import Any, TypeVar

import redis
from redis.exceptions import NoScriptError

from ..._driver import late
from ..._native import Event, StoredRecord
from ...results import Stats
from .._arguments import checked_page, checked_save, checked_user
from ._clients import Address, Settings, blocking_address, blocking_client
from ._work import Ask, Operation, Primaries, Work, is_lost, refusal

T = TypeVar("T")


class RedisStorage:
    """Records and events in Redis, for blocking Python; the page of the module tells more.

    With `scan=True` it also has `stats`, `stale` and `purge`, as in `twinlock.storage.Reports`: Redis can only answer them by
    going through all keys, with a command or two for each user. Each of these commands has the time-out, the walk has none.
    """

    stats: Callable[[int], Stats]
    """Figures for an operator's page; only with `scan=True`."""
    stale: Callable[[str, str | None, int], list[str]]
    """Users whose records are sealed by another key; only with `scan=True`."""
    purge: Callable[[int], int]
    """Deletes events older than that; only with `scan=True`."""

    def __init__(
        self,
        client_or_url: redis.Redis | redis.RedisCluster | str,
        *,
        cluster: bool = False,
        prefix: str = "twinlock",
        scan: bool = False,
        pool_size: int = 5,
        timeout: float = 5.0,
    ) -> None:
        """Opens nothing yet: the first call connects.

        `client_or_url` says where the server is; of a client only the way to connect is taken. `cluster` says that a URL is one
        of a cluster's nodes. `prefix` (1 to 32 of `a-z`, `0-9`, `_`, `-`, `.`, `:`) is the first word of all keys. `scan` as above.
        At most `pool_size` calls (1 or more) are under way at once, each with a connection (to each node of a cluster) and in a
        thread of the storage's own; a call is over within `timeout` seconds (above 0), waiting for its turn included.

        Raises `ConfigurationError`, also for a client that reads from replicas and for a Sentinel's.
        """
        self._settings = Settings(prefix, pool_size, timeout)
        self._address = blocking_address(client_or_url, cluster)
        self._work = Work(prefix)
        self._own = _Own(self._address, self._settings)
        if scan:
            self.stats = lambda now, /: self._walk(self._work.stats(now))
            self.stale = lambda key_id, after, limit, /: self._walk(self._work.stale(key_id, after, limit))
            self.purge = lambda before, /: self._walk(self._work.purge(before))

    def ready(self) -> None:
        """Checks that the servers lose nothing on purpose; every other call does so first, until it once went well.

        Raises `ConfigurationError` that says what to set; `StorageError`, `StorageTimeout` when a server cannot be asked.
        """
        self._call(self._work.nothing())

    def load(self, user_id: str, /) -> StoredRecord | None:
        """The record of that user. One command."""
        checked_user(user_id)
        return self._call(self._work.load(user_id))

    def save(self, user_id: str, expected: int | None, record: StoredRecord, events: Sequence[Event], /) -> bool:
        """Writes record and events in one script if the stored version is still `expected`."""
        checked_save(user_id, expected, record, events)
        return self._call(self._work.save(user_id, expected, record, events))

    def erase(self, user_id: str, /) -> None:
        """Deletes record and events. One command."""
        checked_user(user_id)
        self._call(self._work.erase(user_id))

    def events(self, user_id: str, before: bytes | None, limit: int, /) -> list[Event]:
        """The newest events of a user first, with an `id_bytes` below `before` where given; the last 200 are kept."""
        checked_page(user_id, before, limit)
        return self._call(self._work.events(user_id, before, limit))

    def close(self) -> None:
        """Closes the connections that are kept; a later call opens new ones."""
        own, self._own = self._own, _Own(self._address, self._settings)
        own.close()

    def __repr__(self) -> str:
        return f"RedisStorage(prefix={self._settings.prefix!r})"

    def _call(self, operation: Operation[T]) -> T:
        """Runs it in a thread that may be left behind: neither a name server nor a silent server holds the caller."""
        if self._own.process != os.getpid():
            self._own = _Own(self._address, self._settings)  # threads and connections stayed with the parent
        deadline = monotonic() + self._settings.timeout
        try:
            call = self._own.threads.submit(self._own.run, self._work, operation, deadline)
        except RuntimeError as error:  # closed meanwhile, or the interpreter ends
            raise refusal(error) from error
        try:
            return call.result(self._settings.timeout)
        except (NotDone, CancelledError) as error:
            call.cancel()
            raise late() from error
        except Exception as error:
            refused = refusal(error)
            raise refused from (None if refused is error else error)

    def _walk(self, operation: Operation[T]) -> T:
        """Each question is a call of its own."""
        try:
            question = next(operation)
            while True:
                try:
                    answer = self._call(_single(question))
                except Exception as error:
                    cause = error.__cause__
                    question = operation.throw(cause if isinstance(cause, NoScriptError) else error)
                else:
                    question = operation.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result


def _single(question: Ask | Primaries) -> Operation[Any]:
    return (yield question)


class _Own:
    """Threads and connections of one process."""

    def __init__(self, address: Address, settings: Settings) -> None:
        self.process = os.getpid()
        self.threads = ThreadPoolExecutor(settings.pool_size, thread_name_prefix="twinlock-redis")
        self._address, self._settings = address, settings
        self._lock = threading.Lock()
        self._client: Any = None
        self._safe = False

    def run(self, work: Work, operation: Operation[T], deadline: float) -> T:
        if not self._safe:
            self._driven(work.refuse_unless_safe(), deadline)
            self._safe = True
        return self._driven(operation, deadline)

    def close(self) -> None:
        self.threads.shutdown(wait=False, cancel_futures=True)
        with contextlib.suppress(Exception):
            if self._client is not None:
                self._client.close()
                if not self._address.nodes:
                    self._client.connection_pool.disconnect()

    def _driven(self, operation: Operation[T], deadline: float) -> T:
        try:
            question = next(operation)
            while True:
                try:
                    answer = self._asked(question, deadline)
                except Exception as error:
                    question = operation.throw(error)
                else:
                    question = operation.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result

    def _asked(self, question: Ask | Primaries, deadline: float) -> Any:
        again = isinstance(question, Primaries) or question.again
        while True:
            if monotonic() >= deadline:
                raise late()  # nobody waits any more: nothing is begun
            try:
                return self._answer(question)
            except Exception as error:
                if not again or not is_lost(error):
                    raise
                again = False

    def _answer(self, question: Ask | Primaries) -> Any:
        with self._lock:
            if self._client is None:
                self._client = blocking_client(self._address, self._settings)
        client, cluster = self._client, bool(self._address.nodes)
        if isinstance(question, Primaries):
            return client.get_primaries() if cluster else [client]
        if question.node is not None and cluster:
            client = client.get_redis_connection(question.node)
        return client.execute_command(*question.command)
