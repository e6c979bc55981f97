"""The same application on PostgreSQL and MariaDB: its stories there, and what only many writers at once can show."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from app import accounts
from app.application import create_app
from app.settings import Settings, SettingsError
from app.tokens import Proof, SessionEnded
from fastapi.testclient import TestClient
from people import ORIGIN, TWO_FACTOR, Person
from sqlalchemy import create_engine, inspect, text

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests" / "servers"))
# The stories of the other files, with the settings of this one.
from test_accounts import *  # noqa: F403
from test_admin import *  # noqa: F403
from test_sensitive import *  # noqa: F403
from test_story import *  # noqa: F403
from test_tokens import *  # noqa: F403
from twinlock_servers import RunningServer, running

PROGRAMS = {"postgres": "postgresql", "mariadb": "mariadb"}


@pytest.fixture(scope="session", params=list(PROGRAMS))
def server(request: pytest.FixtureRequest) -> Iterator[RunningServer]:
    installed = shutil.which("mariadbd", path=f"{os.environ['PATH']}:/usr/sbin") if request.param == "mariadb" else None
    if not installed and not list(Path("/usr/lib/postgresql").glob("*/bin/postgres")) and not os.environ.get("CI"):
        pytest.skip(f"missing: {request.param}")
    with running(request.param, fast=True) as server:
        yield server


@pytest.fixture
def settings(settings: Settings, server: RunningServer) -> Iterator[Settings]:
    # As a host would write it, without a driver.
    url = f"{PROGRAMS[server.facts['kind']]}://{server.user}:{server.password}@{server.host}:{server.port}/{server.database}"
    given = {"DATABASE_URL": url, "APP_ENV": "development", "TWINLOCK_DEMO_DATA": str(settings.data)}
    told = Settings.from_env(given).database_url
    assert told is not None
    yield replace(settings, database_url=told)
    engine = create_engine(told)
    with engine.begin() as connection:
        for table in ("refresh_tokens", "revoked_tokens", "users", "twinlock_record", "twinlock_event"):
            connection.execute(text(f"DELETE FROM {table}"))
    engine.dispose()


def test_everything_is_in_that_database(ada: Person, app, settings: Settings) -> None:
    ada.enrol()
    tables = set(inspect(app.state.engine).get_table_names())
    assert tables == {"users", "refresh_tokens", "revoked_tokens", "twinlock_record", "twinlock_event"}
    assert not list(settings.data.glob("*.db"))


def test_a_second_start_finds_the_accounts(ada: Person, settings: Settings, clock) -> None:
    ada.enrol()
    with TestClient(create_app(settings, clock), base_url=ORIGIN) as again:
        later = Person(again, clock, "ada")
        assert later.sign_in().json()["two_factor_required"] is True


def test_names_are_told_apart_to_the_letter(ada: Person, client, clock) -> None:
    other = Person(client, clock, "adá")
    assert other.register().status_code == 201
    other.password = "not this one at all"
    assert other.sign_in().status_code == 401
    assert accounts.find(client.app.state.database, "adà") is None


@pytest.mark.parametrize("name", ["a\0da", "\0"])
def test_a_name_that_the_database_cannot_hold_is_nobodys(client, name: str) -> None:
    body = {"username": name, "password": "correct horse battery"}
    assert client.post("/api/auth/login", json=body).status_code in (401, 422, 400)


def test_a_lockout_outlives_a_failed_request(ada: Person) -> None:
    ada.enrol()
    ada.clock.advance(90)
    for _ in range(4):
        assert ada.verify(ada.challenge(), ada.phone.wrong_code()).json()["code"] == "invalid_code"
    assert ada.verify(ada.challenge(), ada.phone.wrong_code()).json()["code"] == "throttled"


def test_one_code_lets_one_of_many_in(ada: Person, client, clock) -> None:
    ada.enrol()
    challenges = [ada.challenge() for _ in range(8)]
    code, answers = ada.fresh_code(), []

    def verify(challenge: str) -> None:
        body = {"challenge": challenge, "code": code}
        answers.append(client.post(f"{TWO_FACTOR}/verify", json=body).status_code)

    at_once([lambda challenge=challenge: verify(challenge) for challenge in challenges])
    assert len(answers) == 8
    assert answers.count(200) == 1


def test_of_one_refresh_token_used_by_many_nothing_is_left(ada: Person, app) -> None:
    tokens, outcomes = app.state.tokens, []
    first = tokens.issue(user_of(app), Proof())

    def rotate() -> None:
        try:
            outcomes.append(tokens.rotate(first.refresh))
        except SessionEnded:
            outcomes.append(None)

    at_once([rotate] * 8)
    won = [pair for pair in outcomes if pair is not None]
    assert len(won) == 1
    with pytest.raises(SessionEnded):
        tokens.rotate(won[0].refresh)


def test_a_session_that_is_ended_while_it_is_rotated_leaves_no_successor(ada: Person, app) -> None:
    tokens, user_id = app.state.tokens, user_of(app)
    for _ in range(20):
        pair, after = tokens.issue(user_id, Proof()), []

        def rotate(refresh: str = pair.refresh, after: list = after) -> None:
            try:
                after.append(tokens.rotate(refresh))
            except SessionEnded:
                pass

        at_once([rotate, lambda: tokens.end_others(user_id, None)])
        for successor in after:
            with pytest.raises(SessionEnded):
                tokens.rotate(successor.refresh)


def user_of(app) -> str:
    user = accounts.find(app.state.database, "ada")
    assert user is not None
    return user.id


def at_once(calls: list) -> None:
    """All from one barrier; what fails, fails the test."""
    barrier, failures = threading.Barrier(len(calls)), []

    def run(call) -> None:
        barrier.wait(timeout=30)
        try:
            call()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures


@pytest.mark.parametrize("url", ["oracle://a@b/c", "sqlite:///a.db", "postgresql", "//:hunter2@host"])
def test_another_database_is_refused_and_not_shown(tmp_path: Path, url: str) -> None:
    env = {"APP_ENV": "development", "TWINLOCK_DEMO_DATA": str(tmp_path), "DATABASE_URL": url}
    with pytest.raises(SettingsError, match="DATABASE_URL") as refusal:
        Settings.from_env(env)
    assert "hunter2" not in str(refusal.value)


def test_the_address_may_come_from_a_file_and_is_in_no_representation(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("mysql://app:hunter2@db/app\n")
    env = {"APP_ENV": "development", "TWINLOCK_DEMO_DATA": str(tmp_path), "DATABASE_URL_FILE": str(tmp_path / "url")}
    settings = Settings.from_env(env)
    assert settings.database_url == "mysql+pymysql://app:hunter2@db/app"
    assert "hunter2" not in repr(settings)
    with pytest.raises(SettingsError, match="DATABASE_URL_FILE"):
        Settings.from_env({**env, "DATABASE_URL_FILE": str(tmp_path / "nothing")})
