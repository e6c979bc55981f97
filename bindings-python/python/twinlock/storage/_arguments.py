"""What a storage on a shared server refuses before it asks that server."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .._native import Event, StoredRecord
from ..errors import ConfigurationError, MalformedRequest


def checked_save(user_id: object, expected: object, record: object, events: Sequence[object]) -> None:
    """Refuses what `save` must not be called with."""
    checked_user(user_id)
    if not (expected is None or (isinstance(expected, int) and not isinstance(expected, bool))):
        raise MalformedRequest("expected must be a version or none")
    if not isinstance(record, StoredRecord):
        raise MalformedRequest("record must be a StoredRecord")
    if not isinstance(events, (list, tuple)) or not all(isinstance(event, Event) for event in events):
        raise MalformedRequest("events must be a list of Event")


def checked_user(user_id: object) -> None:
    """Refuses what is no user id at all; its length and characters are the engine's matter."""
    if not isinstance(user_id, str):
        raise MalformedRequest("the user id must be text")


def checked_page(user_id: object, before: object, limit: object) -> None:
    """Refuses what `events` must not be called with."""
    checked_user(user_id)
    if not (before is None or (isinstance(before, bytes) and len(before) == 16)):
        raise MalformedRequest("before must be the 16 bytes of an event's id")
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0:
        raise MalformedRequest("limit must be a number of events")


def checked_pool(pool_size: object, **seconds: object) -> None:
    """Refuses a pool without connections, and times that are none."""
    if not isinstance(pool_size, int) or isinstance(pool_size, bool) or pool_size < 1:
        raise ConfigurationError("pool_size must be a number of connections, at least 1")
    for name, value in seconds.items():
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not math.isfinite(value) or value <= 0:  # type: ignore[arg-type, operator]  # it is one
            raise ConfigurationError(f"{name} must be a number of seconds above 0")
