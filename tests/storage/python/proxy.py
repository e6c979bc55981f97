"""A network between storage and server that counts, and loses what it is told to lose."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from twinlock_servers import RunningServer


class Proxy:
    """Forwards every connection to the server."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.round_trips = 0
        """Times that a client sent something after it had been answered."""
        self.connections = 0
        self.sent: list[bytes] = []
        """What clients sent, in pieces."""
        self._lose: tuple[re.Pattern[bytes], bool] | None = None
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def lose_answer_to(self, text: bytes) -> None:
        """The next message in which this expression is found arrives, its answer does not, and the connection is gone."""
        self._lose = (re.compile(text), True)

    def lose(self, text: bytes) -> None:
        """The next message in which this expression is found does not even arrive."""
        self._lose = (re.compile(text), False)

    def cut(self) -> None:
        """Ends all connections."""
        for pair in self._pairs:
            _end(*pair)
        self._pairs.clear()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts, too
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection((self._server.host, self._server.port))
            except OSError:
                return
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            self._pairs.append((client, server))
            _Pair(self, client, server)

    def losing(self, piece: bytes) -> bool | None:
        """Whether this piece is to be lost after it arrived; none = it is not to be lost."""
        if self._lose is None or not self._lose[0].search(piece):
            return None
        arrives = self._lose[1]
        self._lose = None
        return arrives


class _Pair:
    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self._answered, self._mute = True, False
        for pump in (self._up, self._down):
            threading.Thread(target=pump, daemon=True).start()

    def _up(self) -> None:
        with contextlib.suppress(OSError):
            while piece := self._client.recv(65536):
                self._proxy.sent.append(piece)
                self._proxy.round_trips += self._answered
                self._answered = False
                arrives = self._proxy.losing(piece)
                if arrives is False:
                    break
                self._mute = self._mute or arrives is True
                self._server.sendall(piece)
        if not self._mute:
            _end(self._client, self._server)

    def _down(self) -> None:
        with contextlib.suppress(OSError):
            while piece := self._server.recv(65536):
                if self._mute:
                    break
                self._answered = True
                self._client.sendall(piece)
        _end(self._client, self._server)


def _end(*sockets: socket.socket) -> None:
    for one in sockets:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


@contextmanager
def between(server: RunningServer) -> Iterator[Proxy]:
    proxy = Proxy(server)
    try:
        yield proxy
    finally:
        proxy.close()
