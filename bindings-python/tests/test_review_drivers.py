"""Who listens hears of everything that is committed; what a storage reports is checked like what it loads."""

from __future__ import annotations

import asyncio
import os
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar

import pytest

from twinlock import (
    AsyncTwoFactor,
    ConfigurationError,
    InvalidCode,
    MemoryStorage,
    SqliteStorage,
    StorageError,
    StorageTimeout,
    TwoFactor,
)
from twinlock.testing import async_enroll, enroll

NONSENSE = [None, 1, "events", {"a": 1}, [1], [None], object()]


class Gate:
    """An asynchronous storage whose saves wait until the test lets them go on."""

    def __init__(self) -> None:
        self.inner, self.saving, self.open = MemoryStorage(), asyncio.Event(), asyncio.Event()
        self.open.set()

    async def load(self, user_id):
        return self.inner.load(user_id)

    async def save(self, user_id, expected, record, events):
        self.saving.set()
        await self.open.wait()
        return self.inner.save(user_id, expected, record, events)

    async def erase(self, user_id):
        self.saving.set()
        await self.open.wait()
        self.inner.erase(user_id)


async def guessed(keys, clock, storage, told, **settings):
    """A wrong code whose save waits at the gate."""
    two_factor = AsyncTwoFactor(
        issuer="Acme", storage=storage, keys=keys, clock=clock, on_event=lambda *event: told.append(event), **settings
    )
    phone, _ = await async_enroll(two_factor, "42", clock)
    challenge = (await two_factor.after_first_factor("42")).challenge
    told.clear()
    storage.saving.clear()
    storage.open.clear()
    return two_factor, asyncio.create_task(two_factor.verify(challenge, code=phone.wrong_code()))


def test_who_hangs_up_does_not_keep_the_failure_from_those_who_listen(keys, clock):
    async def story() -> None:
        storage, told = Gate(), []
        two_factor, guess = await guessed(keys, clock, storage, told)
        await storage.saving.wait()
        guess.cancel()
        with pytest.raises(asyncio.CancelledError):
            await guess
        assert not told, "not before it is committed"
        storage.open.set()
        await asyncio.sleep(0.01)
        assert [(event.type, durable) for event, durable in told] == [("failed", True)]

        storage.saving.clear()
        storage.open.clear()
        erasing = asyncio.create_task(two_factor.erase("42"))
        await storage.saving.wait()
        erasing.cancel()
        storage.open.set()
        await asyncio.sleep(0.01)
        assert [event.type for event, _ in told] == ["failed", "erased"]

    asyncio.run(story())


def test_a_late_commit_is_told_to_those_who_listen_but_not_to_the_caller(keys, clock):
    async def story() -> None:
        storage, told = Gate(), []
        _, guess = await guessed(keys, clock, storage, told, storage_timeout=0.02)
        with pytest.raises(StorageTimeout):
            await guess
        assert not told
        storage.open.set()
        await asyncio.sleep(0.01)
        assert [event.type for event, _ in told] == ["failed"]

    asyncio.run(story())


@pytest.mark.parametrize("face", [TwoFactor, AsyncTwoFactor])
def test_an_asynchronous_on_event_that_nobody_would_await_is_refused(keys, face):
    async def on_event(event, durable):
        raise AssertionError

    with pytest.raises(ConfigurationError, match="on_event"):
        face(issuer="Acme", storage=MemoryStorage(), keys=keys, on_event=on_event)


def test_a_refusal_is_told_once(two_factor, clock, told):
    phone, _ = enroll(two_factor, "42", clock)
    challenge = two_factor.after_first_factor("42").challenge
    told.clear()
    with pytest.raises(InvalidCode):
        two_factor.verify(challenge, code=phone.wrong_code())
    assert [event.type for event, _ in told] == ["failed"]


@pytest.mark.parametrize("nonsense", NONSENSE, ids=repr)
def test_a_report_that_is_nonsense_is_a_storage_error(keys, clock, nonsense):
    class Nonsense(MemoryStorage):
        def events(self, user_id, before, limit):
            return nonsense

        def stats(self, now):
            return nonsense

    blocking = TwoFactor(issuer="Acme", storage=Nonsense(), keys=keys, clock=clock)
    for report in (lambda: blocking.events("42"), blocking.stats):
        with pytest.raises(StorageError):
            report()

    async def story() -> None:
        two_factor = AsyncTwoFactor(issuer="Acme", storage=Nonsense(), keys=keys, clock=clock)
        for report in (lambda: two_factor.events("42"), two_factor.stats):
            with pytest.raises(StorageError):
                await report()

    asyncio.run(story())


def test_a_pool_of_threads_that_the_application_has_filled_keeps_nobody_out(keys, clock, tmp_path):
    async def story() -> None:
        storage = SqliteStorage(tmp_path / "2fa.db")
        two_factor = AsyncTwoFactor(issuer="Acme", storage=storage, keys=keys, clock=clock, storage_timeout=1)
        until = threading.Event()
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))
        busy = [asyncio.create_task(asyncio.to_thread(until.wait, 10)) for _ in range(2)]
        try:
            await async_enroll(two_factor, "42", clock)
            assert (await two_factor.status("42")).enabled
        finally:
            until.set()
            await asyncio.gather(*busy)

    asyncio.run(story())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_an_asynchronous_driver_that_was_used_before_a_fork_works_in_the_child(keys, clock, tmp_path):
    storage = SqliteStorage(tmp_path / "2fa.db")
    two_factor = AsyncTwoFactor(issuer="Acme", storage=storage, keys=keys, clock=clock)
    asyncio.run(async_enroll(two_factor, "42", clock))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer Pythons warn of any fork beside threads
        child = os.fork()
    if child == 0:
        os._exit(0 if asyncio.run(two_factor.status("42")).enabled else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert asyncio.run(two_factor.status("42")).enabled


def test_a_storage_in_threads_sees_the_context_of_its_caller(keys, clock):
    tenant: ContextVar[str] = ContextVar("tenant")

    class Tenants(MemoryStorage):
        def load(self, user_id):
            assert tenant.get() == "acme"
            return super().load(user_id)

    async def story() -> None:
        tenant.set("acme")
        await AsyncTwoFactor(issuer="Acme", storage=Tenants(), keys=keys, clock=clock).status("42")

    asyncio.run(story())
