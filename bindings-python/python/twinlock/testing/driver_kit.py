"""What every driver must hold to: the rules at the head of `twinlock._driver`, tried on a storage with faults to order.

    def test_my_driver():
        driver_kit(lambda **settings: MyTwoFactor(issuer="Acme", keys=KeyRing.generate(), **settings))

A broken rule is an `AssertionError` that names it in words.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .._native import Event
from ..errors import (
    ConfigurationError,
    Contention,
    InvalidCode,
    StorageError,
    StorageTimeout,
    TwoFactorError,
)
from .clock import VirtualClock
from .faulty import AsyncFaultyStorage, Fault, FaultyStorage, OrderedFailure
from .phone import FakePhone

__all__ = ["async_driver_kit", "driver_kit"]

TIMEOUT = 0.02
LATE = 0.06


def driver_kit(make_driver: Callable[..., Any]) -> None:
    """Holds a blocking driver to the rules. `make_driver` takes `storage`, `clock`, `on_event`, `storage_timeout`."""
    asyncio.run(_rules(make_driver, FaultyStorage))


async def async_driver_kit(
    make_driver: Callable[..., Any],
    storage: type[FaultyStorage] | type[AsyncFaultyStorage] = AsyncFaultyStorage,
) -> None:
    """Holds an asynchronous driver to the same rules, over an asynchronous storage or over a blocking one."""
    await _rules(make_driver, storage)


async def _rules(make_driver: Callable[..., Any], storage: type[FaultyStorage] | type[AsyncFaultyStorage]) -> None:
    for rule in (
        _what_changes_nothing_writes_nothing,
        _a_counted_wrong_code_is_saved_before_it_is_told,
        _a_lost_race_is_decided_again,
        _five_lost_races_refuse,
        _what_fails_lets_nobody_in,
        _what_was_burned_stays_burned,
        _what_answers_late_refuses,
        _what_answers_nonsense_refuses,
        _who_listens_cannot_undo,
        _a_broken_clock_refuses,
        _what_cannot_be_erased_is_not_called_erased,
    ):
        await rule(_Bench(make_driver, storage))


class _Bench:
    """A driver over a faulty storage, with an enrolled phone."""

    def __init__(
        self, make_driver: Callable[..., Any], storage: type[FaultyStorage] | type[AsyncFaultyStorage]
    ) -> None:
        self.clock = VirtualClock()
        self.storage = storage(LATE)
        self.told: list[tuple[Event, bool]] = []
        self.listens_badly = False
        self.driver = make_driver(storage=self.storage, clock=self._now, on_event=self._listen, storage_timeout=TIMEOUT)
        self.readings = 0
        self.phone: FakePhone

    def _now(self) -> float:
        self.readings += 1
        return self.clock()

    def _listen(self, event: Event, durable: bool) -> None:
        if self.listens_badly:
            raise OrderedFailure("ordered: on_event fails")
        self.told.append((event, durable))

    async def ask(self, operation: str, *arguments: Any, **named: Any) -> Any:
        answer = getattr(self.driver, operation)(*arguments, **named)
        return await answer if inspect.isawaitable(answer) else answer

    async def ready(self) -> str:
        """Enrolls, waits for a new code, asks for a challenge."""
        enrollment = await self.ask("begin_enrollment", "42", account_name="ada")
        self.phone = FakePhone(enrollment.uri, self.clock)
        await self.ask("confirm_enrollment", "42", enrollment.setup, code=self.phone.code())
        self.clock.advance(30)
        self.told.clear()
        return await self.challenge()

    async def challenge(self) -> str:
        challenge: str = (await self.ask("after_first_factor", "42")).challenge
        return challenge

    async def verify(self, challenge: str, code: str | None = None) -> Any:
        return await self.ask("verify", challenge, code=code or self.phone.code())

    async def refused(self, kind: type[TwoFactorError], operation: str, *arguments: Any, **named: Any) -> Exception:
        try:
            answer = await self.ask(operation, *arguments, **named)
        except TwoFactorError as error:
            assert type(error) is kind, f"{operation} must be refused with {kind.__name__}, not {type(error).__name__}"
            return error
        raise AssertionError(f"{operation} must be refused with {kind.__name__}, not answered with {answer!r}")

    def version(self) -> int:
        record = self.storage.inner.load("42")
        return -1 if record is None else record.version


async def _what_changes_nothing_writes_nothing(bench: _Bench) -> None:
    await bench.ready()
    saves = bench.storage.saves
    await bench.challenge()
    await bench.ask("status", "42")
    await bench.ask("begin_enrollment", "43", account_name="bob")
    assert bench.storage.saves == saves, "what changes nothing must write nothing"
    loads = bench.storage.loads
    await bench.ask("status", "42")
    assert bench.storage.loads == loads + 1, "each call loads the record once: nothing is cached"


async def _a_counted_wrong_code_is_saved_before_it_is_told(bench: _Bench) -> None:
    challenge = await bench.ready()
    saves, version = bench.storage.saves, bench.version()
    await bench.refused(InvalidCode, "verify", challenge, code=bench.phone.wrong_code())
    assert bench.storage.saves == saves + 1 and bench.version() != version, "a counted wrong code must be saved"
    assert [(event.type, durable) for event, durable in bench.told] == [("failed", True)], "and told after that"


async def _a_lost_race_is_decided_again(bench: _Bench) -> None:
    challenge = await bench.ready()
    loads, readings = bench.storage.loads, bench.readings
    bench.storage.order(*[Fault.SAVE_LOSES_RACE] * 4)
    verification = await bench.verify(challenge)
    assert verification.user_id == "42"
    assert bench.storage.loads == loads + 5, "after a lost race the record must be loaded again"
    assert bench.readings == readings + 5, "after a lost race the clock must be read again"
    assert [event.type for event, _ in bench.told].count("verified") == 1, "a lost decision must not be told"


async def _five_lost_races_refuse(bench: _Bench) -> None:
    challenge = await bench.ready()
    loads = bench.storage.loads
    bench.storage.order(*[Fault.SAVE_LOSES_RACE] * 5)
    await bench.refused(Contention, "verify", challenge, code=bench.phone.code())
    assert bench.storage.loads == loads + 5, "five rounds, not more"
    assert not bench.told, "what was not stored must not be told"


async def _what_fails_lets_nobody_in(bench: _Bench) -> None:
    challenge = await bench.ready()
    for fault in (Fault.LOAD_FAILS, Fault.SAVE_FAILS_BEFORE):
        bench.storage.order(fault)
        error = await bench.refused(StorageError, "verify", challenge, code=bench.phone.code())
        assert isinstance(error.__cause__, OrderedFailure), "the storage's own exception must be the cause"
    assert not bench.told, "what was not stored must not be told"
    await bench.verify(challenge)  # nothing was written, so nothing is burned


async def _what_was_burned_stays_burned(bench: _Bench) -> None:
    challenge = await bench.ready()
    bench.storage.order(Fault.SAVE_FAILS_AFTER)
    await bench.refused(StorageError, "verify", challenge, code=bench.phone.code())
    assert not bench.told, "what may not be stored must not be told"
    await bench.refused(InvalidCode, "verify", await bench.challenge(), code=bench.phone.code())


async def _what_answers_late_refuses(bench: _Bench) -> None:
    challenge = await bench.ready()
    bench.storage.order(Fault.LOAD_IS_LATE)
    await bench.refused(StorageTimeout, "verify", challenge, code=bench.phone.code())
    version = bench.version()
    bench.storage.order(Fault.SAVE_IS_LATE)
    await bench.refused(StorageTimeout, "verify", challenge, code=bench.phone.code())
    assert not bench.told, "an outcome whose write is in doubt must not be told"
    await asyncio.sleep(2 * LATE)
    assert bench.version() != version, "the write itself must go on"
    await bench.refused(InvalidCode, "verify", await bench.challenge(), code=bench.phone.code())


async def _what_answers_nonsense_refuses(bench: _Bench) -> None:
    challenge = await bench.ready()
    for fault in (Fault.LOAD_GIVES_NONSENSE, Fault.SAVE_GIVES_NONSENSE):
        bench.storage.order(fault)
        await bench.refused(StorageError, "verify", challenge, code=bench.phone.code())
    assert not bench.told, "what may not be stored must not be told"


async def _who_listens_cannot_undo(bench: _Bench) -> None:
    challenge = await bench.ready()
    bench.listens_badly = True
    with _quiet():
        verification = await bench.verify(challenge)
    assert verification.user_id == "42", "an error of on_event must not undo what is committed"


async def _a_broken_clock_refuses(bench: _Bench) -> None:
    challenge = await bench.ready()
    saves, now = bench.storage.saves, bench.clock.now
    for broken in (-1.0, float("nan"), float("inf"), 2.0**63, None, "12"):
        bench.clock.now = broken  # type: ignore[assignment]
        await bench.refused(ConfigurationError, "verify", challenge, code="123456")
    bench.clock.now = now
    assert bench.storage.saves == saves, "on a broken clock nothing is decided"
    await bench.verify(challenge)


async def _what_cannot_be_erased_is_not_called_erased(bench: _Bench) -> None:
    await bench.ready()
    bench.storage.order(Fault.ERASE_FAILS)
    await bench.refused(StorageError, "erase", "42")
    assert not bench.told, "what was not erased must not be told"
    await bench.ask("erase", "42")
    assert [event.type for event, _ in bench.told] == ["erased"]


@contextmanager
def _quiet() -> Iterator[None]:
    """The failure of on_event is ordered: its log line would only alarm."""
    logger = logging.getLogger("twinlock")
    disabled, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = disabled
