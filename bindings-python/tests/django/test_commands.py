"""The commands of the help desk and of the operator."""

from __future__ import annotations

import io
import json

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from twinlock import InvalidCode, KeyRing
from twinlock.django import conf
from twinlock.django.models import Event, Record
from twinlock.testing import VirtualClock, enroll

pytestmark = pytest.mark.django_db
OLD, NEW = KeyRing.generate("2025b").to_text(), KeyRing.generate("2026a").to_text()


@pytest.fixture
def clock(settings) -> VirtualClock:
    clock = VirtualClock()
    settings.TWINLOCK = {"ISSUER": "Acme", "KEYS": OLD, "CLOCK": clock}
    return clock


@pytest.fixture
def ada(clock):
    user = get_user_model().objects.create_user("ada", "ada@example.com", "correct horse")
    user.phone, _ = enroll(conf.two_factor(), conf.user_id(user), clock)
    clock.advance(90)
    return user


def said(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_status_of_a_user_is_told_by_name_and_by_id(ada):
    by_name = said("twinlock_status", "ada")
    assert by_name == said("twinlock_status", str(ada.pk), "--id")
    assert "two-factor authentication: on" in by_name
    assert "backup codes: 10 of 10 left" in by_name
    assert json.loads(said("twinlock_status", "ada", "--json"))["enabled"] is True


def test_figures_of_all(ada):
    assert "enabled users: 1" in said("twinlock_status")
    figures = json.loads(said("twinlock_status", "--json"))
    assert (figures["enabled_users"], figures["enabled_30d"], figures["active_key"]) == (1, 1, "2025b")


def test_nobody_of_that_name_is_no_user_without_a_second_factor(clock):
    with pytest.raises(CommandError, match="no user"):
        call_command("twinlock_status", "eve")
    assert "off" in said("twinlock_status", "eve", "--id")


def test_reset_wipes_and_says_who_and_why(ada):
    said("twinlock_reset", "ada", "--actor", "helpdesk", "--reason", "lost phone")
    assert conf.two_factor().status(conf.user_id(ada)).enabled is False
    told = Event.objects.filter(type="reset").get()
    assert told.actor == "helpdesk"
    assert json.loads(told.detail)["reason"] == "lost phone"


def test_reset_without_an_actor_is_refused(ada):
    with pytest.raises(CommandError):
        call_command("twinlock_reset", "ada", "--reason", "lost phone")
    assert conf.two_factor().status(conf.user_id(ada)).enabled is True


def test_unlock_forgives(ada):
    two_factor, user_id = conf.two_factor(), conf.user_id(ada)
    for _ in range(4):
        with pytest.raises(InvalidCode):
            two_factor.verify(two_factor.after_first_factor(user_id).challenge, code=ada.phone.wrong_code())
    assert two_factor.status(user_id).throttle.retry_after
    said("twinlock_unlock", "ada", "--actor", "helpdesk")
    assert two_factor.status(user_id).throttle.retry_after is None


def test_reseal_moves_every_record_and_a_second_run_finds_nothing(ada, clock, settings):
    for number in range(5):
        enroll(conf.two_factor(), f"user {number}", clock)
    settings.TWINLOCK = {**settings.TWINLOCK, "KEYS": f"{NEW},{OLD}"}
    assert "6 records moved to key 2026a, 0 failed" in said("twinlock_reseal")
    assert set(Record.objects.values_list("key_id", flat=True)) == {"2026a"}
    assert "0 records moved" in said("twinlock_reseal")
    assert Event.objects.filter(type="resealed").count() == 6


def test_reseal_that_was_stopped_goes_on(ada, clock, settings):
    for number in range(5):
        enroll(conf.two_factor(), f"user {number}", clock)
    settings.TWINLOCK = {**settings.TWINLOCK, "KEYS": f"{NEW},{OLD}"}
    conf.two_factor().reseal("user 1")
    conf.two_factor().reseal("user 3")
    assert "4 records moved" in said("twinlock_reseal")


def test_a_record_that_cannot_be_moved_fails_the_command_and_keeps_no_other(ada, clock, settings):
    enroll(conf.two_factor(), "user 0", clock)
    enroll(conf.two_factor(), "user 1", clock)
    Record.objects.filter(user_id="user 0").update(data=b"garbage")
    settings.TWINLOCK = {**settings.TWINLOCK, "KEYS": f"{NEW},{OLD}"}
    complaints = io.StringIO()
    with pytest.raises(CommandError, match="old key"):
        call_command("twinlock_reseal", stdout=io.StringIO(), stderr=complaints)
    assert "user 0" not in complaints.getvalue()
    assert Record.objects.filter(key_id="2026a").count() == 2


def test_purge_deletes_old_events_only(ada, clock):
    conf.two_factor().password_changed(conf.user_id(ada))
    before = Event.objects.count()
    clock.advance(100 * 86_400)
    conf.two_factor().password_changed(conf.user_id(ada))
    assert f"{before} events deleted" in said("twinlock_purge", "--days", "90")
    assert Event.objects.count() == 1
    assert Record.objects.count() == 1
    for days in ("0", "-1"):
        with pytest.raises(CommandError):
            call_command("twinlock_purge", f"--days={days}")


def test_a_refusal_is_one_line(settings):
    settings.TWINLOCK = {}
    for command in ("twinlock_status", "twinlock_reseal"):
        with pytest.raises(CommandError, match="ISSUER"):
            call_command(command)
