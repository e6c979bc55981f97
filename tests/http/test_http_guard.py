"""The guard before the application's own routes, and before the contract's."""

from __future__ import annotations

import httpx
import pytest
from twinlock_http import Client, problem
from twinlock_http.contract import shared

OPEN = {"verify", "stepUp"}
GUARDED = [operation for name, operation in shared().operations.items() if name not in OPEN]
ALL_BUT_VERIFY = [operation for name, operation in shared().operations.items() if name != "verify"]


def name_of(operation: dict[str, str]) -> str:
    return operation["operationId"]


def called(client: Client, operation: dict[str, str]) -> httpx.Response:
    path = operation["path"].replace("{id}", "whoever")
    return client.call(operation["method"], path, {} if "requestBody" in operation else None)


@pytest.mark.parametrize("operation", ALL_BUT_VERIFY, ids=name_of)
def test_nobody_is_signed_in(client: Client, operation: dict[str, str]) -> None:
    refused = called(client, operation)
    problem(refused, 401, "not_signed_in")
    assert refused.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("operation", GUARDED, ids=name_of)
def test_a_session_of_the_password_alone_is_refused(client: Client, operation: dict[str, str]) -> None:
    client.enrolled("admin")
    half = client.another()
    half.password_only(client.user)
    refused = called(half, operation)
    problem(refused, 401, "assurance_required")
    assert 'error="insufficient_user_authentication"' in refused.headers["www-authenticate"]


def test_a_guarded_route_of_the_application(client: Client) -> None:
    problem(client.host("GET", "/guarded"), 401, "not_signed_in")
    client.login(client.new_user())
    refused = problem(client.host("GET", "/guarded"), 403, "not_enabled")
    assert refused["setup_url"] == "/settings/two-factor"
    client.enrolled(user=client.user)
    assert client.host("GET", "/guarded").json() == {"id": client.user}
    half = client.another()
    half.password_only(client.user)
    problem(half.host("GET", "/guarded"), 401, "assurance_required")


def test_how_fresh_the_proof_must_be(client: Client) -> None:
    phone, _ = client.enrolled()
    assert client.host("GET", "/guarded/fresh").status_code == 200
    client.advance(301)
    refused = client.host("GET", "/guarded/fresh")
    problem(refused, 401, "assurance_required")
    assert 'max_age="300"' in refused.headers["www-authenticate"]
    assert client.host("GET", "/guarded").status_code == 200
    client.step_up(phone)
    assert client.host("GET", "/guarded/fresh").status_code == 200


def test_a_guard_for_whole_applications_lets_through_who_has_none(client: Client) -> None:
    client.login(client.new_user())
    assert client.host("GET", "/guarded/optional").json() == {"id": client.user}
    client.enrolled(user=client.user)
    assert client.host("GET", "/guarded/optional").status_code == 200
    half = client.another()
    half.password_only(client.user)
    problem(half.host("GET", "/guarded/optional"), 401, "assurance_required")


def test_a_guard_for_whole_applications_knows_who_must_have_one(client: Client) -> None:
    client.login(client.new_user("must"))
    problem(client.host("GET", "/guarded/optional"), 403, "not_enabled")


def test_switching_off_ends_every_proof(client: Client) -> None:
    phone, _ = client.enrolled()
    other = client.another()
    other.signed_in(client.user, phone)
    assert client.post("/disable", {}).status_code == 204
    client.enrolled(user=client.user)
    problem(other.host("GET", "/guarded"), 401, "assurance_required")


def test_the_claim_of_the_applications_own_token_is_a_proof(base: str) -> None:
    client = Client(base, "claim")
    phone, _ = client.enrolled()
    assert "Twinlock-Assurance" not in client.headers
    assert client.host("GET", "/guarded/fresh").status_code == 200
    client.advance(301)
    problem(client.host("GET", "/guarded/fresh"), 401, "assurance_required")
    answer = client.step_up(phone).json()
    assert "assurance" not in answer
    assert "device" in answer
    assert client.host("GET", "/guarded/fresh").status_code == 200


def test_signing_out_drops_the_proof(client: Client) -> None:
    client.enrolled()
    client.host("POST", "/logout")
    problem(client.host("GET", "/guarded"), 401, "not_signed_in")
    if client.app != "bearer":
        client.password_only(client.user)
        problem(client.host("GET", "/guarded"), 401, "assurance_required")
