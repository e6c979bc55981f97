"""The guard: what wants a proof, and how fresh."""

from people import TWO_FACTOR, Person


def delete(person: Person):
    return person.call("DELETE", "/api/user/account")


def test_without_two_factor_the_sensitive_action_says_where_to_switch_it_on(ada: Person) -> None:
    refused = delete(ada)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_enabled")
    assert refused.json()["setup_url"].endswith("/account")


def test_a_proof_of_five_minutes_ago_is_too_old_and_step_up_renews_it(ada: Person, clock) -> None:
    ada.enrol()
    clock.advance(301)
    refused = delete(ada)
    assert (refused.status_code, refused.json()["code"]) == (401, "assurance_required")
    assert "max_age=300" in refused.headers["WWW-Authenticate"].replace('"', "")
    stepped_up = ada.step_up()
    assert stepped_up.status_code == 200 and stepped_up.json()["fresh_until"] > clock()
    assert delete(ada).status_code == 204


def test_a_fresh_proof_is_kept_by_refresh(ada: Person, clock) -> None:
    ada.enrol()
    clock.advance(301)
    ada.step_up()
    ada.call("POST", "/api/auth/refresh", {"refresh_token": ada.refresh})
    assert delete(ada).status_code == 204


def test_a_header_that_claims_a_proof_proves_nothing(ada: Person, client, clock) -> None:
    ada.enrol()
    clock.advance(301)
    headers = {"Authorization": f"Bearer {ada.access}", "X-2FA-Verified": "true"}
    assert client.delete("/api/user/account", headers=headers).status_code == 401


def test_a_wrong_code_at_step_up_is_refused_and_leaves_the_session(ada: Person) -> None:
    ada.enrol()
    refused = ada.call("POST", f"{TWO_FACTOR}/step-up", {"code": "000000"})
    assert refused.status_code == 400 and refused.json()["code"] == "invalid_code"
    assert ada.me().status_code == 200


def test_after_switching_off_an_old_proof_opens_nothing(ada: Person) -> None:
    ada.enrol()
    ada.call("POST", f"{TWO_FACTOR}/disable", {"password": ada.password})
    assert delete(ada).json()["code"] == "not_enabled"
