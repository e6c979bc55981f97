"""Clients of the storage's own, to the server that a URL or the application's client names."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

import redis
import redis.asyncio
import redis.asyncio.client
import redis.asyncio.cluster
import redis.asyncio.connection
import redis.asyncio.retry
import redis.asyncio.sentinel
import redis.client
import redis.cluster
import redis.connection
import redis.retry
import redis.sentinel
from redis.backoff import NoBackoff

from ...errors import ConfigurationError

# What says where the server is and who asks; all else is the storage's own.
TAKEN = {
    *("host", "port", "path", "db", "username", "password", "credential_provider", "client_name", "protocol"),
    *("socket_keepalive", "socket_type", "redis_connect_func"),
}
OF_ONE_SERVER = {"host", "port", "path", "db", "socket_type", "redis_connect_func"}


@dataclass(frozen=True)
class Settings:
    """What a storage is set up with, checked."""

    prefix: str
    pool_size: int
    timeout: float

    def __post_init__(self) -> None:
        if not isinstance(self.prefix, str) or not re.fullmatch(r"[a-z0-9_.:-]{1,32}", self.prefix):
            raise ConfigurationError("prefix must be 1 to 32 of a-z, 0-9, _, -, . and :")
        if not isinstance(self.pool_size, int) or isinstance(self.pool_size, bool) or self.pool_size < 1:
            raise ConfigurationError("pool_size must be a number of connections, at least 1")
        number = isinstance(self.timeout, (int, float)) and not isinstance(self.timeout, bool)
        if not number or not math.isfinite(self.timeout) or self.timeout <= 0:
            raise ConfigurationError("timeout must be a number of seconds above 0")

    def ours(self) -> dict[str, Any]:
        """What every connection is told."""
        return {
            "socket_timeout": self.timeout,
            "socket_connect_timeout": self.timeout,
            "decode_responses": False,
            "encoding": "utf-8",
            "encoding_errors": "strict",
        }


@dataclass(frozen=True)
class Address:
    """Where the server is, and how to connect."""

    options: dict[str, Any]
    connection_class: Any
    nodes: tuple[tuple[str, int], ...] = ()
    """Of a cluster: where to begin. None = one server."""


def blocking_address(given: object, cluster: bool) -> Address:
    """Of a URL or a blocking client."""
    if isinstance(given, str):
        return _of_url(redis.connection.parse_url, redis.connection.Connection, given, cluster)
    if isinstance(given, redis.cluster.RedisCluster):
        return _of_cluster(given, given.nodes_manager.connection_kwargs, redis.connection.SSLConnection)
    if isinstance(given, redis.Redis) and not isinstance(given, redis.client.Pipeline):
        return _of_client(given, redis.sentinel.SentinelConnectionPool)
    raise ConfigurationError("RedisStorage takes a redis.Redis, a RedisCluster or a URL (asyncio's: AsyncRedisStorage)")


def async_address(given: object, cluster: bool) -> Address:
    """Of a URL or a client of asyncio's."""
    if isinstance(given, str):
        return _of_url(redis.asyncio.connection.parse_url, redis.asyncio.Connection, given, cluster)
    if isinstance(given, redis.asyncio.cluster.RedisCluster):
        return _of_cluster(given, given.connection_kwargs, redis.asyncio.SSLConnection)
    if isinstance(given, redis.asyncio.Redis) and not isinstance(given, redis.asyncio.client.Pipeline):
        return _of_client(given, redis.asyncio.sentinel.SentinelConnectionPool)
    raise ConfigurationError("AsyncRedisStorage takes a Redis or a RedisCluster of redis.asyncio, or a URL")


def blocking_client(address: Address, settings: Settings) -> Any:
    """A client with connections of its own; a cluster's connects at once."""
    size, retry = settings.pool_size, redis.retry.Retry(NoBackoff(), 0)
    if address.nodes:
        made: Any = redis.cluster.ClusterNode
        nodes = [made(*node) for node in address.nodes]
        options = {**address.options, **settings.ours(), "retry": retry, "max_connections": size}
        return redis.cluster.RedisCluster(startup_nodes=nodes, **options)
    options = {**address.options, **settings.ours(), "retry": retry}
    pool = redis.ConnectionPool(connection_class=address.connection_class, max_connections=size, **options)
    return redis.Redis(connection_pool=pool)


def async_client(address: Address, settings: Settings) -> Any:
    """As `blocking_client`; nothing connects yet."""
    size, retry = settings.pool_size, redis.asyncio.retry.Retry(NoBackoff(), 0)
    if address.nodes:
        nodes = [redis.asyncio.cluster.ClusterNode(*node) for node in address.nodes]
        options = {**address.options, **settings.ours(), "retry": retry, "max_connections": size}
        return redis.asyncio.cluster.RedisCluster(startup_nodes=nodes, **options)
    options = {**address.options, **settings.ours(), "retry": retry}
    pool = redis.asyncio.ConnectionPool(connection_class=address.connection_class, max_connections=size, **options)
    return redis.asyncio.Redis(connection_pool=pool)


def _of_url(parse: Any, connection_class: Any, url: str, cluster: bool) -> Address:
    try:
        options = dict(parse(url))
    except Exception:
        # It may hold a password.
        raise ConfigurationError("that is not a URL such as redis://user:password@host:6379/0") from None
    connection_class = options.pop("connection_class", connection_class)
    if not cluster:
        return Address(_taken(options), connection_class)
    if "path" in options or options.get("db"):
        raise ConfigurationError("a cluster has neither a socket file nor numbered databases")
    if "SSL" in connection_class.__name__:
        options["ssl"] = True
    node = (options.get("host", "localhost"), int(options.get("port", 6379)))
    return Address(_taken(options, OF_ONE_SERVER), connection_class, (node,))


def _of_client(client: Any, sentinels: type) -> Address:
    pool = client.connection_pool
    if isinstance(pool, sentinels):
        raise ConfigurationError(
            "a client of a Sentinel's is not taken: name the primary, by an address that follows it"
        )
    return Address(_taken(pool.connection_kwargs), pool.connection_class)


def _of_cluster(client: Any, options: Mapping[str, Any], encrypted: type) -> Address:
    if client.read_from_replicas or getattr(client, "load_balancing_strategy", None):
        raise ConfigurationError("that client reads from replicas, which may not know yet that a code is used")
    connection_class = options.get("connection_class") or object
    kept = _taken(options, OF_ONE_SERVER)
    if options.get("ssl") or issubclass(connection_class, encrypted):
        kept["ssl"] = True
    nodes = tuple((node.host, int(node.port)) for node in client.nodes_manager.startup_nodes.values())
    return Address(kept, connection_class, nodes)


def _taken(options: Mapping[str, Any], without: Set[str] = frozenset()) -> dict[str, Any]:
    return {
        name: value
        for name, value in options.items()
        if (name in TAKEN or name == "ssl" or name.startswith("ssl_")) and name not in without and value is not None
    }
