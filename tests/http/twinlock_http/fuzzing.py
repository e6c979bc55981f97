"""Schemathesis makes up requests from the contract, bounded in time, at servers that nobody else talks to.

Two servers are fuzzed at a time and meanwhile the other tests run: on two cores the whole takes little longer than its
longest part.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from .client import Client
from .contract import SOURCE
from .server import GIVEN, running

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
AT_ONCE = 2
GRACE = 90
"""Seconds that schemathesis may take beside its own limit, to start and to shrink what it found, on a busy machine."""


def administrator(base: str) -> Client:
    """Somebody for whom every call would succeed."""
    client = Client(base, "bearer")
    client.enrolled("admin")
    return client


def without_second_factor(base: str) -> Client:
    """Somebody who signed in with the password, which is all there is."""
    client = Client(base, "bearer")
    client.login(client.new_user())
    return client


def nobody(base: str) -> Client:
    """Not signed in."""
    return Client(base, "bearer")


def nobody_with_a_session(base: str) -> Client:
    """Not signed in, where proofs live in sessions."""
    return Client(base, "session")


# After a success of `disable` the administrator would be a user without a second factor, which is the next one.
CALLERS: dict[str, tuple[Callable[[str], Client], float, tuple[str, ...]]] = {
    "an administrator with a proof": (administrator, 0.6, ("--exclude-operation-id", "disable")),
    "a user without a second factor": (without_second_factor, 0.2, ()),
    "nobody": (nobody, 0.1, ()),
    "nobody, with sessions": (nobody_with_a_session, 0.1, ()),
}
"""Who calls, with which share of the time, and what else is said to schemathesis."""


def seconds_for(name: str, first: bool) -> float:
    """How long a server is fuzzed: `TWINLOCK_FUZZ_SECONDS`, as `60` or as `fastapi=60,express=10`.

    A bare number is for the first server of the run; each further one, which serves the same contract, gets a sixth.
    """
    given = os.environ.get("TWINLOCK_FUZZ_SECONDS", "60")
    if "=" in given:
        return float(dict(part.split("=") for part in given.split(",")).get(name, "10"))
    return float(given) if first else float(given) / 6


class Fuzzing:
    """The fuzz of all servers of a run; a test asks for the outcome of one caller at one server."""

    def __init__(self, servers: list[str]) -> None:
        self._seconds = {name: seconds_for(name, nth == 0) for nth, name in enumerate(servers)}
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._runs: set[subprocess.Popen[str]] = set()
        self._over = False
        self._running: dict[str, Future[dict[str, str]]] = {}

    def __enter__(self) -> Fuzzing:
        # A server that others talk to has its storage broken and its clock moved by them: it has to wait.
        self._running = {name: self._pool.submit(self._fuzz, name) for name in self._seconds if name != GIVEN}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Whatever still runs is of no use to anybody: the tests that ask for it were not chosen, or not reached.
        self._over = True
        for run in list(self._runs):
            run.terminate()
        self._pool.shutdown(cancel_futures=True)

    def complaints(self, server: str, caller: str) -> str:
        """What schemathesis found; empty when it found nothing."""
        if server not in self._running:
            self._running[server] = self._pool.submit(self._fuzz, server)
        return self._running[server].result()[caller]

    def _fuzz(self, server: str) -> dict[str, str]:
        with running(server) as base:
            return {
                name: self._schemathesis(caller(base), max(round(self._seconds[server] * share), 1), *more)
                for name, (caller, share, more) in CALLERS.items()
                if not self._over
            }

    def _schemathesis(self, client: Client, seconds: int, *more: str) -> str:
        headers = [part for name, value in client.headers.items() for part in ("--header", f"{name}:{value}")]
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "run", str(SOURCE), "--url", f"{client.http.base_url}2fa"),
            *("--checks", ",".join(CHECKS), "--max-time", str(seconds), "--workers", "1"),
            *("--warnings", "off", "--no-color", *headers, *more),
        ]
        with tempfile.TemporaryDirectory() as folder:
            run = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            self._runs.add(run)
            try:
                output, _ = run.communicate(timeout=seconds + GRACE)
            except subprocess.TimeoutExpired:
                run.kill()
                output = run.communicate()[0] + f"\nit did not end within {seconds + GRACE} s"
            self._runs.discard(run)
            return "" if run.returncode == 0 else output[-6000:]
