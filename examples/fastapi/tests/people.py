"""Those who use the application in the tests: a person with an API client and a phone, and a browser."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response

from twinlock.testing import FakePhone, VirtualClock

ORIGIN = "http://127.0.0.1:8000"
PASSWORD = "correct horse battery"
TWO_FACTOR = "/api/auth/2fa"
STEP = 30


class Person:
    """Somebody with an account, an API client that sends bearer tokens, and perhaps a phone."""

    def __init__(self, client: TestClient, clock: VirtualClock, name: str) -> None:
        self.client = client
        self.clock = clock
        self.name = name
        self.password = PASSWORD
        self.access: str | None = None
        self.refresh: str | None = None
        self.device: str | None = None
        self.phone: FakePhone
        self.backup_codes: list[str] = []

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Response:
        """One call, with what this person's client holds; fresh tokens in the answer are kept."""
        headers = {"Authorization": f"Bearer {self.access}"} if self.access else {}
        if self.device:
            headers["Twinlock-Device"] = self.device
        response = self.client.request(method, path, json=body, headers=headers)
        if response.headers.get("content-type") == "application/json":
            self._keep(response.json())
        return response

    def _keep(self, body: Any) -> None:
        if isinstance(body, dict):
            self.access = body.get("access_token", self.access)
            self.refresh = body.get("refresh_token", self.refresh)
            self.device = body.get("device", self.device)

    def register(self) -> Response:
        body = {
            "username": self.name,
            "email": f"{self.name}@example.com",
            "password": self.password,
        }
        return self.call("POST", "/api/auth/register", body)

    def sign_in(self, **more: Any) -> Response:
        """The password, on a client that holds no session."""
        self.access = self.refresh = None
        body = {"username": self.name, "password": self.password, **more}
        return self.call("POST", "/api/auth/login", body)

    def challenge(self) -> str:
        answer = self.sign_in()
        assert answer.status_code == 200, answer.text
        challenge: str = answer.json()["challenge"]
        return challenge

    def verify(self, challenge: str, code: str, **more: Any) -> Response:
        return self.call("POST", f"{TWO_FACTOR}/verify", {"challenge": challenge, "code": code, **more})

    def enrol(self) -> Response:
        """Switch the second factor on."""
        setup = self.call("POST", f"{TWO_FACTOR}/setup", {"password": self.password})
        assert setup.status_code == 201, setup.text
        self.phone = FakePhone(setup.json()["otpauth_uri"], self.clock)
        body = {"setup": setup.json()["setup"], "code": self.phone.code()}
        answer = self.call("POST", f"{TWO_FACTOR}/setup/confirm", body)
        assert answer.status_code == 200, answer.text
        self.backup_codes = answer.json()["backup_codes"]
        return answer

    def fresh_code(self) -> str:
        """A code that was not used yet: the phone's next one."""
        self.clock.advance(STEP)
        code: str = self.phone.code()
        return code

    def step_up(self) -> Response:
        return self.call("POST", f"{TWO_FACTOR}/step-up", {"code": self.fresh_code()})

    def me(self) -> Response:
        return self.call("GET", "/api/user/me")


class Browser:
    """One of our own pages in a browser; tokens are in its cookies and nowhere else."""

    def __init__(self, client: TestClient, clock: VirtualClock) -> None:
        self.client = client
        self.clock = clock

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, **headers: str) -> Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, path, json=body, headers=sent)

    def sign_in(self, name: str, password: str = PASSWORD) -> Response:
        return self.call("POST", "/api/auth/login", {"username": name, "password": password})
