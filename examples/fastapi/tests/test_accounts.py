"""Passwords and accounts."""

import json

import bcrypt
import pytest
from app import accounts, demo, passwords
from app.application import create_app
from app.models import User
from fastapi.testclient import TestClient
from people import ORIGIN, PASSWORD, TWO_FACTOR, Person
from sqlalchemy import update


def stored_hash(app, name: str) -> str:
    user = accounts.find(app.state.database, name)
    assert user
    return user.password_hash


def put_hash(app, name: str, password_hash: str) -> None:
    with app.state.database.begin() as db:
        db.execute(update(User).where(User.username == name).values(password_hash=password_hash))


def test_new_passwords_are_argon2id(ada: Person, app) -> None:
    assert stored_hash(app, "ada").startswith("$argon2id$")


def test_a_bcrypt_hash_signs_in_and_is_replaced(ada: Person, app) -> None:
    put_hash(app, "ada", bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode())
    assert ada.sign_in().status_code == 200
    assert stored_hash(app, "ada").startswith("$argon2id$")
    assert ada.sign_in().status_code == 200


def test_a_wrong_password_does_not_replace_a_bcrypt_hash(ada: Person, app) -> None:
    old = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    put_hash(app, "ada", old)
    ada.password = "something else"
    assert ada.sign_in().status_code == 401
    assert stored_hash(app, "ada") == old


def test_a_long_password_opens_a_bcrypt_hash_that_was_cut_at_72_bytes(ada: Person, app) -> None:
    ada.password = "ä" * 60
    put_hash(app, "ada", bcrypt.hashpw(ada.password.encode()[:72], bcrypt.gensalt(4)).decode())
    assert ada.sign_in().status_code == 200


def test_an_unknown_hash_signs_nobody_in(ada: Person, app) -> None:
    put_hash(app, "ada", "plain text")
    assert ada.sign_in().status_code == 401


def test_unknown_users_cost_the_same_work_and_get_the_same_answer(ada: Person, monkeypatch) -> None:
    checked: list[str] = []
    real = passwords._hasher.verify_and_update
    monkeypatch.setattr(
        passwords._hasher,
        "verify_and_update",
        lambda word, stored: (checked.append(stored), real(word, stored))[1],
    )
    ada.password = "wrong wrong"
    known = ada.sign_in()
    ada.name = "nobody"
    unknown = ada.sign_in()
    assert known.json() == unknown.json()
    assert known.status_code == unknown.status_code == 401
    assert [stored.rsplit("$", 2)[0] for stored in checked] == ["$argon2id$v=19$m=19456,t=2,p=1"] * 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"username": "ADA"}, "username_taken"),
        ({"username": "ａｄａ"}, "username_taken"),
        ({"email": "Ada@Example.com"}, "email_taken"),
    ],
)
def test_names_and_addresses_are_taken_whatever_their_case(ada: Person, change, code) -> None:
    body = {"username": "other", "email": "other@example.com", "password": PASSWORD, **change}
    answer = ada.call("POST", "/api/auth/register", body)
    assert (answer.status_code, answer.json()["code"]) == (409, code)


