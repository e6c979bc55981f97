"""Redis or Valkey: one node, or a cluster of three masters."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Sequence

from .base import HOST, START_WITHIN, Node, Server, ServerError, free_ports, program

WAIT = 2.0
SLOTS = 16_384


class Redis(Server):
    """One node that keeps what it acknowledged and evicts nothing."""

    kind = "redis"
    accounts = ("redis",)

    def names(self) -> tuple[str | None, str | None]:
        return None, "0"

    def url(self, node: Node) -> str:
        return f"redis://:{self.password}@{HOST}:{node.port}/0"

    def command(self, node: Node) -> list[str]:
        settings = {
            "bind": HOST,
            "port": str(node.port),
            "dir": str(node.folder),
            "requirepass": self.password,
            "masterauth": self.password,
            "maxmemory-policy": "noeviction",
            "save": "",
            "appendonly": "yes",
            # Both write before the answer goes out; "everysec" may hold a write back while it waits for the disk.
            "appendfsync": "no" if self.fast else "always",
            "daemonize": "no",
            **self.more(node),
            **self.options,
        }
        return [server(), *(part for name, value in settings.items() for part in (f"--{name}", value))]

    def more(self, node: Node) -> dict[str, str]:
        return {}

    def ready(self, node: Node) -> bool:
        with contextlib.suppress(OSError):
            return self.ask(node, "PING") == b"+PONG"
        return False

    def ask(self, node: Node, *words: str) -> bytes:
        """One command; the first line of its answer, or the whole of a bulk string."""
        with socket.create_connection((HOST, node.port), WAIT) as connection, connection.makefile("rb") as answers:
            connection.settimeout(WAIT)
            for command in (("AUTH", self.password), words):
                connection.sendall(written(command))
                answer: bytes = answers.readline().rstrip()
                if answer.startswith(b"-"):
                    return answer
                if answer.startswith(b"$"):
                    answer = answers.read(int(answer[1:]) + 2)
            return answer


class RedisCluster(Redis):
    """Three masters without replicas, each with a third of the slots: two of three keys answer MOVED at the first node."""

    kind = "redis-cluster"
    count = 3

    def __init__(self, *, fast: bool = False, options: Sequence[str] = ()) -> None:
        super().__init__(fast=fast, options=options)
        self._buses = dict(zip((node.port for node in self.nodes), free_ports(self.count), strict=True))
        self._joined = False

    def more(self, node: Node) -> dict[str, str]:
        return {
            "cluster-enabled": "yes",
            "cluster-config-file": "nodes.conf",
            "cluster-node-timeout": "2000",
            "cluster-port": str(self._buses[node.port]),
        }

    def start(self, which: str | None = None) -> None:
        super().start(which)
        if not self._joined:
            self._join()
            self._joined = True
        if all(node.running for node in self.nodes):
            self._await_one_mind()

    def _join(self) -> None:
        first = self.nodes[0]
        for number, node in enumerate(self.nodes):
            low, high = (SLOTS * part // self.count for part in (number, number + 1))
            self._told(node, "CLUSTER", "ADDSLOTSRANGE", str(low), str(high - 1))
            self._told(node, "CLUSTER", "SET-CONFIG-EPOCH", str(number + 1))
            if node is not first:
                self._told(first, "CLUSTER", "MEET", HOST, str(node.port), str(self._buses[node.port]))

    def _told(self, node: Node, *words: str) -> None:
        answer = self.ask(node, *words)
        if answer != b"+OK":
            raise ServerError(f"{' '.join(words[:2])}: {answer.decode(errors='replace')}")

    def _await_one_mind(self) -> None:
        deadline = time.monotonic() + START_WITHIN
        while not all(self._sees_all(node) for node in self.nodes):
            if time.monotonic() > deadline:
                raise ServerError("the nodes of the cluster do not find each other")
            time.sleep(0.05)

    def _sees_all(self, node: Node) -> bool:
        with contextlib.suppress(OSError):
            info = self.ask(node, "CLUSTER", "INFO").split()
            return b"cluster_state:ok" in info and b"cluster_known_nodes:3" in info
        return False


def server() -> str:
    with contextlib.suppress(ServerError):
        return program("redis-server")
    return program("valkey-server")


def written(words: Sequence[str]) -> bytes:
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        data = word.encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(parts)
