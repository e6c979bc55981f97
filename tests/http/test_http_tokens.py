"""Where the tokens live: session, cookies, bodies and headers; and what never holds one."""

from __future__ import annotations

from typing import Any

import pytest
from twinlock_http import Client, problem


@pytest.fixture
def cookies(base: str) -> Client:
    return Client(base, "cookie")


def test_the_session_gets_a_new_id_and_keeps_what_is_in_it(browser: Client) -> None:
    phone, _ = browser.enrolled()
    other = browser.another()
    kept = {"cart": ["book", 2], "next": "/basket", "remember": True}
    other.host("POST", "/test/session", kept)
    before = other.host("GET", "/test/session").json()["id"]
    held = dict(other.http.cookies)
    challenge = other.challenged(browser.user)
    assert other.post("/verify", {"challenge": challenge, "code": phone.code(other.now())}).status_code == 200
    after = other.host("GET", "/test/session").json()
    assert after["id"] != before
    assert kept.items() <= after["data"].items()
    stolen = other.another()
    stolen.http.cookies.update(held)
    problem(stolen.get("/status"), 401, "not_signed_in")


def test_every_new_proof_gets_a_new_session_id(browser: Client) -> None:
    browser.login(browser.new_user())
    kept = {"cart": ["book"], "next": "/basket", "remember": True}
    browser.host("POST", "/test/session", kept)
    seen = [browser.host("GET", "/test/session").json()["id"]]
    phone, _ = browser.enrolled(user=browser.user)
    seen.append(browser.host("GET", "/test/session").json()["id"])
    browser.step_up(phone)
    after = browser.host("GET", "/test/session").json()
    assert len({*seen, after["id"]}) == 3
    assert kept.items() <= after["data"].items()


@pytest.mark.parametrize("form", [{}, {"code": "000000", "one_call": True}])
def test_the_password_alone_gives_the_session_a_new_id(browser: Client, form: dict[str, Any]) -> None:
    phone, _ = browser.enrolled()
    other = browser.another()
    kept = {"cart": ["book"], "next": "/basket", "remember": True}
    other.host("POST", "/test/session", kept)
    before = other.host("GET", "/test/session").json()["id"]
    if form:
        form = {**form, "code": phone.wrong(other.now())}
    other.host("POST", "/login", {"username": browser.user, "password": f"password of {browser.user}", **form})
    after = other.host("GET", "/test/session").json()
    assert after["id"] != before
    assert kept.items() <= after["data"].items()


def test_a_refused_code_changes_nothing_in_the_session(browser: Client) -> None:
    phone, _ = browser.enrolled()
    other = browser.another()
    other.host("POST", "/test/session", {"cart": 1})
    challenge = other.challenged(browser.user)
    before = other.host("GET", "/test/session").json()
    other.post("/verify", {"challenge": challenge, "code": phone.wrong(other.now())})
    assert other.host("GET", "/test/session").json() == before
    problem(other.get("/status"), 401, "not_signed_in")


def test_a_session_id_brought_along_is_not_taken_over(browser: Client) -> None:
    phone, _ = browser.enrolled()
    # Whatever the session's cookie is called, and the device's among them, which is no harm.
    victim, attacker = browser.another(), browser.another()
    for name in list(browser.http.cookies):
        for other in (victim, attacker):
            # For this very host and path, so that the server's own takes its place as it does in a browser.
            other.http.cookies.set(name, "planted-by-an-attacker", domain=browser.http.base_url.host, path="/")
    victim.challenged(browser.user)
    assert victim.post("/verify", {"code": phone.code(victim.now())}).status_code == 200
    assert victim.get("/status").status_code == 200
    problem(attacker.get("/status"), 401, "not_signed_in")


def test_the_proof_in_a_session_is_kept_on_the_server(browser: Client) -> None:
    phone, _ = browser.enrolled()
    other = browser.another()
    challenge = other.challenged(browser.user)
    assert other.post("/verify", {"challenge": challenge, "code": phone.code(other.now())}).status_code == 200
    assert not [name for name in other.http.cookies if "assurance" in name or "challenge" in name]
    assert challenge not in str(dict(other.http.cookies))


def test_a_login_without_second_factor_gets_a_new_session_id_too(browser: Client) -> None:
    browser.host("POST", "/test/session", {"cart": 1})
    before = browser.host("GET", "/test/session").json()["id"]
    browser.login(browser.new_user())
    after = browser.host("GET", "/test/session").json()
    assert after["id"] != before
    assert after["data"]["cart"] == 1


def test_in_a_session_the_challenge_can_be_left_out(browser: Client) -> None:
    phone, _ = browser.enrolled()
    other = browser.another()
    challenge = other.challenged(browser.user)
    assert challenge in other.host("GET", "/test/session").text
    assert other.post("/verify", {"code": phone.code(other.now())}).status_code == 200
    assert challenge not in other.host("GET", "/test/session").text


