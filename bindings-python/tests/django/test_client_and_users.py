"""Test clients that are signed in with a second factor; passwords that change, accounts that go; and the settings."""

from __future__ import annotations

import asyncio
import uuid
from datetime import date, datetime, timedelta, timezone

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from twinlock import AsyncTwoFactor, ConfigurationError, InvalidCode, KeyRing, MemoryStorage, StorageError
from twinlock.django import conf, signals
from twinlock.django.models import Event, Record
from twinlock.django.test import AsyncClient, Client, TestCase
from twinlock.testing import VirtualClock, async_enroll, enroll


@pytest.fixture
def clock(settings) -> VirtualClock:
    clock = VirtualClock()
    settings.TWINLOCK = {**settings.TWINLOCK, "CLOCK": clock}
    return clock


@pytest.fixture
def ada(db, clock):
    return get_user_model().objects.create_user("ada", "ada@example.com", "correct horse", is_staff=True)


# --- clients --------------------------------------------------------------------------------------------------------


def test_a_client_is_signed_in_with_a_second_factor(ada, clock):
    client = Client()
    phone = client.force_two_factor(ada)
    assert client.get("/home/").status_code == 200
    assert client.get("/admin/").status_code == 200
    clock.advance(90)
    challenge = conf.two_factor().after_first_factor(conf.user_id(ada)).challenge
    assert conf.two_factor().verify(challenge, code=phone.code()).user_id == conf.user_id(ada)


def test_while_a_login_by_force_is_refused(ada):
    Client().force_two_factor(ada)
    client = Client()
    client.force_login(ada)
    assert client.get("/home/").status_code == 401


def test_it_is_a_fresh_proof_each_time_as_often_as_wanted(ada, clock):
    for _ in range(25):
        client = Client()
        client.force_two_factor(ada)
        clock.advance(400)
        assert client.get("/home/").status_code == 200


def test_without_backup_codes_too(ada, clock, settings):
    settings.TWINLOCK = {**settings.TWINLOCK, "POLICY": {"backup_codes": 0}}
    for seconds in (0, 30, 31, 90, 400):
        clock.advance(seconds)
        client = Client()
        client.force_two_factor(ada)
        assert client.get("/home/").status_code == 200


def test_with_a_clock_that_runs(db, settings):
    user = get_user_model().objects.create_user("grace")
    for _ in range(3):
        client = Client()
        client.force_two_factor(user)
        assert client.get("/home/").status_code == 200


def test_a_user_enrolled_by_the_test_itself_is_told_so(ada, clock):
    enroll(conf.two_factor(), conf.user_id(ada), clock)
    with pytest.raises(AssertionError, match="phone"):
        Client().force_two_factor(ada)


def test_the_clients_of_the_test_cases_have_it():
    assert TestCase.client_class is Client
    assert TestCase.async_client_class is AsyncClient


class WithDjangosOwnRunner(TestCase):
    """As a project writes it; each test finds nothing of the other."""

    def test_one(self):
        self.tried()

    def test_other(self):
        self.tried()

    async def test_awaited(self):
        user = await get_user_model().objects.acreate_user("ada")
        await self.async_client.aforce_two_factor(user)
        assert (await self.async_client.get("/home/")).status_code == 200

    def tried(self):
        assert not Record.objects.exists()
        user = get_user_model().objects.create_user("ada")
        self.client.force_two_factor(user)
        assert self.client.get("/home/").status_code == 200
        assert Record.objects.count() == 1


def test_a_test_without_a_database_gets_none(clock):
    with pytest.raises(StorageError) as refusal:
        conf.two_factor().status("1")
    assert "Database access not allowed" in str(refusal.value.__cause__)


def test_what_a_simple_test_case_forbids_is_not_gone_round(clock, monkeypatch):
    def forbidden():
        raise AssertionError("connections are not allowed here")

    monkeypatch.setattr(connection, "is_in_memory_db", lambda: False)
    monkeypatch.setattr(connection, "connect", forbidden)
    with pytest.raises(StorageError) as refusal:
        conf.two_factor().status("1")
    assert "not allowed here" in str(refusal.value.__cause__)


