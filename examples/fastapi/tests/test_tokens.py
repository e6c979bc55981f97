"""Access and refresh tokens: how long, how often, and what ends them."""

import jwt
import pytest
from app.application import create_app
from app.settings import Settings
from fastapi.testclient import TestClient
from people import ORIGIN, TWO_FACTOR, Person
from sqlalchemy import text


def refresh(person: Person, token: str | None = None):
    person_token = token or person.refresh
    return person.call("POST", "/api/auth/refresh", {"refresh_token": person_token})


def claims(token: str) -> dict:
    return jwt.decode(token, options={"verify_signature": False})


def test_an_access_token_lives_fifteen_minutes(ada: Person, clock) -> None:
    clock.advance(15 * 60 - 1)
    assert ada.me().status_code == 200
    clock.advance(1)
    late = ada.me()
    assert (late.status_code, late.json()["code"]) == (401, "not_signed_in")
    assert late.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_refresh_token_lives_thirty_days_and_is_rotated(ada: Person, clock) -> None:
    first = ada.refresh
    clock.advance(29 * 86_400)
    assert refresh(ada).status_code == 200
    assert ada.refresh != first
    assert ada.me().status_code == 200
    clock.advance(30 * 86_400)
    assert refresh(ada).json()["code"] == "session_ended"


def test_a_refresh_token_used_twice_ends_the_whole_family(ada: Person) -> None:
    stolen = ada.refresh
    refresh(ada)
    assert refresh(ada, stolen).status_code == 401
    assert refresh(ada).status_code == 401, "the rotated token must be dead, too"
    assert ada.me().status_code == 401, "and the access token with it"


def test_reuse_in_one_session_leaves_the_others_alone(ada: Person, client, clock) -> None:
    elsewhere = Person(client, clock, "ada")
    elsewhere.sign_in()
    stolen = ada.refresh
    refresh(ada)
    refresh(ada, stolen)
    assert elsewhere.me().status_code == 200
    assert refresh(elsewhere).status_code == 200


def test_logout_revokes_the_access_token_and_deletes_the_refresh_token(ada: Person, app) -> None:
    access, token = ada.access, ada.refresh
    assert ada.call("POST", "/api/auth/logout").status_code == 204
    assert ada.me().status_code == 401
    assert refresh(ada, token).status_code == 401
    with app.state.database() as db:
        assert claims(access)["jti"] in db.scalars(text("SELECT jti FROM revoked_tokens")).all()
        assert db.scalar(text("SELECT count(*) FROM refresh_tokens")) == 0


def test_logout_with_the_refresh_token_alone_works_after_the_access_token_expired(ada: Person, clock) -> None:
    clock.advance(3600)
    token = ada.refresh
    assert ada.call("POST", "/api/auth/logout", {"refresh_token": token}).status_code == 204
    assert refresh(ada, token).status_code == 401


def test_refresh_keeps_the_proof(ada: Person, clock) -> None:
    ada.enrol()
    before = claims(ada.access or "")
    clock.advance(14 * 60)
    refresh(ada)
    after = claims(ada.access or "")
    assert after["amr"] == ["pwd", "otp"]
    assert after["tfa"] == before["tfa"]
    assert after["jti"] != before["jti"]
    assert ada.call("GET", f"{TWO_FACTOR}/status").status_code == 200


def test_tokens_of_the_old_key_are_accepted_and_the_new_key_signs(ada: Person, settings: Settings) -> None:
    token = claims(ada.access or "")
    assert jwt.get_unverified_header(ada.access or "")["kid"] == "new"
    ada.access = jwt.encode(token, "o" * 32, algorithm="HS256", headers={"kid": "old"})
    assert ada.me().status_code == 200


@pytest.mark.parametrize(
    ("key", "headers", "algorithm"),
    [
        ("x" * 32, {"kid": "new"}, "HS256"),
        ("n" * 32, {"kid": "gone"}, "HS256"),
        ("n" * 32, {}, "HS256"),
        ("n" * 64, {"kid": "new"}, "HS512"),
        (None, {"kid": "new"}, "none"),
    ],
)
def test_forged_access_tokens_are_nobody(ada: Person, key, headers, algorithm) -> None:
    ada.access = jwt.encode(claims(ada.access or ""), key, algorithm=algorithm, headers=headers)
    assert ada.me().status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a.b.c", "Bearer \x7f"])
def test_garbage_in_the_authorization_header_is_nobody(client: TestClient, header: str) -> None:
    assert client.get("/api/user/me", headers={"Authorization": header}).status_code == 401


def test_expired_rows_are_dropped_at_the_next_start(ada: Person, app, settings: Settings, clock) -> None:
    ada.call("POST", "/api/auth/logout")
    ada.sign_in()
    clock.advance(31 * 86_400)
    with TestClient(create_app(settings, clock), base_url=ORIGIN), app.state.database() as db:
        assert db.scalar(text("SELECT count(*) FROM refresh_tokens")) == 0
        assert db.scalar(text("SELECT count(*) FROM revoked_tokens")) == 0
