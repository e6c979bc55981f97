"""What a signed-in user sees and changes."""

from __future__ import annotations

import pytest
from twinlock_http import Client, Phone, problem


def test_status_of_somebody_without_a_second_factor(client: Client) -> None:
    client.login(client.new_user())
    status = client.get("/status").json()
    assert status["enabled"] is False
    assert status["required"] is False
    assert status["authenticators"] == []
    assert status["devices"] == []
    assert status["throttle"] == {"codes_required": 1}
    assert status["proof"] == {}


def test_status_tells_the_frameworks_csrf_token_where_there_is_one(client: Client) -> None:
    client.login(client.new_user())
    assert client.get("/status").json().get("csrf") == ("csrf-token" if client.app == "session" else None)


def test_status_holds_no_secret(client: Client) -> None:
    client.login(client.new_user())
    setup = client.post("/setup", {}).json()
    code = Phone(setup["otpauth_uri"]).code(client.now())
    codes = client.post("/setup/confirm", {"setup": setup["setup"], "code": code}).json()["backup_codes"]
    text = client.get("/status").text
    assert not any(secret in text for secret in [setup["secret"], setup["setup"], *codes])


def test_new_backup_codes_end_the_old_ones(client: Client) -> None:
    _, old = client.enrolled()
    new = client.post("/backup-codes", {}).json()["backup_codes"]
    assert len(set(new)) == 10
    assert not set(new) & set(old)
    other = client.another()
    challenge = other.challenged(client.user)
    problem(other.post("/verify", {"challenge": challenge, "code": old[0]}), 401, "invalid_code")
    assert other.post("/verify", {"challenge": challenge, "code": new[0]}).status_code == 200


def test_new_backup_codes_want_a_fresh_proof(client: Client) -> None:
    client.enrolled()
    client.advance(301)
    refused = client.post("/backup-codes")
    problem(refused, 401, "assurance_required")
    assert 'max_age="300"' in refused.headers["www-authenticate"]


def test_the_user_says_that_the_codes_are_saved(client: Client) -> None:
    client.enrolled()
    assert client.post("/backup-codes/saved", {}).status_code == 204
    assert client.get("/status").json()["backup_codes"]["saved"] is True
    client.post("/backup-codes", {})
    assert client.get("/status").json()["backup_codes"]["saved"] is False


def test_an_authenticator_is_renamed(client: Client) -> None:
    client.enrolled()
    one = client.get("/status").json()["authenticators"][0]["id"]
    assert client.patch(f"/authenticators/{one}", {"name": "Ada’s phone ☎"}).status_code == 204
    assert client.get("/status").json()["authenticators"][0]["name"] == "Ada’s phone ☎"


def test_renaming_wants_a_fresh_proof(client: Client) -> None:
    client.enrolled()
    one = client.get("/status").json()["authenticators"][0]["id"]
    client.advance(301)
    problem(client.patch(f"/authenticators/{one}", {"name": "x"}), 401, "assurance_required")
    problem(client.delete(f"/authenticators/{one}"), 401, "assurance_required")


@pytest.mark.parametrize("name", [None, 7, ["x"], {"x": 1}, "x" * 65, "", "é" * 33, "a\u0000b", "\ud800"])
def test_a_name_that_is_none(bearer: Client, name: object) -> None:
    bearer.enrolled()
    one = bearer.get("/status").json()["authenticators"][0]["id"]
    problem(bearer.patch(f"/authenticators/{one}", {"name": name}), 400, "malformed_request")
    assert bearer.get("/status").json()["authenticators"][0]["name"] == "phone"


def test_the_last_authenticator_stays(client: Client) -> None:
    client.enrolled()
    first = client.get("/status").json()["authenticators"][0]["id"]
    problem(client.delete(f"/authenticators/{first}"), 409, "last_authenticator")
    setup = client.post("/setup", {}).json()
    code = Phone(setup["otpauth_uri"]).code(client.now())
    added = client.post("/setup/confirm", {"setup": setup["setup"], "code": code}).json()["authenticator_id"]
    assert client.delete(f"/authenticators/{first}").status_code == 204
    client.password_only(client.user)
    client.advance(30)
    step_up = client.post("/step-up", {"code": Phone(setup["otpauth_uri"]).code(client.now())})
    assert step_up.status_code == 200
    assert [a["id"] for a in client.get("/status").json()["authenticators"]] == [added]


