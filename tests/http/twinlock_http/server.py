"""Starts the server under test on a free port and stops it again. README.md says what a server has to offer."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

_SERVERS = Path(__file__).resolve().parents[1] / "servers"

START_COMMANDS = {
    "fastapi": [sys.executable, str(_SERVERS / "fastapi_server.py")],
}
"""A server of another language joins by one more line; it listens on 127.0.0.1, port `$PORT`."""

_START_SECONDS = 30.0


@contextmanager
def running(name: str | None = None) -> Iterator[str]:
    """The address of a server: `TWINLOCK_HTTP_BASE` if set, else one that is started here."""
    given = os.environ.get("TWINLOCK_HTTP_BASE")
    if given:
        yield given.rstrip("/")
        return
    command = START_COMMANDS[name or os.environ.get("TWINLOCK_HTTP_SERVER", "fastapi")]
    port = _free_port()
    with tempfile.TemporaryFile() as output:
        environment = {**os.environ, "PORT": str(port)}
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            base = f"http://127.0.0.1:{port}"
            _wait_until_it_answers(base, process, output)
            yield base
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_it_answers(base: str, process: subprocess.Popen[bytes], output: object) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{base}/bearer/test/clock", timeout=1).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    output.seek(0)  # type: ignore[attr-defined]
    raise RuntimeError(f"the server did not start:\n{output.read().decode(errors='replace')}")  # type: ignore[attr-defined]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
