"""Logins on axum with SQLite and with PostgreSQL over loopback, and one login among a million users beside one among a thousand.

Rust makes the users, serves and asks (`bench/axum`), in processes of its own; this gives it databases and shows.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from .table import Row

ROOT = Path(__file__).resolve().parents[2]
AIM = 1.3
PROGRAM = "twinlock-axum-bench", "axum-bench"
SPACE_FOR_USER = 3_000
"""Bytes on the disk: rows, indexes and the log that the database keeps of writing them."""
SPARE = 1_000_000_000
_SERVERS = ROOT / "tests/servers"


def rows(*, users: int, passes: int) -> list[Row]:
    """A database of so many users beside one of a thousand, who then sign in so many times for each number of connections."""
    _check_space(users * SPACE_FOR_USER + SPARE)
    program = _built()
    with tempfile.TemporaryDirectory() as folder:
        few, many = ({"sqlite": f"{folder}/{name}.db"} for name in ("few", "many"))
        found = _rows("SQLite", _measured(program, few=few, many=many, users=users, passes=passes))
    return found + _rows("PostgreSQL", _on_postgres(program, users=users, passes=passes))


def _check_space(needed: int) -> None:
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise RuntimeError(f"{folder} has {free / 1e9:.1f} GB left, the databases may need {needed / 1e9:.1f} GB")


def _built() -> Path:
    """The program, built as it would be shipped; where it lies is cargo's to say."""
    package, name = PROGRAM
    command = ["cargo", "build", "--release", "--package", package, "--message-format", "json"]
    if os.environ.get("CI"):
        command.append("--locked")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{package} does not build:\n{done.stderr[-4000:]}")
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    [program] = [each["executable"] for each in told if each.get("executable") and each["target"]["name"] == name]
    return Path(program)


def _on_postgres(program: Path, *, users: int, passes: int) -> dict[str, Any]:
    sys.path.insert(0, str(_SERVERS))
    from twinlock_servers import running

    # One server each, so that neither's memory or log is the other's.
    with running("postgres") as few, running("postgres") as many:
        return _measured(program, few={"postgres": few.url}, many={"postgres": many.url}, users=users, passes=passes)


def _measured(program: Path, **plan: object) -> dict[str, Any]:
    # On standard input, where no list of processes shows the password.
    done = subprocess.run([program], input=json.dumps(plan), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the load test failed:\n{(done.stdout + done.stderr)[-4000:]}")
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def _rows(kind: str, measured: dict[str, Any]) -> list[Row]:
    found = [row for each in measured["rounds"] for row in _rates(kind, each)]
    compared = measured["compared"]
    users, ratio = compared["users"], compared["many"] / compared["few"]
    times = f"{compared['many']:.2f} ms : {compared['few']:.2f} ms"
    found.append(Row(f"{kind}: a login among {users:,} users : 1,000", times, ratio, f"≤ {AIM}", ratio <= AIM))
    return [*found, Row(f"{kind}: making {users:,} users", f"{compared['making']:.1f} s")]


def _rates(kind: str, measured: dict[str, Any]) -> list[Row]:
    connections = f"{measured['connections']} at once"
    return [
        Row(f"{kind}: logins a second, {connections}", f"{measured['per_second']:,.0f}"),
        Row(f"{kind}: a login, median and p99, {connections}", f"{measured['p50']:.1f} ms, {measured['p99']:.1f} ms"),
    ]
