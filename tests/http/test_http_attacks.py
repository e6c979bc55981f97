"""What somebody tries who knows the password of a victim, or sits on another site."""

from __future__ import annotations

import httpx
import pytest
from twinlock_http import Client, problem
from twinlock_http.contract import shared

UNSAFE = [operation for operation in shared().operations.values() if operation["method"] != "GET"]


def test_a_challenge_of_mine_with_the_pending_session_of_a_victim(browser: Client) -> None:
    mine, my_codes = browser.enrolled()
    victim = browser.another()
    victim.enrolled()
    my_challenge = browser.another().challenged(browser.user)
    attacker = browser.another()
    attacker.challenged(victim.user)
    for code in (mine.code(browser.now()), my_codes[0]):
        refused = attacker.post("/verify", {"challenge": my_challenge, "code": code})
        problem(refused, 410, "challenge_expired")
    problem(attacker.get("/status"), 401, "not_signed_in")
    # Nothing was compared: the code is still good.
    assert browser.another().post("/verify", {"challenge": "x", "code": my_codes[0]}).status_code == 410
    assert browser.signed_in(browser.user, mine).status_code == 200


def test_a_challenge_in_a_session_where_nobody_gave_a_password(browser: Client) -> None:
    phone, _ = browser.enrolled()
    challenge = browser.another().challenged(browser.user)
    planted = browser.another()
    problem(
        planted.post("/verify", {"challenge": challenge, "code": phone.code(browser.now())}), 410, "challenge_expired"
    )


def test_who_is_signed_in_is_the_challenges_user_whatever_else_is_said(client: Client) -> None:
    phone, _ = client.enrolled()
    victim = client.another()
    victim.enrolled()
    attacker = client.another()
    challenge = attacker.challenged(client.user)
    answer = attacker.post(
        "/verify",
        {
            "challenge": challenge,
            "code": phone.code(client.now()),
            "user_id": victim.user,
            "id": victim.user,
            "user": victim.user,
        },
        headers={"X-User-Id": victim.user},
    )
    assert answer.status_code == 200
    assert attacker.host("GET", "/guarded").json() == {"id": client.user}


def test_the_code_of_another_user(client: Client) -> None:
    mine, my_codes = client.enrolled()
    victim = client.another()
    victim.enrolled()
    attacker = client.another()
    challenge = attacker.challenged(victim.user)
    for code in (mine.code(client.now()), my_codes[0]):
        problem(attacker.post("/verify", {"challenge": challenge, "code": code}), 401, "invalid_code")


def test_the_proof_of_another_user(bearer: Client) -> None:
    bearer.enrolled()
    victim = bearer.another()
    victim.enrolled()
    attacker = bearer.another()
    attacker.password_only(victim.user)
    attacker.headers["Twinlock-Assurance"] = bearer.headers["Twinlock-Assurance"]
    problem(attacker.get("/status"), 401, "assurance_required")


def test_the_proof_cookie_of_another_user(base: str) -> None:
    mine, victim = Client(base, "cookie"), Client(base, "cookie")
    mine.enrolled()
    victim.enrolled()
    attacker = mine.another()
    attacker.password_only(victim.user)
    attacker.http.cookies.set("twinlock-assurance", mine.http.cookies["twinlock-assurance"])
    problem(attacker.get("/status"), 401, "assurance_required")


def test_a_token_of_one_kind_is_none_of_another(bearer: Client) -> None:
    phone, _ = bearer.enrolled()
    setup = bearer.post("/setup", {}).json()["setup"]
    challenge = bearer.another().challenged(bearer.user)
    assurance, device = bearer.headers["Twinlock-Assurance"], bearer.headers["Twinlock-Device"]
    half = bearer.another()
    half.password_only(bearer.user)
    for token in (setup, challenge, device):
        half.headers["Twinlock-Assurance"] = token
        problem(half.get("/status"), 401, "assurance_required")
    for token in (setup, assurance, device):
        answer = half.post("/verify", {"challenge": token, "code": phone.code(bearer.now())})
        problem(answer, 410, "challenge_expired")


@pytest.mark.parametrize("token", ["x", "A" * 600, "\u00e9", "a b", "=", "A" * 6000])
def test_garbage_for_a_token(bearer: Client, token: str) -> None:
    phone, _ = bearer.enrolled()
    problem(bearer.post("/verify", {"challenge": token, "code": phone.code(bearer.now())}), 410, "challenge_expired")
    half = bearer.another()
    half.password_only(bearer.user)
    headers = {"Twinlock-Assurance": token.encode("latin-1"), "Twinlock-Device": token.encode("latin-1")}
    problem(half.get("/status", headers=headers), 401, "assurance_required")
    bearer.headers["Twinlock-Device"] = "garbage"
    assert bearer.get("/status").status_code == 200


