"""The JVM package: a whole `verify` over `MemoryStorage` against the bare checks of java-otp and GoogleAuth.

The virtual machine measures (`bench/kotlin`), this shows. What it builds lies in .cache/bench/kotlin.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from .rounds import Times
from .table import Row, micros, timed

ROOT = Path(__file__).resolve().parents[2]
SHELF = ROOT / ".cache/bench/kotlin"
VERIFIES = ("right code, known browser", "right code, new browser each time", "wrong code, counted")
OTHERS = ("used code again", "any code while throttled", "right code, known browser, suspending")
CROSSINGS = 2


def _run(command: list[str], **more: str) -> str:
    done = subprocess.run(command, cwd=ROOT, env=os.environ | more, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:3])} failed:\n{(done.stdout + done.stderr)[-4000:]}")
    return done.stdout


def _build() -> None:
    _run(["scripts/maven", "--quiet", "-pl", "twinlock-testing", "-am", "install", "-DskipTests"])
    _run(["scripts/maven", "--quiet", "process-classes"], TWINLOCK_MAVEN_POM="bench/kotlin/pom.xml")


def _measured(rounds: int, tries: int) -> Times:
    path = os.pathsep.join([str(SHELF / "classes"), str(SHELF / "dependency" / "*")])
    answer = _run(["java", "-cp", path, "bench.Main", str(rounds), str(tries)]).strip().splitlines()[-1]
    times = Times()
    for name, means in json.loads(answer).items():
        for mean in means:
            times.add(name, mean)
    return times


def rows(*, rounds: int, tries: int) -> list[Row]:
    """Measures ours and the peers in turns."""
    _build()
    times = _measured(rounds, tries)
    ours = [timed(name, times.median(name)) for name in (*VERIFIES, *OTHERS)]
    peers = ("java-otp, key per call", "GoogleAuth, key per call")
    bare = [
        Row(
            f"bare check, wrong code: {peer}",
            micros(times.median(peer)),
            max(times.ratio(name, peer) for name in VERIFIES),
        )
        for peer in peers
    ]
    return [*ours, *bare, Row("native calls of a verify", str(CROSSINGS))]
