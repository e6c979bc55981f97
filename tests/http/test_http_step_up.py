"""A fresh proof from a signed-in user."""

from __future__ import annotations

from twinlock_http import Client, problem


def test_a_code_makes_the_proof_fresh(client: Client) -> None:
    phone, _ = client.enrolled()
    client.advance(1000)
    problem(client.host("GET", "/guarded/fresh"), 401, "assurance_required")
    answer = client.step_up(phone)
    assert answer.json()["occasion"] == "step_up"
    assert answer.json()["fresh_until"] == client.now() + 300
    assert client.get("/status").json()["proof"]["fresh_until"] == client.now() + 300
    assert client.host("GET", "/guarded/fresh").json() == {"id": client.user}


def test_a_refusal_carries_the_challenge_for_the_next_try(client: Client) -> None:
    phone, _ = client.enrolled()
    first = problem(client.post("/step-up", {"code": phone.wrong(client.now())}), 400, "invalid_code")
    again = {"code": phone.wrong(client.now(), 1), "challenge": first["challenge"]}
    second = problem(client.post("/step-up", again), 400, "invalid_code")
    assert second["challenge"] == first["challenge"]
    answer = client.post("/step-up", {"code": phone.code(client.now()), "challenge": first["challenge"]})
    assert answer.status_code == 200
    # A success forgives the typos of its own challenge.
    assert "retry_after" not in client.get("/status").json()["throttle"]


def test_a_malformed_code_costs_nothing(client: Client) -> None:
    phone, _ = client.enrolled()
    for _ in range(12):
        assert "challenge" in problem(client.post("/step-up", {"code": "12"}), 400, "malformed_code")
    client.step_up(phone)


def test_typos_are_throttled_and_three_codes_help(client: Client) -> None:
    phone, _ = client.enrolled()
    client.advance(90)  # Every step of the window is unused now, so that a wrong code costs its full price.
    body: dict[str, object] = {}
    for nth in range(4):
        refused = client.post("/step-up", {**body, "code": phone.wrong(client.now(), nth)})
        body = {"challenge": problem(refused, 400, "invalid_code")["challenge"]}
    problem(client.post("/step-up", {**body, "code": phone.code(client.now())}), 429, "throttled")
    client.advance(90)
    code, next_codes = phone.three(client.now())
    assert client.post("/step-up", {**body, "code": code, "next_codes": next_codes}).status_code == 200


def test_a_spent_budget_asks_for_three_codes(client: Client) -> None:
    phone, _ = client.enrolled()
    for nth in range(40):
        refused = client.post("/step-up", {"code": phone.wrong(client.now(), nth), "challenge": _new(client)})
        if refused.status_code == 429:
            client.advance(int(refused.headers["retry-after"]))
        elif refused.json()["code"] == "more_codes_required":
            assert problem(refused, 400, "more_codes_required")["count"] == 3
            return
    raise AssertionError("the budget has no end")


def _new(client: Client) -> str:
    """A challenge of the signed-in user that has no failures yet."""
    return str(problem(client.post("/step-up", {"code": "12"}), 400, "malformed_code")["challenge"])


def test_without_a_second_factor_there_is_nothing_to_prove(client: Client) -> None:
    client.login(client.new_user())
    problem(client.post("/step-up", {"code": "123456"}), 409, "not_enabled")


def test_the_challenge_of_somebody_else_is_refused_before_anything_is_compared(client: Client) -> None:
    phone, _ = client.enrolled()
    other = client.another()
    other_phone, _ = other.enrolled()
    theirs = problem(other.post("/step-up", {"code": other_phone.wrong(other.now())}), 400, "invalid_code")["challenge"]
    for code in (phone.code(client.now()), other_phone.code(client.now())):
        problem(client.post("/step-up", {"code": code, "challenge": theirs}), 410, "challenge_expired")
    client.step_up(phone)
    other.step_up(other_phone)


def test_a_used_or_expired_challenge_is_refused(client: Client) -> None:
    phone, _ = client.enrolled()
    challenge = _new(client)
    assert client.post("/step-up", {"code": phone.code(client.now()), "challenge": challenge}).status_code == 200
    client.advance(30)
    again = client.post("/step-up", {"code": phone.code(client.now()), "challenge": challenge})
    problem(again, 410, "challenge_expired")
    challenge = _new(client)
    client.advance(301)
    late = client.post("/step-up", {"code": phone.code(client.now()), "challenge": challenge})
    problem(late, 410, "challenge_expired")
    # Leaving it out begins a new one.
    client.step_up(phone)


def test_a_known_browser_is_not_hurt_by_an_attack_from_elsewhere(client: Client) -> None:
    phone, _ = client.enrolled()
    client.another().spend_budget(client.user, phone)
    client.step_up(phone)


def test_a_trusted_browser_can_step_up(client: Client) -> None:
    phone, _ = client.enrolled()
    browser = client.another()
    browser.signed_in(client.user, phone, trust_device=True)
    browser.advance(1000)
    problem(browser.host("GET", "/guarded/fresh"), 401, "assurance_required")
    browser.step_up(phone)
    assert browser.host("GET", "/guarded/fresh").status_code == 200


def test_a_password_only_session_becomes_whole_by_a_step_up(client: Client) -> None:
    phone, _ = client.enrolled()
    half = client.another()
    half.password_only(client.user)
    problem(half.get("/status"), 401, "assurance_required")
    half.step_up(phone)
    assert half.get("/status").status_code == 200
