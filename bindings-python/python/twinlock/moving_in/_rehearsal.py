"""The engine over the real records, without a write: for dry runs, and to see what an import would change."""

from __future__ import annotations

from collections.abc import Sequence

from .._native import Event, StoredRecord
from .._sync import TwoFactor
from ..storage import Storage


class _Overlay:
    """Reads from the storage; what is saved stays here."""

    def __init__(self, below: Storage) -> None:
        self._below = below
        self._saved: dict[str, StoredRecord] = {}

    def load(self, user_id: str) -> StoredRecord | None:
        return self._saved.get(user_id) or self._below.load(user_id)

    def save(self, user_id: str, expected: int | None, record: StoredRecord, events: Sequence[Event]) -> bool:
        self._saved[user_id] = record
        return True

    def erase(self, user_id: str) -> None:
        raise NotImplementedError("an import erases nobody")

    def forget(self) -> int:
        """Forgets what was saved; gives how many users it was."""
        changed = len(self._saved)
        self._saved.clear()
        return changed


class Rehearsal(TwoFactor):
    """The engine of `real`, whose storage stays as it is. Nobody is told of an event."""

    def __init__(self, real: TwoFactor) -> None:
        self.__dict__.update(real.__dict__)
        self._overlay = _Overlay(real.storage)
        self._storage = self._overlay
        self._load_in_place = self._overlay.load
        self._save_in_place = self._overlay.save
        self._erase_in_place = self._overlay.erase
        self._on_event = None

    def forget(self) -> int:
        """Ends the rehearsal; gives how many records it would have changed."""
        return self._overlay.forget()