def test_in_a_session_bodies_carry_no_tokens(browser: Client) -> None:
    phone, _ = browser.enrolled()
    answer = browser.another().signed_in(browser.user, phone).json()
    assert not {"assurance", "device", "access_token"} & answer.keys()


def test_without_a_password_there_is_no_challenge_to_leave_out(browser: Client) -> None:
    problem(browser.post("/verify", {"code": "123456"}), 410, "challenge_expired")


def test_cookies_hold_the_tokens_out_of_reach_of_scripts(cookies: Client) -> None:
    phone, _ = cookies.enrolled()
    other = cookies.another()
    other.challenged(cookies.user)
    answer = other.post("/verify", {"code": phone.code(other.now())})
    assert answer.status_code == 200
    assert not {"assurance", "device"} & answer.json().keys()
    lines = answer.headers.get_list("set-cookie")
    ours = [line.lower() for line in lines if line.startswith("twinlock-")]
    assert {line.split("=")[0] for line in ours} == {"twinlock-assurance", "twinlock-device", "twinlock-challenge"}
    assert all(
        "httponly" in line and "samesite=lax" in line and "path=/" in line and "domain" not in line for line in ours
    )
    # On plain-http loopback a browser would drop a Secure cookie.
    assert not any("secure" in line for line in ours)


@pytest.mark.parametrize("host", ["app.example", "127.0.0.1.evil.example", "192.0.2.7"])
def test_away_from_loopback_cookies_are_secure_and_of_this_host_only(cookies: Client, host: str) -> None:
    phone, _ = cookies.enrolled()
    challenge = cookies.another().challenged(cookies.user)
    answer = cookies.another().post(
        "/verify", {"challenge": challenge, "code": phone.code(cookies.now())}, headers={"Host": host}
    )
    ours = [line for line in answer.headers.get_list("set-cookie") if "twinlock-" in line]
    assert {line.split("=")[0] for line in ours} == {"__Host-twinlock-assurance", "__Host-twinlock-device"}
    assert all("secure" in line.lower() and "path=/" in line.lower() for line in ours)


@pytest.mark.parametrize(
    "header",
    [
        {"X-Forwarded-For": "192.0.2.7"},
        {"X-Forwarded-Proto": "https"},
        {"X-Forwarded-Host": "app.example"},
        {"Forwarded": "for=192.0.2.7;proto=https"},
        {"Via": "1.1 proxy"},
    ],
    ids=lambda header: next(iter(header)),
)
def test_what_a_proxy_forwards_is_not_loopback(cookies: Client, header: dict[str, str]) -> None:
    phone, _ = cookies.enrolled()
    challenge = cookies.another().challenged(cookies.user)
    body = {"challenge": challenge, "code": phone.code(cookies.now())}
    answer = cookies.another().post("/verify", body, headers=header)
    assert any(line.startswith("__Host-twinlock-assurance=") for line in answer.headers.get_list("set-cookie"))


def test_a_relaxed_cookie_is_not_read_away_from_loopback(cookies: Client) -> None:
    cookies.enrolled()
    problem(cookies.get("/status", headers={"Host": "app.example"}), 401, "assurance_required")


def test_switching_off_drops_the_cookie(cookies: Client) -> None:
    cookies.enrolled()
    assert "twinlock-assurance" in cookies.http.cookies
    cookies.post("/disable", {})
    assert "twinlock-assurance" not in cookies.http.cookies


def test_a_bearer_client_gets_its_tokens_in_bodies(bearer: Client) -> None:
    phone, _ = bearer.enrolled()
    other = bearer.another()
    answer = other.signed_in(bearer.user, phone)
    assert {"assurance", "device", "access_token"} <= answer.json().keys()
    assert "set-cookie" not in answer.headers
    other.headers.pop("Twinlock-Assurance")
    problem(other.get("/status"), 401, "assurance_required")


def test_a_proof_outlives_the_code_and_not_the_second_factor(client: Client) -> None:
    client.enrolled()
    client.advance(24 * 3600)
    assert client.get("/status").status_code == 200
    assert client.host("GET", "/guarded").status_code == 200
    problem(client.host("GET", "/guarded/fresh"), 401, "assurance_required")


def test_every_answer_says_not_to_keep_it(client: Client) -> None:
    """The calls are all looked at by `Contract.check`; here are the login and the guard of the application's own routes."""
    phone, _ = client.enrolled()
    other = client.another()
    answers = [
        client.get("/status"),
        client.login(client.new_user()),
        other.host("GET", "/guarded"),
        other.login(client.user),
        client.host("GET", "/guarded"),
        other.login(client.user, one_call=True),
    ]
    assert {answer.headers.get("cache-control") for answer in answers} == {"no-store"}
    assert phone.digits == 6
