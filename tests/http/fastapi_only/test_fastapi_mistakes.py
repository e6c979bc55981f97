"""Mistakes in settings, proxies and logs that must not open anything."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from twinlock import AuthenticatorAccount, ConfigurationError, KeyRing, MemoryStorage, TwoFactor
from twinlock._http.guard import Caller
from twinlock.fastapi import TwoFactorRoutes

FOREIGN: list[Mapping[str, str]] = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": ""},
    {"Origin": "null"},
    {"Origin": "nonsense"},
]


def application(**settings: Any) -> FastAPI:
    two_factor = TwoFactor(issuer="Acme", storage=MemoryStorage(), keys=KeyRing.generate())
    given: dict[str, Any] = {
        "user": lambda _request: {"id": "42"},
        "on_verified": lambda _request, _verified: None,
        "proof": "cookie",
        **settings,
    }
    app = FastAPI()
    TwoFactorRoutes(two_factor, **given).install(app, prefix="/2fa")
    return app


@pytest.mark.parametrize(
    "malformed", ["app.example.com", "*", "null", "", "//app.example.com", "https://app.example.com/path", "https://"]
)
def test_an_allowed_origin_that_is_none_is_refused(malformed: str) -> None:
    with pytest.raises(ConfigurationError):
        application(allowed_origins={malformed})


def test_one_allowed_origin_is_not_a_set_of_letters() -> None:
    client = TestClient(application(allowed_origins="https://app.example.com"), base_url="https://2fa.example.com")
    for origin, status in (("https://app.example.com", 201), ("null", 403)):
        headers = {"Sec-Fetch-Site": "cross-site", "Origin": origin}
        assert client.post("/2fa/setup", headers=headers).status_code == status


@pytest.mark.parametrize("headers", FOREIGN)
def test_what_is_no_origin_is_never_allowed(headers: Mapping[str, str]) -> None:
    client = TestClient(application(allowed_origins={"https://app.example.com/"}), base_url="https://2fa.example.com")
    refused = client.post("/2fa/setup", headers=dict(headers))
    assert (refused.status_code, refused.json()["code"]) == (403, "origin_refused")
    allowed = client.post(
        "/2fa/setup", headers={"Sec-Fetch-Site": "same-site", "Origin": "https://APP.example.com:443"}
    )
    assert allowed.status_code == 201


def test_the_representation_of_a_caller_holds_no_proof() -> None:
    assert "sealed-proof" not in repr(Caller({"id": "42"}, "42", True, "sealed-proof"))


def test_a_proxy_that_keeps_quiet_does_not_cost_cookies_their_protection() -> None:
    # nginx as it comes: `Host` is the upstream's, nothing says that a proxy stands in front. The browser still says https.
    client = TestClient(application(), base_url="http://127.0.0.1:8000")
    page = {"Origin": "https://app.example.com", "Sec-Fetch-Site": "same-origin"}
    setup = client.post("/2fa/setup", headers=page).json()
    code = AuthenticatorAccount.from_uri(setup["otpauth_uri"]).code_at(time.time())
    confirmed = client.post("/2fa/setup/confirm", json={"setup": setup["setup"], "code": code}, headers=page)
    cookies = [cookie for cookie in confirmed.headers.get_list("set-cookie") if "Max-Age=0" not in cookie]
    assert len(cookies) == 2
    assert all(cookie.startswith("__Host-twinlock-") and "; Secure" in cookie for cookie in cookies)
    held = "; ".join(cookie.partition(";")[0] for cookie in cookies)
    # A GET brings no origin; the proof is found nevertheless, and dropped at the end.
    assert client.get("/2fa/status", headers={"Cookie": held}).status_code == 200
    gone = client.post("/2fa/disable", headers={"Cookie": held, **page})
    assert gone.status_code == 204
    (dropped,) = gone.headers.get_list("set-cookie")
    assert dropped.startswith("__Host-twinlock-assurance=") and "Max-Age=0" in dropped and "; Secure" in dropped


def test_elsewhere_than_on_loopback_a_cookie_that_any_subdomain_can_set_is_no_proof() -> None:
    client = TestClient(application(), base_url="http://127.0.0.1:8000")
    setup = client.post("/2fa/setup").json()
    code = AuthenticatorAccount.from_uri(setup["otpauth_uri"]).code_at(time.time())
    client.post("/2fa/setup/confirm", json={"setup": setup["setup"], "code": code})
    assert client.get("/2fa/status").status_code == 200
    held = f"twinlock-assurance={client.cookies['twinlock-assurance']}"
    assert client.get("https://2fa.example.com/2fa/status", headers={"Cookie": held}).status_code == 401
