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
def running(data: Path, **production: str) -> Iterator[str]:
    """Starts ``python -m app.demo``, or uvicorn with settings for production; gives its address, stops it in the end."""
    port = free_port()
    env = {**os.environ, "TWINLOCK_DEMO_DATA": str(data), "PORT": str(port), "SIGN_IN_LIMIT": "1000/minute"}
    if production:
        command = ["uvicorn", "app.main:app", "--host", "127.0.0.1", "--port", str(port)]
        env |= {"APP_ENV": "production", "TWINLOCK_DEV_PHONE": "", **production}
    else:
        command = ["app.demo"]
        env |= {"TWINLOCK_DEV_PHONE": "1", "FRONTEND_URL": ""}
    data.parent.mkdir(exist_ok=True)
    with (data.parent / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=HERE, env=env, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address, process, data.parent / "server.log")
            yield address
        finally:
            process.terminate()
            process.wait(20)


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            httpx.get(address, timeout=1)
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")
