"""Mistakes in settings, proxies and logs that must not open anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from twinlock import ConfigurationError, KeyRing, MemoryStorage, TwoFactor
from twinlock.fastapi import TwoFactorRoutes
from twinlock.fastapi.guard import Caller

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
