"""The two tables, made by the statements of `contract/schema` themselves, of which `schema/` holds a copy.

Django has no words for what they say (byte by byte collations, VARBINARY keys, STRICT), so the migration runs them as they are.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

from django.db import router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from .. import ConfigurationError
from ._settings import read

FAMILIES = {"postgresql": "postgres", "mysql": "mysql", "sqlite": "sqlite"}
TABLES = ("twinlock_record", "twinlock_event")


def table(name: str) -> str:
    """The name of one of `TABLES` with the prefix of the settings."""
    prefix = read().table_prefix
    if not re.fullmatch(r"([a-z_][a-z0-9_]{0,31})?", prefix):
        raise ConfigurationError(
            'TWINLOCK["TABLE_PREFIX"] must be at most 32 of a-z, 0-9 and _, and begin with no digit'
        )
    return f"{prefix}{name}"


def family(connection: BaseDatabaseWrapper) -> str:
    """`postgres`, `mysql` (MariaDB too) or `sqlite`; raises `ConfigurationError` for others."""
    try:
        return FAMILIES[connection.vendor]
    except KeyError:
        raise ConfigurationError("Twinlock keeps records in PostgreSQL, MariaDB, MySQL or SQLite") from None


def binary(connection: BaseDatabaseWrapper, data: bytes) -> Any:
    """Bytes in the manner of the driver."""
    return connection.Database.Binary(data)  # type: ignore[attr-defined]  # every driver has it


def statements(connection: BaseDatabaseWrapper) -> list[str]:
    """What makes the tables in that database."""
    written = (files("twinlock.django") / "schema" / f"{family(connection)}.sql").read_text("utf-8")
    plain = re.sub(r"--[^\n]*", "", written)
    # The pragmas mark a file that belongs to `SqliteStorage`; this one is the application's.
    wanted = [one.strip() for one in plain.split(";") if one.strip() and not one.strip().startswith("PRAGMA")]
    return [re.sub(r"\btwinlock_", table("twinlock_"), one) for one in wanted]


class CreateTables(Operation):
    """Makes the tables, in the database of the settings and in no other."""

    reversible = True
    atomic = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The models are told by the operations beside this one."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Runs the statements of the contract."""
        if _is_ours(schema_editor, app_label):
            for statement in statements(schema_editor.connection):
                _run(schema_editor, statement)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Drops the tables, and with them everybody's second factor."""
        if _is_ours(schema_editor, app_label):
            for name in TABLES:
                _run(schema_editor, f"DROP TABLE {schema_editor.quote_name(table(name))}")

    def describe(self) -> str:
        return "Create the tables of Twinlock"


def _is_ours(schema_editor: BaseDatabaseSchemaEditor, app_label: str) -> bool:
    alias = schema_editor.connection.alias
    return alias == read().database and router.allow_migrate(alias, app_label)


def _run(schema_editor: BaseDatabaseSchemaEditor, statement: str) -> None:
    # No parameters: a percent sign is one.
    schema_editor.execute(statement, params=None)
