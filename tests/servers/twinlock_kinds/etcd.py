"""etcd: a cluster of three."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import time
from collections.abc import Sequence
from typing import Any

from .base import HOST, START_WITHIN, Node, Server, ServerError, free_ports, program

WAIT = 5.0
USER = "root"  # etcd enables accounts only once this one is there


class EtcdCluster(Server):
    """Three nodes of which any two go on alone, with accounts enabled.

    They hold an election within half a second, a fifth of what is usual, so that tests that kill a leader are short.
    """

    kind = "etcd-cluster"
    accounts = ("etcd",)
    count = 3

    def __init__(self, *, fast: bool = False, options: Sequence[str] = ()) -> None:
        super().__init__(fast=fast, options=options)
        self._peers = dict(zip((node.port for node in self.nodes), free_ports(self.count), strict=True))
        self._guarded = False
        self._context = self._secured() if "cert-file" in self.options else None

    def names(self) -> tuple[str | None, str | None]:
        return USER, None

    def url(self, node: Node) -> str:
        return self._client(node, f"{USER}:{self.password}@")

    def command(self, node: Node) -> list[str]:
        settings = {
            "name": node.folder.name,
            "data-dir": str(node.folder / "data"),
            "listen-client-urls": self._client(node),
            "advertise-client-urls": self._client(node),
            "listen-peer-urls": self._peer(node),
            "initial-advertise-peer-urls": self._peer(node),
            "initial-cluster": ",".join(f"{one.folder.name}={self._peer(one)}" for one in self.nodes),
            "initial-cluster-token": self.folder.name,
            "heartbeat-interval": "50",
            "election-timeout": "250",
            "bcrypt-cost": "4",  # the password is 96 random bits
            "logger": "zap",
            "log-level": "error",
            **self.options,
        }
        return [program("etcd"), *(f"--{name}={value}" for name, value in settings.items())]

    def start(self, which: str | None = None) -> None:
        super().start(which)
        if not self._guarded:
            self._guard()
            self._guarded = True

    def ready(self, node: Node) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            # Without a majority it says nothing to anybody, and waits for the others.
            if sum(one.running for one in self.nodes) <= self.count // 2:
                socket.create_connection((HOST, node.port), WAIT).close()
                return True
            return self._asked(node, "GET", "/health")[0] == 200
        return False

    def _client(self, node: Node, account: str = "") -> str:
        return f"{'https' if self._context else 'http'}://{account}{HOST}:{node.port}"

    def _secured(self) -> ssl.SSLContext:
        """With `cert-file` and so on as options, clients come by TLS; this one shows the nodes' own certificate."""
        context = ssl.create_default_context(cafile=self.options["trusted-ca-file"])
        context.load_cert_chain(self.options["cert-file"], self.options["key-file"])
        return context

    def _peer(self, node: Node) -> str:
        return f"http://{HOST}:{self._peers[node.port]}"

    def _guard(self) -> None:
        """From here on, nothing without the password."""
        self._told("user/add", name=USER, password=self.password)
        self._told("role/add", name=USER)
        self._told("user/grant", user=USER, role=USER)
        self._told("enable")

    def _told(self, what: str, **words: str) -> None:
        deadline = time.monotonic() + START_WITHIN
        while True:
            try:
                status, answer = self._asked(self.nodes[0], "POST", f"/v3/auth/{what}", words)
            except (OSError, http.client.HTTPException) as error:
                raise ServerError(f"auth/{what}: {error}") from error
            # Said when the first one was done, but its answer was lost to an election.
            if status == 200 or "already" in str(answer.get("error")):
                return
            if status not in (500, 503, 504) or time.monotonic() > deadline:
                raise ServerError(f"auth/{what}: {answer.get('error')}")
            time.sleep(0.05)

    def _asked(
        self, node: Node, method: str, path: str, words: dict[str, Any] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """One request to the node's JSON gateway."""
        connection = (
            http.client.HTTPSConnection(HOST, node.port, timeout=WAIT, context=self._context)
            if self._context
            else http.client.HTTPConnection(HOST, node.port, timeout=WAIT)
        )
        try:
            connection.request(method, path, None if words is None else json.dumps(words))
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        except ValueError as error:
            raise http.client.HTTPException(f"no JSON from {path}") from error
        finally:
            connection.close()
