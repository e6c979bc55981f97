"""What a storage does on one connection, in one transaction; the same for blocking and asynchronous ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from ..._driver import nonsense
from ..._native import Event, StoredRecord
from ...results import Stats
from .._progress import Progress
from ._faults import is_conflict, is_duplicate, is_stale, refusal
from ._schema import FAMILIES, Tables

T = TypeVar("T")
MONTH = 30 * 86_400
BATCH = 1000


class Work:
    """The statements over the tables of one storage. MySQL's columns of names and ids are binary: there, text is UTF-8 bytes."""

    def __init__(self, tables: Tables, dialect: str) -> None:
        self._record, self._event = tables.record, tables.event
        self._family = FAMILIES[dialect]

    def load(self, connection: Connection, user_id: str) -> StoredRecord | None:
        record = self._record.c
        columns = (record.version, record.enabled, record.key_id, record.data)
        query = select(*columns).where(record.user_id == self._bytes(user_id))
        row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return StoredRecord(version=row[0], enabled=bool(row[1]), key_id=_text(row[2]), data=bytes(row[3]))

    def save(
        self,
        connection: Connection,
        user_id: str,
        expected: int | None,
        record: StoredRecord,
        events: Sequence[Event],
    ) -> bool:
        values = {
            "version": record.version,
            "enabled": record.enabled,
            "key_id": self._bytes(record.key_id),
            "data": record.data,
        }
        if expected is None:
            won = self._created(connection, {"user_id": self._bytes(user_id), **values})
        else:
            mine = (self._record.c.user_id == self._bytes(user_id)) & (self._record.c.version == expected)
            won = self._hit(connection, update(self._record).where(mine).values(values))
        if won and events:
            connection.execute(insert(self._event), [self._row(event) for event in events])
        return won

    def erase(self, connection: Connection, user_id: str) -> None:
        # The record first, as in `save`: two that touch both tables in one order cannot wait for each other.
        for table in (self._record, self._event):
            connection.execute(delete(table).where(table.c.user_id == self._bytes(user_id)))

    def events(self, connection: Connection, user_id: str, before: bytes | None, limit: int) -> list[Event]:
        event = self._event.c
        query = select(self._event).where(event.user_id == self._bytes(user_id))
        if before is not None:
            query = query.where(event.id < before)
        rows = connection.execute(query.order_by(event.id.desc()).limit(limit))
        return [_event(row) for row in rows.mappings()]

    def stats(self, connection: Connection, now: int) -> Stats:
        def happened(*types: str) -> Any:
            event = self._event.c
            recent = event.type.in_([self._bytes(type) for type in types]) & (event.at >= now - MONTH)
            return select(func.count()).select_from(self._event).where(recent).scalar_subquery()

        enabled = select(func.count()).select_from(self._record).where(self._record.c.enabled == True)  # noqa: E712
        counts = (enabled.scalar_subquery(), happened("enrolled"), happened("disabled", "reset"), happened("failed"))
        # In one statement, so that the figures belong together.
        return Stats(*(int(count) for count in connection.execute(select(*counts)).one()))

    def stale(self, connection: Connection, key_id: str, after: str | None, limit: int) -> list[str]:
        record = self._record.c
        query = select(record.user_id).where(record.key_id != self._bytes(key_id))
        if after is not None:
            query = query.where(record.user_id > self._bytes(after))
        return [_text(user) for user in connection.scalars(query.order_by(record.user_id).limit(limit))]

    def purge(self, connection: Connection, before: int) -> int:
        """One batch, so that a log of years needs no transaction of hours."""
        event = self._event.c
        old = list(connection.scalars(select(event.id).where(event.at < before).limit(BATCH)))
        if not old:
            return 0
        return self._rows(connection, delete(self._event).where(event.id.in_(old)))

    def _created(self, connection: Connection, values: dict[str, Any]) -> bool:
        if self._family == "mysql":
            # Not INSERT IGNORE, which also ignores what does not fit.
            try:
                return self._hit(connection, insert(self._record).values(values))
            except IntegrityError as error:
                if is_duplicate(error):
                    return False
                raise
        inserting = (postgresql if self._family == "postgresql" else sqlite).insert(self._record).values(values)
        return self._hit(connection, inserting.on_conflict_do_nothing(index_elements=["user_id"]))

    def _hit(self, connection: Connection, statement: Any) -> bool:
        """Whether it wrote one row; anything but one or none must not pass for an answer."""
        rows = self._rows(connection, statement)
        if rows not in (0, 1):
            raise nonsense("the driver must tell how many rows it wrote", rows)
        return rows == 1

    def _rows(self, connection: Connection, statement: Any) -> int:
        return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount

    def _row(self, event: Event) -> dict[str, Any]:
        return {
            "id": event.id_bytes,
            "user_id": self._bytes(event.user_id),
            "type": self._bytes(event.type),
            "at": event.at,
            "success": event.success,
            "method": None if event.method is None else self._bytes(event.method),
            "actor": event.actor,
            "context": event.context,
            "detail": event.detail_json,
        }

    def _bytes(self, text: str) -> Any:
        return text.encode() if self._family == "mysql" else text


def _event(row: RowMapping) -> Event:
    method = row["method"]
    return Event(
        id=bytes(row["id"]),
        user_id=_text(row["user_id"]),
        type=_text(row["type"]),
        at=row["at"],
        success=bool(row["success"]),
        method=None if method is None else _text(method),
        actor=row["actor"],
        context=row["context"],
        detail=row["detail"],
    )


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else bytes(value).decode()


def new_progress() -> Progress:
    """Of one call through SQLAlchemy."""
    return Progress(is_stale, is_conflict, refusal)


def transacted(connection: Connection, work: Callable[[Connection], T], progress: Progress) -> T:
    """Runs `work` in a transaction of its own; an exception leaves it to be rolled back."""
    transaction = connection.begin()
    answer = work(connection)
    progress.committing = True
    transaction.commit()
    return answer
