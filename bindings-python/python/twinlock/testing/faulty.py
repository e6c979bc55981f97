"""A storage with faults to order, for holding drivers to their rules."""

from __future__ import annotations

import asyncio
import enum
import time
from collections import deque
from collections.abc import Sequence

from .._native import Event, StoredRecord
from ..storage import MemoryStorage

__all__ = ["AsyncFaultyStorage", "Fault", "FaultyStorage", "OrderedFailure"]


class OrderedFailure(Exception):
    """What an ordered failure raises: an exception of the storage's own."""


class Fault(enum.Enum):
    """What goes wrong at the next call of that kind."""

    LOAD_FAILS = "load fails"
    LOAD_IS_LATE = "load answers after the time-out"
    LOAD_GIVES_NONSENSE = "load gives something that is no record"
    SAVE_FAILS_BEFORE = "save fails and has written nothing"
    SAVE_FAILS_AFTER = "save fails although it has written"
    SAVE_IS_LATE = "save writes, and answers after the time-out"
    SAVE_GIVES_NONSENSE = "save writes, and answers neither true nor false"
    SAVE_LOSES_RACE = "save says that somebody else was first"
    ERASE_FAILS = "erase fails"


class _Orders:
    def __init__(self, late: float) -> None:
        self.inner = MemoryStorage()
        """What is really stored."""
        self.loads = 0
        """How often `load` was called."""
        self.saves = 0
        """How often `save` was called."""
        self._late = late
        self._orders: deque[Fault] = deque()

    def order(self, *faults: Fault) -> None:
        """Orders faults behind those that wait; each happens once, at the call it is about."""
        self._orders.extend(faults)

    def _next(self, about: str) -> Fault | None:
        if self._orders and self._orders[0].name.startswith(about):
            return self._orders.popleft()
        return None

    def _load(self, user_id: str, fault: Fault | None) -> StoredRecord | None:
        self.loads += 1
        if fault is Fault.LOAD_FAILS:
            raise OrderedFailure(fault.value)
        if fault is Fault.LOAD_GIVES_NONSENSE:
            return {"no": "record"}  # type: ignore[return-value]
        return self.inner.load(user_id)

    def _save(
        self, fault: Fault | None, user_id: str, expected: int | None, record: StoredRecord, events: Sequence[Event]
    ) -> bool:
        self.saves += 1
        if fault is Fault.SAVE_FAILS_BEFORE:
            raise OrderedFailure(fault.value)
        if fault is Fault.SAVE_LOSES_RACE:
            return False
        written = self.inner.save(user_id, expected, record, events)
        if fault is Fault.SAVE_FAILS_AFTER:
            raise OrderedFailure(fault.value)
        return "yes" if fault is Fault.SAVE_GIVES_NONSENSE else written  # type: ignore[return-value]

    def _erase(self, user_id: str, fault: Fault | None) -> None:
        if fault is Fault.ERASE_FAILS:
            raise OrderedFailure(fault.value)
        self.inner.erase(user_id)


class FaultyStorage(_Orders):
    """A blocking `MemoryStorage` with faults to order."""

    def __init__(self, late: float = 0.05) -> None:
        """`late`: the seconds that a late answer takes."""
        super().__init__(late)

    def load(self, user_id: str, /) -> StoredRecord | None:
        """As ordered."""
        fault = self._next("LOAD")
        if fault is Fault.LOAD_IS_LATE:
            time.sleep(self._late)
        return self._load(user_id, fault)

    def save(self, user_id: str, expected: int | None, record: StoredRecord, events: Sequence[Event], /) -> bool:
        """As ordered."""
        fault = self._next("SAVE")
        written = self._save(fault, user_id, expected, record, events)
        if fault is Fault.SAVE_IS_LATE:
            time.sleep(self._late)
        return written

    def erase(self, user_id: str, /) -> None:
        """As ordered."""
        self._erase(user_id, self._next("ERASE"))


class AsyncFaultyStorage(_Orders):
    """An asynchronous `MemoryStorage` with faults to order."""

    def __init__(self, late: float = 0.05) -> None:
        """`late`: the seconds that a late answer takes."""
        super().__init__(late)

    async def load(self, user_id: str, /) -> StoredRecord | None:
        """As ordered."""
        fault = self._next("LOAD")
        await asyncio.sleep(self._late if fault is Fault.LOAD_IS_LATE else 0)
        return self._load(user_id, fault)

    async def save(self, user_id: str, expected: int | None, record: StoredRecord, events: Sequence[Event], /) -> bool:
        """As ordered."""
        fault = self._next("SAVE")
        await asyncio.sleep(self._late if fault is Fault.SAVE_IS_LATE else 0)
        return self._save(fault, user_id, expected, record, events)

    async def erase(self, user_id: str, /) -> None:
        """As ordered."""
        await asyncio.sleep(0)
        self._erase(user_id, self._next("ERASE"))
