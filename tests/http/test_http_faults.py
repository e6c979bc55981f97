"""When the store fails, nobody is let in: every call answers 500 or 503 and says when to come again."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from twinlock_http import Client, problem
from twinlock_http.contract import shared

OPERATIONS = list(shared().operations.values())


@pytest.fixture
def admin(base: str) -> Iterator[Client]:
    """Somebody for whom every call would succeed."""
    client = Client(base, "bearer")
    client.enrolled("admin")
    yield client
    fault(client, None)


def fault(client: Client, kind: str | None) -> None:
    assert client.host("POST", "/test/storage", {"fault": kind}).status_code == 200


def called(client: Client, operation: dict[str, str], body: dict[str, object]) -> httpx.Response:
    path = operation["path"].replace("{id}", client.user)
    return client.call(operation["method"], path, body if "requestBody" in operation else None)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation["operationId"])
@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("unavailable", 503, "storage_error"),
        ("slow", 503, "storage_timeout"),
        ("tampered", 500, "record_tampered"),
        ("unknown_key", 500, "unknown_key"),
    ],
)
def test_a_store_that_fails(admin: Client, operation: dict[str, str], kind: str, status: int, code: str) -> None:
    body = {
        "challenge": admin.another().challenged(admin.user),
        "code": "123456",
        "setup": "c0ffee",
        "reason": "x",
        "name": "x",
    }
    fault(admin, kind)
    refused = called(admin, operation, body)
    answer = problem(refused, status, code)
    if status == 503:
        assert refused.headers["retry-after"] == "1"
        assert answer["retry_after"] == 1


WRITES = [o for o in OPERATIONS if o["method"] != "GET" and o["operationId"] != "beginSetup"]


@pytest.mark.parametrize("operation", WRITES, ids=lambda operation: operation["operationId"])
def test_a_store_where_somebody_else_is_always_first(base: str, operation: dict[str, str]) -> None:
    admin = Client(base, "bearer")
    phone, codes = admin.enrolled("admin")
    devices = admin.get("/devices").json()["devices"]
    authenticator = admin.get("/status").json()["authenticators"][0]["id"]
    setup = admin.post("/setup", {}).json()
    if operation["operationId"] == "removeAuthenticator":
        from twinlock_http import Phone

        added = admin.post(
            "/setup/confirm", {"setup": setup["setup"], "code": Phone(setup["otpauth_uri"]).code(admin.now())}
        )
        authenticator = added.json()["authenticator_id"]
    code = phone.code(admin.now())
    if operation["operationId"] == "confirmSetup":
        from twinlock_http import Phone

        code = Phone(setup["otpauth_uri"]).code(admin.now())
    body = {
        "challenge": admin.another().challenged(admin.user),
        "code": code,
        "setup": setup["setup"],
        "reason": "x",
        "name": "another",
    }
    ids = {"AuthenticatorId": authenticator, "DeviceId": devices[0]["id"], "UserId": admin.user}
    kind = (
        "UserId"
        if "/users/" in operation["path"]
        else "DeviceId"
        if "/devices/" in operation["path"]
        else "AuthenticatorId"
    )
    path = operation["path"].replace("{id}", ids[kind])
    fault(admin, "lost_race")
    try:
        refused = admin.call(operation["method"], path, body if "requestBody" in operation else None)
        problem(refused, 503, "contention")
    finally:
        fault(admin, None)
