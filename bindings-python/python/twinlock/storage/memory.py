"""A store in memory, for tests and for trying things out: everything is gone when the process ends."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence

from .._native import Event, StoredRecord
from ..results import Stats

_MONTH = 30 * 86_400


class MemoryStorage:
    """Records and events in memory, for one process."""

    def __init__(self) -> None:
        self._records: dict[str, StoredRecord] = {}
        self._events: defaultdict[str, list[Event]] = defaultdict(list)
        self._lock = threading.Lock()

    def load(self, user_id: str, /) -> StoredRecord | None:
        """The record of that user."""
        return self._records.get(user_id)

    def save(self, user_id: str, expected: int | None, record: StoredRecord, events: Sequence[Event], /) -> bool:
        """Writes if the stored version is still `expected`."""
        with self._lock:
            stored = self._records.get(user_id)
            if (None if stored is None else stored.version) != expected:
                return False
            self._records[user_id] = record
            if events:
                self._events[user_id].extend(events)
            return True

    def erase(self, user_id: str, /) -> None:
        """Deletes record and events."""
        with self._lock:
            self._records.pop(user_id, None)
            self._events.pop(user_id, None)

    def events(self, user_id: str, before: bytes | None, limit: int, /) -> list[Event]:
        """The newest events of a user first."""
        with self._lock:
            events = list(self._events.get(user_id, ()))
        older = [event for event in events if before is None or event.id_bytes < before]
        return sorted(older, key=lambda event: event.id_bytes, reverse=True)[:limit]

    def stats(self, now: int, /) -> Stats:
        """Figures for an operator's page."""
        with self._lock:
            recent = [event.type for events in self._events.values() for event in events if event.at >= now - _MONTH]
            enabled = sum(record.enabled for record in self._records.values())
        disabled = recent.count("disabled") + recent.count("reset")
        return Stats(enabled, recent.count("enrolled"), disabled, recent.count("failed"))

    def stale(self, key_id: str, after: str | None, limit: int, /) -> list[str]:
        """Users whose records are sealed by another key, in the order of their ids."""
        with self._lock:
            stale = sorted(user for user, record in self._records.items() if record.key_id != key_id)
        return [user for user in stale if after is None or user > after][:limit]

    def purge(self, before: int, /) -> int:
        """Deletes events older than `before`."""
        with self._lock:
            old = sum(map(len, self._events.values()))
            for user, events in self._events.items():
                self._events[user] = [event for event in events if event.at >= before]
            return old - sum(map(len, self._events.values()))
