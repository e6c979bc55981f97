"""What each connection of a SQL storage is told at its start, whatever made it."""

from __future__ import annotations

from typing import Any

from ..errors import ConfigurationError, StorageError

TWINLOCKS_OWN_FILE = 1_415_007_307  # "TWLK", the application id of SqliteStorage's file


def prepare(connection: Any, family: str, timeout: float) -> None:
    """Tells the driver's connection to a `postgresql`, `mysql` or `sqlite` how many seconds the server may take (`timeout`),
    and asks whether this is the primary. Raises `StorageError` when it is not, `ConfigurationError` for a file of
    `SqliteStorage`'s.
    """
    _PREPARATIONS[family](connection, timeout)


def _postgresql(connection: Any, timeout: float) -> None:
    milliseconds = str(max(1, int(timeout * 1000)))
    times = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    told = ", ".join(f"set_config('{name}', '{milliseconds}', false)" for name in times)
    # A commit that is acknowledged before it is on the disk could bring a used code back.
    durable = (
        "CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END"
    )
    answer = _asked(connection, f"SELECT pg_is_in_recovery(), {durable}, {told}")
    connection.commit()
    if answer[0]:
        raise StorageError("this server is a standby: a code used on the primary may still look unused here")


def _mysql(connection: Any, timeout: float) -> None:
    seconds = max(1, int(timeout))
    # Strict: a value that does not fit is refused, not cut.
    strict = "sql_mode = CONCAT(@@SESSION.sql_mode, ',STRICT_ALL_TABLES')"
    _told(connection, f"SET SESSION innodb_lock_wait_timeout = {seconds}, {strict}")
    read_only = _asked(connection, "SELECT @@GLOBAL.read_only")[0]
    connection.commit()
    if read_only:
        raise StorageError("this server is read-only: a code used on the primary may still look unused here")


def _sqlite(connection: Any, timeout: float) -> None:
    connection.isolation_level = None  # `begin` below begins
    _asked(connection, f"PRAGMA busy_timeout = {int(timeout * 1000)}")
    _told(connection, "PRAGMA synchronous = FULL")
    if _asked(connection, "PRAGMA application_id")[0] == TWINLOCKS_OWN_FILE:
        raise ConfigurationError(
            "this file belongs to SqliteStorage, whose library of SQLite and Python's would corrupt it together: "
            "use SqliteStorage for it, or name the application's own file"
        )


_PREPARATIONS = {"postgresql": _postgresql, "mysql": _mysql, "sqlite": _sqlite}


def _asked(connection: Any, statement: str) -> Any:
    cursor = connection.cursor()
    try:
        cursor.execute(statement)
        return cursor.fetchone()
    finally:
        cursor.close()


def _told(connection: Any, statement: str) -> None:
    cursor = connection.cursor()
    try:
        cursor.execute(statement)
    finally:
        cursor.close()
