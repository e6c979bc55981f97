"""A memory storage with faults to order."""

from __future__ import annotations

import dataclasses
from typing import Any

from twinlock import MemoryStorage, StorageTimeout


class FaultyStorage:
    """Hands everything on to a `MemoryStorage`, unless a fault was ordered."""

    def __init__(self) -> None:
        self._memory = MemoryStorage()
        self.fault: str | None = None

    def load(self, user_id: str) -> Any:
        """The record, or what is left of it."""
        self._trouble()
        record = self._memory.load(user_id)
        if record is None:
            return None
        if self.fault == "tampered":
            return changed(record, data=record.data[:-1] + bytes([record.data[-1] ^ 1]))
        if self.fault == "unknown_key":
            return changed(record, key_id="lost")
        return record

    def save(self, user_id: str, expected: int | None, record: Any, events: Any) -> bool:
        """True if nobody was first."""
        self._trouble()
        return self.fault != "lost_race" and bool(self._memory.save(user_id, expected, record, events))

    def erase(self, user_id: str) -> None:
        """Record and events."""
        self._trouble()
        self._memory.erase(user_id)

    def events(self, *args: Any, **kwargs: Any) -> Any:
        """A page of events."""
        self._trouble()
        return self._memory.events(*args, **kwargs)

    def stats(self, *args: Any, **kwargs: Any) -> Any:
        """Figures."""
        self._trouble()
        return self._memory.stats(*args, **kwargs)

    def _trouble(self) -> None:
        if self.fault == "unavailable":
            raise OSError("the disk is gone")
        if self.fault == "slow":
            # What a storage that bounds its own waiting says; really waiting would make the suite slow or shaky.
            raise StorageTimeout


def changed(record: Any, **members: Any) -> Any:
    """The same record with other members."""
    if dataclasses.is_dataclass(record):
        return dataclasses.replace(record, **members)  # type: ignore[type-var]
    kept = {name: getattr(record, name) for name in ("version", "enabled", "key_id", "data")}
    return type(record)(**{**kept, **members})
