"""The two tables, as `contract/schema` has them for each database; the tests compare the two."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    DDL,
    URL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Dialect,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    create_mock_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import ArgumentError
from sqlalchemy.types import TypeEngine

from ...errors import ConfigurationError

COMMENT = "Twinlock schema, version 1"
FAMILIES = {"postgresql": "postgresql", "mysql": "mysql", "mariadb": "mysql", "sqlite": "sqlite"}

if TYPE_CHECKING:  # importing these needs greenlet, which blocking programs may lack
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    Where = str | URL | Dialect | Engine | Connection | AsyncEngine | AsyncConnection


def metadata(where: Where, *, prefix: str = "", schema: str | None = None) -> MetaData:
    """The tables as SQLAlchemy's, e.g. for Alembic's `target_metadata`, exactly as they are in that database.

    `where` says which: an engine, a connection, a URL or its text, or a name such as `"postgresql"`. `prefix` (at most 32 of
    `a-z`, `0-9`, `_`) stands before all names; `schema` is the schema (PostgreSQL) or database (MySQL) they live in.

    Raises `ConfigurationError`.
    """
    return tables(backend(where), prefix, schema).metadata


def create_all(bind: Engine | Connection, *, prefix: str = "", schema: str | None = None) -> None:
    """Makes the tables that are missing. With an `AsyncEngine`: `await connection.run_sync(create_all)`."""
    metadata(bind, prefix=prefix, schema=schema).create_all(bind)


def drop_all(bind: Engine | Connection, *, prefix: str = "", schema: str | None = None) -> None:
    """Drops the tables, and with them everybody's second factor."""
    metadata(bind, prefix=prefix, schema=schema).drop_all(bind)


def statements(where: Where, *, prefix: str = "", schema: str | None = None) -> list[str]:
    """The same as SQL, for a migration; also right where Alembic only writes it down (`--sql`):

    def upgrade():
        for statement in twinlock.storage.sqlalchemy.statements(op.get_context().dialect):
            op.execute(statement)
    """
    name = backend(where)
    written: list[str] = []

    def write(element: Any, *_: Any, **__: Any) -> None:
        written.append(str(element.compile(dialect=engine.dialect)).strip())

    engine = create_mock_engine(f"{name}://", write)
    tables(name, prefix, schema).metadata.create_all(engine, checkfirst=False)
    # The indexes of a table are a set, and a migration should read the same each time.
    indexes = [statement for statement in written if statement.startswith("CREATE INDEX")]
    return [statement for statement in written if statement not in indexes] + sorted(indexes)


@dataclass(frozen=True)
class Tables:
    """The tables of one storage."""

    metadata: MetaData
    record: Table
    event: Table


def backend(where: Where) -> str:
    """The name of the database's kind, as SQLAlchemy has it."""
    if isinstance(where, str):
        name = where if where in FAMILIES else address(where).get_backend_name()
    elif isinstance(where, URL):
        name = where.get_backend_name()
    else:
        name = where.name if isinstance(where, Dialect) else getattr(getattr(where, "dialect", None), "name", "")
    if name not in FAMILIES:
        raise ConfigurationError("that is no engine, connection or URL of PostgreSQL, MariaDB, MySQL or SQLite")
    return str(name)


def address(url: str | URL) -> URL:
    """The URL, if it is one; the refusal does not show it, for it may hold a password."""
    try:
        return make_url(url)
    except ArgumentError:
        raise ConfigurationError("that is not a database URL such as postgresql+psycopg://user@host/name") from None


def tables(name: str, prefix: str = "", schema: str | None = None) -> Tables:
    """Made anew at each call: tables belong to the metadata of one storage."""
    if not isinstance(prefix, str) or not re.fullmatch(r"([a-z_][a-z0-9_]{0,31})?", prefix):
        raise ConfigurationError("prefix must be at most 32 of a-z, 0-9 and _, and begin with no digit")
    if schema is not None and (not isinstance(schema, str) or not schema or FAMILIES[name] == "sqlite"):
        raise ConfigurationError("schema must be the name of a schema; SQLite has none")
    return _MAKERS[FAMILIES[name]](MetaData(schema=schema), prefix)


