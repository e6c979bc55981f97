"""A blocking call that is over in time, whatever the server does: at its end the connection is cut.

A server that is frozen, or behind a network that has gone, says nothing, and neither do libpq nor a time-out on the server's
side then. So each call has a watch; when its time is up, a thread of its own shuts the connection's socket down, and the
driver that waits for it fails at once.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import os
import socket
import threading
from collections.abc import Callable
from time import monotonic
from typing import Any, TypeVar

from .._driver import late

T = TypeVar("T")


class Watch:
    """The time of one call. As a context it ends with the call."""

    def __init__(self, seconds: float) -> None:
        self.deadline = monotonic() + seconds
        self.late = False
        """The time was up before the call was over."""
        self._over = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    @property
    def left(self) -> float:
        """Seconds."""
        return max(0.0, self.deadline - monotonic())

    def attach(self, connection: Any) -> None:
        """Says which connection to cut; raises `StorageTimeout` when it is too late."""
        with self._lock:
            self._detach()
            if self.late:
                raise late()
            self._socket = _socket_of(connection)

    def cut(self) -> None:
        """The time is up."""
        with self._lock:
            if self._over:
                return
            self.late = True
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Watch:
        _watchman.take(self)
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._over = True
            self._detach()

    def _detach(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class Watchman:
    """The thread that looks at all watches of the process. It starts at the first and waits for the earliest."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._watches: list[tuple[float, int, Watch]] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

    def take(self, watch: Watch) -> None:
        with self._condition:
            heapq.heappush(self._watches, (watch.deadline, next(self._numbers), watch))
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="twinlock-watch", daemon=True)
                self._thread.start()
            # Woken only for a watch that ends before all others, which is rare: all have the same length.
            elif self._watches[0][2] is watch:
                self._condition.notify()

    def _look(self) -> None:
        while True:
            with self._condition:
                while not self._watches or self._watches[0][0] > monotonic():
                    self._condition.wait(self._watches[0][0] - monotonic() if self._watches else None)
                watch = heapq.heappop(self._watches)[2]
            watch.cut()


class Attempts:
    """Connects in a thread of its own, so that a name server or a server that does not greet cannot hold the caller.

    At most `most` attempts hang at once; further ones are refused until the driver's own time-out ends one.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._free, self._process = threading.BoundedSemaphore(most), os.getpid()

    def make(self, connect: Callable[[], T], watch: Watch, close: Callable[[T], object]) -> T:
        """What `connect` gives, or `StorageTimeout`; a connection that comes later is closed."""
        if self._process != os.getpid():
            self._free, self._process = threading.BoundedSemaphore(self._most), os.getpid()
        if not self._free.acquire(timeout=watch.left):
            raise late()
        attempt = _Attempt(connect, close, self._free.release)
        threading.Thread(target=attempt.run, name="twinlock-connect", daemon=True).start()
        made: T = attempt.result(watch.left)
        return made


class _Attempt:
    def __init__(self, connect: Callable[[], Any], close: Callable[[Any], object], release: Callable[[], None]) -> None:
        self._connect, self._close, self._release = connect, close, release
        self._lock, self._done = threading.Lock(), threading.Event()
        self._made: Any = None
        self._failure: BaseException | None = None
        self._given_up = False

    def run(self) -> None:
        made: Any = None
        try:
            made = self._connect()
        except BaseException as error:  # told to the caller
            self._failure = error
        finally:
            self._release()
        with self._lock:
            if self._given_up and made is not None:
                with contextlib.suppress(Exception):
                    self._close(made)
            self._made = made
            self._done.set()

    def result(self, seconds: float) -> Any:
        self._done.wait(seconds)
        with self._lock:
            if not self._done.is_set():
                self._given_up = True
                raise late()
        if self._failure is not None:
            raise self._failure
        return self._made


def _socket_of(connection: Any) -> socket.socket | None:
    """psycopg's connection has the number of its socket, PyMySQL's a socket, sqlite3's none."""
    owner = connection if hasattr(connection, "fileno") else getattr(connection, "_sock", None)
    if owner is None:
        return None
    try:
        # A second name for the socket: the driver may close its own meanwhile, and the number go to somebody else.
        return socket.socket(fileno=os.dup(owner.fileno()))
    except Exception:  # it is closed: the first statement says so
        return None


_watchman = Watchman()


def _after_fork() -> None:
    global _watchman
    _watchman = Watchman()  # the thread stayed with the parent


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
