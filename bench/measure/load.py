"""Logins on Fastify and PostgreSQL over loopback: how many a second, how long the slowest take, what the database is asked.

Node serves and asks (`bench/node/load`), in two processes; this shows.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from .table import Row

ROOT = Path(__file__).resolve().parents[2]
MAIN = ROOT / "bench/node/load/main.mjs"


def rows(*, logins: int) -> list[Row]:
    """So many logins, both steps each, for each number of clients."""
    done = subprocess.run(["node", str(MAIN), str(logins)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the load test failed:\n{(done.stdout + done.stderr)[-4000:]}")
    measured: dict[str, Any] = json.loads(done.stdout)
    return [row for each in measured["rounds"] for row in _rates(each)] + [
        row for step, asked in measured["statements"].items() for row in _statements(step, asked)
    ]


def _rates(measured: dict[str, Any]) -> list[Row]:
    clients = f"{measured['clients']} at once"
    return [
        Row(f"logins a second, {clients}", f"{measured['perSecond']:,.0f}"),
        Row(f"a login, median and p99, {clients}", f"{measured['p50']:.1f} ms, {measured['p99']:.1f} ms"),
    ]


def _statements(step: str, asked: list[dict[str, Any]]) -> list[Row]:
    """Each statement is a round trip of its own, in a commit of its own."""
    writes = sum(each["calls"] for each in asked if "UPDATE" in each["query"] or "INSERT" in each["query"])
    total = sum(each["calls"] for each in asked)
    return [Row(f"statements and round trips of {step}: reads, writes", f"{total - writes}, {writes}")]
