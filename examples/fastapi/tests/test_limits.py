"""How often one address may try."""

import dataclasses
import time

import pytest
from app.application import create_app
from app.limiting import network
from fastapi.testclient import TestClient
from people import ORIGIN, PASSWORD


def attempt(client: TestClient):
    return client.post("/api/auth/login", json={"username": "nobody", "password": PASSWORD})


def test_sign_in_is_limited_per_address_and_says_when_to_come_back(settings, clock, monkeypatch) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    app = create_app(dataclasses.replace(settings, sign_in_limit="3/minute"), clock)
    with TestClient(app, base_url=ORIGIN, client=("192.0.2.1", 1)) as client:
        assert [attempt(client).status_code for _ in range(3)] == [401, 401, 401]
        now += 20.0
        refused = attempt(client)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        assert int(refused.headers["Retry-After"]) == refused.json()["retry_after"] == 40
        with TestClient(app, base_url=ORIGIN, client=("192.0.2.2", 1)) as neighbour:
            assert attempt(neighbour).status_code == 401
        now += 41.0
        assert attempt(client).status_code == 401


def test_the_limit_holds_before_the_password_is_looked_at(settings, clock, monkeypatch) -> None:
    app = create_app(dataclasses.replace(settings, sign_in_limit="1/hour"), clock)
    with TestClient(app, base_url=ORIGIN) as client:
        attempt(client)
        monkeypatch.setattr("app.accounts.check_password", lambda *_: pytest.fail("the password was checked"))
        assert attempt(client).status_code == 429


def test_registration_has_its_own_limit(settings, clock) -> None:
    app = create_app(dataclasses.replace(settings, register_limit="1/hour"), clock)
    with TestClient(app, base_url=ORIGIN) as client:
        body = {"username": "ada", "email": "ada@example.com", "password": PASSWORD}
        assert client.post("/api/auth/register", json=body).status_code == 201
        assert client.post("/api/auth/register", json=body).status_code == 429
        assert attempt(client).status_code == 401


@pytest.mark.parametrize(
    ("host", "counted_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_customer_is_one_address(host: str, counted_as: str) -> None:
    assert network(host) == counted_as
