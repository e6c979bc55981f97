"""Schemathesis makes up requests from the contract: no 5xx, and no answer that the contract does not declare.

It runs `TWINLOCK_FUZZ_SECONDS` seconds (60 unless told), shared by three callers: an administrator with a proved second
factor, a user without one, nobody.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from twinlock_http import Client
from twinlock_http.contract import SOURCE

SECONDS = int(os.environ.get("TWINLOCK_FUZZ_SECONDS", "60"))
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)


def fuzz(folder: Path, client: Client, seconds: int, *more: str) -> None:
    headers = [part for name, value in client.headers.items() for part in ("--header", f"{name}:{value}")]
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", str(SOURCE), "--url", f"{client.http.base_url}2fa"),
        *(
            "--checks",
            ",".join(CHECKS),
            "--max-time",
            str(seconds),
            "--workers",
            "1",
            "--warnings",
            "off",
            "--no-color",
        ),
        *(*headers, *more),
    ]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=seconds + 120, check=False)
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]


def test_an_administrator_with_a_proof(bearer: Client, tmp_path: Path) -> None:
    bearer.enrolled("admin")
    # After a success there this would be a user without a second factor, who has a test of their own.
    fuzz(tmp_path, bearer, max(SECONDS * 6 // 10, 1), "--exclude-operation-id", "disable")


def test_a_user_without_a_second_factor(bearer: Client, tmp_path: Path) -> None:
    bearer.login(bearer.new_user())
    fuzz(tmp_path, bearer, max(SECONDS * 2 // 10, 1))


@pytest.mark.parametrize("app", ["bearer", "session"])
def test_nobody(base: str, app: str, tmp_path: Path) -> None:
    fuzz(tmp_path, Client(base, app), max(SECONDS // 10, 1))
