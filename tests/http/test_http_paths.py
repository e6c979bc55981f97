"""What a path and a method may look like.

Frameworks differ in how they answer what is no call of the contract: 404 or 405, a redirect to the path without its last
slash, letters of either case. All that is left open. Whatever the spelling, the same guards stand before the same calls.
"""

from __future__ import annotations

from urllib.parse import quote

import pytest
from twinlock_http import Client, Phone, problem, refused_somehow
from twinlock_http.contract import shared

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PATHS = sorted({operation["path"] for operation in shared().operations.values()})
READS = [operation for operation in shared().operations.values() if operation["method"] == "GET"]
SPELLINGS = (
    "/{}/",
    "//{}",
    "/./{}",
    "/x/../{}",
    "/verify/../{}",
    "/web/../{}",
    "/web/%2e%2e/{}",
    "/{};x",
    "/{}%2f",
    "/{}%00",
    "/{}%20",
    "/{}.json",
    "/{}?verified=true",
    "/{}#/verify",
    "\\{}",
)


def some(path: str) -> str:
    return path.replace("{id}", "whoever")


def name_of(operation: dict[str, str]) -> str:
    return operation["operationId"]


@pytest.fixture
def admin(base: str) -> Client:
    client = Client(base, "bearer")
    client.enrolled("admin")
    return client


@pytest.fixture
def half(client: Client) -> Client:
    """A session of the password alone, though a second factor is on."""
    client.enrolled("admin")
    other = client.another()
    other.password_only(client.user)
    return other


@pytest.mark.parametrize("path", PATHS)
def test_a_method_that_the_contract_does_not_have(admin: Client, path: str) -> None:
    declared = {operation["method"] for operation in shared().operations.values() if operation["path"] == path}
    for method in METHODS:
        # `{id}` may stand for anything, so a path without it can be one with it too: `/devices/whoever`.
        if method not in declared:
            answer = admin.raw(method, some(path), headers={"Content-Type": "application/json"}, content=b"{}")
            refused_somehow(answer)
            assert answer.status_code in (404, 405), (method, answer.status_code)


@pytest.mark.parametrize("operation", READS, ids=name_of)
def test_the_head_of_a_call_is_guarded_like_its_body(admin: Client, operation: dict[str, str]) -> None:
    path = some(operation["path"])
    answer = admin.raw("HEAD", path)
    assert answer.content == b""
    assert answer.status_code in (200, 404, 405)
    if answer.status_code == 200:
        assert answer.headers["cache-control"] == "no-store"
    half = admin.another()
    half.password_only(admin.user)
    for client in (half, admin.another()):
        assert client.raw("HEAD", path).status_code in (401, 404, 405)


