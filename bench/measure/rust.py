"""The core's own benchmarks (`core/benches`), run by criterion and read from what it keeps."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

from .table import Row, micros, timed

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
QUICK = ("--warm-up-time", "0.2", "--measurement-time", "0.5", "--sample-size", "10")
VERIFY_AIM = 3.0
BACKUP_AIM = 500.0


def _run(quick: bool) -> None:
    command = ["cargo", "bench", "--quiet", "--package", "twinlock", "--bench", "otp", "--bench", "verify"]
    if os.environ.get("CI"):
        command.append("--locked")
    if quick:
        command += ["--", *QUICK]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"cargo bench failed:\n{done.stdout[-4000:]}")


def _median(name: str, since: float) -> float:
    """Seconds, of this run: a figure left by an earlier one is an error."""
    path = TARGET / "criterion" / name / "new" / "estimates.json"
    if not path.exists() or path.stat().st_mtime < since:
        raise RuntimeError(f"cargo bench did not measure {name}")
    nanoseconds: float = json.loads(path.read_text())["median"]["point_estimate"]
    return nanoseconds / 1e9


def _check(group: str, key: str, since: float, aimed: bool) -> Row:
    ours = _median(f"check_wrong_code_{group}/{key}_twinlock", since)
    peer = _median(f"check_wrong_code_{group}/{key}_totp-rs", since)
    name = f"check, wrong code, {group}, {key.replace('_', ' ')}"
    aim, met = ("≤ 1", ours <= peer) if aimed else ("", None)
    return Row(name, f"{micros(ours)} : {micros(peer)}", ours / peer, aim, met)


def rows(*, quick: bool) -> list[Row]:
    """Measures; the ratio is ours over totp-rs 6."""
    since = time.time() - 1  # some file systems round down
    _run(quick)
    checks = [
        _check(group, key, since, aimed=(group, key) == ("SHA1", "key_per_call"))
        for key in ("key_per_call", "key_kept")
        for group in ("SHA1", "SHA256", "SHA512")
    ]
    return checks + [
        timed("verify, right code", _median("verify/right", since), most=VERIFY_AIM),
        timed("verify, used code again", _median("verify/replayed", since), most=VERIFY_AIM),
        timed("verify, wrong backup code", _median("verify/wrong_backup_code", since), most=BACKUP_AIM),
        timed("verify, spent backup code", _median("verify/spent_backup_code", since), most=BACKUP_AIM),
    ]
