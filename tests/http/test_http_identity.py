"""Who somebody is and what was proved is never taken from what a client says, nor mixed up between two users."""

from __future__ import annotations

import pytest
from twinlock_http import Client, Phone, problem
from twinlock_http.contract import shared

OPEN = {"verify", "stepUp"}
GUARDED = [operation for name, operation in shared().operations.items() if name not in OPEN]
CLAIMS = {
    "X-2FA-Verified": "true",
    "X-Two-Factor": "1",
    "X-Forwarded-User": "admin",
    "X-User-Id": "admin",
    "Remote-User": "admin",
    "X-Twinlock-Assurance": "true",
}


def about(user: str) -> dict[str, object]:
    """All names under which a careless server might look for a user or a proof."""
    names = ("user_id", "userId", "user", "id", "username", "sub", "account_name", "actor")
    return {
        **dict.fromkeys(names, user),
        **dict.fromkeys(("verified", "tfa", "two_factor", "is_admin", "X-2FA-Verified"), True),
        "__proto__": {"id": user, "verified": True, "code": "123456"},
        "constructor": {"prototype": {"id": user}},
    }


@pytest.mark.parametrize("operation", GUARDED, ids=lambda operation: operation["operationId"])
def test_a_client_that_says_it_is_verified(client: Client, operation: dict[str, str]) -> None:
    client.enrolled("admin")
    half = client.another()
    half.password_only(client.user)
    path = operation["path"].replace("{id}", "whoever")
    body = about(client.user) if "requestBody" in operation else None
    for query in ("", "?verified=true&assurance=1&user_id=admin"):
        answer = half.call(operation["method"], path + query, body, headers=CLAIMS)
        problem(answer, 401, "assurance_required")
    stranger = client.another()
    problem(stranger.call(operation["method"], path, body, headers=CLAIMS), 401, "not_signed_in")


def test_a_user_id_in_a_body_changes_nothing(client: Client) -> None:
    """Every call that takes a body, sent by one user in the name of another."""
    phone, _ = client.enrolled()
    victim = client.another()
    victim.enrolled()
    before = victim.get("/status").json()
    said = about(victim.user)
    begun = client.post("/setup", said).json()
    assert begun["account_name"] == f"{client.user}@example.com"
    confirmed = {**said, "setup": begun["setup"], "code": Phone(begun["otpauth_uri"]).code(client.now())}
    assert client.post("/setup/confirm", confirmed).status_code == 200
    assert client.host("GET", "/guarded").json() == {"id": client.user}
    client.advance(30)
    assert client.post("/step-up", {**said, "code": phone.code(client.now())}).status_code == 200
    assert client.host("GET", "/guarded").json() == {"id": client.user}
    assert client.post("/backup-codes", said).status_code == 200
    assert client.post("/backup-codes/saved", said).status_code == 204
    assert {event["user_id"] for event in client.get("/events").json()["events"]} == {client.user}
    assert client.post("/disable", said).status_code == 204
    after = victim.get("/status").json()
    assert {name: after[name] for name in ("enabled", "authenticators", "backup_codes", "devices")} == {
        name: before[name] for name in ("enabled", "authenticators", "backup_codes", "devices")
    }


def test_a_reset_names_the_administrator_who_did_it_and_no_other(base: str) -> None:
    admin, user = Client(base, "bearer"), Client(base, "bearer")
    admin.enrolled("admin")
    user.enrolled()
    assert admin.post(f"/admin/users/{user.user}/reset", {**about("somebody"), "reason": "x"}).status_code == 204
    event = user.get("/events").json()["events"][0]
    assert (event["user_id"], event["actor"]) == (user.user, admin.user)


# --- two users, one browser --------------------------------------------------------------------------------------------


def test_a_proof_is_of_one_user_though_another_used_the_same_browser(client: Client) -> None:
    victim_phone, _ = client.enrolled()
    victim = client.user
    client.host("POST", "/logout")
    phone, _ = client.enrolled()
    client.host("POST", "/logout")
    client.signed_in(client.user, phone)
    # With the second one's proof still there, a password-only session of the first.
    client.password_only(victim)
    problem(client.get("/status"), 401, "assurance_required")
    problem(client.host("GET", "/guarded"), 401, "assurance_required")
    client.step_up(victim_phone)
    assert client.host("GET", "/guarded").json() == {"id": victim}


@pytest.mark.parametrize("app", ["session", "cookie"])
def test_a_sign_in_without_a_second_factor_drops_the_proof_that_was_there(base: str, app: str) -> None:
    client = Client(base, app)
    client.enrolled()
    first = client.user
    client.login(client.new_user())
    assert client.get("/status").json()["enabled"] is False
    client.password_only(first)
    problem(client.get("/status"), 401, "assurance_required")


