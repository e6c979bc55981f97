"""How the storages live with an application: its pool, its transactions, its file, its forks."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import re
import subprocess
import sys
import threading
import time

import pytest
from places import ASYNC, BLOCKING, OF_SQLITE, WITH_SERVER, Awaiting, opened, record
from proxy import between
from sqlalchemy import create_engine, event, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import AsyncAdaptedQueuePool, NullPool, QueuePool

from twinlock import (
    AsyncTwoFactor,
    ConfigurationError,
    InvalidCode,
    KeyRing,
    MalformedRequest,
    SqliteStorage,
    StorageError,
    TwoFactor,
)
from twinlock.storage.sqlalchemy import AsyncSqlAlchemyStorage, SqlAlchemyStorage, create_all
from twinlock.testing import VirtualClock, async_enroll, enroll, example_event

KEYS = KeyRing({"2026a": bytes(range(32))})
DRIVERS = [*WITH_SERVER, *OF_SQLITE]


@pytest.mark.parametrize("driver", [driver for driver in DRIVERS if driver in BLOCKING])
def test_a_user_signs_in_once_with_each_code(place, storage, driver):
    clock = VirtualClock()
    store = storage(driver, place(driver).url(driver))
    two_factor = TwoFactor(issuer="Acme", storage=store, keys=KEYS, clock=clock)
    phone, enrolled = enroll(two_factor, "42", clock)
    clock.advance(30)
    challenge = two_factor.after_first_factor("42").challenge
    assert two_factor.verify(challenge, code=phone.code(), context="192.0.2.1").user_id == "42"
    with pytest.raises(InvalidCode):
        two_factor.verify(two_factor.after_first_factor("42").challenge, code=phone.code())
    again = two_factor.after_first_factor("42").challenge
    assert two_factor.verify(again, code=enrolled.backup_codes[0]).method == "backup_code"
    assert two_factor.stats().enabled_users == 1
    assert [event.type for event in two_factor.events("42").events].count("verified") == 2
    assert store.stale("other", None, 10) == ["42"]
    two_factor.erase("42")
    assert not two_factor.status("42").enabled


@pytest.mark.parametrize("driver", [driver for driver in DRIVERS if driver in ASYNC])
def test_the_same_with_asyncio(place, driver):
    url = place(driver).url(driver)

    async def story():
        clock = VirtualClock()
        store = AsyncSqlAlchemyStorage(url)
        two_factor = AsyncTwoFactor(issuer="Acme", storage=store, keys=KEYS, clock=clock)
        phone, _ = await async_enroll(two_factor, "42", clock)
        clock.advance(30)
        challenges = [(await two_factor.after_first_factor("42")).challenge for _ in range(20)]
        tries = (two_factor.verify(challenge, code=phone.code()) for challenge in challenges)
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
        got_in = [outcome for outcome in outcomes if not isinstance(outcome, Exception)]
        codes = {outcome.code for outcome in outcomes if isinstance(outcome, Exception)}
        assert len(got_in) == 1 and got_in[0].user_id == "42"
        assert codes <= {"invalid_code", "contention", "throttled"}
        assert (await two_factor.stats()).enabled_users == 1
        events = (await two_factor.events("42", limit=200)).events
        assert [event.type for event in events].count("verified") == 1
        await two_factor.erase("42")
        await store.close()

    asyncio.run(story())


@pytest.mark.parametrize("driver", DRIVERS)
def test_the_application_may_hold_its_only_connection(place, driver):
    url = place(driver).url(driver)
    if driver in ASYNC:
        asyncio.run(held_by_asyncio(url))
        return
    engine = create_engine(url, poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.1)
    store = SqlAlchemyStorage(engine)
    with Session(engine) as session:
        session.execute(text("SELECT 1"))
        assert store.save("1", None, record(1), [])
        assert store.load("1") == record(1)
    store.close()
    engine.dispose()


async def held_by_asyncio(url):
    engine = create_async_engine(url, poolclass=AsyncAdaptedQueuePool, pool_size=1, max_overflow=0, pool_timeout=0.1)
    store = AsyncSqlAlchemyStorage(engine)
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
        assert await store.save("1", None, record(1), [])
        assert await store.load("1") == record(1)
    await store.close()
    await engine.dispose()


def test_blocking_programs_need_no_greenlet(tmp_path):
    program = """
