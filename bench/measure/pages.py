"""The pages: what a browser fetches for them, and how soon they can be used in Debian's Chromium (`bench/pages`)."""

from __future__ import annotations

import gzip
import json
import statistics
import subprocess
from pathlib import Path

from .table import Row, sized

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "web/dist"
MAIN = ROOT / "bench/pages/main.mjs"
GZIP_AIM = 15 * 1024
NAMES = {
    "challenge": "the challenge's input, on a page of its own",
    "account": "the settings' button, on the FastAPI example's account page",
}


def rows(*, loads: int) -> list[Row]:
    """Weights, and the medians of so many cold loads."""
    if not (DIST / "twinlock.js").exists():
        raise RuntimeError("the pages are not built: run scripts/bootstrap web")
    catalogue = max(DIST.glob("twinlock.*.js"), key=_packed)
    return [
        *_weight(DIST / "twinlock.js", "the four elements, English", most=GZIP_AIM),
        *_weight(DIST / "twinlock.css", "the style sheet"),
        *_weight(catalogue, "the heaviest catalogue"),
        *_times(loads),
    ]


def _packed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))


def _weight(path: Path, what: str, *, most: int | None = None) -> list[Row]:
    name = f"{path.name}, {what}"
    return [sized(name, path.stat().st_size), sized(f"{path.name}, gzip", _packed(path), most=most)]


def _times(loads: int) -> list[Row]:
    done = subprocess.run(["node", str(MAIN), str(loads)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the pages could not be timed:\n{(done.stdout + done.stderr)[-4000:]}")
    measured: dict[str, list[float]] = json.loads(done.stdout)
    return [Row(f"ready: {NAMES[page]}", _told(times)) for page, times in measured.items()]


def _told(times: list[float]) -> str:
    return f"{statistics.median(times):.0f} ms ({min(times):.0f} to {max(times):.0f})"
