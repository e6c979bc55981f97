"""The help desk's calls."""

from __future__ import annotations

import httpx
import pytest
from twinlock_http import Client, problem
from twinlock_http.contract import shared

ADMIN = [operation for operation in shared().operations.values() if operation["path"].startswith("/admin/")]


@pytest.fixture
def admin(client: Client) -> Client:
    client.enrolled("admin")
    return client


def called(client: Client, operation: dict[str, str]) -> httpx.Response:
    path = operation["path"].replace("{id}", "whoever")
    return client.call(operation["method"], path, {"reason": "x"} if "requestBody" in operation else None)


@pytest.mark.parametrize("operation", ADMIN, ids=lambda operation: operation["operationId"])
def test_who_is_no_administrator(client: Client, operation: dict[str, str]) -> None:
    client.enrolled()
    problem(called(client, operation), 403, "not_administrator")


@pytest.mark.parametrize("operation", ADMIN, ids=lambda operation: operation["operationId"])
def test_where_nobody_was_said_to_be_one(base: str, operation: dict[str, str]) -> None:
    client = Client(base, "strict")
    client.enrolled("admin")
    problem(called(client, operation), 403, "not_administrator")


@pytest.mark.parametrize("operation", ADMIN, ids=lambda operation: operation["operationId"])
def test_an_administrator_without_a_second_factor(client: Client, operation: dict[str, str]) -> None:
    client.login(client.new_user("admin"))
    problem(called(client, operation), 403, "not_enabled")


def test_figures(admin: Client) -> None:
    before = admin.get("/admin/stats").json()
    user = admin.another()
    phone, _ = user.enrolled()
    user.post("/step-up", {"code": phone.wrong(user.now())})
    after = admin.get("/admin/stats").json()
    assert after["enabled_users"] == before["enabled_users"] + 1
    assert after["enabled_30d"] == before["enabled_30d"] + 1
    assert after["failed_30d"] == before["failed_30d"] + 1
    user.step_up(phone)
    user.post("/disable", {})
    assert admin.get("/admin/stats").json()["disabled_30d"] == after["disabled_30d"] + 1


def test_one_users_state(admin: Client) -> None:
    user = admin.another()
    user.enrolled()
    state = admin.get(f"/admin/users/{user.user}").json()
    assert state["enabled"] is True
    assert state["backup_codes"]["left"] == 10
    for nobody in (admin.new_user(), "a%2Fb", "%C3%A9"):
        assert admin.get(f"/admin/users/{nobody}").json()["enabled"] is False


def test_wiping_a_users_second_factor(admin: Client) -> None:
    user = admin.another()
    user.enrolled()
    assert admin.post(f"/admin/users/{user.user}/reset", {"reason": "passport seen"}).status_code == 204
    assert user.get("/status").json()["enabled"] is False
    event = user.get("/events").json()["events"][0]
    assert (event["type"], event["actor"]) == ("reset", admin.user)
    assert "passport seen" in str(event["detail"])
    assert admin.post(f"/admin/users/{admin.new_user()}/reset", {"reason": "x"}).status_code == 204


@pytest.mark.parametrize("reason", [None, "", 7, ["x"], "x" * 129, "a\nb"])
def test_a_reset_without_a_reason(base: str, reason: object) -> None:
    admin = Client(base, "bearer")
    admin.enrolled("admin")
    problem(admin.post("/admin/users/whoever/reset", {"reason": reason}), 400, "malformed_request")


def test_changes_want_a_fresh_proof(admin: Client) -> None:
    admin.advance(301)
    assert admin.get("/admin/stats").status_code == 200
    for path in ("reset", "unlock"):
        refused = admin.post(f"/admin/users/whoever/{path}", {"reason": "x"})
        problem(refused, 401, "assurance_required")
        assert 'max_age="300"' in refused.headers["www-authenticate"]


def test_unlocking_ends_the_throttle(admin: Client) -> None:
    user = admin.another()
    phone, _ = user.enrolled()
    attacker = admin.another()
    attacker.advance(90)
    challenge = attacker.challenged(user.user)
    for nth in range(4):
        attacker.post("/verify", {"challenge": challenge, "code": phone.wrong(attacker.now(), nth)})
    problem(attacker.post("/verify", {"challenge": challenge, "code": "111111"}), 429, "throttled")
    assert admin.post(f"/admin/users/{user.user}/unlock").status_code == 204
    assert user.another().signed_in(user.user, phone).status_code == 200
    assert admin.post(f"/admin/users/{admin.new_user()}/unlock").status_code == 204


@pytest.mark.parametrize("id", ["x" * 256, "a%00b", "a%09b", "a%0Ab", "%0A"])
def test_a_user_id_that_nobody_can_have(base: str, id: str) -> None:
    admin = Client(base, "bearer")
    admin.enrolled("admin")
    problem(admin.get(f"/admin/users/{id}"), 400, "malformed_request")
    problem(admin.post(f"/admin/users/{id}/reset", {"reason": "x"}), 400, "malformed_request")
    problem(admin.post(f"/admin/users/{id}/unlock"), 400, "malformed_request")