import sys
sys.modules["greenlet"] = None
from twinlock.storage.sqlalchemy import SqlAlchemyStorage, create_all
from sqlalchemy import create_engine
engine = create_engine("sqlite:///app.db")
create_all(engine)
assert SqlAlchemyStorage(engine).load("1") is None
"""
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, timeout=60)


@pytest.mark.parametrize("driver", ["psycopg", "pymysql"])
def test_a_rollback_of_the_application_undoes_nothing_of_ours(place, storage, driver):
    where = place(driver)
    engine = where.engine()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE orders (id INTEGER)"))
    store = SqlAlchemyStorage(engine)
    with engine.connect() as connection, connection.begin() as transaction:
        connection.execute(text("INSERT INTO orders VALUES (1)"))
        assert store.save("1", None, record(1), [example_event("1")])
        transaction.rollback()
    assert storage(driver, where.url(driver)).load("1") == record(1)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM orders")).scalar() == 0
    store.close()
    engine.dispose()


@pytest.mark.parametrize("driver", ["psycopg", "pymysql"])
def test_a_read_sees_what_others_have_committed_since(place, storage, driver):
    where = place(driver)
    # One connection, used before: a snapshot kept on it would be an old one.
    engine = where.engine(isolation_level="REPEATABLE READ")
    reader = SqlAlchemyStorage(engine, pool_size=1)
    writer = storage(driver, where.url(driver))
    assert reader.load("1") is None
    for version in range(1, 4):
        assert writer.save("1", version - 1 or None, record(version), [])
        assert reader.load("1") == record(version)
    reader.close()
    engine.dispose()


def test_an_engine_gives_its_way_to_connect(place):
    where = place("psycopg")
    made = []
    engine = where.engine(connect_args={"application_name": "acme"}, poolclass=NullPool)

    @event.listens_for(engine, "do_connect")
    def asked(dialect, connection_record, cargs, cparams):
        made.append(cparams["application_name"])

    store = SqlAlchemyStorage(engine)
    assert store.load("1") is None
    named = store._read(lambda connection: connection.execute(text("SHOW application_name")).scalar())
    assert (made, named) == (["acme"], "acme")
    store.close()
    engine.dispose()


@pytest.mark.parametrize(
    ("driver", "load", "save"),
    # PostgreSQL: SELECT; BEGIN, UPDATE, INSERT, COMMIT. MariaDB: SELECT, ROLLBACK; UPDATE, INSERT, COMMIT, ROLLBACK.
    [("psycopg", 1, 4), ("pymysql", 2, 4)],
)
def test_a_sign_in_is_one_read_and_one_transaction(place, driver, load, save):
    where, clock = place(driver), VirtualClock()
    with between(where.server) as proxy:
        store = SqlAlchemyStorage(where.url(driver, proxy.port))
        two_factor = TwoFactor(issuer="Acme", storage=store, keys=KEYS, clock=clock)
        phone, _ = enroll(two_factor, "1", clock)
        clock.advance(30)
        before = proxy.round_trips
        challenge = two_factor.after_first_factor("1").challenge
        assert proxy.round_trips - before == load
        before, sent = proxy.round_trips, len(proxy.sent)
        two_factor.verify(challenge, code=phone.code())
        assert proxy.round_trips - before == load + save
        assert len(re.findall(rb"COMMIT(?!TED)", b" ".join(proxy.sent[sent:]))) == 1
        store.close()


def test_sessions_and_engines_of_the_other_kind_are_refused(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/app.db")
    asynchronous = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/app.db")
    with Session(engine) as session, engine.connect() as connection:
        for wrong in (session, connection, asynchronous, None, 5, object()):
            with pytest.raises(ConfigurationError):
                SqlAlchemyStorage(wrong)
        for wrong in (session, engine, None, b"sqlite://"):
            with pytest.raises(ConfigurationError):
                AsyncSqlAlchemyStorage(wrong)
    engine.dispose()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file::memory:?uri=true",
        "sqlite:///file:x?mode=memory&uri=true",
        "oracle://a@localhost/b",
        "postgresql+psycopg2://a@localhost/b",
        "mysql+mysqldb://a@localhost/b",
        "postgresql+asyncpg://a:hunter2@localhost/b",
        "not a url",
        "",
    ],
)
def test_what_cannot_be_a_store_is_refused_by_its_url(url):
    with pytest.raises(ConfigurationError) as refusal:
        SqlAlchemyStorage(url)
    assert "hunter2" not in str(refusal.value)


def test_the_embedded_stores_file_is_left_to_it(tmp_path):
    own = SqliteStorage(tmp_path / "2fa.db")
    assert own.save("1", None, record(1), [])
    for store in (
        SqlAlchemyStorage(f"sqlite:///{tmp_path}/2fa.db"),
        Awaiting(f"sqlite+aiosqlite:///{tmp_path}/2fa.db"),
    ):
        with pytest.raises(ConfigurationError, match="SqliteStorage"):
            store.load("1")
        with pytest.raises(ConfigurationError, match="SqliteStorage"):
            store.save("1", 1, record(2), [])
        store.close()
    assert own.load("1") == record(1)
    engine = create_engine(f"sqlite:///{tmp_path}/app.db")
    create_all(engine)
    engine.dispose()
    with pytest.raises(ConfigurationError):
        SqliteStorage(tmp_path / "app.db")


@pytest.mark.parametrize("driver", ["psycopg", "aiosqlite"])
def test_arguments_of_the_contract_only(place, storage, driver):
    store = storage(driver, place(driver).url(driver))
    for arguments in (
        (5, None, record(1), ()),
        ("1", "x", record(1), ()),
        ("1", True, record(1), ()),
        ("1", None, "x", ()),
        ("1", None, record(1), [1]),
        ("1", None, record(1), "events"),
    ):
        with pytest.raises(MalformedRequest):
            store.save(*arguments)
    for call in (
        lambda: store.load(None),
        lambda: store.erase(b"1"),
        lambda: store.events("1", b"short", 5),
        lambda: store.events("1", None, True),
    ):
        with pytest.raises(MalformedRequest):
            call()


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_user_id_that_the_database_cannot_hold_is_refused(place, storage, driver):
    store = storage(driver, place(driver).url(driver))
    with pytest.raises(StorageError):
        store.save("\ud800", None, record(1), [])
    if "psycopg" in driver or driver == "asyncpg":
        with pytest.raises(StorageError):
            store.save("a\0b", None, record(1), [])
    assert store.load("a") is None


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_record_is_not_written_without_its_events(place, storage, driver):
    store = storage(driver, place(driver).url(driver))
    assert store.save("1", None, record(1), [example_event("1")])
    for expected in (1, None):
        user = "1" if expected else "2"
        with pytest.raises(StorageError) as refusal:  # that event is there already
            store.save(user, expected, record(2, b"sealed bytes"), [example_event(user)])
        shown = str(refusal.value) + str(refusal.value.__cause__)
        assert "sealed" not in shown and "192.0.2.1" not in shown, "an error shows what was to be written"
    assert store.load("1") == record(1)
    assert store.load("2") is None


def test_a_deadlock_is_tried_again(place, storage):
    where = place("psycopg")
    engine, won = where.engine(), []
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Whoever waited first looks first, and gives way.
        connection.exec_driver_sql(f"ALTER DATABASE {where.database} SET deadlock_timeout = '2s'")
    store = storage("psycopg", where.url("psycopg"), timeout=30.0)
    assert store.save("1", None, record(1), [])
    with engine.connect() as holder, holder.begin() as transaction:
        holder.execute(text("SET LOCAL deadlock_timeout = '60s'"))
        noted = text("INSERT INTO twinlock_event (id, user_id, type, at, success) VALUES (:id, '2', 'x', 0, true)")
        holder.execute(noted, {"id": example_event("1").id_bytes})
        # The storage holds the record now and waits for the event; then the other way round.
        saving = threading.Thread(target=lambda: won.append(store.save("1", 1, record(2), [example_event("1")])))
        saving.start()
        waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        deadline = time.monotonic() + 30
        while not holder.execute(waits).scalar() and time.monotonic() < deadline:
            time.sleep(0.01)
        holder.execute(text("UPDATE twinlock_record SET version = version"))
        transaction.rollback()
    saving.join(60)
    engine.dispose()
    assert won == [True]
    assert store.load("1") == record(2)


def test_a_table_with_a_user_twice_is_refused(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/app.db")
    create_all(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE twinlock_record"))
        connection.execute(text("CREATE TABLE twinlock_record (user_id, version, enabled, key_id, data)"))
        for _ in range(2):
            connection.execute(text("INSERT INTO twinlock_record VALUES ('1', 1, 1, 'k', x'00')"))
    store = SqlAlchemyStorage(engine)
    with pytest.raises(StorageError):
        store.load("1")
    with pytest.raises(StorageError):
        store.save("1", 1, record(2), [])
    with engine.connect() as connection:
        assert connection.execute(text("SELECT sum(version) FROM twinlock_record")).scalar() == 2
    store.close()
    engine.dispose()


@pytest.mark.parametrize("driver", ["psycopg", "aiomysql", "sqlite3"])
def test_old_events_go_a_thousand_at_a_time(place, storage, driver):
    store = storage(driver, place(driver).url(driver))
    events = [example_event("1", number, at=1_700_000_000 + number) for number in range(2500)]
    assert store.save("1", None, record(1), events)
    assert store.purge(1_700_000_000 + 2300) == 2300
    assert store.purge(1_700_000_000 + 2300) == 0
    assert len(store.events("1", None, 1000)) == 200


def test_a_cancelled_caller_loses_the_answer_not_the_write(place):
    url = place("asyncpg").url("asyncpg")

    async def story():
        store = AsyncSqlAlchemyStorage(url)
        assert await store.save("1", None, record(1), [])
        task = asyncio.ensure_future(store.save("1", 1, record(2), []))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await store.close()
        assert await store.load("1") == record(2)
        await store.close()

    asyncio.run(story())


def busy(store, user):
    """All at once with the other process: two that share a connection read each other's answers."""
    return all(
        store.save(user, version or None, record(version + 1), []) and store.load(user) == record(version + 1)
        for version in range(30)
    )


