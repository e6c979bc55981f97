"""What a body may look like: JSON of the right types, at most 10 kB."""

from __future__ import annotations

import httpx
import pytest
from twinlock_http import Client, problem
from twinlock_http.contract import shared

WITH_BODY = [operation for operation in shared().operations.values() if "requestBody" in operation]
NO_CODE = [
    1,
    123456,
    0.5,
    True,
    [],
    ["123456"],
    {},
    {"$ne": ""},
    "\ud800",
    "",
    "12345",
    "123456789",
    "abcdef",
    "１２３４５６",
    "12\u0000456",
    "x" * 4000,
]


def name_of(operation: dict[str, str]) -> str:
    return operation["operationId"]


@pytest.fixture
def admin(base: str) -> Client:
    client = Client(base, "bearer")
    client.enrolled("admin")
    return client


def sent(client: Client, operation: dict[str, str], content: bytes, media_type: str | None) -> httpx.Response:
    headers = {} if media_type is None else {"Content-Type": media_type}
    path = operation["path"].replace("{id}", "whoever")
    return client.call(operation["method"], path, content=content, headers=headers)


@pytest.mark.parametrize("operation", WITH_BODY, ids=name_of)
def test_a_body_of_another_type(admin: Client, operation: dict[str, str]) -> None:
    for media_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/jsonp",
        None,
    ):
        problem(sent(admin, operation, b'{"code":"123456"}', media_type), 415, "not_json")


@pytest.mark.parametrize("operation", WITH_BODY, ids=name_of)
def test_a_body_that_is_too_large(admin: Client, operation: dict[str, str]) -> None:
    content = b'{"code":"' + b"1" * 10_000 + b'"}'
    problem(sent(admin, operation, content, "application/json"), 413, "too_large")


def test_a_body_that_does_not_say_how_large_it_is(admin: Client) -> None:
    def pieces():
        yield b'{"code":"'
        for _ in range(20):
            yield b"1" * 1000
        yield b'"}'

    answer = admin.call("POST", "/step-up", content=pieces(), headers={"Content-Type": "application/json"})
    problem(answer, 413, "too_large")


@pytest.mark.parametrize("operation", WITH_BODY, ids=name_of)
def test_a_body_that_is_no_object(admin: Client, operation: dict[str, str]) -> None:
    texts = (
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"7",
        b'{"a":NaN}',
        b"\xff\xfe",
        b'{"code":"1","code":"2"}',
        b"[" * 5000,
        b"7" * 5000,
    )
    for content in texts:
        problem(sent(admin, operation, content, "application/json; charset=utf-8"), 400, "malformed_request")


@pytest.mark.parametrize("code", NO_CODE, ids=repr)
def test_what_cannot_be_a_code(bearer: Client, code: object) -> None:
    bearer.enrolled()
    challenge = bearer.another().challenged(bearer.user)
    problem(bearer.post("/verify", {"challenge": challenge, "code": code}), 400, "malformed_code")
    problem(bearer.post("/step-up", {"code": code}), 400, "malformed_code")
    setup = bearer.post("/setup", {}).json()["setup"]
    problem(bearer.post("/setup/confirm", {"setup": setup, "code": code}), 400, "malformed_code")
    assert "retry_after" not in bearer.get("/status").json()["throttle"]


@pytest.mark.parametrize(
    "next_codes", ["123456", 7, {"0": "1"}, [1, 2], ["123456"], ["1"] * 3, [None, None], [["1"], "2"]], ids=repr
)
def test_what_cannot_be_next_codes(bearer: Client, next_codes: object) -> None:
    phone, _ = bearer.enrolled()
    body = {"code": phone.code(bearer.now()), "next_codes": next_codes}
    problem(bearer.post("/step-up", body), 400, "malformed_code")
    challenge = bearer.another().challenged(bearer.user)
    problem(bearer.post("/verify", {"challenge": challenge, **body}), 400, "malformed_code")
    # Nothing was compared, so the code is still good.
    assert bearer.post("/verify", {"challenge": challenge, "code": body["code"]}).status_code == 200


@pytest.mark.parametrize("member", ["challenge", "setup", "name", "password", "trust_device"])
@pytest.mark.parametrize("value", [7, ["x"], {"x": 1}, "\ud800"], ids=repr)
def test_members_of_another_type(bearer: Client, member: str, value: object) -> None:
    bearer.enrolled()
    calls = {
        "challenge": ("/verify", {"code": "123456"}),
        "setup": ("/setup/confirm", {"code": "123456"}),
        "name": ("/setup/confirm", {"code": "123456", "setup": "c0ffee"}),
        "password": ("/disable", {}),
        "trust_device": ("/verify", {"code": "123456", "challenge": "c0ffee"}),
    }
    client = Client(str(bearer.http.base_url).rsplit("/bearer", 1)[0], "strict") if member == "password" else bearer
    if member == "password":
        client.enrolled()
    path, body = calls[member]
    problem(client.post(path, {**body, member: value}), 400, "malformed_request")


@pytest.mark.parametrize("path", ["/verify", "/step-up", "/setup/confirm"])
def test_a_missing_code_is_a_malformed_request(bearer: Client, path: str) -> None:
    bearer.enrolled()
    problem(bearer.post(path, {"challenge": "c0ffee", "setup": "c0ffee"}), 400, "malformed_request")


def test_a_bearer_client_has_to_bring_its_challenge(bearer: Client) -> None:
    problem(bearer.post("/verify", {"code": "123456"}), 400, "malformed_request")


def test_a_call_without_arguments_needs_no_body(client: Client) -> None:
    client.enrolled()
    assert client.post("/backup-codes/saved").status_code == 204
    assert client.post("/backup-codes").status_code == 200
    assert client.post("/setup").status_code == 201


def test_unknown_members_are_ignored(client: Client) -> None:
    client.enrolled()
    assert client.post("/backup-codes/saved", {"from": "the future"}).status_code == 204
