"""Records and events in the application's own database, through SQLAlchemy 2: PostgreSQL, MariaDB, MySQL, SQLite.

```python
from twinlock.storage.sqlalchemy import SqlAlchemyStorage, create_all

create_all(engine)  # or a migration, see `statements`
two_factor = TwoFactor(issuer="Acme", storage=SqlAlchemyStorage(engine))
```

`AsyncSqlAlchemyStorage` is the same for asyncio, over an `AsyncEngine` or URL.

Given an engine, never a session: a rollback of the caller's would undo a lockout. And of the engine only the way to connect is
taken (its URL, `connect_args`, `creator`, its `do_connect` listeners). Pool and transactions are the storage's own, so a request
that holds the application's last connection still gets its answer. Listeners on the application's pool (`connect`,
`checkout`) are not called: a role or search path that they set belongs into the URL.

| database | drivers tested | says of itself |
|---|---|---|
| PostgreSQL 12 or newer | psycopg, asyncpg | a standby is refused |
| MariaDB 10.6 or newer; MySQL 8.0 by the syntax both share, untested | PyMySQL, aiomysql | a read-only server is refused |
| SQLite 3.37 or newer | sqlite3, aiosqlite | see below |

**Waiting.** Each call is over within `timeout` seconds, waiting for a connection included: after that its connection is cut and
`StorageTimeout` raised; whether a write happened is then unknown, and nobody was let in. The server is told to give up a
little earlier on its own. Where a pooled connection turns out to be dead before anything can have been committed, the call is
made once more on a new one; a commit that is not answered is never repeated.

**SQLite.** The tables may live in the application's own file: SQLAlchemy uses the SQLite of Python itself, so there is one library
on that file. (`SqliteStorage` brings a library of its own and therefore wants a file of its own, which is refused here.) SQLite
has one writer at a time: end the application's write transaction before calling Twinlock, or the call waits for it until the
time-out.
"""

try:
    import sqlalchemy as _sqlalchemy  # noqa: F401
except ImportError as error:  # pragma: no cover
    raise ImportError("twinlock.storage.sqlalchemy needs SQLAlchemy: pip install 'twinlock[sqlalchemy]'") from error

from typing import TYPE_CHECKING, Any

from ._blocking import SqlAlchemyStorage
from ._schema import create_all, drop_all, metadata, statements

if TYPE_CHECKING:
    from ._async import AsyncSqlAlchemyStorage

__all__ = ["AsyncSqlAlchemyStorage", "SqlAlchemyStorage", "create_all", "drop_all", "metadata", "statements"]


def __getattr__(name: str) -> Any:
    # SQLAlchemy's asynchronous part needs greenlet, which blocking programs may lack.
    if name == "AsyncSqlAlchemyStorage":
        from ._async import AsyncSqlAlchemyStorage

        return AsyncSqlAlchemyStorage
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