# --- async ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_async_code_gets_the_same_engine_and_receivers_may_use_the_orm(clock):
    seen = []

    def receiver(event, **_):
        seen.append((event.type, get_user_model().objects.count()))

    signals.enrolled.connect(receiver)
    two_factor = conf.async_two_factor()
    assert isinstance(two_factor, AsyncTwoFactor)

    async def story():
        phone, _ = await async_enroll(two_factor, "1", clock)
        clock.advance(90)
        step = await two_factor.after_first_factor("1")
        with pytest.raises(InvalidCode):
            await two_factor.verify(step.challenge, code=phone.wrong_code())
        assert (await two_factor.verify(step.challenge, code=phone.code())).user_id == "1"
        assert (await two_factor.stats()).enabled_users == 1
        assert len((await two_factor.events("1")).events) >= 3

    asyncio.run(story())
    signals.enrolled.disconnect(receiver)
    assert seen == [("enrolled", 0)]
    assert conf.two_factor().status("1").enabled


# --- signals --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_receiver_that_fails_keeps_the_answer_from_nobody(clock, caplog):
    def fails(**_):
        raise RuntimeError("mail server is down")

    heard = []

    def hears(event, durable, **_):
        heard.append((event.type, durable))

    signals.enrolled.connect(fails)
    signals.happened.connect(hears)
    enroll(conf.two_factor(), "1", clock)
    signals.enrolled.disconnect(fails)
    signals.happened.disconnect(hears)
    assert ("enrolled", True) in heard
    assert "mail server is down" in caplog.text


# --- users ----------------------------------------------------------------------------------------------------------


def told(user, type):
    return Event.objects.filter(user_id=conf.user_id(user), type=type).count()


def test_a_new_password_ends_proofs(ada, django_capture_on_commit_callbacks):
    client = Client()
    client.force_two_factor(ada)
    with django_capture_on_commit_callbacks(execute=True):
        ada.set_password("another horse")
        ada.save()
    assert told(ada, "password_changed") == 1
    client.force_login(ada)
    assert client.get("/home/").status_code == 401


def test_a_change_that_is_rolled_back_ends_nothing(ada, settings, tmp_path, django_capture_on_commit_callbacks):
    # Under a test case the other storage would be rolled back too, and show nothing.
    settings.TWINLOCK = {**settings.TWINLOCK, "SQLITE_FILE": tmp_path / "2fa.db"}
    Client().force_two_factor(ada)
    with django_capture_on_commit_callbacks(execute=True):
        with pytest.raises(RuntimeError), transaction.atomic():
            ada.set_password("another horse")
            ada.save()
            raise RuntimeError
    events = conf.two_factor().events(conf.user_id(ada)).events
    assert "password_changed" not in [event.type for event in events]


def test_the_same_password_hashed_anew_ends_nothing(ada, settings, django_capture_on_commit_callbacks):
    Client().force_two_factor(ada)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher", *settings.PASSWORD_HASHERS]
    with django_capture_on_commit_callbacks(execute=True):
        assert ada.check_password("correct horse")
        ada.first_name = "Ada"
        ada.save()
    assert ada.password.startswith("pbkdf2")
    assert told(ada, "password_changed") == 0
    assert make_password("x").startswith("pbkdf2")


def test_with_the_account_goes_the_record(ada, django_capture_on_commit_callbacks):
    Client().force_two_factor(ada)
    with django_capture_on_commit_callbacks(execute=True):
        ada.delete()
    assert not Record.objects.exists()
    assert not Event.objects.exists()


# --- settings -------------------------------------------------------------------------------------------------------


class Person:
    EMAIL_FIELD = "email"

    def __init__(self, pk, email="", name="ada"):
        self.pk, self.email, self.name = pk, email, name

    def get_username(self):
        return self.name


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (42, "42"),
        (uuid.UUID("ABCDEF12-3456-7890-ABCD-EF1234567890"), "abcdef12-3456-7890-abcd-ef1234567890"),
        ("Ada", "Ada"),
    ],
)
def test_keys_become_text(key, text):
    assert conf.user_id(Person(key)) == text


