"""With a real server: clients that share no code with Twinlock get through, with scripts and without."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from server import HERE, running

TOOLS = ["curl", "zbarimg", "oathtool", "python3"]


def need(*missing: str) -> None:
    """Skips where something is not installed; a CI that lacks it fails."""
    if missing and os.environ.get("CI"):
        pytest.fail(f"missing: {', '.join(missing)}")
    if missing:
        pytest.skip(f"missing: {', '.join(missing)}")


def browser_tools() -> None:
    need(*(program for program in ("node", "chromium") if shutil.which(program) is None))
    packages = HERE.parents[1] / "tests/browser/node_modules"
    need(*(name for name in ("playwright-core", "axe-core") if not (packages / name).exists()))


def run(command: list[str], data: Path) -> str:
    admin = f'"{sys.executable}" -m app.demo --admin "$1"'
    env = {**os.environ, "ADMIN": admin, "DJANGO_SETTINGS_MODULE": "app.settings", "TWINLOCK_DEMO_DATA": str(data)}
    done = subprocess.run(command, cwd=HERE, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_an_independent_client_walks_through(tmp_path: Path) -> None:
    need(*(program for program in TOOLS if shutil.which(program) is None))
    with running(tmp_path / "demo") as address:
        walked = run(["bash", str(HERE.parent / "walkthrough.sh"), address, "session"], tmp_path / "demo")
    assert walked.rstrip().endswith("all done")


def test_the_pages_work_in_a_browser(tmp_path: Path) -> None:
    browser_tools()
    with running(tmp_path / "demo") as address:
        run(["node", str(HERE.parent / "browse.mjs"), address, str(tmp_path)], tmp_path / "demo")


def test_the_pages_work_in_a_browser_without_scripts(tmp_path: Path) -> None:
    browser_tools()
    with running(tmp_path / "demo") as address:
        walked = run(["node", str(HERE / "tests/browse-without-scripts.mjs"), address], tmp_path / "demo")
    assert walked.rstrip().endswith("all done")
