"""Redis servers that die, freeze or lose answers: a typed refusal within the time-out, and then business as before."""

from __future__ import annotations

import multiprocessing
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import pytest
from places import record
from proxy import between
from redises import ALL, SINGLE, InLoop, kind, opened, prefix
from twinlock_servers import running

from twinlock import KeyRing, StorageError, StorageTimeout, TwoFactor, TwoFactorError
from twinlock.testing import VirtualClock, enroll, example_event

TIMEOUT = 1.0
SLACK = 2.0  # for a machine that is busy
EITHER = (StorageError, StorageTimeout)


@contextmanager
def refused_in_time(what=EITHER):
    start = time.monotonic()
    with pytest.raises(what) as refusal:
        yield refusal
    assert time.monotonic() - start < TIMEOUT + SLACK


def refused(what, call):
    with refused_in_time(what):
        call()


def works_again(call):
    """A cluster needs a moment until its nodes have found each other."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return call()
        except EITHER:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def calls(store):
    return [
        partial(store.load, "1"),
        partial(store.save, "1", 1, record(2), [example_event("1")]),
        partial(store.save, "1", None, record(3), []),
        partial(store.erase, "1"),
    ]


@pytest.mark.parametrize("driver", ALL)
def test_a_killed_server_refuses_at_once_and_comes_back(driver):
    with running(kind(driver)) as server:  # a server of its own, which keeps what it acknowledged
        store = opened(driver, server, timeout=TIMEOUT)
        assert store.save("1", None, record(1), [example_event("1")])
        server.kill()
        for call in calls(store):
            refused(EITHER, call)
        server.start()
        assert works_again(lambda: store.load("1")) == record(1)
        assert store.save("1", 1, record(2), [])
        assert len(store.events("1", None, 10)) == 1
        store.close()


@pytest.mark.parametrize("driver", SINGLE)
def test_connections_that_a_restart_has_ended_are_replaced_and_nobody_is_told(driver):
    with running("redis") as server:
        store = opened(driver, server, pool_size=3)
        with ThreadPoolExecutor(3) as threads:
            list(threads.map(lambda number: store.save(str(number), None, record(1), []), range(12)))
        server.stop()
        server.start()
        for number in range(12):
            assert store.load(str(number)) == record(1)
            assert store.save(str(number), 1, record(2), [])
        store.close()


@pytest.mark.parametrize("driver", ALL)
def test_a_frozen_server_refuses_within_the_time_out(driver):
    with running(kind(driver), fast=True) as server:
        store, new = (opened(driver, server, timeout=TIMEOUT, pool_size=2) for _ in range(2))
        assert store.save("1", None, record(1), [])
        server.pause()
        # More calls than connections: whoever waits for a turn is refused in time as well.
        waiting = [*calls(store)[:3], *calls(store)[:3], *calls(new)[:3]]
        with ThreadPoolExecutor(len(waiting)) as threads:
            for done in [threads.submit(refused, StorageTimeout, call) for call in waiting]:
                done.result()
        for one in (store, new):
            if isinstance(one, InLoop):
                assert nothing_hangs(one.inner)
        server.resume()
        assert works_again(lambda: store.load("1")) in (record(1), record(2))
        assert works_again(lambda: new.load("1")) is not None
        store.close()
        new.close()


def nothing_hangs(store):
    deadline = time.monotonic() + 10
    while store._calls._tasks and time.monotonic() < deadline:
        time.sleep(0.02)
    return not store._calls._tasks


@pytest.mark.parametrize("driver", ALL)
def test_a_host_that_never_greets_refuses_within_the_time_out(driver):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = opened(driver, f"redis://127.0.0.1:{silent.getsockname()[1]}", timeout=TIMEOUT, pool_size=1)
        for _ in range(2):
            # Some releases' cluster clients only tell that no node was reached.
            refused(EITHER if driver not in SINGLE else StorageTimeout, partial(store.load, "1"))
        store.close()


@pytest.mark.parametrize("driver", ALL)
def test_a_wrong_password_refuses_and_shows_none(request, driver):
    server = request.getfixturevalue(kind(driver).replace("-", "_"))
    store = opened(driver, server.url.replace(server.password, "hunter2"), timeout=TIMEOUT)
    with refused_in_time() as refusal:
        store.load("1")
    for shown in (str(refusal.value), repr(refusal.value.__cause__), repr(getattr(store, "inner", store))):
        assert "hunter2" not in shown
    store.close()


@pytest.mark.parametrize("driver", SINGLE)
def test_a_save_whose_answer_is_lost_is_written_once(redis, driver):
    with between(redis) as proxy:
        url = redis.url.replace(f":{redis.port}", f":{proxy.port}")
        store = opened(driver, url, prefix=prefix(), timeout=TIMEOUT)
        assert store.save("1", None, record(1), [])
        proxy.lose_answer_to(b"EVALSHA")
        assert store.save("1", 1, record(2), [example_event("1")]) is False, "sent once more, it finds another version"
        assert store.load("1") == record(2)
        assert len(store.events("1", None, 10)) == 1
        proxy.lose(b"EVALSHA")
        assert store.save("1", 2, record(3), [example_event("1", 2)]), "what did not arrive is sent once more"
        assert len(store.events("1", None, 10)) == 2
        store.close()


@pytest.mark.parametrize("driver", SINGLE)
def test_an_erase_whose_answer_is_lost_is_not_repeated(redis, driver):
    with between(redis) as proxy:
        url = redis.url.replace(f":{redis.port}", f":{proxy.port}")
        store = opened(driver, url, prefix=prefix(), timeout=TIMEOUT)
        assert store.save("1", None, record(1), [])
        proxy.lose_answer_to(b"DEL")
        refused(EITHER, partial(store.erase, "1"))
        assert sum(piece.count(b"DEL") for piece in proxy.sent) == 1
        store.close()


def test_a_code_whose_save_was_not_answered_is_burned(redis):
    clock = VirtualClock()
    with between(redis) as proxy:
        url = redis.url.replace(f":{redis.port}", f":{proxy.port}")
        store = opened("redis", url, prefix=prefix(), timeout=TIMEOUT)
        two_factor = TwoFactor(issuer="Acme", storage=store, keys=KeyRing({"2026a": bytes(range(32))}), clock=clock)
        phone, _ = enroll(two_factor, "1", clock)
        clock.advance(30)
        challenges = [two_factor.after_first_factor("1").challenge for _ in range(2)]
        proxy.lose_answer_to(b"EVALSHA")
        for challenge in challenges:
            with pytest.raises(TwoFactorError):  # the first in doubt, the second because the code is used
                two_factor.verify(challenge, code=phone.code())
        assert [event.type for event in two_factor.events("1").events].count("verified") == 1
        store.close()


def in_child(store, answers):
    answers.put([store.save("child", version or None, record(version + 1), []) for version in range(20)])
    store.close()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("driver", ["redis", "redis-cluster"])
def test_a_fork_shares_no_connection(request, driver):
    server = request.getfixturevalue(driver.replace("-", "_"))
    store = opened(driver, server, prefix=prefix(), timeout=30.0)
    assert store.save("1", None, record(1), [])
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=in_child, args=(store, answers))
    child.start()
    assert all(store.save("parent", version or None, record(version + 1), []) for version in range(20))
    assert answers.get(timeout=30) == [True] * 20
    child.join(30)
    assert child.exitcode == 0
    assert store.load("child") == store.load("parent") == record(20)
    store.close()


@pytest.mark.parametrize("driver", ["redis", "redis-cluster"])
def test_many_threads_share_a_few_connections(request, driver):
    server = request.getfixturevalue(driver.replace("-", "_"))
    store, won = opened(driver, server, prefix=prefix(), pool_size=2, timeout=30.0), []

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
    store.close()