def test_a_sign_in_of_another_user_half_way_does_not_change_who_is_signed_in(client: Client) -> None:
    phone, _ = client.enrolled()
    mine = client.user
    other = client.another()
    other.enrolled()
    assert client.login(other.user).json()["two_factor_required"] is True
    client.user = mine
    assert client.host("GET", "/guarded").json() == {"id": mine}
    client.step_up(phone)
    assert client.host("GET", "/guarded").json() == {"id": mine}


def test_a_challenge_of_a_sign_in_is_no_step_up_for_somebody_else(client: Client) -> None:
    client.enrolled()
    other = client.another()
    other_phone, other_codes = other.enrolled()
    theirs = client.another().challenged(other.user)
    for code in (other_phone.code(other.now()), other_codes[0]):
        problem(client.post("/step-up", {"challenge": theirs, "code": code}), 410, "challenge_expired")
    assert client.host("GET", "/guarded").json() == {"id": client.user}


def test_the_second_of_two_logins_counts(browser: Client) -> None:
    browser.enrolled()
    first = browser.user
    second = browser.another()
    phone, _ = second.enrolled()
    one = browser.another()
    old = one.challenged(first)
    one.challenged(second.user)
    problem(one.post("/verify", {"challenge": old, "code": "123456"}), 410, "challenge_expired")
    assert one.post("/verify", {"code": phone.code(one.now())}).status_code == 200
    assert one.host("GET", "/guarded").json() == {"id": second.user}


def test_signing_out_ends_a_sign_in_that_was_half_way(browser: Client) -> None:
    phone, _ = browser.enrolled()
    other = browser.another()
    challenge = other.challenged(browser.user)
    other.host("POST", "/logout")
    answer = other.post("/verify", {"challenge": challenge, "code": phone.code(other.now())})
    problem(answer, 410, "challenge_expired")


# --- the one-call login ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [7, 123456, True, ["123456"], {"$ne": ""}, {"length": 6}, "", "x" * 5000], ids=repr)
def test_a_login_with_something_else_than_a_code(client: Client, code: object) -> None:
    client.enrolled()
    other = client.another()
    answer = other.login(client.user, code=code)
    assert 400 <= answer.status_code < 500, answer.text
    problem(other.get("/status"), 401, "not_signed_in")


@pytest.mark.parametrize("next_codes", ["123456", 7, {"0": "1"}, ["123456"], ["1"] * 3, [None, None]], ids=repr)
def test_a_login_with_something_else_than_next_codes(client: Client, next_codes: object) -> None:
    phone, _ = client.enrolled()
    other = client.another()
    code = phone.code(client.now())
    answer = other.login(client.user, code=code, next_codes=next_codes)
    assert 400 <= answer.status_code < 500, answer.text
    problem(other.get("/status"), 401, "not_signed_in")
    # Nothing was compared, so the code is still good.
    assert other.login(client.user, code=code).status_code == 200


def test_a_wrong_password_with_a_right_code(client: Client) -> None:
    phone, _ = client.enrolled()
    other = client.another()
    code = phone.code(client.now())
    body = {"username": client.user, "password": "guess", "code": code}
    assert other.host("POST", "/login", body).status_code == 401
    assert other.login(client.user, code=code).status_code == 200


def test_three_codes_in_one_call(client: Client) -> None:
    phone, _ = client.enrolled()
    client.another().spend_budget(client.user, phone)
    client.advance(90)
    other = client.another()
    body = problem(other.login(client.user, code=phone.code(client.now())), 401, "more_codes_required")
    assert body["count"] == 3
    code, next_codes = phone.three(client.now())
    assert other.login(client.user, code=code, next_codes=next_codes).json()["method"] == "totp"


def test_a_refusal_at_the_login_never_tells_the_user_id(client: Client) -> None:
    phone, _ = client.enrolled()
    other = client.another()
    for more in ({"code": phone.wrong(client.now())}, {"code": ""}, {"one_call": True}, {"code": "12"}):
        answer = other.login(client.user, **more)
        assert answer.status_code >= 400
        assert client.user not in answer.text


@pytest.mark.parametrize(("size", "status"), [(512, 200), (513, 400)])
def test_how_much_is_carried(client: Client, size: int, status: int) -> None:
    phone, _ = client.enrolled()
    other = client.another()
    answer = other.login(client.user, carry="é" * (size // 2) + "x" * (size % 2))
    assert answer.status_code == status
    if status == 200:
        body = {"challenge": answer.json()["challenge"], "code": phone.code(client.now())}
        assert other.post("/verify", body).json()["carry"] == "é" * (size // 2)
