"""A client of one application under test: a browser (session, cookie) or an API client (bearer).

Every answer of the contract is checked against its document on the way; see `Contract.check`.
"""

from __future__ import annotations

import itertools
import json
import re
import secrets
from http.client import HTTPConnection
from typing import Any

import httpx

from .contract import shared
from .phone import Phone

MODES = ("session", "cookie", "bearer")
_SENT: dict[str, set[str]] = {}
_CLOCKS: dict[tuple[str, str], int] = {}

_numbers = itertools.count(1)
_run = f"r{secrets.token_hex(3)}"


class Client:
    """One user agent. `app` is the mounted application: a mode, or one of the variants of README.md."""

    def __init__(self, base: str, app: str) -> None:
        self.base = base
        self.app = app
        self.sent = _SENT.setdefault(base, set())
        """Every code, secret and token that went to or came from this server; none may show up in its log."""
        # `verify`: there is no TLS, and reading the machine's certificates would take longer than the calls.
        self.http = httpx.Client(base_url=f"{base}/{app}", timeout=20, follow_redirects=False, verify=False)
        self.headers: dict[str, str] = {
            "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
        }
        self.user = ""

    def another(self) -> Client:
        """A second user agent of the same application, knowing nothing."""
        return Client(self.base, self.app)

    # --- the contract -------------------------------------------------------------------------------------------------

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """A call of the contract, checked against it."""
        headers = {**self.headers, **more.pop("headers", {})}
        if body is not None:
            # Written here, because httpx would refuse to send a lone surrogate.
            more["content"] = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        response = self.http.request(method, f"/2fa{path}", headers=headers, **more)
        shared().check(self.base, path.partition("?")[0], response)
        self._remember(body, response)
        return response

    def raw(self, method: str, path: str, **more: Any) -> httpx.Response:
        """A request that may be none of the contract's calls, so that a framework may answer it; see `refused_somehow`.

        A framework may answer before it has read the body and then hang up, so nothing else is sent on this connection.
        """
        headers = {**self.headers, "Connection": "close", **more.pop("headers", {})}
        return self.http.request(method, f"/2fa{path}", headers=headers, **more)

    def literal(self, method: str, path: str, **headers: str) -> int:
        """The status for a path that is sent exactly as it is written: `httpx` and browsers would tidy it first."""
        url = self.http.base_url
        connection = HTTPConnection(url.host, url.port or 80, timeout=20)
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.http.cookies.jar)
        try:
            connection.request(method, f"/{self.app}/2fa{path}", headers={**self.headers, "Cookie": cookies, **headers})
            return connection.getresponse().status
        finally:
            connection.close()

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return self.call("POST", path, body, **more)

    def patch(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return self.call("PATCH", path, body, **more)

    def delete(self, path: str, **more: Any) -> httpx.Response:
        return self.call("DELETE", path, **more)

    # --- the application around it ------------------------------------------------------------------------------------

    def host(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """A route of the application itself."""
        headers = {**self.headers, **more.pop("headers", {})}
        response = self.http.request(method, path, headers=headers, json=body, **more)
        self._remember(body, response)
        return response

    def login(self, user: str, **more: Any) -> httpx.Response:
        """The application's login with the right password."""
        self.user = user
        return self.host("POST", "/login", {"username": user, "password": f"password of {user}", **more})

    def password_only(self, user: str) -> None:
        """An application that made a session of the password alone, though a second factor was due."""
        self.user = user
        response = self.host("POST", "/test/sign-in", {"id": user})
        assert response.status_code == 200, response.text

    def now(self) -> int:
        """The server's clock, which stands still unless a test moves it."""
        if (self.base, self.app) not in _CLOCKS:
            _CLOCKS[self.base, self.app] = int(self.host("GET", "/test/clock").json()["now"])
        return _CLOCKS[self.base, self.app]

    def advance(self, seconds: int) -> int:
        """Let time pass on the server."""
        now = int(self.host("POST", "/test/clock", {"advance": seconds}).json()["now"])
        _CLOCKS[self.base, self.app] = now
        return now

    # --- stories ------------------------------------------------------------------------------------------------------

    def new_user(self, prefix: str = "user") -> str:
        """An id that nobody had before."""
        return f"{prefix}-{_run}-{next(_numbers)}"

    def enrolled(self, prefix: str = "user", user: str | None = None) -> tuple[Phone, list[str]]:
        """Sign in somebody new and switch the second factor on; the phone's next code is unused."""
        user = user or self.new_user(prefix)
        assert self.login(user).status_code == 200
        setup = self.post("/setup", {"password": f"password of {user}"}).json()
        phone = Phone(setup["otpauth_uri"])
        answer = self.post("/setup/confirm", {"setup": setup["setup"], "code": phone.code(self.now()), "name": "phone"})
        assert answer.status_code == 200, answer.text
        self.advance(30)
        return phone, answer.json()["backup_codes"]

    def challenged(self, user: str, **more: Any) -> str:
        """A fresh challenge from the password step."""
        answer = self.login(user, **more).json()
        assert answer.get("two_factor_required") is True, answer
        return str(answer["challenge"])

    def signed_in(self, user: str, phone: Phone, **more: Any) -> httpx.Response:
        """Both steps of a sign-in."""
        challenge = self.challenged(user)
        self.advance(30)
        answer = self.post("/verify", {"challenge": challenge, "code": phone.code(self.now()), **more})
        assert answer.status_code == 200, answer.text
        return answer

    def step_up(self, phone: Phone) -> httpx.Response:
        """A fresh proof."""
        self.advance(30)
        answer = self.post("/step-up", {"code": phone.code(self.now())})
        assert answer.status_code == 200, answer.text
        return answer

    def spend_budget(self, user: str, phone: Phone) -> None:
        """Guess as somebody who knows the password, until only three consecutive codes are taken."""
        for nth in range(40):
            answer = self.post("/verify", {"challenge": self.challenged(user), "code": phone.wrong(self.now(), nth)})
            if answer.status_code == 429:
                self.advance(int(answer.headers["retry-after"]))
            elif answer.json()["code"] == "more_codes_required":
                return
        raise AssertionError("the budget has no end")

    def _remember(self, body: Any, response: httpx.Response) -> None:
        """What a client keeps in memory in bearer mode; and what must never be logged."""
        assert not set(re.split(r"[^\w-]+", str(response.request.url))) & self.sent, "a secret stands in a URL"
        assert "location" not in response.headers
        answer = response.json() if response.content and "json" in response.headers.get("content-type", "") else {}
        if not isinstance(answer, dict):
            return
        tokens = ("setup", "secret", "challenge", "assurance", "device")
        # The `code` of an answer is a problem's and may well be logged.
        for source, names in ((body if isinstance(body, dict) else {}, ("code", *tokens)), (answer, tokens)):
            self.sent.update(value for name in names if isinstance(value := source.get(name), str) and len(value) >= 6)
        codes = answer.get("backup_codes")
        self.sent.update(codes if isinstance(codes, list) else [])
        if "access_token" in answer:
            self.headers["Authorization"] = f"Bearer {answer['access_token']}"
        if "assurance" in answer:
            self.headers["Twinlock-Assurance"] = answer["assurance"]
        if "device" in answer:
            self.headers["Twinlock-Device"] = answer["device"]


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Fail unless the answer is this very problem."""
    body: dict[str, Any] = response.json() if response.content else {}
    assert (response.status_code, body.get("code")) == (status, code), response.text[:400]
    assert body["type"] == f"urn:twinlock:problem:{code}"
    assert response.headers["content-type"].startswith("application/problem+json")
    assert response.headers["cache-control"] == "no-store"
    return body


def refused_somehow(response: httpx.Response) -> None:
    """Refused by whom and in whose words is left open; let in is nobody, and nothing is told."""
    assert 300 <= response.status_code < 500, f"{response.status_code}: {response.text[:400]}"
    assert not {"authenticators", "secret", "backup_codes", "events", "devices"} & set(
        re.findall(r"\w+", response.text)
    )
    elsewhere = response.headers.get("location", "/")
    # Some frameworks send a client to the same path without its slash at the end: same server, and no new place to ask.
    assert elsewhere.startswith("/") or httpx.URL(elsewhere).netloc == response.request.url.netloc
