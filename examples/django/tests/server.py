"""A real server process on a free port, for tests that need one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx

HERE = Path(__file__).parents[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(data: Path) -> Iterator[str]:
    """Starts `python -m app.demo`; gives its address, stops it in the end."""
    port = free_port()
    env = {**os.environ, "TWINLOCK_DEMO_DATA": str(data), "PORT": str(port)}
    for name in ("DJANGO_SETTINGS_MODULE", "FRONTEND_URL", "SECRET_KEY", "TWINLOCK_KEYS", "TWINLOCK_KEYS_FILE"):
        env.pop(name, None)
    log = data.with_name("server.log").open("a")
    process = subprocess.Popen(
        [sys.executable, "-m", "app.demo"], cwd=HERE, env=env, stdout=log, stderr=subprocess.STDOUT
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process, data)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def _wait(address: str, process: subprocess.Popen[bytes], data: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(address, timeout=2)
            return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise RuntimeError(data.with_name("server.log").read_text()[-3000:])
