"""With a real server: it starts, keeps accounts over a restart, and an independent client gets through."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx2 as httpx
import pytest
from app import keys
from server import HERE, running

from twinlock import AuthenticatorAccount

TOOLS = ["curl", "zbarimg", "oathtool", "python3"]
CREDENTIALS = {"username": "ada", "password": "correct horse battery"}


def test_accounts_and_their_second_factor_survive_a_restart(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    with running(data) as address, httpx.Client(base_url=address) as client:
        client.post("/api/auth/register", json={**CREDENTIALS, "email": "ada@example.com"}).raise_for_status()
        tokens = client.post("/api/auth/login", json=CREDENTIALS).json()
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        setup = client.post("/api/auth/2fa/setup", json={"password": CREDENTIALS["password"]}, headers=bearer).json()
        code = AuthenticatorAccount.from_uri(setup["otpauth_uri"]).code_at(int(time.time()))
        confirmed = client.post(
            "/api/auth/2fa/setup/confirm",
            json={"setup": setup["setup"], "code": code},
            headers=bearer,
        ).json()
        access = confirmed["access_token"]
    with running(data) as address, httpx.Client(base_url=address) as client:
        me = client.get("/api/user/me", headers={"Authorization": f"Bearer {access}"})
        assert me.json()["username"] == "ada", "the keys are the same, so the session goes on"
        step = client.post("/api/auth/login", json=CREDENTIALS).json()
        body = {"challenge": step["challenge"], "code": confirmed["backup_codes"][0]}
        assert client.post("/api/auth/2fa/verify", json=body).json()["method"] == "backup_code"
    assert _tables(data / "users.db") == {"users", "refresh_tokens", "revoked_tokens"}
    assert {"twinlock_record", "twinlock_event"} <= _tables(data / "2fa.db")
    assert stat.S_IMODE((data / "twinlock.keys").stat().st_mode) == 0o600


def test_production_starts_with_its_keys_and_without_the_phone(tmp_path: Path) -> None:
    env = {
        "FRONTEND_URL": "https://app.example.com",
        "JWT_KEYS": f"new:{'n' * 32},old:{'o' * 32}",
        "TWINLOCK_KEYS": keys.new_twinlock_keys(),
    }
    with running(tmp_path / "data", **env) as address:
        home = httpx.get(address)
        assert home.status_code == 200 and "pretend phone" not in home.text
        assert httpx.get(f"{address}/dev/phone.js").status_code == 404
        assert "Strict-Transport-Security" in home.headers
        assert httpx.get(f"{address}/docs").status_code == 200
    assert not list((tmp_path / "data").glob("*.keys"))


def need(*missing: str) -> None:
    """Skips where something is not installed; a CI that lacks it fails."""
    if missing and os.environ.get("CI"):
        pytest.fail(f"missing: {', '.join(missing)}")
    if missing:
        pytest.skip(f"missing: {', '.join(missing)}")


def _tables(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    finally:
        connection.close()
    return {name for (name,) in rows if not name.startswith("sqlite_")}


def test_the_demo_says_where_it_is(tmp_path: Path) -> None:
    with running(tmp_path / "demo") as address:
        assert f"Twinlock demo: {address}/" in (tmp_path / "server.log").read_text()


def test_an_independent_client_walks_through(tmp_path: Path) -> None:
    need(*(program for program in TOOLS if shutil.which(program) is None))
    with running(tmp_path / "demo") as address:
        walked = subprocess.run(
            ["bash", str(HERE.parent / "walkthrough.sh"), address],
            capture_output=True,
            text=True,
            timeout=240,
        )
    assert walked.returncode == 0, walked.stdout + walked.stderr
    assert walked.stdout.rstrip().endswith("all done")


def test_the_pages_work_in_a_browser(tmp_path: Path) -> None:
    need(*(program for program in ("node", "chromium") if shutil.which(program) is None))
    packages = HERE.parents[1] / "tests/browser/node_modules"
    need(*(name for name in ("playwright-core", "axe-core") if not (packages / name).exists()))
    data = tmp_path / "demo"
    with running(data) as address:
        command = f'"{sys.executable}" -m app.demo --admin "$1"'
        env = {**os.environ, "ADMIN": command, "TWINLOCK_DEMO_DATA": str(data)}
        walked = subprocess.run(
            ["node", str(HERE.parent / "browse.mjs"), address, str(tmp_path)],
            cwd=HERE,
            env=env,
            capture_output=True,
            text=True,
            timeout=300,
        )
    assert walked.returncode == 0, walked.stdout + walked.stderr
