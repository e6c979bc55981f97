"""Calls of an asynchronous storage, each with an end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from .._driver import late, log

T = TypeVar("T")


class TimedCalls:
    """The calls of one storage that are under way, none of them for longer than `timeout` seconds."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._tasks: set[asyncio.Task[Any]] = set()  # the loop holds tasks weakly

    async def run(self, call: Coroutine[Any, Any, T], *, writes: bool) -> T:
        """In a task of its own: neither a caller that hangs up nor a server that is silent leaves it half done for ever."""
        task = asyncio.ensure_future(call)
        self._tasks.add(task)
        timer = asyncio.get_running_loop().call_later(self._timeout, task.cancel)
        task.add_done_callback(lambda done: self._settle(done, timer))
        try:
            # Not waiting for the cancelled task: saying goodbye to a server that is silent takes its time.
            done, _ = await asyncio.wait({task}, timeout=self._timeout)
        except asyncio.CancelledError:
            if not writes:
                task.cancel()
            raise
        if not done or task.cancelled():
            raise late()
        return task.result()

    async def ended(self) -> None:
        """Waits for what is under way, as long as a call may take."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=self._timeout)

    def _settle(self, task: asyncio.Task[Any], timer: asyncio.TimerHandle) -> None:
        timer.cancel()
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.debug("a call of the storage failed: %s", type(task.exception()).__name__)
