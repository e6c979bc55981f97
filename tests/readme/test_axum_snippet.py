"""Builds what README.md shows for axum in an empty project, runs it, and signs in to it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from twinlock.testing import FakePhone, VirtualClock

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
BUILD_SECONDS = 600
START_SECONDS = 20

# What the snippet says is the reader's own, as small as it can be.
YOURS = """
fn signed_in(request: &Parts) -> Option<User> {
    let token = request.headers.get("Authorization")?.to_str().ok()?;
    (token == "Bearer session").then(|| User::new("42", "ada@example.com"))
}
fn issue_token(user_id: &str) -> String {
    assert_eq!(user_id, "42");
    "session".to_owned()
}
fn check_password(form: Credentials) -> Option<User> {
    let right = form.username == "ada" && form.password == "correct horse";
    right.then(|| User::new("42", "ada@example.com"))
}
async fn close_account() -> &'static str {
    "closed"
}
"""
# As in our own workspace, so that what it has built of others' crates is not built again.
(PROFILE,) = re.findall(r"^\[profile\.dev\.package\]\n(?:.+\n)+", (ROOT / "Cargo.toml").read_text(), re.MULTILINE)


def shown(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return found


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty project of a reader, outside this tree, with what the page shows in it."""
    folder = tmp_path_factory.mktemp("reader") / "acme"
    (folder / "src").mkdir(parents=True)
    package = '[package]\nname = "acme"\nversion = "0.1.0"\nedition = "2024"\n\n'
    dependencies, paths = re.subn(r'path = "\.\./twinlock/', f'path = "{ROOT}/', shown("toml"))
    assert paths == 3
    (folder / "Cargo.toml").write_text(f"{package}{dependencies}\n{PROFILE}")
    (folder / "src" / "main.rs").write_text(shown("rust").replace("127.0.0.1:3000", "127.0.0.1:{PORT}") + YOURS)
    shutil.copy(ROOT / "Cargo.lock", folder)
    return folder


@pytest.fixture(scope="module")
def address(project: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    main = project / "src" / "main.rs"
    text = main.read_text()
    assert text.count("{PORT}") == 1
    main.write_text(text.replace("{PORT}", str(port)))
    keys = subprocess.run(
        [sys.executable, "-m", "twinlock", "keygen"], capture_output=True, text=True, check=True
    ).stdout
    environment = {**os.environ, "CARGO_TARGET_DIR": str(ROOT / "target"), "TWINLOCK_KEYS": keys.strip()}
    subprocess.run(["cargo", "build", "--quiet"], cwd=project, env=environment, check=True, timeout=BUILD_SECONDS)
    with subprocess.Popen(["cargo", "run", "--quiet"], cwd=project, env=environment, start_new_session=True) as server:
        try:
            wait_for(server, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            # Cargo's child with it.
            os.killpg(server.pid, signal.SIGTERM)


def wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the snippet does not serve")


def test_the_snippet_has_at_most_forty_lines() -> None:
    assert len(shown("rust").splitlines()) <= 40


def test_axum_snippet_compiles_in_an_empty_project_and_asks_for_the_code_after_the_password(address: str) -> None:
    signed_in = {"Authorization": "Bearer session"}
    password = {"username": "ada", "password": "correct horse"}
    with httpx.Client(base_url=address) as client:
        assert client.post("/login", json={**password, "password": "wrong"}).status_code == 401
        assert client.post("/login", json=password).json()["access_token"] == "session"
        assert client.get("/2fa/status").json()["code"] == "not_signed_in"

        setup = client.post("/2fa/setup", json={}, headers=signed_in).json()
        clock = VirtualClock(int(time.time()))
        phone = FakePhone(setup["otpauth_uri"], clock)
        body = {"setup": setup["setup"], "code": phone.code()}
        confirmed = client.post("/2fa/setup/confirm", json=body, headers=signed_in).json()
        assert len(confirmed["backup_codes"]) == 10

        refused = client.delete("/account", headers=signed_in)
        assert (refused.status_code, refused.json()["code"]) == (401, "assurance_required")

        challenged = client.post("/login", json=password).json()
        assert challenged["two_factor_required"] is True
        assert "access_token" not in challenged

        clock.advance(30)
        verified = client.post("/2fa/verify", json={"challenge": challenged["challenge"], "code": phone.code()}).json()
        assert verified["access_token"] == "session"

        closed = client.delete("/account", headers={**signed_in, "Twinlock-Assurance": verified["assurance"]})
        assert (closed.status_code, closed.text) == (200, "closed")
