"""The login and its second step."""

from __future__ import annotations

import httpx
from twinlock_http import Client, Phone, problem


def wrong(client: Client, phone: Phone, challenge: str, nth: int = 0) -> httpx.Response:
    return client.post("/verify", {"challenge": challenge, "code": phone.wrong(client.now(), nth)})


def test_without_a_second_factor_the_login_answers_at_once(client: Client) -> None:
    answer = client.login(client.new_user())
    assert answer.status_code == 200
    assert answer.json()["occasion"] == "sign_in"
    assert answer.headers["cache-control"] == "no-store"
    assert client.get("/status").json()["enabled"] is False


def test_with_a_second_factor_the_login_gives_a_challenge_and_never_the_user_id(client: Client) -> None:
    client.enrolled()
    user = client.user
    other = client.another()
    answer = other.login(user)
    body = answer.json()
    assert answer.status_code == 200
    assert body.keys() == {"two_factor_required", "challenge", "expires_in", "methods", "codes_required"}
    assert body["two_factor_required"] is True
    assert body["expires_in"] == 300
    assert body["methods"] == ["totp", "backup_code"]
    assert body["codes_required"] == 1
    assert user not in answer.text
    problem(other.get("/status"), 401, "not_signed_in")


def test_a_code_completes_the_sign_in(client: Client) -> None:
    phone, _ = client.enrolled()
    other = client.another()
    answer = other.signed_in(client.user, phone)
    assert answer.json()["method"] == "totp"
    assert answer.json()["backup_codes_left"] == 10
    assert answer.json()["occasion"] == "sign_in"
    assert other.get("/status").json()["enabled"] is True


def test_spaces_in_a_code_do_not_matter(client: Client) -> None:
    phone, _ = client.enrolled()
    other = client.another()
    challenge = other.challenged(client.user)
    code = phone.code(other.now())
    assert other.post("/verify", {"challenge": challenge, "code": f" {code[:3]} {code[3:]}\n"}).status_code == 200


def test_a_backup_code_completes_the_sign_in_once(client: Client) -> None:
    _, codes = client.enrolled()
    other = client.another()
    answer = other.post("/verify", {"challenge": other.challenged(client.user), "code": codes[0].lower()})
    assert answer.status_code == 200
    assert answer.json()["method"] == "backup_code"
    assert answer.json()["backup_codes_left"] == 9
    third = client.another()
    problem(third.post("/verify", {"challenge": third.challenged(client.user), "code": codes[0]}), 401, "invalid_code")


def test_a_code_is_taken_once(client: Client) -> None:
    phone, _ = client.enrolled()
    first, second = client.another(), client.another()
    challenges = first.challenged(client.user), second.challenged(client.user)
    code = phone.code(client.now())
    assert first.post("/verify", {"challenge": challenges[0], "code": code}).status_code == 200
    problem(second.post("/verify", {"challenge": challenges[1], "code": code}), 401, "invalid_code")


def test_the_code_that_confirmed_the_setup_cannot_sign_in(client: Client) -> None:
    assert client.login(client.new_user()).status_code == 200
    setup = client.post("/setup", {}).json()
    phone = Phone(setup["otpauth_uri"])
    code = phone.code(client.now())
    assert client.post("/setup/confirm", {"setup": setup["setup"], "code": code}).status_code == 200
    other = client.another()
    problem(other.post("/verify", {"challenge": other.challenged(client.user), "code": code}), 401, "invalid_code")


def test_wrong_codes_are_refused_then_throttled_and_the_owner_gets_in_with_three(client: Client) -> None:
    phone, _ = client.enrolled()
    attacker = client.another()
    attacker.advance(90)  # Every step of the window is unused now, so that a wrong code costs its full price.
    challenge = attacker.challenged(client.user)
    for nth in range(4):
        body = problem(wrong(attacker, phone, challenge, nth), 401, "invalid_code")
        assert "challenge" not in body
    refused = wrong(attacker, phone, challenge, 5)
    body = problem(refused, 429, "throttled")
    assert refused.headers["retry-after"] == str(body["retry_after"])
    assert 1 <= body["retry_after"] <= 15
    owner = client.another()
    challenge = owner.challenged(client.user)
    # A right single code gets the very same answer.
    problem(owner.post("/verify", {"challenge": challenge, "code": phone.code(owner.now())}), 429, "throttled")
    owner.advance(90)
    code, next_codes = phone.three(owner.now())
    answer = owner.post("/verify", {"challenge": challenge, "code": code, "next_codes": next_codes})
    assert answer.status_code == 200


