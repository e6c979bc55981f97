"""Keys and values as `contract/redis.md` has them."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from ..._native import Event, StoredRecord
from ...errors import StorageError

KEPT = "200"
"""How many of a user's events are kept."""
FIELDS = ("version", "enabled", "key_id", "data")


def record_key(prefix: str, user_id: str) -> str:
    """Where a user's record is. The braces make a cluster keep all of a user's keys in one slot."""
    return f"{prefix}:{{{_tag(user_id)}}}:record"


def events_key(prefix: str, user_id: str) -> str:
    """Where a user's events are."""
    return f"{prefix}:{{{_tag(user_id)}}}:events"


def _tag(user_id: str) -> str:
    # Redis takes what stands before the first `}`, so there must be no other one.
    return user_id.replace("%", "%25").replace("}", "%7D")


def user_of(prefix: str, key: str) -> str | None:
    """Whose record that key is; none for a key of somebody else."""
    start, end = f"{prefix}:{{", "}:record"
    if not key.startswith(start) or not key.endswith(end):
        return None
    tag = key[len(start) : -len(end)]
    return None if "}" in tag else tag.replace("%7D", "}").replace("%25", "%")


def record_values(record: StoredRecord) -> tuple[str, str, str, str]:
    """The fields of a record, in the order of the script's arguments."""
    data = base64.b64encode(record.data).decode("ascii")
    return str(record.version), "1" if record.enabled else "0", record.key_id, data


def record_from(answer: object) -> StoredRecord | None:
    """The record that `HMGET` gave; what no storage of ours can have written is refused: nobody is let in on doubt."""
    fields = listed(answer, "record")
    if len(fields) != len(FIELDS):
        raise unreadable("record")
    if all(field is None for field in fields):
        return None
    version, enabled, key_id, data = (text(field, name) for field, name in zip(fields, FIELDS, strict=True))
    if not re.fullmatch(r"[0-9]{1,16}", version) or int(version) >= 2**53:
        raise unreadable("version")
    if enabled not in ("0", "1"):
        raise unreadable("enabled")
    try:
        opened = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise unreadable("data") from None
    return StoredRecord(version=int(version), enabled=enabled == "1", key_id=key_id, data=opened)


def event_text(event: Event) -> str:
    """An event as it stands in the list: the JSON of the HTTP contract."""
    return json.dumps(event.body(), ensure_ascii=False, separators=(",", ":"))


def event_from(stored: object) -> Event:
    """An event as it was stored."""
    try:
        body: Any = json.loads(text(stored, "events"))
        return Event(
            id=body["id"],
            user_id=body["user_id"],
            type=body["type"],
            at=body["at"],
            success=body["success"],
            method=body["method"],
            actor=body["actor"],
            context=body["context"],
            detail=body["detail"],
        )
    except StorageError:
        raise
    except Exception:
        raise unreadable("events") from None


def text(value: object, name: str) -> str:
    """Text that came as bytes."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise unreadable(name) from None
    if isinstance(value, str):
        return value
    raise unreadable(name)


def listed(value: object, name: str) -> list[Any]:
    """A list that came as one."""
    if isinstance(value, (list, tuple)):
        return list(value)
    raise unreadable(name)


def unreadable(name: str) -> StorageError:
    """The refusal for what is not as the contract says."""
    return StorageError(f"what Redis has as {name} is not as Twinlock writes it")
