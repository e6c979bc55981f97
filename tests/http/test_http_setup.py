"""Switching the second factor on and off."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import pytest
from twinlock_http import Client, Phone, problem


def begun(client: Client, **body: str) -> dict[str, str]:
    answer = client.post("/setup", body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_setup_shows_the_secret_in_every_form(client: Client) -> None:
    user = client.new_user()
    client.login(user)
    setup = begun(client)
    query = parse_qs(urlsplit(setup["otpauth_uri"]).query)
    assert query["secret"] == [setup["secret"]]
    assert setup["account_name"] == f"{user}@example.com"
    assert setup["qr_svg"].startswith("<svg") or setup["qr_svg"].startswith("<?xml")
    png = base64.b64decode(setup["qr_png"].removeprefix("data:image/png;base64,"), validate=True)
    assert png.startswith(b"\x89PNG")
    assert len(base64.b32decode(setup["secret"])) == 20


def test_nothing_is_stored_before_the_first_code(client: Client) -> None:
    client.login(client.new_user())
    begun(client)
    assert client.get("/status").json()["enabled"] is False


def test_a_running_setup_shows_the_same_secret_again(client: Client) -> None:
    client.login(client.new_user())
    first = begun(client)
    assert begun(client, setup=first["setup"])["secret"] == first["secret"]
    assert begun(client, setup="anew")["secret"] != first["secret"]


@pytest.fixture(params=["session", "cookie"])
def keeping(request: pytest.FixtureRequest, base: str) -> Client:
    """A browser whose server keeps its tokens."""
    return Client(base, request.param)


def test_a_browser_that_comes_back_is_shown_the_same_secret(keeping: Client) -> None:
    keeping.login(keeping.new_user())
    first = begun(keeping)
    again = begun(keeping)
    assert (again["secret"], again["otpauth_uri"]) == (first["secret"], first["otpauth_uri"])
    assert again["expires_at"] == first["expires_at"]
    code = Phone(first["otpauth_uri"]).code(keeping.now())
    assert keeping.post("/setup/confirm", {"setup": again["setup"], "code": code}).status_code == 200


def test_the_setup_that_is_remembered_is_the_newest(keeping: Client) -> None:
    keeping.login(keeping.new_user())
    first = begun(keeping)
    other = begun(keeping, setup="anew")
    assert other["secret"] != first["secret"]
    assert begun(keeping)["secret"] == other["secret"]


def test_a_confirmed_setup_is_forgotten(keeping: Client) -> None:
    keeping.enrolled()
    first = begun(keeping)
    code = Phone(first["otpauth_uri"]).code(keeping.now())
    assert keeping.post("/setup/confirm", {"setup": first["setup"], "code": code}).status_code == 200
    assert begun(keeping)["secret"] != first["secret"]


def test_a_step_up_in_its_middle_does_not_end_a_setup(keeping: Client) -> None:
    phone, _ = keeping.enrolled()
    first = begun(keeping)
    keeping.step_up(phone)
    assert begun(keeping)["secret"] == first["secret"]


def test_an_old_setup_is_not_shown_again(keeping: Client) -> None:
    keeping.login(keeping.new_user())
    first = begun(keeping)
    keeping.advance(601)
    assert begun(keeping)["secret"] != first["secret"]


@pytest.mark.parametrize("same", [True, False], ids=["of the same user", "of another user"])
def test_a_new_sign_in_begins_another_setup(keeping: Client, same: bool) -> None:
    user = keeping.new_user()
    keeping.login(user)
    first = begun(keeping)
    keeping.login(user if same else keeping.new_user())
    assert begun(keeping)["secret"] != first["secret"]


def test_signing_out_forgets_a_setup(keeping: Client) -> None:
    keeping.login(keeping.new_user())
    begun(keeping)
    keeping.host("POST", "/logout")
    assert not [name for name in keeping.http.cookies if name.endswith("twinlock-setup")]


def test_nobody_remembers_a_setup_for_a_client_that_keeps_its_tokens(bearer: Client) -> None:
    bearer.login(bearer.new_user())
    first = begun(bearer)
    assert begun(bearer)["secret"] != first["secret"]


def test_a_remembered_setup_asks_for_a_proof_as_a_new_one_does(keeping: Client) -> None:
    keeping.enrolled()
    begun(keeping)
    keeping.advance(301)
    problem(keeping.post("/setup"), 401, "assurance_required")


def test_scripts_cannot_read_the_remembered_setup(keeping: Client) -> None:
    keeping.login(keeping.new_user())
    answer = keeping.post("/setup")
    for cookie in answer.headers.get_list("set-cookie"):
        assert answer.json()["setup"] not in cookie or "httponly" in cookie.lower()


def test_the_first_code_switches_on_and_counts_as_a_proof(client: Client) -> None:
    client.login(client.new_user())
    setup = begun(client)
    phone = Phone(setup["otpauth_uri"])
    answer = client.post(
        "/setup/confirm", {"setup": setup["setup"], "code": phone.code(client.now()), "name": "Ada's phone"}
    )
    body = answer.json()
    assert answer.status_code == 200
    assert body["occasion"] == "setup"
    assert len(set(body["backup_codes"])) == 10
    status = client.get("/status").json()
    assert status["enabled"] is True
    assert [(a["id"], a["name"]) for a in status["authenticators"]] == [(body["authenticator_id"], "Ada's phone")]
    assert status["backup_codes"] == {"left": 10, "total": 10, "saved": False}
    assert status["proof"]["fresh_until"] == client.now() + 300
    assert status["policy"] == {"digits": 6, "period": 30}


def test_a_wrong_first_code_leaves_the_setup_open(client: Client) -> None:
    client.login(client.new_user())
    setup = begun(client)
    phone = Phone(setup["otpauth_uri"])
    body = {"setup": setup["setup"], "code": phone.wrong(client.now())}
    problem(client.post("/setup/confirm", body), 400, "invalid_code")
    assert client.get("/status").json()["enabled"] is False
    body["code"] = phone.code(client.now())
    assert client.post("/setup/confirm", body).status_code == 200


def test_a_phone_whose_clock_is_off_is_asked_for_three_codes(client: Client) -> None:
    client.login(client.new_user())
    setup = begun(client)
    phone = Phone(setup["otpauth_uri"], clock_off=240)
    one = client.post("/setup/confirm", {"setup": setup["setup"], "code": phone.code(client.now())})
    assert problem(one, 400, "more_codes_required")["count"] == 3
    code, next_codes = phone.three(client.now())
    three = client.post("/setup/confirm", {"setup": setup["setup"], "code": code, "next_codes": next_codes})
    assert three.status_code == 200
    # The drift was learned: a single code of that phone signs in.
    assert client.another().signed_in(client.user, phone).status_code == 200


def test_a_setup_ends_after_ten_minutes(client: Client) -> None:
    client.login(client.new_user())
    setup = begun(client)
    client.advance(601)
    code = Phone(setup["otpauth_uri"]).code(client.now())
    problem(client.post("/setup/confirm", {"setup": setup["setup"], "code": code}), 410, "setup_expired")


@pytest.mark.parametrize("garbage", ["", "c0ffee", "%00", "é", "A" * 1000, "A" * 5000])
def test_a_garbage_setup_is_an_expired_one(bearer: Client, garbage: str) -> None:
    bearer.login(bearer.new_user())
    problem(bearer.post("/setup/confirm", {"setup": garbage, "code": "123456"}), 410, "setup_expired")


def test_the_setup_of_somebody_else_is_refused(client: Client) -> None:
    client.login(client.new_user())
    setup = begun(client)
    other = client.another()
    other.login(other.new_user())
    code = Phone(setup["otpauth_uri"]).code(client.now())
    problem(other.post("/setup/confirm", {"setup": setup["setup"], "code": code}), 410, "setup_expired")


def test_a_setup_is_used_once(client: Client) -> None:
    client.login(client.new_user())
    setup = begun(client)
    phone = Phone(setup["otpauth_uri"])
    assert client.post("/setup/confirm", {"setup": setup["setup"], "code": phone.code(client.now())}).status_code == 200
    client.advance(30)
    again = client.post("/setup/confirm", {"setup": setup["setup"], "code": phone.code(client.now())})
    assert again.status_code in (409, 410)


def test_a_further_authenticator_wants_a_fresh_proof_before_any_secret_leaves(client: Client) -> None:
    phone, _ = client.enrolled()
    client.advance(301)
    refused = client.post("/setup", {})
    problem(refused, 401, "assurance_required")
    assert "secret" not in refused.text
    assert 'error="insufficient_user_authentication"' in refused.headers["www-authenticate"]
    client.step_up(phone)
    setup = begun(client)
    second = Phone(setup["otpauth_uri"])
    answer = client.post(
        "/setup/confirm", {"setup": setup["setup"], "code": second.code(client.now()), "name": "tablet"}
    )
    assert answer.status_code == 200
    assert answer.json()["backup_codes"] == []
    assert len(client.get("/status").json()["authenticators"]) == 2


def test_there_is_room_for_three(client: Client) -> None:
    client.enrolled()
    waiting = begun(client)
    for _ in range(2):
        setup = begun(client, setup="anew")
        code = Phone(setup["otpauth_uri"]).code(client.now())
        assert client.post("/setup/confirm", {"setup": setup["setup"], "code": code}).status_code == 200
    problem(client.post("/setup", {}), 409, "too_many_authenticators")
    code = Phone(waiting["otpauth_uri"]).code(client.now())
    late = client.post("/setup/confirm", {"setup": waiting["setup"], "code": code})
    problem(late, 409, "too_many_authenticators")


def test_one_secret_is_enrolled_once(client: Client) -> None:
    client.enrolled()
    setup = begun(client)
    phone = Phone(setup["otpauth_uri"])
    assert client.post("/setup/confirm", {"setup": setup["setup"], "code": phone.code(client.now())}).status_code == 200
    client.advance(30)
    again = client.post("/setup/confirm", {"setup": setup["setup"], "code": phone.code(client.now())})
    problem(again, 409, "already_enrolled")


def test_switching_off_and_on_again(client: Client) -> None:
    phone, _ = client.enrolled()
    assert client.post("/disable", {}).status_code == 204
    assert client.get("/status").json()["enabled"] is False
    assert client.another().login(client.user).json()["occasion"] == "sign_in"
    setup = begun(client)
    assert setup["secret"] not in str(phone.secret)


def test_switching_off_wants_a_fresh_proof(client: Client) -> None:
    client.enrolled()
    client.advance(301)
    problem(client.post("/disable", {}), 401, "assurance_required")


def test_switching_off_what_is_off(client: Client) -> None:
    client.login(client.new_user())
    problem(client.post("/disable", {}), 409, "not_enabled")


def test_who_must_keep_it_cannot_switch_it_off(client: Client) -> None:
    client.enrolled("must")
    problem(client.post("/disable", {}), 403, "required_by_policy")


def test_the_password_is_wanted_where_the_application_asks(base: str) -> None:
    client = Client(base, "strict")
    user = client.new_user()
    client.login(user)
    problem(client.post("/setup", {}), 400, "password_required")
    problem(client.post("/setup", {"password": ""}), 400, "password_required")
    wrong = client.post("/setup", {"password": "guess"})
    problem(wrong, 400, "wrong_password")
    assert "secret" not in wrong.text
    setup = begun(client, password=f"password of {user}")
    phone = Phone(setup["otpauth_uri"])
    assert client.post("/setup/confirm", {"setup": setup["setup"], "code": phone.code(client.now())}).status_code == 200
    # A further authenticator wants the proof instead.
    begun(client)
    problem(client.post("/disable", {}), 400, "password_required")
    problem(client.post("/disable", {"password": "guess"}), 400, "wrong_password")
    assert client.post("/disable", {"password": f"password of {user}"}).status_code == 204