def test_a_spent_budget_asks_for_three_consecutive_codes(client: Client) -> None:
    phone, _ = client.enrolled()
    attacker, owner = client.another(), client.another()
    attacker.spend_budget(client.user, phone)
    owner.advance(60)
    step = owner.login(client.user).json()
    assert step["codes_required"] == 3
    single = owner.post("/verify", {"challenge": step["challenge"], "code": phone.code(owner.now())})
    assert problem(single, 401, "more_codes_required")["count"] == 3
    code, next_codes = phone.three(owner.now())
    answer = owner.post("/verify", {"challenge": step["challenge"], "code": code, "next_codes": next_codes})
    assert answer.status_code == 200


def test_a_known_device_is_not_hurt_by_an_attack_from_elsewhere(client: Client) -> None:
    phone, _ = client.enrolled()
    attacker = client.another()
    attacker.spend_budget(client.user, phone)
    client.host("POST", "/logout")
    assert client.login(client.user).json()["codes_required"] == 1
    assert client.signed_in(client.user, phone).status_code == 200


def test_a_trusted_device_is_not_asked_again(client: Client) -> None:
    phone, _ = client.enrolled()
    browser = client.another()
    browser.signed_in(client.user, phone, trust_device=True)
    assert [device["trusted"] for device in browser.get("/devices").json()["devices"] if device["current"]] == [True]
    browser.host("POST", "/logout")
    answer = browser.login(client.user)
    assert answer.json()["occasion"] == "sign_in"
    assert browser.get("/status").status_code == 200


def test_a_backup_code_never_makes_a_device_trusted(client: Client) -> None:
    _, codes = client.enrolled()
    browser = client.another()
    challenge = browser.challenged(client.user)
    assert browser.post("/verify", {"challenge": challenge, "code": codes[0], "trust_device": True}).status_code == 200
    browser.host("POST", "/logout")
    assert browser.login(client.user).json()["two_factor_required"] is True


def test_what_was_carried_comes_back(client: Client) -> None:
    phone, _ = client.enrolled()
    other = client.another()
    challenge = other.challenged(client.user, carry="remember-me;/basket")
    answer = other.post("/verify", {"challenge": challenge, "code": phone.code(other.now())})
    assert answer.json()["carry"] == "remember-me;/basket"


def test_a_challenge_is_used_once(client: Client) -> None:
    phone, _ = client.enrolled()
    other = client.another()
    challenge = other.challenged(client.user)
    assert other.post("/verify", {"challenge": challenge, "code": phone.code(other.now())}).status_code == 200
    other.advance(30)
    again = other.post("/verify", {"challenge": challenge, "code": phone.code(other.now())})
    problem(again, 410, "challenge_expired")


def test_a_challenge_ends_after_five_minutes(client: Client) -> None:
    phone, _ = client.enrolled()
    other = client.another()
    challenge = other.challenged(client.user)
    other.advance(301)
    problem(other.post("/verify", {"challenge": challenge, "code": phone.code(other.now())}), 410, "challenge_expired")


def test_both_steps_in_one_call(client: Client) -> None:
    phone, _ = client.enrolled()
    other = client.another()
    answer = other.login(client.user, code=phone.code(other.now()))
    assert answer.status_code == 200
    assert answer.json()["method"] == "totp"
    assert other.get("/status").status_code == 200


def test_one_call_without_a_code(client: Client) -> None:
    client.enrolled()
    other = client.another()
    problem(other.login(client.user, one_call=True), 400, "code_required")
    problem(other.login(client.user, code=""), 400, "code_required")
    assert other.login(other.new_user(), one_call=True).status_code == 200


def test_one_call_with_a_wrong_code_can_go_on_at_verify(client: Client) -> None:
    phone, _ = client.enrolled()
    other = client.another()
    body = problem(other.login(client.user, code=phone.wrong(other.now())), 401, "invalid_code")
    answer = other.post("/verify", {"challenge": body["challenge"], "code": phone.code(other.now())})
    assert answer.status_code == 200


def test_who_must_have_a_second_factor_is_told_to_set_one_up(client: Client) -> None:
    answer = client.login(client.new_user("must"))
    assert answer.status_code == 200
    assert answer.json()["enrollment_required"] is True
    status = client.get("/status").json()
    assert (status["enabled"], status["required"]) == (False, True)
