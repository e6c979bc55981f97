"""What all servers share: a folder, a user without rights, ports, and processes that end when told to."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .processes import die_with_parent, family, lives

HOST = "127.0.0.1"
START_WITHIN = 90.0
STOP_WITHIN = 30.0


class ServerError(Exception):
    """A server cannot be had, or did not do what it was told; the text says why."""


class Node:
    """One server process: its folder, its port and what it is started with."""

    def __init__(self, folder: Path, port: int, account: pwd.struct_passwd | None, stop_signal: signal.Signals) -> None:
        self.folder, self.port = folder, port
        self._account, self._stop_signal = account, stop_signal
        self._process: subprocess.Popen[bytes] | None = None
        self._paused = False

    @property
    def pid(self) -> int | None:
        """Of the running process."""
        return self._process.pid if self._process is not None and self.running else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def start(self, command: Sequence[str], executable: str | None = None) -> None:
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(
                command, executable=executable, stdout=log, stderr=log, **self.surroundings()
            )
        self._paused = False

    def run(self, command: Sequence[str], given: str = "") -> None:
        """Runs a command of the server's to its end."""
        with open(self.log, "ab") as log:
            done = subprocess.run(
                command,
                input=given.encode(),
                stdout=log,
                stderr=log,
                timeout=START_WITHIN,
                check=False,
                **{key: value for key, value in self.surroundings().items() if key != "stdin"},
            )
        if done.returncode:
            raise ServerError(f"{command[0]} failed:\n{self.last_words()}")

    def surroundings(self) -> dict[str, Any]:
        surroundings: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "cwd": self.folder,
            "env": {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "HOME": str(self.folder)},
            "start_new_session": True,  # Ctrl-C in a terminal is for the tests
            "preexec_fn": die_with_parent,
        }
        if self._account:
            surroundings |= {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}
        return surroundings

    def await_ready(self, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_WITHIN
        while not ready():
            if not self.running:
                raise ServerError(f"the server ended at its start:\n{self.last_words()}")
            if time.monotonic() > deadline:
                raise ServerError(f"the server is not ready after {START_WITHIN:.0f} s:\n{self.last_words()}")
            time.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL for the server and all its processes at once."""
        if self._process is None:
            return
        pids = family(self._process.pid) if self.running else []
        for pid in pids:
            signalled(pid, signal.SIGKILL)
        self._process.wait(STOP_WITHIN)
        # PostgreSQL does not start while a process of before still holds its memory.
        deadline = time.monotonic() + STOP_WITHIN
        while any(map(lives, pids)) and time.monotonic() < deadline:
            time.sleep(0.002)

    def stop(self) -> None:
        """Asks the server to end."""
        if self._process is None or not self.running:
            return
        if self._paused:
            self.resume()
        signalled(self._process.pid, self._stop_signal)
        try:
            self._process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerError(f"the server did not stop within {STOP_WITHIN:.0f} s and was killed") from None

    def pause(self) -> None:
        """Freezes the server and all its processes: connections stay open, nothing answers."""
        for pid in family(self._alive()):
            signalled(pid, signal.SIGSTOP)
        self._paused = True

    def resume(self) -> None:
        for pid in reversed(family(self._alive())):
            signalled(pid, signal.SIGCONT)
        self._paused = False

    def _alive(self) -> int:
        if self._process is None or not self.running:
            raise ServerError("the server is not running")
        return self._process.pid

    def last_words(self) -> str:
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])
        return ""


class Server:
    """One server of one or more nodes in a folder of its own, which goes with it."""

    kind = ""
    accounts: tuple[str, ...] = ()
    stop_signal = signal.SIGTERM
    count = 1

    def __init__(self, *, fast: bool = False, options: Sequence[str] = ()) -> None:
        for option in options:
            if "=" not in option:
                raise ServerError(f"an option is NAME=VALUE, not {option!r}")
        self.fast = fast
        self.options = dict(option.split("=", 1) for option in options)
        self.password = secrets.token_hex(12)
        self._account = self._unprivileged()
        self.folder = Path(tempfile.mkdtemp(prefix=f"twinlock-{self.kind}-")).resolve()
        ports = free_ports(self.count)
        self.nodes = [
            Node(self.folder / str(number), port, self._account, self.stop_signal) for number, port in enumerate(ports)
        ]

    def prepare(self) -> None:
        """Makes the data."""
        self.own(self.folder)
        for node in self.nodes:
            node.folder.mkdir()
            node.log.touch()
            self.own(node.folder)
            self.prepare_node(node)

    def start(self, which: str | None = None) -> None:
        """Starts, on the same port and the same data, what is not running."""
        started = [node for node in self.chosen(which) if not node.running]
        for node in started:
            node.start(self.command(node), self.executable())
        for node in started:
            node.await_ready(lambda node=node: self.ready(node))  # type: ignore[misc]

    def kill(self, which: str | None = None) -> None:
        """SIGKILL, at once."""
        for node in self.chosen(which):
            node.kill()

    def stop(self, which: str | None = None) -> None:
        """An orderly end, which `start` undoes."""
        for node in self.chosen(which):
            node.stop()

    def pause(self, which: str | None = None) -> None:
        """SIGSTOP."""
        for node in self.chosen(which):
            node.pause()

    def resume(self, which: str | None = None) -> None:
        """SIGCONT."""
        for node in self.chosen(which):
            node.resume()

    def remove(self) -> None:
        """Ends everything and deletes the folder."""
        for node in self.nodes:
            node.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def pid(self) -> int | None:
        return self.nodes[0].pid

    def pids(self) -> list[int | None]:
        return [node.pid for node in self.nodes]

    def facts(self) -> dict[str, Any]:
        """What a client needs."""
        nodes = [
            {"host": HOST, "port": node.port, "url": self.url(node), "pid": node.pid, "log": str(node.log)}
            for node in self.nodes
        ]
        user, database = self.names()
        account = {"user": user, "password": self.password, "database": database}
        return {"kind": self.kind, **nodes[0], **account, "folder": str(self.folder), "nodes": nodes}

    def chosen(self, which: str | None) -> list[Node]:
        return self.nodes if which is None else [self.nodes[int(which)]]

    def own(self, path: Path) -> None:
        if self._account:
            os.chown(path, self._account.pw_uid, self._account.pw_gid)

    def _unprivileged(self) -> pwd.struct_passwd | None:
        if os.geteuid() != 0:
            return None  # whoever runs the tests
        for name in (*self.accounts, "nobody"):
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(name)
        raise ServerError("run as another user than root: there is no account here that the server could run as")

    # --- what each kind says

    def names(self) -> tuple[str | None, str | None]:
        """User and database."""
        return "twinlock", "twinlock"

    def url(self, node: Node) -> str:
        raise NotImplementedError

    def executable(self) -> str | None:
        """Where it is not the first word of the command."""
        return None

    def prepare_node(self, node: Node) -> None:
        """Makes the node's data."""

    def command(self, node: Node) -> list[str]:
        raise NotImplementedError

    def ready(self, node: Node) -> bool:
        raise NotImplementedError


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, all held until the last is found, so that they differ."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((HOST, 0))
        return [one.getsockname()[1] for one in sockets]


def program(name: str, *elsewhere: str) -> str:
    """A program's path: on the PATH, or where Debian keeps what only servers run."""
    path = os.pathsep.join([*elsewhere, os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    found = shutil.which(name, path=path)
    if found is None:
        raise ServerError(f"there is no {name} here; `scripts/bootstrap servers` installs the servers")
    return found


def signalled(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