def in_child(store, answers):
    answers.put(busy(store, "child"))


@pytest.mark.parametrize("driver", ["psycopg", "pymysql", "sqlite3"])
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # Python 3.12 warns of what is tried here
@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork on this system")
def test_a_fork_leaves_the_parents_connections_alone(place, storage, driver):
    store = storage(driver, place(driver).url(driver), pool_size=1)
    assert store.save("1", None, record(1), [])  # the pool holds a connection now
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=in_child, args=(store, answers))
    child.start()
    assert busy(store, "parent")
    assert answers.get(timeout=60) is True
    child.join(30)
    assert child.exitcode == 0
    assert store.load("child") == record(30)
    assert store.save("1", 1, record(2), [])


def test_a_store_that_nobody_uses_closes_its_connections(place):
    where = place("psycopg")
    engine = where.engine()

    def connections():
        with engine.connect() as connection:
            asked = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            return connection.execute(asked).scalar()

    alone = connections()
    store = SqlAlchemyStorage(engine)
    assert store.load("1") is None
    assert connections() == alone + 1
    del store
    gc.collect()
    deadline = time.monotonic() + 10
    while connections() != alone and time.monotonic() < deadline:
        time.sleep(0.02)
    assert connections() == alone
    engine.dispose()


def test_many_threads_share_a_small_pool(place):
    store = opened("psycopg", place("psycopg").url("psycopg"), pool_size=2, pool_timeout=20.0, timeout=30.0)
    won = []

    def work(number):
        for version in range(10):
            won.append(store.save(str(number), version or None, record(version + 1), []))
            assert store.load(str(number)) == record(version + 1)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert won == [True] * 80
    assert store._engine.pool.checkedout() == 0
    assert store._engine.pool.size() == 2
    store.close()
