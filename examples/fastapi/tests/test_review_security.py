"""What an attacker on a friendly address, in a log or behind a header must not get."""

import logging
import os

import uvicorn
from app import demo
from app.auth import Credentials, Refresh, Registration
from app.users import PasswordChange
from people import PASSWORD, TWO_FACTOR, Browser, Person


def test_the_separate_front_end_cannot_use_the_cookies_of_our_pages(ada: Person, browser: Browser, settings) -> None:
    browser.sign_in("ada")
    ada.enrol()
    challenge = browser.sign_in("ada").json()["challenge"]
    body = {"challenge": challenge, "code": ada.fresh_code()}
    assert browser.call("POST", f"{TWO_FACTOR}/verify", body).status_code == 200
    foreign = {"Origin": settings.frontend_url, "Sec_Fetch_Site": "same-site"}
    # No body and no custom header: a browser sends it without asking by a CORS preflight.
    refused = browser.call("POST", f"{TWO_FACTOR}/backup-codes", **foreign)
    assert (refused.status_code, refused.json()["code"]) == (403, "origin_refused")
    assert browser.call("POST", f"{TWO_FACTOR}/backup-codes").status_code == 200


def test_the_separate_front_end_works_with_bearer_tokens(ada: Person, settings) -> None:
    ada.client.headers.update({"Origin": settings.frontend_url, "Sec-Fetch-Site": "same-site"})
    ada.enrol()
    assert ada.verify(ada.challenge(), ada.fresh_code()).status_code == 200
    assert ada.call("POST", f"{TWO_FACTOR}/backup-codes").status_code == 200


def test_representations_of_requests_hold_no_secret() -> None:
    requests = [
        Registration(username="ada", email="ada@example.com", password=PASSWORD),
        Credentials(username="ada", password=PASSWORD, code="123456", next_codes=["234567", "345678"]),
        Refresh(refresh_token="a-refresh-token"),
        PasswordChange(password=PASSWORD, new_password=f"{PASSWORD} more"),
    ]
    shown = repr(requests)
    assert not [secret for secret in (PASSWORD, "123456", "234567", "a-refresh-token") if secret in shown]


def test_the_demo_believes_no_forwarded_address(monkeypatch, tmp_path) -> None:
    given = {}
    for name, value in (
        ("TWINLOCK_DEMO_DATA", str(tmp_path)),
        ("APP_ENV", "development"),
        ("TWINLOCK_DEV_PHONE", "1"),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(os, "umask", lambda _: 0)
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)
    monkeypatch.setattr(uvicorn, "run", lambda *_, **settings: given.update(settings))
    assert demo.main([]) == 0
    assert given["proxy_headers"] is False
