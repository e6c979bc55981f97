"""A user's program passes mypy --strict without an annotation that only Twinlock needs; slips in it are found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy")
pytest.importorskip("fastapi")
PROGRAM = Path(__file__).with_name("review_user_program.py")


def mypy(program: str, folder: Path) -> str:
    file = folder / "program.py"
    file.write_text(program)
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file=",
        "--cache-dir",
        str(folder / "cache"),
        str(file),
    ]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False).stdout


def test_the_types_of_a_users_program(tmp_path: Path) -> None:
    program = PROGRAM.read_text()
    assert "Success" in mypy(program, tmp_path), "run mypy --strict on the program to see why"
    slips = """
TwoFactor("Acme", MemoryStorage())
TwoFactor(issuer=5, storage=MemoryStorage())
TwoFactor(issuer="Acme", storage=MemoryStorage(), polcy=Policy())
TwoFactor(issuer="Acme", storage=object())
Policy(digts=8)
two_factor.verify("challenge", "123456")
two_factor.verify("challenge", code=123456)
engine.status("42").enabled
routes.required("300")
"""
    found = mypy(program + slips, tmp_path)
    lines = {line.split(":")[1] for line in found.splitlines() if ": error:" in line}
    first = len(program.splitlines()) + 2
    assert lines == {str(first + nth) for nth in range(9)}, found
