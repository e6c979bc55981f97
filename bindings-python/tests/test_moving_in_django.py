"""Runs story_of_moving_in.py in a project of its own, once for each kind of user key: a process has one user model."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "moving_in"


@pytest.mark.parametrize("keys", ["int", "uuid", "text"])
def test_users_of_other_packages_move_in(keys: str) -> None:
    # The warnings of the packages we move from are not ours to mend.
    command = [
        sys.executable,
        "-m",
        "pytest",
        "story_of_moving_in.py",
        "-q",
        "-W",
        "ignore",
        "-p",
        "no:cacheprovider",
        "--ds=oldsite.settings",
    ]
    environment = {**os.environ, "OLD_KEYS": keys, "PYTHONPATH": str(HERE)}
    done = subprocess.run(
        [*command, "-c", os.devnull, "--rootdir", str(HERE)],
        cwd=HERE,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
