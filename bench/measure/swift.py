"""The Swift package: a whole `verify` over `MemoryStorage`.

Swift measures (`bench/swift`), this shows.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from .rounds import Times
from .table import Row, timed

ROOT = Path(__file__).resolve().parents[2]
NO_SWIFT = 77
CROSSINGS = 2
NAMES = (
    "right code, known browser",
    "right code, known browser, storage that may wait",
    "right code, new browser each time",
    "wrong code, counted",
    "used code again",
    "any code while throttled",
)


def rows(*, rounds: int, tries: int) -> list[Row]:
    """Measures; a row that says why where there is no swift."""
    command = [str(ROOT / "bench/swift/run"), str(rounds), str(tries)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == NO_SWIFT:
        return [Row(done.stderr.strip().splitlines()[-1], "")]
    if done.returncode != 0:
        raise RuntimeError(f"bench/swift/run failed:\n{(done.stdout + done.stderr)[-4000:]}")
    times = Times()
    for name, means in json.loads(done.stdout.strip().splitlines()[-1]).items():
        for mean in means:
            times.add(name, mean)
    return [*(timed(name, times.median(name)) for name in NAMES), Row("engine calls of a verify", str(CROSSINGS))]
