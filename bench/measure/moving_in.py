"""How fast a Django site moves in from django-otp, and that its memory does not grow with its users."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from typing import Any

from .table import Row

_MOST_MB = 10.0


def _site(devices: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "measure.moving_in_site", folder, str(devices)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def rows(devices: int) -> list[Row]:
    """A site with so many devices beside one with a tenth of them."""
    few, many = _site(devices // 10), _site(devices)
    rate = devices / many["seconds"]
    grown = (many["grown"] - few["grown"]) / 1024
    return [
        Row(f"{devices:,} django-otp devices into an SQLite file, fully durable", f"{rate:,.0f} devices/s"),
        Row("memory beyond a tenth of them", f"{grown:.1f} MB", aim=f"≤ {_MOST_MB:g} MB", met=grown <= _MOST_MB),
    ]
