"""The application's own database, ``users.db``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

from .models import Base

Database = sessionmaker[Session]


def open_database(path: Path) -> Database:
    """Open the file, make missing tables, and give the session factory."""
    # hide_parameters: an error message must not carry hashes or addresses into a log.
    engine = create_engine(f"sqlite:///{path}", hide_parameters=True, connect_args={"timeout": 5.0})
    _configure(engine)
    Base.metadata.create_all(engine)
    return sessionmaker(engine, expire_on_commit=False)


def _configure(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        # Transactions are begun by hand (below): the driver would otherwise begin them too late.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