@pytest.mark.parametrize(
    "change",
    [
        {"username": "a@b"},
        {"username": "ab"},
        {"username": "a b c"},
        {"username": None},
        {"email": "nowhere"},
        {"email": "a@b@c"},
        {"email": "a\n@example.com"},
        {"password": "short"},
        {"password": "x" * 257},
        {"password": 12345678},
    ],
)
def test_what_cannot_be_an_account_is_refused_without_repeating_it(client: TestClient, change) -> None:
    body = {
        "username": "grace",
        "email": "grace@example.com",
        "password": "my secret word",
        **change,
    }
    answer = client.post("/api/auth/register", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
    assert "my secret word" not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_changed_password_ends_other_sessions_and_every_trust(ada: Person, client, clock) -> None:
    ada.enrol()
    elsewhere = Person(client, clock, "ada")
    elsewhere.phone = ada.phone
    elsewhere.verify(elsewhere.challenge(), elsewhere.fresh_code(), trust_device=True)
    ada.step_up()
    new = "an even better one"
    body = {"password": ada.password, "new_password": new}
    assert ada.call("POST", "/api/user/password", body).status_code == 204
    assert ada.me().status_code == 200
    assert elsewhere.me().status_code == 401
    elsewhere.password = new
    assert elsewhere.sign_in().json()["two_factor_required"] is True, "trust must be gone"
    assert ada.sign_in().status_code == 401, "and so must the old password"


def test_a_password_change_wants_the_old_password_and_a_fresh_proof(ada: Person, clock) -> None:
    body = {"password": "wrong wrong", "new_password": "an even better one"}
    assert ada.call("POST", "/api/user/password", body).json()["code"] == "wrong_password"
    ada.enrol()
    clock.advance(301)
    body["password"] = ada.password
    assert ada.call("POST", "/api/user/password", body).json()["code"] == "assurance_required"


def test_deleting_the_account_takes_everything_along(ada: Person, app, client, clock) -> None:
    ada.enrol()
    user_id = ada.me().json()["id"]
    assert ada.call("DELETE", "/api/user/account").status_code == 204
    assert ada.me().status_code == 401
    assert ada.sign_in().status_code == 401
    ada.access = None
    assert ada.register().status_code == 201
    ada.sign_in()
    assert ada.me().json()["id"] != user_id
    assert ada.call("GET", f"{TWO_FACTOR}/status").json()["enabled"] is False


def test_a_deletion_that_was_cut_short_is_finished_at_the_next_start(ada: Person, app, settings, clock) -> None:
    ada.enrol()
    user_id = ada.me().json()["id"]
    accounts.close(app.state.database, clock, user_id)
    assert ada.me().status_code == 401, "a closed account is nobody's already"
    assert ada.sign_in().status_code == 401
    with TestClient(create_app(settings, clock), base_url=ORIGIN):
        assert accounts.closed(app.state.database) == []


def test_the_first_administrator_is_made_by_command(ada: Person, app, settings, monkeypatch, capsys) -> None:
    monkeypatch.setenv("TWINLOCK_DEMO_DATA", str(settings.data))
    monkeypatch.setenv("DATABASE_URL", settings.database_url or "")
    assert demo.main(["--admin", "nobody"]) == 1
    assert "register it first" in capsys.readouterr().err
    assert demo.main(["--admin", "ada"]) == 0
    assert ada.me().json()["role"] == "admin"


def test_large_bodies_are_refused_before_they_are_read(client: TestClient) -> None:
    body = {"username": "ada", "password": "x" * 20_000}
    answer = client.post("/api/auth/login", json=body)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")

    unannounced = (b"[" * 4096 for _ in range(5))
    answer = client.post("/api/auth/register", content=unannounced)
    assert answer.status_code == 413


ODD = ["", " ", "\x00", "\ud800", "a" * 5000, "٣٤٥", None, 0, -1, 2**64, 1.5, True, [], [["a"]], {}, {"$ne": 1}]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:20])
def test_odd_values_anywhere_are_refused_not_failed(ada: Person, odd) -> None:
    bodies = {
        "/api/auth/register": {"username": "eve", "email": "eve@example.com", "password": "x" * 10},
        "/api/auth/login": {
            "username": "ada",
            "password": PASSWORD,
            "code": "123456",
            "next_codes": [],
            "trust_device": False,
        },
        "/api/auth/refresh": {"refresh_token": "x"},
        "/api/user/password": {"password": "wrong", "new_password": "x" * 10},
        f"{TWO_FACTOR}/setup": {"password": "x"},
        f"{TWO_FACTOR}/setup/confirm": {"setup": "x", "code": "123456"},
        f"{TWO_FACTOR}/verify": {"challenge": "x", "code": "123456"},
        f"{TWO_FACTOR}/step-up": {"code": "123456"},
        "/api/auth/logout": {"refresh_token": "x"},
    }
    for path, body in bodies.items():
        for name in body:
            content = json.dumps({**body, name: odd})
            headers = {"Authorization": f"Bearer {ada.access}", "Content-Type": "application/json"}
            answer = ada.client.post(path, content=content, headers=headers)
            assert answer.status_code < 500, (path, name, answer.text)
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == "application/problem+json", (path, name)
        whole = ada.client.post(path, content=json.dumps(odd), headers=headers)
        assert whole.status_code < 500


def test_what_is_not_json_is_a_malformed_request(client: TestClient) -> None:
    for content in (b"{", b"\xff", b"", b"username=ada"):
        answer = client.post("/api/auth/login", content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400, content
        assert answer.headers["content-type"] == "application/problem+json"
