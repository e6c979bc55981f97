"""Whether the storage can do its work in the database that the settings name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register
from django.db import connections

from ... import ConfigurationError
from .. import conf
from .._schema import FAMILIES


@register
def records_can_be_kept(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Asks no database: the settings say enough."""
    try:
        settings = conf.settings()
    except ConfigurationError:
        return []  # said elsewhere
    if settings.storage is not None:
        return []
    if settings.sqlite_file is not None:
        return list(_own_file(settings.sqlite_file))
    return list(_alias(settings.database))


def _alias(alias: str) -> Iterator[CheckMessage]:
    if alias not in connections:
        yield Error(f'TWINLOCK["DATABASE"]: there is no database {alias!r} in DATABASES.', id="twinlock.E011")
        return
    connection = connections[alias]
    if connection.vendor not in FAMILIES:
        message = f"Twinlock cannot keep records in {connection.display_name}."
        hint = "PostgreSQL, MariaDB, MySQL and SQLite can; or name a storage in TWINLOCK['STORAGE']."
        yield Error(message, hint=hint, id="twinlock.E011")
    elif connection.vendor == "sqlite" and connection.settings_dict["ATOMIC_REQUESTS"]:
        message = (
            "SQLite has one writer at a time, and with ATOMIC_REQUESTS the request is it: Twinlock, which must commit on a "
            'connection of its own, would wait for it until "database is locked".'
        )
        hint = 'Give Twinlock a file of its own: TWINLOCK["SQLITE_FILE"] = BASE_DIR / "2fa.db".'
        yield Error(message, hint=hint, id="twinlock.E012")


def _own_file(path: str) -> Iterator[CheckMessage]:
    for alias in connections:
        connection = connections[alias]
        name = str(connection.settings_dict["NAME"])
        if connection.vendor == "sqlite" and Path(name).resolve() == Path(path).resolve():
            message = f'TWINLOCK["SQLITE_FILE"] is the file of database {alias!r}: two libraries of SQLite on one file corrupt it.'
            yield Error(message, hint="Name a file that does not exist yet.", id="twinlock.E013")
