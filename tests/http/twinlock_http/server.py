"""Starts the servers under test on free ports and stops them again. README.md says what a server has to offer."""

from __future__ import annotations

import os
import shutil
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
    "django": [sys.executable, str(_SERVERS / "django_server.py")],
    "express": ["node", str(_SERVERS / "express_server.mjs")],
    "fastify": ["node", str(_SERVERS / "fastify_server.mjs")],
    "ktor": ["java", "-jar", str(_SERVERS / "ktor" / "target" / "ktor-server.jar")],
    "spring": ["java", "-XX:TieredStopAtLevel=1", "-jar", str(_SERVERS / "spring" / "target" / "spring-server.jar")],
    "axum": [str(_SERVERS.parents[2] / "target" / "debug" / "axum-server-under-test")],
}
"""A server of another language joins by one more line; it listens on 127.0.0.1, port `$PORT`."""

GIVEN = "given"
"""The name of the server that runs already, at `TWINLOCK_HTTP_BASE`."""

_START_SECONDS = 90.0


class DidNotStart(Exception):
    """A server that was to be tested; the text is what it wrote."""


def chosen(names: str | None) -> list[str]:
    """The servers of this run: those that were named, else all whose command is there to be run."""
    if os.environ.get("TWINLOCK_HTTP_BASE"):
        return [GIVEN]
    if not names:
        return [name for name in START_COMMANDS if can_run(name)]
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = set(wanted) - START_COMMANDS.keys()
    if unknown:
        raise ValueError(f"no such server: {', '.join(sorted(unknown))}; known are {', '.join(START_COMMANDS)}")
    return list(dict.fromkeys(wanted))


def can_run(name: str) -> bool:
    """Whether the program is installed and what it is to run is there. Whether it then starts is for the suite to see."""
    program, *arguments = START_COMMANDS[name]
    return shutil.which(program) is not None and all(
        Path(argument).exists() for argument in arguments if os.sep in argument
    )


@contextmanager
def running(name: str) -> Iterator[str]:
    """The address of a server that is started here; that of `GIVEN` is told by the environment."""
    if name == GIVEN:
        yield os.environ["TWINLOCK_HTTP_BASE"].rstrip("/")
        return
    port = _free_port()
    with tempfile.TemporaryFile() as output:
        environment = {**os.environ, "PORT": str(port)}
        process = subprocess.Popen(START_COMMANDS[name], env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            base = f"http://127.0.0.1:{port}"
            _wait_until_it_answers(name, base, process, output)
            yield base
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_it_answers(name: str, base: str, process: subprocess.Popen[bytes], output: object) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{base}/bearer/test/clock", timeout=1, verify=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    output.seek(0)  # type: ignore[attr-defined]
    text = output.read().decode(errors="replace")  # type: ignore[attr-defined]
    raise DidNotStart(f"the server {name} did not start:\n{text[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