@pytest.mark.parametrize("key", [None, "", True, 4.2, b"1"])
def test_other_keys_are_refused(key):
    with pytest.raises(ConfigurationError):
        conf.user_id(Person(key))


def test_the_app_shows_the_mail_address_or_the_name(settings):
    assert conf.account_name(Person(1, "ada@example.com")) == "ada@example.com"
    assert conf.account_name(Person(1)) == "ada"
    assert conf.account_name(Person(1, name="é" * 100)) == "é" * 64
    settings.TWINLOCK = {**settings.TWINLOCK, "ACCOUNT_NAME": lambda user: f"no. {user.pk}"}
    assert conf.account_name(Person(1, "ada@example.com")) == "no. 1"


NOW = datetime.fromtimestamp(1_700_000_000, timezone.utc)


@pytest.mark.parametrize(
    ("answer", "required"),
    [
        (True, True),
        (False, False),
        (NOW, True),
        (NOW + timedelta(seconds=1), False),
        (NOW.date(), True),
        (NOW.date() + timedelta(days=1), False),
        (datetime(2023, 11, 14, 23, 13, 20), True),  # in the time zone of the settings
        (datetime(2023, 11, 14, 23, 13, 21), False),
        (date(2000, 1, 1), True),
    ],
)
def test_a_rule_says_who_must_have_one_and_from_when(settings, clock, answer, required):
    assert conf.required_for(Person(1)) is False
    settings.TWINLOCK = {**settings.TWINLOCK, "REQUIRED_FOR": lambda user: answer}
    assert conf.required_for(Person(1)) is required


@pytest.mark.parametrize("answer", [None, 1, "yes"])
def test_a_rule_that_answers_something_else_is_refused(settings, answer):
    settings.TWINLOCK = {**settings.TWINLOCK, "REQUIRED_FOR": lambda user: answer}
    with pytest.raises(ConfigurationError):
        conf.required_for(Person(1))


def test_keys_come_from_the_settings_a_file_or_the_environment(settings, tmp_path, monkeypatch):
    keys = KeyRing.generate("there").to_text()
    (tmp_path / "keys").write_text(keys)
    for given in ({"KEYS": keys}, {"KEYS": KeyRing.from_text(keys)}, {"KEYS_FILE": tmp_path / "keys"}):
        settings.TWINLOCK = {"ISSUER": "Acme", **given}
        assert conf.two_factor().active_key_id == "there"
        assert keys not in repr(conf.settings())
    settings.TWINLOCK = {"ISSUER": "Acme"}
    with pytest.raises(ConfigurationError, match="keygen"):
        conf.two_factor()
    monkeypatch.setenv("TWINLOCK_KEYS_FILE", str(tmp_path / "keys"))
    assert conf.two_factor().active_key_id == "there"
    monkeypatch.setenv("TWINLOCK_KEYS", KeyRing.generate("env").to_text())
    settings.TWINLOCK = {"ISSUER": "Acme", "NAMESPACE": "staging"}
    assert conf.two_factor().active_key_id == "env"


def memory():
    return MemoryStorage()


def test_another_storage_and_a_file_of_its_own(settings, tmp_path):
    settings.TWINLOCK = {**settings.TWINLOCK, "STORAGE": memory}
    assert conf.two_factor().status("1").enabled is False
    assert type(conf.two_factor().storage) is MemoryStorage
    kept = {**settings.TWINLOCK, "STORAGE": None, "SQLITE_FILE": tmp_path / "2fa.db"}
    settings.TWINLOCK = kept
    conf.two_factor().password_changed("1")
    assert (tmp_path / "2fa.db").exists()


def test_one_engine_for_the_process_until_the_settings_change(settings):
    first = conf.two_factor()
    assert conf.two_factor() is first
    settings.TWINLOCK = {**settings.TWINLOCK, "ISSUER": "Other"}
    assert conf.two_factor() is not first
