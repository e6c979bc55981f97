"""Servers that die, freeze, lag or are full: a typed refusal within the time-out, and no write that is told twice or lost."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from places import OF_SERVER, OF_SQLITE, WITH_SERVER, Awaiting, Place, opened, record
from proxy import between
from sqlalchemy import create_engine, text
from twinlock_servers import running

from twinlock import ConfigurationError, InvalidCode, KeyRing, StorageError, StorageTimeout, TwoFactor
from twinlock.storage.sqlalchemy import SqlAlchemyStorage, create_all
from twinlock.testing import VirtualClock, enroll, example_event

TIMEOUT = 1.0
SLACK = 2.0  # for a machine that is busy
KEYS = KeyRing({"2026a": bytes(range(32))})


@contextlib.contextmanager
def refused_in_time(kind=StorageError):
    """StorageTimeout is no StorageError of the hierarchy, so a test says which it wants, or takes both."""
    start = time.monotonic()
    with pytest.raises(kind) as refusal:
        yield refusal
    assert time.monotonic() - start < TIMEOUT + SLACK


COMMIT = rb"COMMIT(?!TED)"
EITHER = (StorageError, StorageTimeout)


@pytest.mark.parametrize("kind", list(OF_SERVER))
def test_a_killed_server_refuses_at_once_and_comes_back(kind):
    # A server of its own: this one is killed.
    with running(kind, fast=True) as server:
        place = Place(server, server.database)
        engine = place.engine()
        create_all(engine)
        engine.dispose()
        stores = {driver: opened(driver, place.url(driver), timeout=TIMEOUT) for driver in OF_SERVER[kind]}
        for number, (driver, store) in enumerate(stores.items()):
            assert store.save(driver, None, record(1), [example_event(driver, number)])
        server.kill()
        for driver, store in stores.items():
            with refused_in_time(EITHER):
                store.load(driver)
            with refused_in_time(EITHER):
                store.save(driver, 1, record(2), [])
        server.start()
        for driver, store in stores.items():
            # The pool holds connections of the dead server: nobody is told of that.
            assert store.load(driver) == record(1)
            assert store.save(driver, 1, record(2), [])
        server.stop()
        server.start()
        for driver, store in stores.items():
            assert store.save(driver, 2, record(3), [])
            assert len(store.events(driver, None, 10)) == 1
            store.close()


@pytest.mark.parametrize("kind", list(OF_SERVER))
def test_a_frozen_server_refuses_within_the_time_out(kind):
    with running(kind, fast=True) as server:
        place = Place(server, server.database)
        engine = place.engine()
        create_all(engine)
        engine.dispose()
        stores = {driver: opened(driver, place.url(driver), timeout=TIMEOUT) for driver in OF_SERVER[kind]}
        news = {driver: opened(driver, place.url(driver), timeout=TIMEOUT) for driver in OF_SERVER[kind]}
        for driver, store in stores.items():
            assert store.save(driver, None, record(1), [])
        server.pause()
        calls = [partial(store.load, driver) for driver, store in [*stores.items(), *news.items()]]
        calls += [partial(store.save, driver, 1, record(2), []) for driver, store in stores.items()]
        with ThreadPoolExecutor(len(calls)) as threads:
            for done in [threads.submit(refused_with_timeout, call) for call in calls]:
                done.result()
        for store in [*stores.values(), *news.values()]:
            if isinstance(store, Awaiting):
                assert nothing_hangs(store.inner)
        server.resume()
        for driver in stores:
            assert stores[driver].load(driver) in (record(1), record(2))
            assert news[driver].load(driver) is not None
            stores[driver].close()
            news[driver].close()


def nothing_hangs(store):
    deadline = time.monotonic() + 10
    while store._calls._tasks and time.monotonic() < deadline:
        time.sleep(0.02)
    return not store._calls._tasks


def refused_with_timeout(call):
    with refused_in_time(StorageTimeout):
        call()


@pytest.mark.parametrize("driver", WITH_SERVER)
def test_a_host_that_never_greets_refuses_within_the_time_out(place, storage, driver):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = storage(driver, place(driver).url(driver, silent.getsockname()[1]), timeout=TIMEOUT, pool_size=1)
        for _ in range(2):
            with refused_in_time(StorageTimeout):
                store.load("1")


@pytest.mark.parametrize("driver", ["psycopg", "pymysql"])
def test_so_does_an_engine_that_would_wait_longer(place, driver):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        engine = create_engine(place(driver).url(driver, silent.getsockname()[1]), connect_args={"connect_timeout": 5})
        store = SqlAlchemyStorage(engine, timeout=TIMEOUT, pool_size=1)
        for _ in range(2):
            with refused_in_time(StorageTimeout):
                store.load("1")
        store.close()
        engine.dispose()


@pytest.mark.parametrize("driver", WITH_SERVER)
def test_a_full_pool_refuses_within_its_time_out(place, storage, driver):
    where = place(driver)
    store = storage(driver, where.url(driver), pool_size=1, pool_timeout=0.3, timeout=TIMEOUT * 3)
    assert store.save("1", None, record(1), [])
    engine = where.engine()
    with engine.begin() as holder:  # somebody else holds the row, so the pool's one connection waits
        holder.execute(text("UPDATE twinlock_record SET version = 1 WHERE version = 1"))
        waiting = threading.Thread(target=lambda: store.save("1", 1, record(2), []))
        waiting.start()
        time.sleep(0.2)
        with refused_in_time(StorageTimeout):
            store.load("1")
    waiting.join(30)
    assert store.load("1") == record(2)
    engine.dispose()


@pytest.mark.parametrize("driver", [*WITH_SERVER, *OF_SQLITE])
def test_a_row_that_somebody_holds_refuses_within_the_time_out(place, storage, driver):
    where = place(driver)
    store = storage(driver, where.url(driver), timeout=TIMEOUT)
    assert store.save("1", None, record(1), [])
    engine = where.engine()
    with engine.begin() as holder:
        holder.execute(text("UPDATE twinlock_record SET version = 1 WHERE version = 1"))
        with refused_in_time(StorageTimeout):
            store.save("1", 1, record(2), [])
        assert store.load("1") == record(1), "a read waits for nobody"
    assert store.save("1", 1, record(2), [])
    engine.dispose()


@pytest.mark.parametrize("driver", WITH_SERVER)
def test_a_commit_whose_answer_is_lost_is_doubt_and_is_not_repeated(place, storage, driver):
    where = place(driver)
    with between(where.server) as proxy:
        store = storage(driver, where.url(driver, proxy.port), timeout=TIMEOUT)
        assert store.save("1", None, record(1), [])
        proxy.lose_answer_to(COMMIT)
        before = sum(piece.count(b"UPDATE twinlock_record") for piece in proxy.sent)
        with refused_in_time(EITHER):
            store.save("1", 1, record(2), [example_event("1")])
        updates = sum(piece.count(b"UPDATE twinlock_record") for piece in proxy.sent) - before
        assert updates == 1, "what may be committed must not be written again"
        assert store.load("1") == record(2), "it was committed"
        assert len(store.events("1", None, 10)) == 1


@pytest.mark.parametrize("driver", WITH_SERVER)
@pytest.mark.parametrize("lost", [b"UPDATE twinlock_record", b"INSERT INTO twinlock_event"])
def test_what_is_lost_before_the_commit_is_written_once_more(place, storage, driver, lost):
    where = place(driver)
    with between(where.server) as proxy:
        store = storage(driver, where.url(driver, proxy.port))
        assert store.save("1", None, record(1), [])
        proxy.lose(lost)
        assert store.save("1", 1, record(2), [example_event("1")])
        assert proxy.connections == 2
        assert store.load("1") == record(2)
        assert len(store.events("1", None, 10)) == 1


@pytest.mark.parametrize("driver", WITH_SERVER)
def test_a_network_that_is_gone_for_good_refuses(place, storage, driver):
    where = place(driver)
    with between(where.server) as proxy:
        store = storage(driver, where.url(driver, proxy.port), timeout=TIMEOUT)
        assert store.load("1") is None
    with refused_in_time(EITHER):
        store.load("1")


def test_the_driver_burns_a_code_whose_commit_was_not_answered(place):
    where, clock = place("psycopg"), VirtualClock()
    with between(where.server) as proxy:
        store = SqlAlchemyStorage(where.url("psycopg", proxy.port), timeout=TIMEOUT)
        two_factor = TwoFactor(issuer="Acme", storage=store, keys=KEYS, clock=clock)
        phone, _ = enroll(two_factor, "1", clock)
        clock.advance(30)
        challenge = two_factor.after_first_factor("1").challenge
        proxy.lose_answer_to(COMMIT)
        with pytest.raises(EITHER):
            two_factor.verify(challenge, code=phone.code())
        types = [event.type for event in two_factor.events("1").events]
        assert types.count("verified") == 1
        fresh = two_factor.after_first_factor("1").challenge
        with pytest.raises(InvalidCode):
            two_factor.verify(fresh, code=phone.code())
        store.close()


def test_a_standby_is_refused():
    with running("postgres", fast=True) as server:
        place = Place(server, server.database)
        engine = place.engine()
        create_all(engine)
        engine.dispose()
        store = SqlAlchemyStorage(place.url("psycopg"), timeout=TIMEOUT)
        assert store.save("1", None, record(1), [])
        server.stop()
        (Path(server.facts["folder"]) / "0" / "data" / "standby.signal").touch()
        server.start()
        with pytest.raises(StorageError, match="standby"):
            store.load("1")
        store.close()


def test_a_read_only_replica_is_refused(empty):
    with running("mariadb", fast=True) as server:
        place = Place(server, server.database)
        engine = place.engine()
        create_all(engine)
        with engine.begin() as connection:
            connection.execute(text("SET GLOBAL read_only = 1"))
        engine.dispose()
        store = SqlAlchemyStorage(place.url("pymysql"), timeout=TIMEOUT)
        with pytest.raises(StorageError, match="read-only"):
            store.load("1")
        store.close()


@pytest.mark.parametrize("driver", [*WITH_SERVER, *OF_SQLITE])
def test_missing_tables_refuse(empty, storage, driver):
    store = storage(driver, empty(driver).url(driver))
    for call in (lambda: store.load("1"), lambda: store.save("1", None, record(1), [])):
        with pytest.raises(StorageError) as refusal:
            call()
        assert refusal.value.__cause__ is not None


@pytest.mark.parametrize("driver", WITH_SERVER)
def test_a_wrong_password_refuses_and_shows_none(place, storage, driver):
    where = place(driver)
    url = where.url(driver).replace(where.server.password, "hunter2")
    store = storage(driver, url, timeout=TIMEOUT * 2)
    with pytest.raises(EITHER) as refusal:
        store.load("1")
    for shown in (str(refusal.value), repr(refusal.value.__cause__), repr(getattr(store, "inner", store))):
        assert "hunter2" not in shown


def test_a_row_that_does_not_fit_is_refused_not_cut(place, storage):
    where = place("pymysql")
    engine = where.engine()
    with engine.begin() as connection:  # a server whose default mode cuts
        connection.execute(text("SET GLOBAL sql_mode = ''"))
    try:
        store = storage("pymysql", where.url("pymysql"))
        with pytest.raises(StorageError):
            store.save("u" * 300, None, record(1), [])
        with pytest.raises(StorageError):
            store.save("1", None, record(1), [example_event("1", type="t" * 65)])
        assert store.load("1") is None
    finally:
        with engine.begin() as connection:
            connection.execute(text("SET GLOBAL sql_mode = DEFAULT"))
        engine.dispose()


def test_a_lazy_commit_and_another_isolation_of_the_server_are_not_taken_over(place):
    where = place("psycopg")
    engine = where.engine(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("synchronous_commit = off", "default_transaction_isolation = 'serializable'"):
            connection.exec_driver_sql(f"ALTER DATABASE {where.database} SET {setting}")
    engine.dispose()
    store = SqlAlchemyStorage(where.url("psycopg"))
    assert told(store, "SHOW synchronous_commit") == "on"
    assert told(store, "SHOW transaction_isolation") == "read committed"
    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        assert told(store, f"SHOW {name}") == "4s"
    store.close()


def test_nor_is_mariadbs(place):
    store = SqlAlchemyStorage(place("pymysql").url("pymysql"))
    assert told(store, "SELECT @@SESSION.tx_isolation") == "READ-COMMITTED"
    assert told(store, "SELECT @@SESSION.innodb_lock_wait_timeout") == 4
    assert "STRICT_ALL_TABLES" in told(store, "SELECT @@SESSION.sql_mode")
    store.close()


def told(store, query):
    return store._write(lambda connection: connection.execute(text(query)).scalar())


def test_settings_out_of_range_are_refused():
    for settings in (
        {"pool_size": 0},
        {"pool_size": True},
        {"pool_size": "5"},
        {"pool_timeout": 0},
        {"timeout": -1},
        {"timeout": float("nan")},
        {"timeout": "5"},
        {"prefix": "Acme"},
        {"prefix": "a b"},
        {"prefix": 'x"; DROP TABLE users; --'},
        {"prefix": None},
        {"schema": ""},
        {"schema": 5},
    ):
        with pytest.raises(ConfigurationError):
            SqlAlchemyStorage("postgresql+psycopg://a@localhost/b", **settings)
