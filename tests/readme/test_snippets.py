"""Runs what README.md shows, against the real package, with a clock that the test moves."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import HTTPException, Request
from fastapi.testclient import TestClient
from pydantic import BaseModel

import twinlock
from twinlock.testing import FakePhone, VirtualClock

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
PACKAGE_PAGE = (ROOT / "bindings-python" / "README.md").read_text()


def snippets_in(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


SNIPPETS = snippets_in(README)


def snippet(marker: str) -> str:
    (found,) = [text for text in SNIPPETS if marker in text]
    return found


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> VirtualClock:
    """A folder, keys and a clock such as the snippets expect to find; they name none of them."""
    clock = VirtualClock()
    monkeypatch.chdir(tmp_path)
    keys = subprocess.run(
        [sys.executable, "-m", "twinlock", "keygen"], capture_output=True, text=True, check=True
    ).stdout
    monkeypatch.setenv("TWINLOCK_KEYS", keys.strip())
    for engine in (twinlock.TwoFactor, twinlock.AsyncTwoFactor):
        monkeypatch.setitem(engine.__init__.__kwdefaults__, "clock", clock)
    return clock


class Person:
    """Does what the Python snippet leaves to the application: sees, types, is signed in."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.shown: list[Any] = []
        self.signed_in: list[str] = []
        self.refused = 0
        self.mistyping = 0
        self.phone: FakePhone | None = None

    def show(self, *things: Any) -> None:
        self.shown.extend(things)
        if self.phone is None:
            self.phone = FakePhone(things[-1], self.clock)

    def ask(self, _what: str) -> str:
        assert self.phone is not None
        self.clock.advance(30)
        code = self.phone.code()
        return code if not self.mistyping else f"{(int(code) + 1) % 10**6:06}"

    def sign_in(self, user_id: str) -> None:
        self.signed_in.append(user_id)

    def refuse(self) -> None:
        self.refused += 1

    def names(self) -> dict[str, Any]:
        return {
            "show": self.show,
            "ask": self.ask,
            "sign_in": self.sign_in,
            "refuse": self.refuse,
        }


def test_the_node_snippet_is_the_one_that_the_tests_of_the_node_package_run() -> None:
    shown = re.compile(r"^```ts\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    (snippet,) = shown.findall(README)
    assert snippet == shown.findall((ROOT / "bindings-node" / "README.md").read_text())[0]


def test_every_python_snippet_is_run_by_a_test_here() -> None:
    assert len(SNIPPETS) == 2
    assert snippet("show(enrollment.qr_svg()") != snippet("TwoFactorRoutes(")


def test_python_snippet_enrols_and_signs_in(clock: VirtualClock) -> None:
    person = Person(clock)
    exec(compile(snippet("show(enrollment.qr_svg()"), "README.md", "exec"), person.names())

    picture, secret, backup_codes = person.shown
    assert picture.startswith("<svg") or "<svg" in picture
    assert len(secret) == 32
    assert len(backup_codes) == 10
    assert person.signed_in == ["42"]
    assert person.refused == 0


def test_python_snippet_refuses_a_wrong_code(clock: VirtualClock) -> None:
    person = Person(clock)
    enrolling, signing_in = snippet("show(enrollment.qr_svg()").split("# Signing in")
    names = person.names()
    exec(compile(enrolling, "README.md", "exec"), names)
    person.mistyping = 1
    exec(compile("# Signing in" + signing_in, "README.md", "exec"), names)

    assert person.signed_in == []
    assert person.refused == 1


def test_snippet_of_the_package_page_enrols_and_signs_in(clock: VirtualClock) -> None:
    shown = snippets_in(PACKAGE_PAGE)[0]
    text, codes = re.subn(r'code="\d{6}"', "code=typed()", shown)
    assert codes == 2
    signed_in: list[str] = []
    names: dict[str, Any] = {"sign_in": signed_in.append}

    def typed() -> str:
        clock.advance(30)
        return FakePhone(names["enrollment"].uri, clock).code()

    names["typed"] = typed
    exec(compile(text, "bindings-python/README.md", "exec"), names)
    assert signed_in == ["42"]
    assert len(names["backup_codes"]) == 10


class Credentials(BaseModel):
    username: str
    password: str


class Application:
    """The parts that the FastAPI snippet says are the reader's own, as small as they can be."""

    def __init__(self) -> None:
        self.user = SimpleNamespace(id="42", account_name="ada@example.com")
        self.closed: list[str] = []

    def current_user(self, request: Request) -> Any:
        return self.user if request.headers.get("Authorization") == "Bearer session" else None

    async def issue_tokens(self, request: Request, verification: Any) -> dict[str, str]:
        assert verification.user_id == self.user.id
        return {"access_token": "session"}

    async def check_password(self, body: Credentials) -> Any:
        if (body.username, body.password) != ("ada", "correct horse"):
            raise HTTPException(401)
        return self.user

    async def delete_account(self, user: Any) -> None:
        self.closed.append(user.id)

    def names(self) -> dict[str, Any]:
        return {
            "current_user": self.current_user,
            "issue_tokens": self.issue_tokens,
            "check_password": self.check_password,
            "delete_account": self.delete_account,
            "Credentials": Credentials,
            "User": Any,
            "__name__": "readme",
        }


PASSWORD = {"username": "ada", "password": "correct horse"}
SIGNED_IN = {"Authorization": "Bearer session"}


def test_fastapi_snippet_asks_for_the_code_after_the_password(clock: VirtualClock) -> None:
    own = Application()
    names = own.names()
    exec(compile(snippet("TwoFactorRoutes("), "README.md", "exec"), names)

    with TestClient(names["app"]) as client:
        assert client.post("/login", json=PASSWORD).json()["access_token"] == "session"

        setup = client.post("/2fa/setup", json={}, headers=SIGNED_IN)
        assert setup.status_code == 201
        phone = FakePhone(setup.json()["otpauth_uri"], clock)
        confirmed = client.post(
            "/2fa/setup/confirm",
            json={"setup": setup.json()["setup"], "code": phone.code()},
            headers=SIGNED_IN,
        )
        assert len(confirmed.json()["backup_codes"]) == 10

        refused = client.delete("/account", headers=SIGNED_IN)
        assert (refused.status_code, refused.json()["code"]) == (401, "assurance_required")

        challenged = client.post("/login", json=PASSWORD).json()
        assert challenged["two_factor_required"] is True
        assert "access_token" not in challenged

        clock.advance(30)
        verified = client.post("/2fa/verify", json={"challenge": challenged["challenge"], "code": phone.code()}).json()
        assert verified["access_token"] == "session"

        closed = client.delete("/account", headers=SIGNED_IN | {"Twinlock-Assurance": verified["assurance"]})
        assert closed.status_code == 200
        assert own.closed == ["42"]


def test_links_lead_to_files_of_this_repository() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        for link in re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text()):
            if "://" not in link:
                assert (ROOT / link).exists(), f"{name} links to {link}"


def test_make_targets_that_the_pages_name_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for name in ("README.md", "CONTRIBUTING.md"):
        named = re.findall(r"(?:^|`|&& )make ([a-z-]+)", (ROOT / name).read_text(), re.MULTILINE)
        assert named, f"{name} names no target"
        assert set(named) <= targets
