"""Django's storage on real servers: its tables, the kit, and that it is in nobody's transaction."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from django.core.management import call_command
from django.db import connections, transaction
from django.test import Client
from django.test.utils import override_settings
from djangos import KEYS, alias, opener
from places import Place, record
from proxy import between
from test_schema import contract, described, ran
from twinlock_servers import running

from twinlock import ConfigurationError, InvalidCode, KeyRing, StorageError, StorageTimeout, TwoFactor
from twinlock.django import _connections, conf
from twinlock.django._schema import CreateTables
from twinlock.django.models import Event, Record
from twinlock.django.storage import AsyncDjangoStorage, DjangoStorage
from twinlock.testing import VirtualClock, async_storage_kit, enroll, example_event, storage_kit

KINDS = ["postgres", "mariadb", "sqlite"]
SERVERS = ["postgres", "mariadb"]
PATIENT = {"pool_size": 2, "timeout": 30.0, "pool_timeout": 30.0}


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    connections.close_all()


def with_tables(place: Place, prefix: str = "", **options: object) -> str:
    """An alias for that database, migrated."""
    name = alias(place, **options)
    told = {"ISSUER": "Acme", "KEYS": KEYS, "DATABASE": name, "TABLE_PREFIX": prefix}
    with override_settings(TWINLOCK=told), connections[name].schema_editor() as editor:
        CreateTables().database_forwards("twinlock", editor, None, None)  # type: ignore[arg-type]
    return name


@pytest.fixture
def ready(empty: Callable[[str], Place]) -> Callable[..., str]:
    def made(kind: str, **options: object) -> str:
        return with_tables(empty(kind), **options)

    return made


@pytest.mark.parametrize("kind", KINDS)
def test_the_tables_of_the_migration_are_those_of_the_contract(empty, kind):
    found = []
    for make in (lambda place: ran(place, contract(kind)), with_tables):
        place = empty(kind)
        make(place)
        found.append(described(kind, place))
        connections.close_all()
    assert found[0][0]
    assert found[1] == found[0]


@pytest.mark.parametrize("kind", KINDS)
def test_migrate_makes_the_tables_in_the_database_of_the_settings_only_and_takes_them_back(empty, kind):
    place = empty(kind)
    name = alias(place)
    call_command("migrate", "twinlock", database=name, verbosity=0)
    assert "twinlock_record" not in connections[name].introspection.table_names()
    call_command("migrate", "twinlock", "zero", database=name, verbosity=0)
    with override_settings(TWINLOCK={"ISSUER": "Acme", "KEYS": KEYS, "DATABASE": name, "TABLE_PREFIX": "acme_"}):
        call_command("migrate", "twinlock", database=name, verbosity=0)
        assert {"acme_twinlock_record", "acme_twinlock_event"} <= set(connections[name].introspection.table_names())
        assert DjangoStorage(name, prefix="acme_").save("1", None, record(1), [example_event("1")])
        call_command("migrate", "twinlock", "zero", database=name, verbosity=0)
    assert connections[name].introspection.table_names() == ["django_migrations"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_database_keeps_the_contract(ready, kind, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the kit asks from a loop of its own
    storage_kit(partial(DjangoStorage, ready(kind), **PATIENT))


@pytest.mark.parametrize("kind", KINDS)
def test_so_do_processes(empty, kind, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    place = empty(kind)
    with_tables(place)
    storage_kit(opener(place, **PATIENT), processes=4)


@pytest.mark.parametrize("kind", KINDS)
def test_so_do_coroutines(ready, kind):
    name = ready(kind)

    async def held():
        opened = []

        def open_one():
            opened.append(AsyncDjangoStorage(name, **PATIENT))
            return opened[-1]

        await async_storage_kit(open_one)
        for one in opened:
            await one.close()

    asyncio.run(held())


@pytest.mark.parametrize("kind", KINDS)
def test_the_models_read_what_the_storage_wrote(ready, kind):
    name = ready(kind)
    event = example_event("Ada")
    assert DjangoStorage(name).save("Ada", None, record(1, b"\0\xff"), [event])
    row = Record.objects.using(name).get(user_id="Ada")
    assert (row.user_id, row.version, row.enabled, row.key_id, bytes(row.data)) == ("Ada", 1, True, "2026a", b"\0\xff")
    assert not Record.objects.using(name).filter(user_id="ada").exists()
    told = Event.objects.using(name).get(pk=event.id)
    assert (told.id, told.user_id, told.type, told.method) == (event.id, "Ada", "verified", "totp")
    assert (told.at, told.success, told.actor, told.context) == (event.at, True, None, event.context)
    assert told.detail == event.detail_json


@pytest.mark.parametrize("kind", SERVERS)
def test_a_rollback_of_the_callers_leaves_what_was_written(ready, kind):
    name = ready(kind)
    storage = DjangoStorage(name)
    with contextlib.suppress(RuntimeError), transaction.atomic(using=name):
        with connections[name].cursor() as cursor:
            cursor.execute("INSERT INTO twinlock_event (id, user_id, type, at, success, detail) VALUES "
                           "(%s, '9', 'x', 0, %s, '{}')", [bytes(16), True])  # fmt: skip
        assert storage.save("1", None, record(1), [example_event("1")])
        raise RuntimeError
    assert storage.load("1") == record(1)
    assert storage.events("9", None, 5) == []


@pytest.mark.parametrize("kind", SERVERS)
def test_a_request_that_rolls_back_leaves_the_lockout_standing(ready, kind):
    name, clock = ready(kind), VirtualClock()
    two_factor = TwoFactor(issuer="Acme", storage=DjangoStorage(name), keys=KeyRing.from_text(KEYS), clock=clock)
    phone, _ = enroll(two_factor, "1", clock)
    clock.advance(90)
    for _ in range(4):
        # As ATOMIC_REQUESTS does to a view that fails.
        with pytest.raises(InvalidCode), transaction.atomic(using=name):
            two_factor.verify(two_factor.after_first_factor("1").challenge, code=phone.wrong_code())
    assert two_factor.status("1").throttle.retry_after == 15
    two_factor.storage.close()


@pytest.mark.parametrize("kind", SERVERS)
def test_with_atomic_requests_a_view_that_fails_burns_its_code_and_counts_its_failures(empty, kind):
    place = empty(kind)
    name, clock = with_tables(place), VirtualClock()
    ran(place, ["CREATE TABLE notes (text VARCHAR(20))"])
    told = {"ISSUER": "Acme", "KEYS": KEYS, "DATABASE": name, "CLOCK": clock}
    connections.databases[name]["ATOMIC_REQUESTS"] = True
    client = Client(raise_request_exception=False)
    with override_settings(TWINLOCK=told):
        phone, _ = enroll(conf.two_factor(), "1", clock)
        clock.advance(90)
        code = phone.code()
        assert client.post("/guess/", {"user": "1", "code": code}).status_code == 500
        challenge = conf.two_factor().after_first_factor("1").challenge
        with pytest.raises(InvalidCode):
            conf.two_factor().verify(challenge, code=code)
        clock.advance(90)
        for _ in range(4):
            client.post("/guess/", {"user": "1", "code": phone.wrong_code()})
        assert conf.two_factor().status("1").throttle.retry_after == 15
        with connections[name].cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM notes")
            assert cursor.fetchone() == (0,), "the requests themselves were rolled back"


def test_on_sqlite_a_request_that_has_written_waits_for_itself_until_the_time_out(ready):
    name = ready("sqlite")
    storage = DjangoStorage(name, timeout=0.5)
    with transaction.atomic(using=name):
        with connections[name].cursor() as cursor:
            cursor.execute("DELETE FROM twinlock_event")
        with pytest.raises(StorageTimeout) as refusal:
            storage.save("1", None, record(1), [])
    assert "database is locked" in str(refusal.value.__cause__)
    assert storage.save("1", None, record(1), [])


@pytest.mark.parametrize("kind", SERVERS)
def test_a_frozen_server_refuses_within_the_time_out(kind):
    with running(kind, fast=True) as server:
        name = with_tables(Place(server, server.database))
        storage, new = (DjangoStorage(name, timeout=1.0) for _ in range(2))
        assert storage.save("1", None, record(1), [])
        server.pause()
        for call in (lambda: storage.load("1"), lambda: storage.save("1", 1, record(2), []), lambda: new.load("1")):
            start = time.monotonic()
            with pytest.raises(StorageTimeout):
                call()
            assert time.monotonic() - start < 3
        server.resume()
        assert storage.load("1") in (record(1), record(2))
        storage.close()
        connections[name].close()


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_that_was_started_again_is_met_on_a_new_connection(kind):
    with running(kind, fast=True) as server:
        name = with_tables(Place(server, server.database))
        storage = DjangoStorage(name)
        assert storage.save("1", None, record(1), [])
        server.stop()
        with pytest.raises((StorageError, StorageTimeout)):
            storage.load("1")
        server.start()
        assert storage.load("1") == record(1)
        server.stop()
        server.start()
        assert storage.save("1", 1, record(2), []), "the pool held a dead connection: nobody is told of that"
        storage.close()
        connections[name].close()


@pytest.mark.parametrize("kind", SERVERS)
def test_a_commit_whose_answer_is_lost_is_doubt_and_is_not_repeated(empty, kind):
    place = empty(kind)
    name = with_tables(place)
    assert place.server is not None
    with between(place.server) as proxy:
        storage = DjangoStorage(alias(place, proxy.port), timeout=5.0)
        assert storage.save("1", None, record(1), [])
        proxy.lose_answer_to(rb"COMMIT(?!TED)")
        with pytest.raises((StorageError, StorageTimeout)):
            storage.save("1", 1, record(2), [example_event("1")])
        storage.close()
    assert DjangoStorage(name).load("1") == record(2)
    assert len(DjangoStorage(name).events("1", None, 5)) == 1


@pytest.mark.parametrize("kind", SERVERS)
def test_the_pool_is_small_and_shared_by_threads(ready, kind):
    storage, won = DjangoStorage(ready(kind), **PATIENT), []

    def work(number):
        for version in range(10):
            won.append(storage.save(str(number), version or None, record(version + 1), []))
            assert storage.load(str(number)) == record(version + 1)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert won == [True] * 80
    assert 1 <= len(storage._pool._idle) <= 2
    storage.close()


def test_a_running_event_loop_is_not_blocked(ready):
    storage = DjangoStorage(ready("postgres"))

    async def ask():
        return storage.load("1")

    with pytest.raises(ConfigurationError, match="async_two_factor"):
        asyncio.run(ask())
    assert not storage._pool._idle


def test_a_full_pool_refuses_within_its_time_out(ready):
    storage = DjangoStorage(ready("postgres"), pool_size=1, pool_timeout=0.2, timeout=5.0)
    assert storage.load("1") is None
    start = time.monotonic()
    assert storage._pool._free.acquire()
    with pytest.raises(StorageTimeout):
        storage.load("1")
    assert time.monotonic() - start < 2
    storage._pool._free.release()
    assert storage.load("1") is None
    storage.close()


def in_child(storage, answers):
    answers.put(all(storage.save("child", v or None, record(v + 1), []) for v in range(30)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # Python 3.12 warns of what is tried here
@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork on this system")
def test_a_fork_leaves_the_parents_connections_alone(ready, kind):
    storage = DjangoStorage(ready(kind), pool_size=1)
    assert storage.load("parent") is None  # the pool holds a connection now
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=in_child, args=(storage, answers))
    child.start()
    assert all(storage.save("parent", v or None, record(v + 1), []) for v in range(30))
    assert answers.get(timeout=60) is True
    child.join(30)
    assert storage.load("child") == record(30)
    storage.close()


def test_a_read_only_server_is_refused(ready):
    name = ready("mariadb")
    with connections[name].cursor() as cursor:
        cursor.execute("SET GLOBAL read_only = 1")
        try:
            with pytest.raises(StorageError, match="read-only"):
                DjangoStorage(name).load("1")
        finally:
            cursor.execute("SET GLOBAL read_only = 0")


def test_another_isolation_of_the_server_is_not_taken_over(ready):
    name = ready("postgres")
    database = connections[name].settings_dict["NAME"]
    with connections[name].cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {database} SET default_transaction_isolation = 'serializable'")
        cursor.execute(f"ALTER DATABASE {database} SET synchronous_commit = 'off'")
    storage = DjangoStorage(name)
    told = []
    storage._call(
        lambda say: [
            told.append(say._rows(f"SHOW {what}", [])) for what in ("transaction_isolation", "synchronous_commit")
        ],
        writes=True,
    )
    assert told == [[("read committed",)], [("on",)]]
    storage.close()


@pytest.mark.parametrize("settings", [{"pool_size": 0}, {"pool_size": True}, {"timeout": 0}, {"pool_timeout": "1"}])
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ConfigurationError):
        DjangoStorage(**settings)


def test_the_file_of_the_embedded_store_is_left_to_it(tmp_path):
    from twinlock import SqliteStorage

    assert SqliteStorage(tmp_path / "2fa.db").save("1", None, record(1), [])
    with pytest.raises(ConfigurationError, match="SqliteStorage"):
        DjangoStorage(alias(Place(None, str(tmp_path / "2fa.db")))).load("1")


@pytest.mark.parametrize("kind", KINDS)
def test_a_sign_in_is_a_read_and_a_short_transaction(ready, kind, monkeypatch):
    said = []
    real = _connections.copy_of

    def copy(*arguments):
        connection = real(*arguments)
        make = connection.make_cursor

        def cursor(raw):
            made = make(raw)
            execute = made.execute
            made.execute = lambda sql, params=None: (said.append(sql.split()[0]), execute(sql, params))[1]
            return made

        connection.make_cursor = cursor
        return connection

    monkeypatch.setattr(_connections, "copy_of", copy)
    clock = VirtualClock()
    storage = DjangoStorage(ready(kind))
    two_factor = TwoFactor(issuer="Acme", storage=storage, keys=KeyRing.from_text(KEYS), clock=clock)
    phone, _ = enroll(two_factor, "1", clock)
    clock.advance(90)
    challenge = two_factor.after_first_factor("1").challenge
    said.clear()
    two_factor.verify(challenge, code=phone.code())
    assert said[0] == "SELECT"
    assert said[1] in ("BEGIN", "START")
    assert said[2:] == ["UPDATE", "INSERT", "COMMIT"]
    storage.close()
