"""The kinds of servers that run.py knows."""

from __future__ import annotations

from .base import Server, ServerError
from .etcd import EtcdCluster
from .mariadb import MariaDb
from .postgres import Postgres
from .redis import Redis, RedisCluster

KINDS: dict[str, type[Server]] = {
    "postgres": Postgres,
    "mariadb": MariaDb,
    "redis": Redis,
    "redis-cluster": RedisCluster,
    "etcd-cluster": EtcdCluster,
}

__all__ = ["KINDS", "Server", "ServerError"]
