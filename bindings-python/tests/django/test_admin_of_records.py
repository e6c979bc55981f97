"""The model admin: states and events to be read, and what the help desk may do."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from twinlock import InvalidCode
from twinlock.django import conf
from twinlock.django.models import Event, Record
from twinlock.django.test import Client
from twinlock.testing import VirtualClock, enroll

pytestmark = pytest.mark.django_db
RECORDS, EVENTS = "/admin/twinlock/record/", "/admin/twinlock/event/"
PAGE = {"HTTP_SEC_FETCH_MODE": "navigate", "HTTP_ACCEPT": "text/html"}


@pytest.fixture
def clock(settings) -> VirtualClock:
    clock = VirtualClock()
    settings.TWINLOCK = {**settings.TWINLOCK, "CLOCK": clock}
    return clock


@pytest.fixture
def ada(clock):
    user = get_user_model().objects.create_user("ada", "ada@example.com", "correct horse")
    user.phone, user.enrolled = enroll(conf.two_factor(), conf.user_id(user), clock)
    return user


@pytest.fixture
def desk(clock):
    """A browser of somebody from the help desk with these permissions."""

    def signed_in(*codenames: str, proved: bool = True) -> Client:
        user = get_user_model().objects.create_user("helen", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client = Client(headers={"sec-fetch-mode": "navigate", "accept": "text/html"})
        if proved:
            client.force_two_factor(user)
        else:
            client.force_login(user)
        return client

    return signed_in


def act(client, action, *users, **more):
    ids = [conf.user_id(user) for user in users]
    return client.post(RECORDS, {"action": action, "_selected_action": ids, **more})


def test_the_list_shows_who_and_nothing_sealed(desk, ada):
    page = desk("view_record").get(RECORDS).content.decode()
    assert f"ada ({ada.pk})" in page
    assert "2026a" in page


def test_a_record_shows_the_state_and_no_secret(desk, ada):
    sealed = bytes(Record.objects.get(user_id=conf.user_id(ada)).data)
    page = desk("view_record").get(f"{RECORDS}{ada.pk}/change/").content.decode()
    assert "two-factor authentication: on" in page
    assert "backup codes: 10 of 10 left" in page
    for secret in (ada.enrolled.assurance, ada.enrolled.device, *ada.enrolled.backup_codes, sealed.hex()):
        assert secret not in page
    assert 'name="_save"' not in page


def test_an_unreadable_record_says_why(desk, ada):
    Record.objects.filter(user_id=conf.user_id(ada)).update(data=b"garbage")
    page = desk("view_record").get(f"{RECORDS}{ada.pk}/change/")
    assert page.status_code == 200
    assert "record" in page.content.decode()


def test_users_are_found_by_name_and_by_id(desk, ada, clock):
    eve = get_user_model().objects.create_user("eve")
    enroll(conf.two_factor(), conf.user_id(eve), clock)
    client = desk("view_record", "view_event")
    for url in (RECORDS, EVENTS):
        for term in ("AD", str(ada.pk)):
            page = client.get(url, {"q": term}).content.decode()
            assert f"ada ({ada.pk})" in page
            assert f"eve ({eve.pk})" not in page


def test_events_are_listed_and_shown(desk, ada):
    client = desk("view_event")
    page = client.get(EVENTS).content.decode()
    assert "enrolled" in page
    event = Event.objects.filter(user_id=conf.user_id(ada), type="enrolled").get()
    assert client.get(f"{EVENTS}{event.id}/change/").status_code == 200


def test_names_cost_one_query_a_page(desk, clock, django_assert_max_num_queries):
    for number in range(30):
        user = get_user_model().objects.create_user(f"user{number}")
        enroll(conf.two_factor(), conf.user_id(user), clock)
    client = desk("view_record")
    with django_assert_max_num_queries(20):
        client.get(RECORDS)


@pytest.mark.parametrize("url", [RECORDS, EVENTS])
def test_without_permission_nothing_is_shown(desk, ada, url):
    assert desk().get(url).status_code == 403


@pytest.mark.parametrize("permission", ["add_record", "change_record", "delete_record"])
def test_there_is_no_permission_to_write(permission):
    assert not Permission.objects.filter(codename=permission).exists()


def test_nobody_writes_even_as_superuser(clock, ada):
    boss = get_user_model().objects.create_superuser("boss")
    client = Client()
    client.force_two_factor(boss)
    assert client.get(f"{RECORDS}add/").status_code == 403
    assert client.get(f"{RECORDS}{ada.pk}/delete/").status_code == 403
    assert client.post(f"{RECORDS}{ada.pk}/change/", {"enabled": ""}).status_code == 403
    with pytest.raises(TypeError):
        Record.objects.get(user_id=conf.user_id(ada)).delete()
    with pytest.raises(TypeError):
        Event.objects.first().save()


def test_reset_asks_for_a_reason_and_says_who(desk, ada):
    client = desk("view_record", "reset_record")
    asked = act(client, "reset", ada)
    assert "ada" in asked.content.decode()
    assert conf.two_factor().status(conf.user_id(ada)).enabled is True
    for unfit in ("", "   ", "x" * 129):
        assert act(client, "reset", ada, reason=unfit).status_code == 200
    assert conf.two_factor().status(conf.user_id(ada)).enabled is True
    assert act(client, "reset", ada, reason="lost phone").status_code == 302
    assert conf.two_factor().status(conf.user_id(ada)).enabled is False
    event = Event.objects.filter(type="reset").get()
    assert event.actor.startswith("helen (")
    assert "lost phone" in event.detail


def test_unlock_forgives_wrong_codes(desk, ada):
    two_factor, user_id = conf.two_factor(), conf.user_id(ada)
    for _ in range(4):
        with pytest.raises(InvalidCode):
            two_factor.verify(two_factor.after_first_factor(user_id).challenge, code=ada.phone.wrong_code())
    act(desk("view_record", "unlock_record"), "unlock", ada)
    assert two_factor.status(user_id).throttle.retry_after is None
    assert Event.objects.filter(type="unlocked").get().actor.startswith("helen (")


@pytest.mark.parametrize(("action", "permission"), [("reset", "unlock_record"), ("unlock", "reset_record")])
def test_each_action_has_a_permission_of_its_own(desk, ada, action, permission):
    act(desk("view_record", permission), action, ada, reason="because")
    assert not Event.objects.filter(type__in=["reset", "unlocked"]).exists()


@pytest.mark.parametrize("action", ["reset", "unlock"])
def test_an_old_proof_is_not_enough_to_act(desk, ada, clock, action):
    client = desk("view_record", "reset_record", "unlock_record")
    clock.advance(301)
    answer = act(client, action, ada, reason="because")
    assert answer.status_code == 302
    assert "/2fa/" in answer.url
    assert not Event.objects.filter(type__in=["reset", "unlocked"]).exists()


def test_a_password_alone_sees_nothing(desk, ada):
    client = desk("view_record", "reset_record", proved=False)
    assert client.get(RECORDS).status_code == 302
    act(client, "reset", ada, reason="because")
    assert conf.two_factor().status(conf.user_id(ada)).enabled is True


def test_where_records_are_kept_elsewhere_there_is_nothing_to_see(settings, tmp_path, clock):
    settings.TWINLOCK = {**settings.TWINLOCK, "SQLITE_FILE": tmp_path / "2fa.db"}
    boss = get_user_model().objects.create_superuser("boss")
    client = Client()
    client.force_two_factor(boss)
    assert client.get("/admin/").status_code == 200
    assert RECORDS not in client.get("/admin/").content.decode()
    assert client.get(RECORDS).status_code == 403
