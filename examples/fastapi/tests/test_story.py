"""The whole way through HTTP: on, in, phone lost, back in, off."""

from people import TWO_FACTOR, Person


def test_password_alone_signs_in_until_two_factor_is_on(ada: Person) -> None:
    answer = ada.sign_in()
    assert set(answer.json()) >= {"access_token", "refresh_token", "expires_in", "method"}
    assert ada.me().json()["amr"] == ["pwd"]


def test_sign_in_by_email_works_too(ada: Person) -> None:
    ada.name = "ADA@example.com"
    assert ada.sign_in().status_code == 200


def test_from_setup_to_switching_off(ada: Person) -> None:
    enrolled = ada.enrol()
    assert len(enrolled.json()["backup_codes"]) == 10
    assert ada.me().json()["amr"] == ["pwd", "otp"]
    assert ada.call("POST", "/api/auth/logout").status_code == 204

    step = ada.sign_in().json()
    assert step["two_factor_required"] is True
    assert step["methods"] == ["totp", "backup_code"]
    assert "access_token" not in step
    code = ada.fresh_code()
    assert ada.verify(step["challenge"], code).json()["method"] == "totp"
    assert ada.me().status_code == 200

    replayed = ada.verify(ada.challenge(), code)
    assert (replayed.status_code, replayed.json()["code"]) == (401, "invalid_code")

    lost_phone = ada.verify(ada.challenge(), ada.backup_codes[0])
    assert lost_phone.json()["backup_codes_left"] == 9
    spent = ada.verify(ada.challenge(), ada.backup_codes[0])
    assert (spent.status_code, spent.json()["code"]) == (401, "invalid_code")

    ada.verify(ada.challenge(), ada.fresh_code())
    fresh = ada.call("POST", f"{TWO_FACTOR}/backup-codes", {}).json()["backup_codes"]
    assert not set(fresh) & set(ada.backup_codes)
    assert ada.verify(ada.challenge(), ada.backup_codes[1]).status_code == 401
    assert ada.verify(ada.challenge(), fresh[0]).status_code == 200

    off = ada.call("POST", f"{TWO_FACTOR}/disable", {"password": ada.password})
    assert off.status_code in (200, 204)
    assert "access_token" in ada.sign_in().json()


def test_one_call_sign_in_with_the_code_beside_the_password(ada: Person) -> None:
    ada.enrol()
    answer = ada.sign_in(code=ada.fresh_code())
    assert answer.status_code == 200 and answer.json()["method"] == "totp"
    assert ada.me().status_code == 200


def test_first_setup_wants_the_password(ada: Person) -> None:
    assert ada.call("POST", f"{TWO_FACTOR}/setup", {}).json()["code"] == "password_required"
    wrong = ada.call("POST", f"{TWO_FACTOR}/setup", {"password": "not this one"})
    assert wrong.json()["code"] == "wrong_password"
    assert "secret" not in wrong.text


def test_a_trusted_device_skips_the_code_and_still_is_a_proof(ada: Person) -> None:
    ada.enrol()
    ada.verify(ada.challenge(), ada.fresh_code(), trust_device=True)
    assert ada.sign_in().json()["method"] == "device"
    assert ada.me().json()["amr"] == ["pwd"]
    assert ada.call("GET", f"{TWO_FACTOR}/status").status_code == 200


def test_sessions_without_a_second_factor_end_when_it_is_switched_on(ada: Person, client, clock) -> None:
    elsewhere = Person(client, clock, "ada")
    elsewhere.sign_in()
    ada.enrol()
    assert elsewhere.me().status_code == 401
    assert elsewhere.call("POST", "/api/auth/refresh", {"refresh_token": elsewhere.refresh}).status_code == 401
    assert ada.me().status_code == 200


def test_somebody_elses_challenge_signs_in_its_owner_only(ada: Person, client, clock) -> None:
    bob = Person(client, clock, "bob")
    bob.register()
    bob.sign_in()
    bob.enrol()
    ada.enrol()
    code = ada.fresh_code()
    assert bob.verify(bob.challenge(), code).status_code == 401
