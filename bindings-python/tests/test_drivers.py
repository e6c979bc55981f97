"""The rules of the drivers: the kit on every form, and what only asyncio can do wrong."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import time
import warnings

import pytest

from twinlock import (
    AsyncTwoFactor,
    Contention,
    InvalidCode,
    MemoryStorage,
    SqliteStorage,
    StorageError,
    StorageTimeout,
    StoredRecord,
    TwoFactor,
    TwoFactorError,
)
from twinlock.testing import (
    AsyncFaultyStorage,
    Fault,
    FaultyStorage,
    OrderedFailure,
    async_driver_kit,
    async_enroll,
    driver_kit,
    enroll,
)


def test_the_blocking_driver_keeps_the_rules(keys):
    driver_kit(lambda **settings: TwoFactor(issuer="Acme", keys=keys, **settings))


@pytest.mark.parametrize("storage", [AsyncFaultyStorage, FaultyStorage])
def test_the_asynchronous_driver_keeps_the_rules(keys, storage):
    asyncio.run(async_driver_kit(lambda **settings: AsyncTwoFactor(issuer="Acme", keys=keys, **settings), storage))


class Careless(TwoFactor):
    """Tells before it saves."""

    def _run_in_place(self, call):
        row = self._storage.load(call.user_id)
        step = self._engine.decide(call, row, self._now())
        try:
            return step.result()
        finally:
            if step.write is not None:
                self._storage.save(call.user_id, *step.write)


class Forgetful(TwoFactor):
    """Saves nothing when the outcome is a refusal."""

    def _run_in_place(self, call):
        step = self._engine.decide(call, self._storage.load(call.user_id), self._now())
        answer = step.result()
        if step.write is not None:
            self._storage.save(call.user_id, *step.write)
        return answer


class Caching(TwoFactor):
    """Decides again on the record it had."""

    def _ask_in_place(self, method, *arguments):
        if method == self._storage.load:
            self.cache = getattr(self, "cache", {})
            if arguments not in self.cache:
                self.cache[arguments] = super()._ask_in_place(method, *arguments)
            return self.cache[arguments]
        return super()._ask_in_place(method, *arguments)


@pytest.mark.parametrize("kind", [Careless, Forgetful, Caching])
def test_the_kit_finds_a_driver_that_breaks_the_rules(keys, kind):
    with pytest.raises((AssertionError, TwoFactorError)):
        driver_kit(lambda **settings: kind(issuer="Acme", keys=keys, **settings))


class Impatient(AsyncTwoFactor):
    """Takes the time-out to the write itself."""

    async def _ask(self, method, *arguments, writes=False):
        try:
            return await asyncio.wait_for(method(*arguments), self._timeout)
        except asyncio.TimeoutError:
            raise StorageTimeout from None
        except OrderedFailure as error:
            raise StorageError from error


def test_the_kit_finds_a_driver_whose_time_out_undoes_a_write(keys):
    with pytest.raises(AssertionError, match="the write itself must go on"):
        asyncio.run(async_driver_kit(lambda **settings: Impatient(issuer="Acme", keys=keys, **settings)))


def test_an_error_of_on_event_is_logged_without_secrets(keys, clock, caplog):
    def on_event(event, durable):
        raise RuntimeError("mail server is down")

    two_factor = TwoFactor(issuer="Acme", storage=MemoryStorage(), keys=keys, clock=clock, on_event=on_event)
    with caplog.at_level(logging.ERROR, logger="twinlock"):
        phone, enrolled = enroll(two_factor, "42", clock)
    assert "on_event failed; the event enrolled stands" in caplog.text
    assert not any(secret in caplog.text for secret in (phone.code(), enrolled.assurance, *enrolled.backup_codes))


class Slow:
    """An asynchronous storage whose saves wait for the test; loads do not."""

    def __init__(self) -> None:
        self.inner, self.saving, self.go_on = MemoryStorage(), asyncio.Event(), asyncio.Event()
        self.go_on.set()

    async def load(self, user_id):
        return self.inner.load(user_id)

    async def save(self, user_id, expected, record, events):
        self.saving.set()
        await self.go_on.wait()
        return self.inner.save(user_id, expected, record, events)

    async def erase(self, user_id):
        self.inner.erase(user_id)


def test_a_cancelled_caller_loses_the_answer_never_the_write(keys, clock):
    async def story() -> None:
        storage = Slow()
        two_factor = AsyncTwoFactor(issuer="Acme", storage=storage, keys=keys, clock=clock)
        phone, _ = await async_enroll(two_factor, "42", clock)
        clock.advance(30)
        challenge = (await two_factor.after_first_factor("42")).challenge
        storage.go_on.clear()
        storage.saving.clear()
        caller = asyncio.create_task(two_factor.verify(challenge, code=phone.code()))
        await storage.saving.wait()
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        before = storage.inner.load("42")
        storage.go_on.set()
        await asyncio.sleep(0.01)
        assert storage.inner.load("42") != before
        assert storage.inner.events("42", None, 1)[0].type == "device_known"
        with pytest.raises(InvalidCode):
            await two_factor.verify((await two_factor.after_first_factor("42")).challenge, code=phone.code())

    asyncio.run(story())


def test_a_storage_that_never_answers_refuses_and_leaves_nothing_waiting(keys):
    class Silent(Slow):
        async def load(self, user_id):
            await asyncio.Event().wait()

    async def story() -> None:
        two_factor = AsyncTwoFactor(issuer="Acme", storage=Silent(), keys=keys, storage_timeout=0.01)
        for _ in range(3):
            with pytest.raises(StorageTimeout):
                await two_factor.status("42")
        await asyncio.sleep(0.01)
        assert not two_factor._tasks

    asyncio.run(story())


def test_a_storage_that_cancels_itself_is_a_failure_not_a_cancelled_caller(keys):
    class Cancelling(Slow):
        async def load(self, user_id):
            raise asyncio.CancelledError

    async def story() -> None:
        with pytest.raises(StorageError):
            await AsyncTwoFactor(issuer="Acme", storage=Cancelling(), keys=keys).status("42")

    asyncio.run(story())


def test_a_late_failure_is_nobodys_unhandled_exception(keys, clock):
    class FailsLate(Slow):
        async def save(self, user_id, expected, record, events):
            await asyncio.sleep(0.02)
            raise OSError("disk full")

    async def story() -> None:
        unhandled: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))
        two_factor = AsyncTwoFactor(issuer="Acme", storage=FailsLate(), keys=keys, clock=clock, storage_timeout=0.01)
        with pytest.raises(StorageTimeout):
            await async_enroll(two_factor, "42", clock)
        await asyncio.sleep(0.03)
        gc.collect()
        assert not unhandled

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(story())


def test_of_many_calls_at_once_with_one_code_one_gets_in(keys, clock):
    async def story() -> None:
        two_factor = AsyncTwoFactor(issuer="Acme", storage=AsyncFaultyStorage(), keys=keys, clock=clock)
        phone, _ = await async_enroll(two_factor, "42", clock)
        clock.advance(30)
        challenges = [(await two_factor.after_first_factor("42")).challenge for _ in range(8)]
        tries = [two_factor.verify(challenge, code=phone.code()) for challenge in challenges]
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1
        assert {type(outcome) for outcome in outcomes if isinstance(outcome, Exception)} <= {InvalidCode, Contention}

    asyncio.run(story())


def test_a_blocking_storage_does_not_block_the_loop(keys, clock, tmp_path):
    class Waiting(MemoryStorage):
        def load(self, user_id):
            assert threading.current_thread() is not threading.main_thread()
            time.sleep(0.05)
            return super().load(user_id)

    async def story() -> None:
        two_factor = AsyncTwoFactor(issuer="Acme", storage=Waiting(), keys=keys, clock=clock)
        beats = 0

        async def heart() -> None:
            nonlocal beats
            while True:
                await asyncio.sleep(0.005)
                beats += 1

        beating = asyncio.create_task(heart())
        await two_factor.status("42")
        beating.cancel()
        assert beats >= 3
        over_sqlite = AsyncTwoFactor(issuer="Acme", storage=SqliteStorage(tmp_path / "2fa.db"), keys=keys, clock=clock)
        await async_enroll(over_sqlite, "42", clock)
        assert (await over_sqlite.stats()).enabled_users == 1

    asyncio.run(story())


def test_one_driver_serves_several_loops_one_after_another(keys, clock):
    two_factor = AsyncTwoFactor(issuer="Acme", storage=AsyncFaultyStorage(), keys=keys, clock=clock)
    asyncio.run(async_enroll(two_factor, "42", clock))
    assert asyncio.run(two_factor.status("42")).enabled


@pytest.mark.parametrize("answer", [{"version": 1}, b"data", 1, (1, True, "k", b""), Exception])
def test_nonsense_from_load_refuses(keys, answer):
    storage = MemoryStorage()
    storage.load = lambda user_id: answer  # type: ignore[method-assign]
    with pytest.raises(StorageError):
        TwoFactor(issuer="Acme", storage=storage, keys=keys).status("42")


def test_a_typed_refusal_of_the_storage_passes(keys):
    storage = MemoryStorage()

    def load(user_id: str) -> StoredRecord:
        raise StorageTimeout("pool is empty")

    storage.load = load  # type: ignore[method-assign]
    with pytest.raises(StorageTimeout, match="pool is empty"):
        TwoFactor(issuer="Acme", storage=storage, keys=keys).status("42")


def test_a_typed_refusal_is_not_its_own_cause(keys):
    refusal = StorageTimeout("pool is empty")

    class Refusing(MemoryStorage):
        def load(self, user_id: str, /) -> StoredRecord:
            raise refusal

    storage = Refusing()
    for call in (
        lambda: TwoFactor(issuer="Acme", storage=storage, keys=keys).status("42"),
        lambda: asyncio.run(AsyncTwoFactor(issuer="Acme", storage=storage, keys=keys).status("42")),
    ):
        with pytest.raises(StorageTimeout) as refused:
            call()
        assert refused.value is refusal
        assert refusal.__cause__ is None


def test_a_coroutine_function_in_a_wrapper_is_awaited(keys, clock):
    class Wrapped:
        def __init__(self) -> None:
            inner = AsyncFaultyStorage()
            self.load = lambda *arguments: inner.load(*arguments)
            self.save = lambda *arguments: inner.save(*arguments)
            self.erase = lambda *arguments: inner.erase(*arguments)

    asyncio.run(async_enroll(AsyncTwoFactor(issuer="Acme", storage=Wrapped(), keys=keys, clock=clock), "42", clock))


def test_what_a_person_presses_is_not_swallowed(keys):
    storage = MemoryStorage()

    def load(user_id: str) -> StoredRecord:
        raise KeyboardInterrupt

    storage.load = load  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        TwoFactor(issuer="Acme", storage=storage, keys=keys).status("42")


def test_orders_that_are_not_used_up_wait(keys):
    storage = FaultyStorage()
    storage.order(Fault.SAVE_LOSES_RACE)
    assert storage.load("42") is None
    assert storage.save("42", None, StoredRecord(version=1, enabled=True, key_id="k", data=b""), ()) is False