@pytest.mark.parametrize("path", PATHS)
def test_no_other_site_is_invited(client: Client, path: str) -> None:
    client.enrolled("admin")
    for origin in ("https://evil.example", "null"):
        wish = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        }
        answer = client.raw("OPTIONS", some(path), headers=wish)
        assert answer.status_code < 500
        assert not [name for name in answer.headers if name.startswith("access-control-")]
    answer = client.get("/status", headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_method_in_a_header_is_no_method(client: Client, header: str) -> None:
    client.enrolled()
    refused_somehow(client.raw("POST", "/devices", headers={header: "DELETE"}))
    assert client.raw("GET", "/devices?_method=DELETE", headers={header: "DELETE"}).status_code == 200
    assert len(client.get("/devices").json()["devices"]) == 1


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_of_a_path_leads_around_the_guard(half: Client, spelling: str) -> None:
    for name in ("status", "Status", "events", "devices", "admin/stats", "admin/users/whoever"):
        path = spelling.format(name)
        assert 300 <= half.literal("GET", path) < 500, path
        assert 300 <= half.another().literal("GET", path) < 500, path


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("app", ["session", "cookie"])
def test_no_spelling_of_a_path_leads_around_the_origin(base: str, app: str, spelling: str) -> None:
    client = Client(base, app)
    client.enrolled()
    for name in ("disable", "Disable", "backup-codes"):
        status = client.literal("POST", spelling.format(name), Origin="https://evil.example")
        assert 300 <= status < 500, spelling.format(name)
    assert client.get("/status").json()["enabled"] is True


def test_what_is_not_there(admin: Client) -> None:
    for path in (
        "",
        "/",
        "/nothing",
        "/admin",
        "/admin/nothing",
        "/admin/users",
        "/setup/confirm/more",
        "/openapi.json",
    ):
        refused_somehow(admin.raw("GET", path))


def test_names_of_headers_in_any_case(bearer: Client) -> None:
    bearer.enrolled()
    for change in (str.upper, str.lower, str.title):
        headers = {change(name): value for name, value in bearer.headers.items()}
        assert bearer.http.get("/2fa/status", headers=headers).status_code == 200


# --- ids -------------------------------------------------------------------------------------------------------------


ODD_IDS = (
    *(
        "a b",
        "a/b",
        "/a",
        "a//b",
        "../x",
        "/reset",
        "/unlock",
        "/reset/unlock",
        "a%2Fb",
        "100%",
        "a+b",
        "a?b#c",
        "a;b=c",
    ),
    *("a&b", "a\\b", "'--", "<b>", "@x:y", ",", "{id}", "*", "~", "__proto__", "constructor"),
    *("é", "e\u0301", "日本", "🔑", "\u202e", "x" * 200),
)


@pytest.mark.parametrize("odd", ODD_IDS)
def test_a_user_id_of_any_characters(base: str, odd: str) -> None:
    admin, user = Client(base, "bearer"), Client(base, "bearer")
    admin.enrolled("admin")
    name = f"{user.new_user()}{odd}"
    phone, _ = user.enrolled(user=name)
    path = f"/admin/users/{quote(name, safe='')}"
    assert admin.get(path).json()["enabled"] is True
    assert user.get("/events").json()["events"][0]["user_id"] == name
    assert admin.post(f"{path}/unlock").status_code == 204
    assert user.get("/events").json()["events"][0]["type"] == "unlocked"
    assert admin.post(f"{path}/reset", {"reason": "x"}).status_code == 204
    assert admin.get(path).json()["enabled"] is False
    assert phone.digits == 6


def test_an_id_that_ends_like_a_call_is_not_the_call(base: str) -> None:
    """`POST /admin/users/{x/reset}` is no call; and `x` keeps what it has."""
    admin, user = Client(base, "bearer"), Client(base, "bearer")
    admin.enrolled("admin")
    user.enrolled()
    for call in ("reset", "unlock"):
        answer = admin.raw("POST", f"/admin/users/{user.user}%2F{call}", json={"reason": "x"})
        assert answer.status_code in (404, 405)
    assert user.get("/status").json()["enabled"] is True
    assert user.get("/events").json()["events"][0]["type"] != "unlocked"


def test_a_user_id_of_the_greatest_length(base: str) -> None:
    admin, user = Client(base, "bearer"), Client(base, "bearer")
    admin.enrolled("admin")
    name = user.new_user()
    name += "é" * ((255 - len(name)) // 2) + "x" * ((255 - len(name)) % 2)
    assert len(name.encode()) == 255
    user.enrolled(user=name)
    assert admin.get(f"/admin/users/{quote(name, safe='')}").json()["enabled"] is True
    problem(admin.get(f"/admin/users/{quote(name + 'x', safe='')}"), 400, "malformed_request")


def test_two_user_ids_that_look_alike_are_two_users(base: str) -> None:
    admin, user = Client(base, "bearer"), Client(base, "bearer")
    admin.enrolled("admin")
    name = user.new_user()
    user.enrolled(user=f"{name}é")
    for other in (f"{name}E\u0301", f"{name}e\u0301", f"{name.upper()}é", f"{name}é ", f" {name}é", f"{name}%C3%A9"):
        assert admin.get(f"/admin/users/{quote(other, safe='')}").json()["enabled"] is False, other


@pytest.mark.parametrize("id", ["%FF", "%C3", "%ED%A0%80", "%C0%AF"])
def test_an_id_that_is_no_utf_8(admin: Client, id: str) -> None:
    # Some frameworks refuse such a path before anybody is asked, in words of their own.
    for method, path in (
        ("GET", f"/admin/users/{id}"),
        ("POST", f"/admin/users/{id}/unlock"),
        ("DELETE", f"/devices/{id}"),
        ("DELETE", f"/authenticators/{id}"),
    ):
        answer = admin.raw(method, path)
        assert answer.status_code in (400, 404), (method, path, answer.status_code, answer.text)


@pytest.mark.parametrize("id", ["%", "%zz", "a%2Fb", "..%2F..%2Fstatus", "%2e%2e", ".", "x" * 2000, "a;b"])
def test_an_id_in_an_odd_spelling_is_nobodys(admin: Client, id: str) -> None:
    devices = admin.get("/devices").json()["devices"]
    for path in (f"/devices/{id}", f"/authenticators/{id}"):
        assert admin.literal("DELETE", path) in (400, 404, 405, 414), path
    assert admin.get("/devices").json()["devices"] == devices


# --- the cursor ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "cursor=",
        "cursor",
        "cursor=x&cursor=y",
        "cursor=%00",
        "cursor=%FF",
        "cursor=-1",
        "cursor=0",
        "cursor=" + "x" * 400,
    ],
)
def test_a_cursor_that_is_none(bearer: Client, query: str) -> None:
    bearer.enrolled()
    problem(bearer.get(f"/events?{query}"), 400, "malformed_request")


def test_a_cursor_that_stands_twice(bearer: Client) -> None:
    bearer.enrolled()
    for _ in range(60):
        bearer.post("/backup-codes")
    cursor = bearer.get("/events").json()["next_cursor"]
    assert bearer.get(f"/events?cursor={cursor}").status_code == 200
    problem(bearer.get(f"/events?cursor={cursor}&cursor={cursor}"), 400, "malformed_request")


@pytest.mark.parametrize(
    "query", ["cursor[]=x", "cursor[a]=x", "cursor[$ne]=", "Cursor=x", "user_id=whoever", "limit=-1"]
)
def test_a_parameter_that_the_contract_does_not_have_is_ignored(bearer: Client, query: str) -> None:
    # Where a framework makes `cursor[a]` a member of `cursor`, that is no text and refused.
    bearer.enrolled()
    answer = bearer.get(f"/events?{query}")
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        assert {event["user_id"] for event in answer.json()["events"]} == {bearer.user}


def test_an_authenticator_of_somebody_elses_cannot_be_reached_by_its_id(client: Client) -> None:
    client.enrolled()
    victim = client.another()
    victim.enrolled()
    status = victim.get("/status").json()
    authenticator, device = status["authenticators"][0]["id"], status["devices"][0]["id"]
    problem(client.patch(f"/authenticators/{authenticator}", {"name": "mine"}), 404, "not_found")
    # A second one of my own, so that it is not for being the last that it stays.
    setup = client.post("/setup", {}).json()
    code = Phone(setup["otpauth_uri"]).code(client.now())
    assert client.post("/setup/confirm", {"setup": setup["setup"], "code": code}).status_code == 200
    problem(client.delete(f"/authenticators/{authenticator}"), 404, "not_found")
    problem(client.delete(f"/devices/{device}"), 404, "not_found")
    after = victim.get("/status").json()
    assert [one["name"] for one in after["authenticators"]] == ["phone"]
    assert [one["id"] for one in after["devices"]] == [device]
