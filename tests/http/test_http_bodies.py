"""What a body may look like: JSON of the right types, at most 10 kB."""

from __future__ import annotations

import gzip
import zlib

import httpx
import pytest
from twinlock_http import Client, Phone, problem
from twinlock_http.contract import shared

WITH_BODY = [operation for operation in shared().operations.values() if "requestBody" in operation]
JSON = {"Content-Type": "application/json"}
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


@pytest.mark.parametrize("setup", [{}, {"setup": None}], ids=repr)
def test_a_missing_setup_is_a_malformed_request(client: Client, setup: dict[str, None]) -> None:
    client.login(client.new_user())
    code = Phone(client.post("/setup").json()["otpauth_uri"]).code(client.now())
    problem(client.post("/setup/confirm", {**setup, "code": code}), 400, "malformed_request")
    assert client.get("/status").json()["enabled"] is False


def test_a_bearer_client_has_to_bring_its_challenge(bearer: Client) -> None:
    problem(bearer.post("/verify", {"code": "123456"}), 400, "malformed_request")


def test_a_browser_without_a_challenge(base: str) -> None:
    cookies = Client(base, "cookie")
    problem(cookies.post("/verify", {"code": "123456"}), 400, "malformed_request")


# --- what is JSON and what is not ------------------------------------------------------------------------------------

SERVED = {
    "white space around it": b' \t\r\n{ "a" : 1 }\r\n',
    "members nobody knows": b'{"a":[1,{"b":null}],"c":1e3,"d":true}',
    "a lone surrogate in a member nobody reads": rb'{"a":"\ud800"}',
    "names of JavaScript": b'{"__proto__":{"id":"x"},"constructor":{"prototype":{"id":"x"}},"toString":1}',
    "UTF-8": '{"é":"🔑"}'.encode(),
}
MALFORMED = {
    "white space alone": b" ",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "Latin-1": b'{"a":"\xe9"}',
    "an overlong slash": b'{"a":"\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"a":"\xed\xa0\x80"}',
    "a line end in a string": b'{"a":"\n"}',
    "a zero byte in a string": b'{"a":"\x00"}',
    "a zero byte behind it": b"{}\x00",
    "single quotes": b"{'a':1}",
    "a name without quotes": b"{a:1}",
    "a comma too many": b'{"a":1,}',
    "a comment": b"{/* */}",
    "two of them": b"{}{}",
    "NaN": b'{"a":NaN}',
    "an infinity": b'{"a":[-Infinity]}',
    "undefined": b'{"a":undefined}',
    "a leading zero": b'{"a":01}',
    "a hexadecimal number": b'{"a":0x1}',
    "one name twice": b'{"a":1,"a":1}',
    "one name twice, once escaped": rb'{"a":1,"\u0061":1}',
    "one name twice further in": b'{"a":[{"b":1,"b":2}]}',
    "__proto__ twice": b'{"__proto__":1,"__proto__":2}',
    "the end missing": b'{"a":"',
    "a form": b"code=123456",
}
OPEN = {
    "deep nesting": b'{"a":' + b"[" * 4000 + b"]" * 4000 + b"}",
    "a long number": b'{"a":' + b"7" * 5000 + b"}",
    "a number beyond all": b'{"a":1e999}',
}
"""Each of these fits the grammar of JSON and some parser's limits not: served or refused, and nothing in between."""


@pytest.mark.parametrize("text", SERVED)
def test_a_body_that_is_json(client: Client, text: str) -> None:
    client.enrolled()
    answer = client.call("POST", "/backup-codes/saved", content=SERVED[text], headers=JSON)
    assert answer.status_code == 204


@pytest.mark.parametrize("text", MALFORMED)
def test_a_body_that_is_not_json(bearer: Client, text: str) -> None:
    bearer.enrolled()
    for path in ("/backup-codes/saved", "/step-up", "/setup"):
        answer = bearer.call("POST", path, content=MALFORMED[text], headers=JSON)
        problem(answer, 400, "malformed_request")


@pytest.mark.parametrize("text", OPEN)
def test_a_body_that_some_parsers_refuse(bearer: Client, text: str) -> None:
    bearer.enrolled()
    answer = bearer.call("POST", "/backup-codes/saved", content=OPEN[text], headers=JSON)
    assert answer.status_code in (204, 400)


def test_a_name_that_stands_twice_is_read_by_nobody(bearer: Client) -> None:
    phone, codes = bearer.enrolled()
    challenge = bearer.another().challenged(bearer.user)
    for first, second in (("000000", codes[0]), (codes[0], "000000"), (codes[0], codes[0])):
        content = f'{{"challenge":"{challenge}","code":"{first}","code":"{second}"}}'.encode()
        problem(bearer.call("POST", "/verify", content=content, headers=JSON), 400, "malformed_request")
    assert bearer.get("/status").json()["backup_codes"]["left"] == 10


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json ; charset=utf-8",
        "APPLICATION/JSON",
        "Application/Json; Charset=UTF-8",
    ],
)
def test_a_content_type_in_any_spelling(client: Client, media_type: str) -> None:
    client.enrolled()
    answer = client.call("POST", "/backup-codes/saved", content=b"{}", headers={"Content-Type": media_type})
    assert answer.status_code == 204