def test_no_call_takes_a_token_in_its_address() -> None:
    parameters = [
        parameter["name"]
        for item in shared().document["paths"].values()
        for holder in (item, *(item[method] for method in item if method != "parameters"))
        for parameter in holder.get("parameters", [])
        if "name" in parameter
    ]
    assert parameters == ["cursor"]


def test_tokens_in_a_url_are_not_read(client: Client) -> None:
    phone, _ = client.enrolled()
    other = client.another()
    challenge = other.challenged(client.user)
    other.sent.discard(challenge)
    code = phone.code(other.now())
    refused = other.http.request("POST", f"/2fa/verify?challenge={challenge}&code={code}", headers=other.headers)
    problem(refused, 400, "malformed_request")


def test_a_proof_in_a_url_is_not_read(bearer: Client) -> None:
    bearer.enrolled()
    half = bearer.another()
    half.password_only(bearer.user)
    token = bearer.headers["Twinlock-Assurance"]
    for name in ("assurance", "Twinlock-Assurance", "twinlock-assurance", "tfa"):
        problem(half.raw("GET", f"/status?{name}={token}"), 401, "assurance_required")


def test_a_proof_in_the_place_of_another_mode_is_not_read(base: str) -> None:
    bearer = Client(base, "bearer")
    bearer.enrolled()
    half = bearer.another()
    half.password_only(bearer.user)
    for name in ("twinlock-assurance", "__Host-twinlock-assurance", "twinlock_assurance"):
        half.http.cookies.set(name, bearer.headers["Twinlock-Assurance"])
    problem(half.get("/status"), 401, "assurance_required")
    body = {"assurance": bearer.headers["Twinlock-Assurance"]}
    problem(half.post("/backup-codes", body), 401, "assurance_required")


def test_an_unknown_and_a_known_user_look_alike_to_a_garbage_challenge(client: Client) -> None:
    answers = [client.another().post("/verify", {"challenge": "c0ffee", "code": "123456"}) for _ in range(2)]
    assert answers[0].content == answers[1].content


# --- another site ---------------------------------------------------------------------------------------------------


def from_elsewhere(client: Client, operation: dict[str, str], headers: dict[str, str]) -> httpx.Response:
    path = operation["path"].replace("{id}", "whoever")
    return client.call(operation["method"], path, {} if "requestBody" in operation else None, headers=headers)


@pytest.mark.parametrize("operation", UNSAFE, ids=lambda operation: operation["operationId"])
@pytest.mark.parametrize("app", ["session", "cookie"])
def test_a_request_that_another_site_made_a_browser_send(base: str, app: str, operation: dict[str, str]) -> None:
    client = Client(base, app)
    client.enrolled("admin")
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://127.0.0.1.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://app.example.evil"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://app.example"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://app.example:444"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://app.example@evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://app.example https://evil.example"},
        {"Sec-Fetch-Site": "same-origin, cross-site"},
        {"Sec-Fetch-Site": ""},
        {"Sec-Fetch-Site": "whatever"},
        {"Origin": ""},
        {"Origin": "nonsense"},
        {"Origin": "//"},
        {"Origin": "https://["},
        {"Origin": "https://evil.example", "X-Requested-With": "XMLHttpRequest"},
        {"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example"},
        {"Origin": "https://evil.example", "Referer": client.base},
    ):
        problem(from_elsewhere(client, operation, headers), 403, "origin_refused")


@pytest.mark.parametrize("app", ["session", "cookie"])
def test_requests_from_here_and_from_allowed_sites(base: str, app: str) -> None:
    client = Client(base, app)
    client.enrolled()
    for headers in (
        {"Origin": base},
        {"Origin": base.upper()},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Origin": "https://app.example"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://app.example"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://APP.example:443"},
    ):
        assert client.post("/backup-codes/saved", headers=headers).status_code == 204, headers


@pytest.mark.parametrize("app", ["session", "cookie"])
def test_a_login_that_another_site_made_a_browser_send(base: str, app: str) -> None:
    client = Client(base, app)
    user = client.new_user()
    body = {"username": user, "password": f"password of {user}"}
    refused = client.host("POST", "/login", body, headers={"Origin": "https://evil.example"})
    problem(refused, 403, "origin_refused")
    problem(client.get("/status"), 401, "not_signed_in")


def test_a_bearer_client_may_come_from_anywhere_but_not_with_a_cookie_alone(bearer: Client) -> None:
    bearer.enrolled()
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert bearer.post("/backup-codes/saved", headers=foreign).status_code == 204
    bearer.headers.pop("Authorization")
    problem(bearer.post("/backup-codes/saved", headers={**foreign, "Cookie": "jwt=x"}), 403, "origin_refused")


def test_reading_is_no_change_and_may_come_by_a_link(browser: Client) -> None:
    browser.enrolled()
    assert browser.get("/status", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
