"""The Node package: a whole `verify` over `MemoryStorage` against the bare checks of the peers, and its QR codes.

Node measures (`bench/node`), this shows. The peers lie in .cache/bench/node.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from .rounds import Times
from .table import Row, micros, timed

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "bench/node"
SHELF = ROOT / ".cache/bench/node"
PACKAGE = ROOT / "bindings-node"
AIM = 6.0
QR_AIM = 20
VERIFIES = ("right code, known browser", "right code, new browser each time", "wrong code, counted")
REFUSALS = ("used code again", "any code while throttled")


def _install() -> None:
    """The peers, when their lock file has changed."""
    wanted = (SOURCES / "package-lock.json").read_text()
    stamp = SHELF / "installed"
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(SHELF, ignore_errors=True)
        SHELF.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SOURCES / name, SHELF)
        _run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], SHELF)
        stamp.write_text(wanted)
    if not (PACKAGE / "dist/index.js").exists():
        raise RuntimeError("the Node package is not built: run scripts/bootstrap node")


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:3])} failed:\n{(done.stdout + done.stderr)[-4000:]}")
    return done.stdout


def _measured(rounds: int, tries: int) -> dict[str, Any]:
    _install()
    node = ["node", "--expose-gc", "--no-deprecation", str(SOURCES / "main.mjs"), str(SHELF)]
    measured: dict[str, Any] = json.loads(_run([*node, str(rounds), str(tries)], ROOT))
    return measured


def _times(group: dict[str, list[float]]) -> Times:
    times = Times()
    for name, means in group.items():
        for mean in means:
            times.add(name, mean)
    return times


def _against(times: Times, peer: str) -> Row:
    ratio = max(times.ratio(name, peer) for name in VERIFIES)
    aim, met = ("< 1", ratio < 1) if peer.endswith("key per call") else ("", None)
    return Row(f"bare check, wrong code: {peer}", micros(times.median(peer)), ratio, aim, met)


def _picture(times: Times) -> list[Row]:
    factor = times.ratio("qrcode", "twinlock")
    ours = Row("QR code as PNG", micros(times.median("twinlock")))
    peer = Row(
        "QR code as PNG: npm qrcode", micros(times.median("qrcode")), 1 / factor, f"≤ 1/{QR_AIM}", factor >= QR_AIM
    )
    return [ours, peer]


def rows(*, rounds: int, tries: int) -> list[Row]:
    """Measures ours and the peers in turns."""
    measured = _measured(rounds, tries)
    times = _times(measured["signIn"])
    ours = [timed(name, times.median(name), most=AIM) for name in (*VERIFIES, *REFUSALS)]
    peers = [_against(times, name) for name in measured["signIn"] if name not in (*VERIFIES, *REFUSALS)]
    return ours + peers + _picture(_times(measured["qr"]))
