"""Records and events in Redis or Valkey, single or a cluster, through redis-py.

```python
from twinlock.storage.redis import RedisStorage

two_factor = TwoFactor(issuer="Acme", storage=RedisStorage("redis://127.0.0.1:6379/0"))
```

`AsyncRedisStorage` is the same for asyncio. Both take a URL (`cluster=True` for a cluster's) or a client of redis-py's: of a client
only the way to connect is taken. Connections, time-outs and decoding are the storage's own, so an application that holds
its last connection, or has its answers decoded, still gets what it asked for.

Keys, values and scripts are those of `contract/redis.md`, the same in every language: services in Python and Node may share one
server, and a code that is used in one is refused in the other.

**What the server must be.** `maxmemory-policy noeviction` on every primary, or every call is refused with `ConfigurationError`: an
evicted record is a user without a second factor. A replica is refused, and so is a client that reads from replicas.

**Waiting.** Each call is over within `timeout` seconds, waiting for a connection included; after that `StorageTimeout` is raised,
whether a write happened is unknown, and nobody was let in. Where a connection turns out to be lost, a read and a save are sent once
more: the save compares the version, so it writes once at most.

**What a failover can lose.** Redis acknowledges a write before its replicas have it. For the writes of about the last second
before a failover: a used code may be taken once more while it is valid, counted failures are forgotten, a spent backup code
works again, a revoked device is trusted again. Who cannot accept that uses `twinlock.storage.sqlalchemy`.
"""

try:
    import redis as _redis  # noqa: F401
except ImportError as error:  # pragma: no cover
    raise ImportError("twinlock.storage.redis needs redis-py: pip install 'twinlock[redis]'") from error

from ._async import AsyncRedisStorage
from ._blocking import RedisStorage

__all__ = ["AsyncRedisStorage", "RedisStorage"]