def _postgresql(metadata: MetaData, prefix: str) -> Tables:
    key = Text(collation="C")
    record = _record(
        *(metadata, prefix, key, key, Boolean(), LargeBinary()),
        CheckConstraint("octet_length(user_id) BETWEEN 1 AND 255"),
        comment=COMMENT,
    )
    # Room for the next version of a row on its own page; and sealed bytes do not compress: trying costs time at every write.
    storage = DDL("ALTER TABLE %(fullname)s SET (fillfactor = 70), ALTER COLUMN data SET STORAGE EXTERNAL")  # type: ignore[no-untyped-call]
    event.listen(record, "after_create", storage)
    return Tables(
        metadata,
        record,
        _event(
            *(metadata, prefix, LargeBinary(), key, key, Boolean(), Text(), Text(), Text(), text("'{}'")),
            CheckConstraint("octet_length(id) = 16"),
            comment=COMMENT,
        ),
    )


def _mysql(metadata: MetaData, prefix: str) -> Tables:
    name, key = mysql.VARBINARY(64), mysql.VARBINARY(255)
    options: dict[str, Any] = {"comment": COMMENT}
    for dialect in ("mysql", "mariadb"):
        options |= {f"{dialect}_engine": "InnoDB", f"{dialect}_default_charset": "utf8mb4"}
    written = String(256)
    return Tables(
        metadata,
        _record(metadata, prefix, key, name, Boolean(), mysql.MEDIUMBLOB(), **options),
        _event(
            *(metadata, prefix, mysql.BINARY(16), key, name, Boolean(), name, written, Text(), None),
            **options,
        ),
    )


def _sqlite(metadata: MetaData, prefix: str) -> Tables:
    key = Text(collation="BINARY")
    return Tables(
        metadata,
        _record(
            *(metadata, prefix, key, key, Integer(), LargeBinary()),
            CheckConstraint("enabled IN (0, 1)"),
            sqlite_strict=True,
            whole=Integer(),
        ),
        _event(
            *(metadata, prefix, LargeBinary(), key, key, Integer(), Text(), Text(), Text(), text("'{}'")),
            CheckConstraint("length(id) = 16"),
            CheckConstraint("success IN (0, 1)"),
            sqlite_strict=True,
            whole=Integer(),
        ),
    )


_MAKERS = {"postgresql": _postgresql, "mysql": _mysql, "sqlite": _sqlite}


def _record(
    metadata: MetaData,
    prefix: str,
    user_id: TypeEngine[Any],
    key_id: TypeEngine[Any],
    enabled: TypeEngine[Any],
    data: TypeEngine[Any],
    *checks: CheckConstraint,
    whole: TypeEngine[Any] | None = None,
    **options: Any,
) -> Table:
    name = f"{prefix}twinlock_record"
    return Table(
        name,
        metadata,
        Column("user_id", user_id, primary_key=True),
        Column("version", whole or BigInteger(), nullable=False),
        Column("enabled", enabled, nullable=False),
        Column("key_id", key_id, nullable=False),
        Column("data", data, nullable=False),
        *checks,
        Index(f"{name}_key", "key_id", "user_id", "enabled"),
        **options,
    )


def _event(
    metadata: MetaData,
    prefix: str,
    id: TypeEngine[Any],
    user_id: TypeEngine[Any],
    name: TypeEngine[Any],
    success: TypeEngine[Any],
    method: TypeEngine[Any],
    written: TypeEngine[Any],
    detail: TypeEngine[Any],
    no_detail: Any,
    *checks: CheckConstraint,
    whole: TypeEngine[Any] | None = None,
    **options: Any,
) -> Table:
    table = f"{prefix}twinlock_event"
    return Table(
        table,
        metadata,
        Column("id", id, primary_key=True),
        Column("user_id", user_id, nullable=False),
        Column("type", name, nullable=False),
        Column("at", whole or BigInteger(), nullable=False),
        Column("success", success, nullable=False),
        Column("method", method),
        Column("actor", written),
        Column("context", written),
        Column("detail", detail, nullable=False, server_default=no_detail),
        *checks,
        Index(f"{table}_user", "user_id", "id"),
        Index(f"{table}_type", "type", "at"),
        Index(f"{table}_at", "at"),
        **options,
    )
