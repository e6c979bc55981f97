"""One application per test, in a folder of its own, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from app import keys
from app.application import create_app
from app.settings import Settings
from fastapi import FastAPI
from fastapi.testclient import TestClient
from people import ORIGIN, Browser, Person

from twinlock.testing import VirtualClock


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data=tmp_path,
        jwt_keys={"new": "n" * 32, "old": "o" * 32},
        twinlock_keys=keys.new_twinlock_keys(),
        frontend_url="http://127.0.0.1:3000",
        development=True,
        sign_in_limit="1000/minute",
        register_limit="1000/minute",
    )


@pytest.fixture
def app(settings: Settings, clock: VirtualClock) -> FastAPI:
    return create_app(settings, clock)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """An API client: keeps no cookies of its own, says nothing of an origin."""
    with TestClient(app, base_url=ORIGIN) as client:
        yield client


@pytest.fixture
def ada(client: TestClient, clock: VirtualClock) -> Person:
    """Registered and signed in by password, without a second factor."""
    ada = Person(client, clock, "ada")
    ada.register()
    ada.sign_in()
    return ada


@pytest.fixture
def browser(app: FastAPI, clock: VirtualClock) -> Iterator[Browser]:
    """A browser on one of our own pages: cookies, ``Origin``, ``Sec-Fetch-Site``."""
    headers = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
    with TestClient(app, base_url=ORIGIN, headers=headers) as client:
        yield Browser(client, clock)
