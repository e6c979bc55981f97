"""Who administers, and what they see."""

import pytest
from app import accounts
from people import TWO_FACTOR, Person


@pytest.fixture
def root(ada: Person, app) -> Person:
    """An administrator with a second factor."""
    accounts.make_admin(app.state.database, "ada")
    ada.sign_in()
    ada.enrol()
    return ada


@pytest.fixture
def bob(client, clock) -> Person:
    bob = Person(client, clock, "bob")
    bob.register()
    bob.sign_in()
    return bob


PATHS = ["/api/admin/figures", "/api/admin/users", "/api/admin/2fa/stats"]


@pytest.mark.parametrize("path", PATHS)
def test_users_are_not_administrators(bob: Person, path: str) -> None:
    bob.enrol()
    refused = bob.call("GET", path)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_administrator")


@pytest.mark.parametrize("path", PATHS)
def test_nobody_is_not_an_administrator(client, path: str) -> None:
    assert client.get(path).status_code in (401, 403)


def test_an_administrator_without_a_second_factor_is_told_to_switch_it_on(ada: Person, app) -> None:
    accounts.make_admin(app.state.database, "ada")
    answer = ada.sign_in().json()
    assert answer["enrollment_required"] is True
    assert ada.call("GET", "/api/admin/figures").status_code == 403


def test_an_administrator_cannot_switch_it_off(root: Person) -> None:
    refused = root.call("POST", f"{TWO_FACTOR}/disable", {"password": root.password})
    assert (refused.status_code, refused.json()["code"]) == (403, "required_by_policy")


def test_the_five_figures(root: Person, bob: Person, clock) -> None:
    bob.enrol()
    bob.verify(bob.challenge(), "000000")
    bob.verify(bob.challenge(), bob.fresh_code())
    bob.call("POST", f"{TWO_FACTOR}/disable", {"password": bob.password})
    assert root.call("GET", "/api/admin/figures").json() == {
        "users": 2,
        "users_with_2fa": 1,
        "enabled_30d": 2,
        "disabled_30d": 1,
        "failed_30d": 1,
    }
    clock.advance(31 * 86_400)
    root.verify(root.challenge(), root.fresh_code())
    later = root.call("GET", "/api/admin/figures").json()
    assert (later["users"], later["users_with_2fa"]) == (2, 1)
    assert (later["enabled_30d"], later["disabled_30d"], later["failed_30d"]) == (0, 0, 0)


def test_an_administrator_finds_a_user_and_resets_a_lost_second_factor(root: Person, bob: Person) -> None:
    bob.enrol()
    found = root.call("GET", "/api/admin/users?search=BOB@").json()
    assert [user["username"] for user in found] == ["bob"]
    user = f"/api/admin/2fa/users/{found[0]['id']}"
    assert root.call("GET", user).json()["enabled"] is True
    assert root.call("POST", f"{user}/reset", {"reason": "lost phone"}).status_code in (200, 204)
    assert "access_token" in bob.sign_in().json()


def test_a_search_takes_wildcards_literally(root: Person, bob: Person) -> None:
    assert root.call("GET", "/api/admin/users?search=%25").json() == []


def test_a_role_taken_away_counts_at_once(root: Person, app) -> None:
    from app.models import User
    from sqlalchemy import update

    with app.state.database.begin() as db:
        db.execute(update(User).values(role="user"))
    assert root.call("GET", "/api/admin/figures").status_code == 403
