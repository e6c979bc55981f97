"""Real servers for Python tests:

with running("postgres") as server:
    engine = create_engine(server.url)
    server.kill()  # SIGKILL
    server.start()  # same port, same data
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["RunningServer", "running"]

PROGRAM = Path(__file__).with_name("run.py")
END_WITHIN = 60.0


class RunningServer:
    """One server; the commands come back when they are done. `node` counts from 0 and is for clusters."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.facts: dict[str, Any] = self._answer()
        """All that run.py says of it."""
        self.url: str = self.facts["url"]
        self.host: str = self.facts["host"]
        self.port: int = self.facts["port"]
        self.user: str | None = self.facts["user"]
        self.password: str = self.facts["password"]
        self.database: str = self.facts["database"]
        self.pid: int | None = self.facts["pid"]
        """Changes with `start`, none while it is down."""
        self.nodes: list[dict[str, Any]] = self.facts["nodes"]

    def kill(self, node: int | None = None) -> None:
        """SIGKILL for all its processes at once."""
        self.command("kill", node)

    def stop(self, node: int | None = None) -> None:
        """An orderly end."""
        self.command("stop", node)

    def start(self, node: int | None = None) -> None:
        """Starts again on the same port and data; comes back when it answers."""
        self.command("start", node)

    def pause(self, node: int | None = None) -> None:
        """SIGSTOP: connections stay open, nothing answers."""
        self.command("pause", node)

    def resume(self, node: int | None = None) -> None:
        """SIGCONT."""
        self.command("resume", node)

    def command(self, name: str, node: int | None = None) -> dict[str, Any]:
        """Any command of run.py."""
        assert self._process.stdin
        self._process.stdin.write(name + ("" if node is None else f" {node}") + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        if not answer["ok"]:
            raise RuntimeError(answer["error"])
        self.pid = answer["pid"]
        return answer

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the server could not be run; run.py says why above")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def running(kind: str, *, fast: bool = False, options: Mapping[str, object] | None = None) -> Iterator[RunningServer]:
    """Runs a server of that kind (`postgres`, `mariadb`, `redis`, `redis-cluster`, `etcd-cluster`) for the length of the block.

    `fast` leaves out waiting for the disk; `options` are settings of the server by name.
    """
    command = [sys.executable, str(PROGRAM), kind, *(["--fast"] if fast else [])]
    command += [f"--option={name}={value}" for name, value in (options or {}).items()]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield RunningServer(process)
    finally:
        assert process.stdin and process.stdout
        # Ended by signal: a process that the test forked may still hold the other end of its standard input.
        process.terminate()
        process.stdin.close()
        process.wait(END_WITHIN)
        process.stdout.close()
