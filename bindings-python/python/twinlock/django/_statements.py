"""What a storage says on one connection. On MySQL the columns of names and ids are binary: there, text is UTF-8 bytes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db import IntegrityError
from django.db.backends.base.base import BaseDatabaseWrapper

from .. import Event, StoredRecord
from .._driver import nonsense
from ..results import Stats
from ..storage._faults import is_duplicate
from ._schema import binary

MONTH = 30 * 86_400
BATCH = 1000
ROWS = 100  # in one INSERT: SQLite bounds the number of parameters
_OF_EVENT = "id, user_id, type, at, success, method, actor, context, detail"


class Statements:
    """Over one cursor; `prefix` stands before the names of the tables."""

    def __init__(self, connection: BaseDatabaseWrapper, cursor: Any, prefix: str) -> None:
        self._cursor, self._mysql = cursor, connection.vendor == "mysql"
        self._binary = partial(binary, connection)
        self._record, self._event = (
            connection.ops.quote_name(f"{prefix}{name}") for name in ("twinlock_record", "twinlock_event")
        )

    def load(self, user_id: str) -> StoredRecord | None:
        rows = self._rows(
            f"SELECT version, enabled, key_id, data FROM {self._record} WHERE user_id = %s", [self._key(user_id)]
        )
        if not rows:
            return None
        if len(rows) > 1:
            raise nonsense("a user has one record", rows)
        version, enabled, key_id, data = rows[0]
        return StoredRecord(version=version, enabled=bool(enabled), key_id=_text(key_id), data=bytes(data))

    def save(self, user_id: str, expected: int | None, record: StoredRecord, events: Sequence[Event]) -> bool:
        values = [record.version, record.enabled, self._key(record.key_id), self._binary(record.data)]
        if expected is None:
            won = self._created([self._key(user_id), *values])
        else:
            won = self._hit(
                f"UPDATE {self._record} SET version = %s, enabled = %s, key_id = %s, data = %s"
                " WHERE user_id = %s AND version = %s",
                [*values, self._key(user_id), expected],
            )
        if won:
            for start in range(0, len(events), ROWS):
                self._note(events[start : start + ROWS])
        return won

    def erase(self, user_id: str) -> None:
        # The record first, as in `save`: two that touch both tables in one order cannot wait for each other.
        for table in (self._record, self._event):
            self._cursor.execute(f"DELETE FROM {table} WHERE user_id = %s", [self._key(user_id)])

    def events(self, user_id: str, before: bytes | None, limit: int) -> list[Event]:
        below, values = ("", []) if before is None else (" AND id < %s", [self._binary(before)])
        rows = self._rows(
            f"SELECT {_OF_EVENT} FROM {self._event} WHERE user_id = %s{below} ORDER BY id DESC LIMIT %s",
            [self._key(user_id), *values, limit],
        )
        return [_event(row) for row in rows]

    def stats(self, now: int) -> Stats:
        values: list[Any] = [True]

        def happened(*types: str) -> str:
            values.extend([*(self._key(type) for type in types), now - MONTH])
            places = ", ".join(["%s"] * len(types))
            return f"(SELECT COUNT(*) FROM {self._event} WHERE type IN ({places}) AND at >= %s)"

        counts = [happened("enrolled"), happened("disabled", "reset"), happened("failed")]
        enabled = f"(SELECT COUNT(*) FROM {self._record} WHERE enabled = %s)"
        # In one statement, so that the figures belong together.
        [row] = self._rows(f"SELECT {', '.join([enabled, *counts])}", values)
        return Stats(*(int(count) for count in row))

    def stale(self, key_id: str, after: str | None, limit: int) -> list[str]:
        above, values = ("", []) if after is None else (" AND user_id > %s", [self._key(after)])
        rows = self._rows(
            f"SELECT user_id FROM {self._record} WHERE key_id <> %s{above} ORDER BY user_id LIMIT %s",
            [self._key(key_id), *values, limit],
        )
        return [_text(user_id) for (user_id,) in rows]

    def purge(self, before: int) -> int:
        """One batch, so that a log of years needs no transaction of hours."""
        old = self._rows(f"SELECT id FROM {self._event} WHERE at < %s LIMIT %s", [before, BATCH])
        deleted = 0
        for start in range(0, len(old), ROWS):
            ids = [self._binary(bytes(id)) for (id,) in old[start : start + ROWS]]
            self._cursor.execute(f"DELETE FROM {self._event} WHERE id IN ({', '.join(['%s'] * len(ids))})", ids)
            deleted += self._cursor.rowcount
        return deleted

    def _created(self, values: list[Any]) -> bool:
        insert = f"INSERT INTO {self._record} (user_id, version, enabled, key_id, data) VALUES (%s, %s, %s, %s, %s)"
        if not self._mysql:
            return self._hit(f"{insert} ON CONFLICT (user_id) DO NOTHING", values)
        # Not INSERT IGNORE, which also ignores what does not fit.
        try:
            return self._hit(insert, values)
        except IntegrityError as error:
            if is_duplicate(error.__cause__):
                return False
            raise

    def _note(self, events: Sequence[Event]) -> None:
        row = f"({', '.join(['%s'] * 9)})"
        values = [value for event in events for value in self._row(event)]
        self._cursor.execute(f"INSERT INTO {self._event} ({_OF_EVENT}) VALUES {', '.join([row] * len(events))}", values)

    def _row(self, event: Event) -> list[Any]:
        method = None if event.method is None else self._key(event.method)
        names = [self._key(event.user_id), self._key(event.type)]
        written = [event.actor, event.context, event.detail_json]
        return [self._binary(event.id_bytes), *names, event.at, event.success, method, *written]

    def _hit(self, statement: str, values: list[Any]) -> bool:
        """Whether it wrote one row; anything but one or none must not pass for an answer."""
        self._cursor.execute(statement, values)
        rows = self._cursor.rowcount
        if rows not in (0, 1):
            raise nonsense("the driver must tell how many rows it wrote", rows)
        return bool(rows)

    def _rows(self, statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
        self._cursor.execute(statement, values)
        return list(self._cursor.fetchall())

    def _key(self, text: str) -> Any:
        return text.encode() if self._mysql else text


def _event(row: tuple[Any, ...]) -> Event:
    id, user_id, type, at, success, method, actor, context, detail = row
    return Event(
        id=bytes(id),
        user_id=_text(user_id),
        type=_text(type),
        at=at,
        success=bool(success),
        method=None if method is None else _text(method),
        actor=actor,
        context=context,
        detail=detail,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else bytes(value).decode()
