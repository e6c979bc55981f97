"""One code, many processes at once on Redis and on a cluster: whoever comes first gets in, and nobody else."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections import Counter
from typing import Any

import pytest
from redises import CLUSTER, SINGLE, fixture, made, opened, prefix

from twinlock import AsyncTwoFactor, KeyRing, Policy, TwoFactor, TwoFactorError
from twinlock.testing import VirtualClock, enroll

KEYS = KeyRing({"2026a": bytes(range(32))}).to_text()
START = 1_700_000_000
WAIT = 120.0
ROUNDS = 30
PATIENT = {"timeout": 30.0, "pool_size": 2}
Round = tuple[list[str], str]


def prepared(storage: Any, contenders: int) -> list[Round]:
    """For each round a user of its own, a challenge for each contender, and the one code."""
    clock = VirtualClock(START)
    two_factor = TwoFactor(
        issuer="Acme", storage=storage, keys=KeyRing.from_text(KEYS), clock=clock, policy=Policy(backup_codes=0)
    )
    ready = []
    for number in range(ROUNDS):
        clock.now = START
        phone, _ = enroll(two_factor, str(number), clock)
        clock.advance(30)
        challenges = [two_factor.after_first_factor(str(number)).challenge or "" for _ in range(contenders)]
        ready.append((challenges, phone.code()))
    return ready


def contend(driver: str, url: str, name: str, place: int, rounds: list[Round], barrier: Any, answers: Any) -> None:
    awaited = driver.endswith("-async")
    loop = asyncio.new_event_loop()
    storage = made(driver, url, prefix=name, **PATIENT)
    cls: Any = AsyncTwoFactor if awaited else TwoFactor
    two_factor = cls(
        issuer="Acme",
        storage=storage,
        keys=KeyRing.from_text(KEYS),
        clock=lambda: START + 30,
        storage_timeout=35.0,
    )
    outcomes = []
    for challenges, code in rounds:
        barrier.wait(WAIT)
        try:
            answer = two_factor.verify(challenges[place], code=code)
            if awaited:
                loop.run_until_complete(answer)
            outcomes.append("in")
        except TwoFactorError as error:
            outcomes.append(error.code)
        except Exception as error:  # a loser must be refused, not crash
            outcomes.append(repr(error))
    closing = storage.close()
    if awaited:
        loop.run_until_complete(closing)
    loop.close()
    answers.put(outcomes)


@pytest.mark.parametrize("drivers", [SINGLE * 2, CLUSTER * 2], ids=["redis", "redis-cluster"])
def test_of_processes_with_one_code_one_gets_in(request, drivers):
    server, name = request.getfixturevalue(fixture(drivers[0])), prefix()
    storage = opened(drivers[0], server, prefix=name, **PATIENT)
    rounds = prepared(storage, len(drivers))
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(len(drivers)), context.Queue()
    workers = [
        context.Process(target=contend, args=(driver, server.url, name, number, rounds, barrier, answers))
        for number, driver in enumerate(drivers)
    ]
    for worker in workers:
        worker.start()
    outcomes = [answers.get(timeout=WAIT) for _ in workers]
    for worker in workers:
        worker.join(WAIT)
    for number, told in enumerate(zip(*outcomes, strict=True)):
        counted = Counter(told)
        assert counted["in"] == 1, f"round {number}: {counted}"
        assert set(counted) <= {"in", "invalid_code", "contention"}, f"round {number}: {counted}"
        types = [event.type for event in storage.events(str(number), None, 200)]
        assert types.count("verified") == 1
    storage.close()
