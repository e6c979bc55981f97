"""The application's own database: the file ``users.db``, or what ``DATABASE_URL`` names."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine, event, select
from sqlalchemy.orm import Session, sessionmaker

from .models import Base, User
from .settings import Settings

Database = sessionmaker[Session]


def open_engine(settings: Settings) -> Engine:
    """Open the database, and make missing tables."""
    # hide_parameters: an error message must not carry hashes or addresses into a log.
    if settings.database_url is None:
        engine = create_engine(
            f"sqlite:///{settings.data / 'users.db'}", hide_parameters=True, connect_args={"timeout": 5.0}
        )
        _configure(engine)
    else:
        engine = create_engine(
            settings.database_url, hide_parameters=True, pool_pre_ping=True, isolation_level="READ COMMITTED"
        )
    Base.metadata.create_all(engine)
    return engine


def open_database(engine: Engine) -> Database:
    """The session factory."""
    return sessionmaker(engine, expire_on_commit=False)


def hold(db: Session, user_id: str) -> None:
    """Let nobody else change this user's sessions until the transaction is over.

    A refresh token that is rotated while its family is ended would leave a successor behind. SQLite
    has one writer anyway, and no lock for a row.
    """
    db.execute(select(User.id).where(User.id == user_id).with_for_update())


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