@pytest.mark.parametrize(
    "id", ["nothing", "0000000000000000", "00000000000000000000000000000000", "%0A", "a%20b", "x" * 64]
)
def test_an_id_that_nothing_has(bearer: Client, id: str) -> None:
    bearer.enrolled()
    problem(bearer.patch(f"/authenticators/{id}", {"name": "x"}), 404, "not_found")
    problem(bearer.delete(f"/authenticators/{id}"), 404, "not_found")
    problem(bearer.delete(f"/devices/{id}"), 404, "not_found")


def test_an_id_with_a_nul_in_it_is_nobodys(bearer: Client) -> None:
    """Some servers refuse such a path before any application sees it."""
    bearer.enrolled()
    refused = bearer.patch("/authenticators/%00", {"name": "x"})
    assert (refused.status_code, refused.json()["code"]) in {(404, "not_found"), (400, "malformed_request")}


def test_without_a_second_factor_there_is_nothing_to_change(client: Client) -> None:
    client.login(client.new_user())
    nothing = "0" * 16
    for method, path, body in (
        ("POST", "/backup-codes", {}),
        ("POST", "/backup-codes/saved", {}),
        ("PATCH", f"/authenticators/{nothing}", {"name": "x"}),
        ("DELETE", f"/authenticators/{nothing}", None),
        ("DELETE", f"/devices/{nothing}", None),
        ("DELETE", "/devices", None),
    ):
        problem(client.call(method, path, body), 409, "not_enabled")
    assert client.get("/devices").json() == {"devices": []}


def test_devices_are_listed_and_forgotten(client: Client) -> None:
    phone, _ = client.enrolled()
    other = client.another()
    other.signed_in(client.user, phone)
    devices = other.get("/devices").json()["devices"]
    assert len(devices) == 2
    assert [device["current"] for device in devices].count(True) == 1
    assert all(device["label"].startswith("Firefox on Linux") for device in devices)
    first = next(device["id"] for device in devices if not device["current"])
    assert other.delete(f"/devices/{first}").status_code == 204
    assert [device["current"] for device in other.get("/devices").json()["devices"]] == [True]
    problem(other.delete(f"/devices/{first}"), 404, "not_found")
    assert other.delete("/devices").status_code == 204
    assert other.get("/devices").json() == {"devices": []}


def test_a_forgotten_device_is_asked_again(client: Client) -> None:
    phone, _ = client.enrolled()
    browser = client.another()
    browser.signed_in(client.user, phone, trust_device=True)
    assert client.delete("/devices").status_code == 204
    browser.host("POST", "/logout")
    assert browser.login(client.user).json()["two_factor_required"] is True


def test_events_tell_what_happened_newest_first(client: Client) -> None:
    phone, _ = client.enrolled()
    client.post("/step-up", {"code": phone.wrong(client.now())})
    client.step_up(phone)
    events = client.get("/events").json()["events"]
    kinds = [event["type"] for event in events]
    assert kinds.index("verified") < kinds.index("failed") < kinds.index("enrolled")
    assert [event["success"] for event in events if event["type"] == "failed"] == [False]
    assert all("Firefox on Linux" in (event["context"] or "") for event in events)


def test_events_come_in_pages(bearer: Client) -> None:
    phone, _ = bearer.enrolled()
    for _ in range(60):
        bearer.post("/backup-codes/saved")
        bearer.post("/backup-codes")
    ids, cursor = [], ""
    while True:
        page = bearer.get(f"/events?cursor={cursor}" if cursor else "/events").json()
        ids += [event["id"] for event in page["events"]]
        cursor = page.get("next_cursor")
        if not cursor:
            break
    assert len(ids) == len(set(ids)) > 60
    bearer.step_up(phone)
