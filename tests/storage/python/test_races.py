"""One code, many processes at once, of every driver: whoever comes first gets in, and nobody else. Also while the server dies."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections import Counter
from typing import Any

import pytest
from places import ASYNC, OF_SERVER, OF_SQLITE, Place
from twinlock_servers import running

from twinlock import AsyncTwoFactor, KeyRing, Policy, TwoFactor, TwoFactorError
from twinlock.storage.sqlalchemy import AsyncSqlAlchemyStorage, SqlAlchemyStorage, create_all
from twinlock.testing import VirtualClock, enroll

KEYS = KeyRing({"2026a": bytes(range(32))}).to_text()
START = 1_700_000_000
WAIT = 120.0
PATIENT = {"timeout": 30.0, "pool_timeout": 30.0, "pool_size": 2}
REFUSED = {"invalid_code", "contention"}
IN_DOUBT = {"storage_error", "storage_timeout"}
Round = tuple[list[str], str]


def prepared(url: str, rounds: int, contenders: int) -> list[Round]:
    """For each round a user of its own, a challenge for each contender, and the one code."""
    clock = VirtualClock(START)
    storage = SqlAlchemyStorage(url, **PATIENT)
    two_factor = TwoFactor(
        issuer="Acme", storage=storage, keys=KeyRing.from_text(KEYS), clock=clock, policy=Policy(backup_codes=0)
    )
    ready = []
    for number in range(rounds):
        clock.now = START
        phone, _ = enroll(two_factor, str(number), clock)
        clock.advance(30)
        challenges = [two_factor.after_first_factor(str(number)).challenge or "" for _ in range(contenders)]
        ready.append((challenges, phone.code()))
    storage.close()
    return ready


class CountingLoads:
    """How often one call of the driver loaded, at most."""

    def __init__(self, inner: Any) -> None:
        self.save, self.erase, self._load, self.loads = inner.save, inner.erase, inner.load, 0
        self.load = self._awaited if isinstance(inner, AsyncSqlAlchemyStorage) else self._blocking

    def _blocking(self, user_id: str) -> Any:
        self.loads += 1
        return self._load(user_id)

    async def _awaited(self, user_id: str) -> Any:
        self.loads += 1
        return await self._load(user_id)


class Contender:
    """One process: a driver of Twinlock's over a driver of the database's, told to try one code after the other."""

    def __init__(self, driver: str, url: str, timeout: float) -> None:
        settings = {**PATIENT, "timeout": timeout, "pool_timeout": timeout}
        store = AsyncSqlAlchemyStorage(url, **settings) if driver in ASYNC else SqlAlchemyStorage(url, **settings)
        self.store, self.counting = store, CountingLoads(store)
        common: dict[str, Any] = {"issuer": "Acme", "storage": self.counting, "keys": KeyRing.from_text(KEYS)}
        common |= {"clock": lambda: START + 30, "storage_timeout": timeout + 5}
        self.two_factor: Any = AsyncTwoFactor(**common) if driver in ASYNC else TwoFactor(**common)
        self.loop = asyncio.new_event_loop() if driver in ASYNC else None

    def tried(self, challenge: str, code: str) -> str:
        self.counting.loads = 0
        try:
            answer = self.two_factor.verify(challenge, code=code)
            if self.loop:
                self.loop.run_until_complete(answer)
            outcome = "in"
        except TwoFactorError as error:
            outcome = error.code
        except Exception as error:  # a loser must be refused, not crash
            outcome = repr(error)
        return outcome if self.counting.loads <= 5 else f"{self.counting.loads} loads"

    def close(self) -> None:
        closing = self.store.close()
        if self.loop:
            self.loop.run_until_complete(closing)
            self.loop.close()


def contend(driver: str, url: str, place: int, rounds: list[Round], barrier: Any, answers: Any) -> None:
    contender, outcomes = Contender(driver, url, 30.0), []
    for challenges, code in rounds:
        barrier.wait(WAIT)
        outcomes.append(contender.tried(challenges[place], code))
    contender.close()
    answers.put(outcomes)


def verified(where: Place, user: str) -> int:
    storage = SqlAlchemyStorage(first(where), **PATIENT)
    count = [event.type for event in storage.events(user, None, 200)].count("verified")
    storage.close()
    return count


def first(where: Place) -> str:
    """The URL for the blocking driver of that database."""
    return where.url("sqlite3" if where.server is None else OF_SERVER[where.server.facts["kind"]][0])


@pytest.mark.parametrize(
    "drivers",
    [["psycopg", "psycopg", "asyncpg", "psycopg-async"], ["pymysql", "pymysql", "aiomysql", "aiomysql"], OF_SQLITE * 2],
    ids=["postgres", "mariadb", "sqlite"],
)
def test_of_processes_with_one_code_one_gets_in(place, drivers):
    where, count = place(drivers[0]), 30
    rounds = prepared(first(where), count, len(drivers))
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(len(drivers)), context.Queue()
    workers = [
        context.Process(target=contend, args=(driver, where.url(driver), number, rounds, barrier, answers))
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
        assert set(counted) <= {"in", *REFUSED}, f"round {number}: {counted}"
        assert verified(where, str(number)) == 1


def insist(driver: str, url: str, place: int, rounds: list[Round], done: Any, answers: Any) -> None:
    """Tries each code until the answer is definite, as a user would."""
    contender, outcomes = Contender(driver, url, 2.0), []
    for challenges, code in rounds:
        told: list[str] = []
        deadline = time.monotonic() + WAIT
        while not told or (told[-1] in IN_DOUBT | {"contention"} and time.monotonic() < deadline):
            if told:
                time.sleep(0.02)
            told.append(contender.tried(challenges[place], code))
        outcomes.append(told)
        with done.get_lock():
            done.value += 1
    contender.close()
    answers.put(outcomes)


@pytest.mark.parametrize("kind", list(OF_SERVER))
def test_a_server_killed_under_load_loses_nothing_and_lets_nobody_in_twice(kind):
    drivers, count, kills = [OF_SERVER[kind][0], *OF_SERVER[kind]], 60, 3
    with running(kind) as server:  # with fsync, as in production
        where = Place(server, server.database)
        engine = where.engine()
        create_all(engine)
        engine.dispose()
        rounds = prepared(first(where), count, len(drivers))
        context = multiprocessing.get_context("spawn")
        done, answers = context.Value("i", 0), context.Queue()
        workers = [
            context.Process(target=insist, args=(driver, where.url(driver), number, rounds, done, answers))
            for number, driver in enumerate(drivers)
        ]
        for worker in workers:
            worker.start()
        for kill in range(1, kills + 1):
            deadline = time.monotonic() + WAIT
            while done.value < count * len(drivers) * kill // (kills + 1) and time.monotonic() < deadline:
                time.sleep(0.001)
            server.kill()
            time.sleep(0.1)  # let them meet a server that is not there
            server.start()
        outcomes = [answers.get(timeout=WAIT) for _ in workers]
        for worker in workers:
            worker.join(WAIT)
        met = Counter(answer for contender in outcomes for told in contender for answer in told)
        assert met.keys() & IN_DOUBT, f"nobody noticed the kills: {met}"
        # A challenge is expired for whoever was let in by a commit whose answer was lost.
        assert set(met) <= {"in", "challenge_expired", *REFUSED, *IN_DOUBT}, f"a crash: {met}"
        for number, told in enumerate(zip(*outcomes, strict=True)):
            got_in = sum(answers.count("in") for answers in told)
            doubtful = any(set(answers) & IN_DOUBT for answers in told)
            # Whoever was let in is in the log; and where nobody was, a commit was made whose answer was lost.
            assert verified(where, str(number)) == 1, f"user {number}: {told}"
            assert got_in == 1 or (got_in == 0 and doubtful), f"user {number}: {told}"