@pytest.mark.parametrize(
    "media_type",
    [
        "text/json",
        "application/json-patch+json",
        "application/vnd.api+json",
        "application/problem+json",
        "application/json, text/plain",
        "text/plain; application/json",
        "text/plain; charset=application/json",
        "application/x-json",
        "application/ json",
        "json",
        "*/*",
        "",
    ],
)
def test_a_content_type_that_is_nearly_json(bearer: Client, media_type: str) -> None:
    """A page of another site may send `text/plain` without asking: nothing may pass for JSON that is not."""
    bearer.enrolled()
    answer = bearer.call("POST", "/backup-codes/saved", content=b"{}", headers={"Content-Type": media_type})
    problem(answer, 415, "not_json")


@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-16", "nonsense"])
def test_another_charset_is_never_decoded(bearer: Client, charset: str) -> None:
    # A server may refuse the name of the charset, or read the bytes as UTF-8, which they are not.
    bearer.enrolled()
    headers = {"Content-Type": f"application/json; charset={charset}"}
    content = '{"é":1}'.encode("utf-16" if charset == "utf-16" else "iso-8859-1")
    answer = bearer.call("POST", "/backup-codes/saved", content=content, headers=headers)
    assert answer.status_code in (400, 415)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "nonsense"])
def test_a_compressed_body_is_never_unpacked(bearer: Client, encoding: str) -> None:
    bearer.enrolled()
    packed = {"gzip": gzip.compress, "deflate": zlib.compress}.get(encoding, gzip.compress)
    for content in (packed(b"{}"), packed(b'{"a":"' + b"x" * 1_000_000 + b'"}')):
        answer = bearer.call(
            "POST", "/backup-codes/saved", content=content, headers={**JSON, "Content-Encoding": encoding}
        )
        assert answer.status_code in (400, 415), answer.status_code


# --- how long -------------------------------------------------------------------------------------------------------


def test_ten_thousand_bytes_are_taken_and_one_more_is_not(client: Client) -> None:
    client.enrolled()
    for size, status in ((10_000, 204), (10_001, 413)):
        content = b'{"a":"' + b"x" * (size - 8) + b'"}'
        assert len(content) == size
        answer = client.call("POST", "/backup-codes/saved", content=content, headers=JSON)
        assert answer.status_code == status
        chunked = client.call(
            "POST", "/backup-codes/saved", content=iter([content[:9000], content[9000:]]), headers=JSON
        )
        assert chunked.status_code == status


def test_bytes_are_counted_and_not_characters(bearer: Client) -> None:
    bearer.enrolled()
    content = '{{"a":"{}"}}'.format("🔑" * 2600).encode()
    assert len(content) > 10_000
    problem(bearer.call("POST", "/backup-codes/saved", content=content, headers=JSON), 413, "too_large")


def test_a_very_large_body_is_not_waited_for(bearer: Client) -> None:
    """Refused before it is read; a server may also hang up on who goes on sending."""
    bearer.enrolled()
    try:
        answer = bearer.call("POST", "/step-up", content=b'{"code":"' + b"1" * 20_000_000 + b'"}', headers=JSON)
    except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
        return
    problem(answer, 413, "too_large")


# --- no body --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", [None, "application/json", "text/plain", "application/x-www-form-urlencoded"])
def test_no_body_is_an_empty_object_whatever_it_is_called(client: Client, media_type: str | None) -> None:
    client.enrolled()
    headers = {} if media_type is None else {"Content-Type": media_type}
    assert client.call("POST", "/backup-codes/saved", content=b"", headers=headers).status_code == 204
    problem(client.call("POST", "/step-up", content=b"", headers=headers), 400, "malformed_request")


def test_null_is_as_good_as_absent(client: Client) -> None:
    phone, _ = client.enrolled()
    body = {"code": phone.code(client.now()), "next_codes": None, "challenge": None}
    assert client.post("/step-up", body).status_code == 200
    problem(client.post("/step-up", {"code": None}), 400, "malformed_request")
    setup = client.post("/setup", {"setup": None, "password": None})
    assert setup.status_code == 201
    phone = Phone(setup.json()["otpauth_uri"])
    body = {"setup": setup.json()["setup"], "code": phone.code(client.now()), "name": None, "next_codes": []}
    assert client.post("/setup/confirm", body).status_code == 200
    other = client.another()
    client.advance(30)
    body = {"challenge": other.challenged(client.user), "code": phone.code(client.now()), "trust_device": None}
    assert other.post("/verify", body).status_code == 200


def test_a_call_without_arguments_needs_no_body(client: Client) -> None:
    client.enrolled()
    assert client.post("/backup-codes/saved").status_code == 204
    assert client.post("/backup-codes").status_code == 200
    assert client.post("/setup").status_code == 201


def test_unknown_members_are_ignored(client: Client) -> None:
    client.enrolled()
    assert client.post("/backup-codes/saved", {"from": "the future"}).status_code == 204
