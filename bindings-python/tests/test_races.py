"""One code, many at once: threads, processes by spawn and by fork after a first use, and a kill in the middle.

200 rounds in all; whoever comes first gets in, and nobody else.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from twinlock import Contention, InvalidCode, KeyRing, MemoryStorage, SqliteStorage, TwoFactor
from twinlock.testing import FakePhone, VirtualClock, enroll

KEYS = KeyRing({"2026a": bytes(range(32))}).to_text()
START = 1_700_000_000
WAIT = 60.0
Round = tuple[list[str], str]


def opened(path: Path, clock: Any = lambda: START + 30) -> TwoFactor:
    storage = SqliteStorage(path, synchronous="NORMAL")
    return TwoFactor(issuer="Acme", storage=storage, keys=KeyRing.from_text(KEYS), clock=clock)


def prepared(path: Path, rounds: int, contenders: int) -> list[Round]:
    """For each round a user of its own, a challenge for each contender, and the one code."""
    clock = VirtualClock(START)
    two_factor, ready = opened(path, clock), []
    for number in range(rounds):
        clock.now = START
        phone, _ = enroll(two_factor, str(number), clock)
        clock.advance(30)
        challenges = [two_factor.after_first_factor(str(number)).challenge or "" for _ in range(contenders)]
        ready.append((challenges, phone.code()))
    return ready


def contend(two_factor: TwoFactor, place: int, rounds: list[Round], barrier: Any) -> list[str]:
    outcomes = []
    for challenges, code in rounds:
        barrier.wait(WAIT)
        try:
            two_factor.verify(challenges[place], code=code)
            outcomes.append("in")
        except (InvalidCode, Contention) as error:
            outcomes.append(error.code)
        except Exception as error:  # a loser must be refused, not crash
            outcomes.append(repr(error))
    return outcomes


def one_got_in_each_round(outcomes: list[list[str]]) -> None:
    for number, answers in enumerate(zip(*outcomes, strict=True)):
        counted = Counter(answers)
        assert counted["in"] == 1, f"round {number}: {counted}"
        assert set(counted) <= {"in", "invalid_code", "contention"}, f"round {number}: {counted}"


def test_of_sixteen_threads_one_gets_in(tmp_path):
    path, contenders = tmp_path / "2fa.db", 16
    rounds = prepared(path, 100, contenders)
    shared, barrier = opened(path), threading.Barrier(contenders)
    outcomes: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda place=place: outcomes.append(contend(shared, place, rounds, barrier)))
        for place in range(contenders)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    assert len(outcomes) == contenders
    one_got_in_each_round(outcomes)


def in_a_new_process(path: Path, place: int, rounds: list[Round], barrier: Any, answers: Any) -> None:
    answers.put(contend(opened(path), place, rounds, barrier))


def in_a_forked_process(two_factor: TwoFactor, place: int, rounds: list[Round], barrier: Any, answers: Any) -> None:
    answers.put(contend(two_factor, place, rounds, barrier))


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_of_eight_processes_one_gets_in(tmp_path, method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} on this system")
    path, contenders = tmp_path / "2fa.db", 8
    rounds = prepared(path, 50, contenders)
    context = multiprocessing.get_context(method)
    barrier, answers = context.Barrier(contenders), context.Queue()
    first_used = opened(path)
    assert first_used.status("0").enabled
    target, shared = (in_a_new_process, path) if method == "spawn" else (in_a_forked_process, first_used)
    workers = [
        context.Process(target=target, args=(shared, place, rounds, barrier, answers)) for place in range(contenders)
    ]
    for worker in workers:
        worker.start()
    outcomes = [answers.get(timeout=WAIT) for _ in workers]
    for worker in workers:
        worker.join(WAIT)
    one_got_in_each_round(outcomes)
    assert first_used.stats().enabled_users == 50  # the parent's own connection still works


def randomness(two_factor: TwoFactor, user: str) -> list[str]:
    """Everything that must never repeat: secret, nonces, salt (by its hashes in the sealed record), codes, ids, epoch."""
    clock = VirtualClock(START)
    enrollment = two_factor.begin_enrollment(user, account_name="ada")
    phone = FakePhone(enrollment.uri, clock)
    enrolled = two_factor.confirm_enrollment(user, enrollment.setup, code=phone.code())
    record = two_factor.storage.load(user)
    assert record is not None
    events = two_factor.events(user).events
    challenge = two_factor.after_first_factor(user).challenge or ""
    return [
        *(enrollment.secret, enrollment.setup[:40], challenge[:40], enrolled.assurance[:40], enrolled.authenticator_id),
        *enrolled.backup_codes,
        *(event.id[20:] for event in events),
        record.data[:25].hex(),
        str(record.version),
        KeyRing.generate().to_text(),
    ]


def draw(two_factor: TwoFactor, user: str, answers: Any) -> None:
    answers.put(randomness(two_factor, user))


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork on this system")
def test_forked_children_draw_different_secrets():
    keys = KeyRing.from_text(KEYS)
    two_factor = TwoFactor(issuer="Acme", storage=MemoryStorage(), keys=keys, clock=lambda: START)
    drawn = [randomness(two_factor, "0")]  # the first use: a generator kept from here would repeat in every child
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    children = [context.Process(target=draw, args=(two_factor, "1", answers)) for _ in range(4)]
    for child in children:
        child.start()
    drawn += [answers.get(timeout=WAIT) for _ in children]
    for child in children:
        child.join(WAIT)
    drawn.append(randomness(two_factor, "1"))
    everything = [value for values in drawn for value in values]
    assert len(drawn) == 6
    assert [value for value, times in Counter(everything).items() if times > 1] == []


class StopsBeforeSave:
    """Says that it would save now, and waits to be killed."""

    def __init__(self, inner: SqliteStorage, about_to_save: Any) -> None:
        self.load, self.erase, self.about_to_save = inner.load, inner.erase, about_to_save

    def save(self, *_: object) -> bool:
        self.about_to_save.set()
        time.sleep(WAIT)
        return False


def verify_without_saving(path: Path, challenge: str, code: str, about_to_save: Any) -> None:
    storage = StopsBeforeSave(SqliteStorage(path), about_to_save)
    two_factor = TwoFactor(issuer="Acme", storage=storage, keys=KeyRing.from_text(KEYS), clock=lambda: START + 30)
    two_factor.verify(challenge, code=code)


def test_a_kill_between_load_and_save_leaves_no_half_state(tmp_path):
    path = tmp_path / "2fa.db"
    [(challenges, code)] = prepared(path, 1, 1)
    two_factor = opened(path)
    before = two_factor.storage.load("0"), two_factor.events("0").events
    context = multiprocessing.get_context("spawn")
    about_to_save = context.Event()
    child = context.Process(target=verify_without_saving, args=(path, challenges[0], code, about_to_save))
    child.start()
    assert about_to_save.wait(WAIT)
    os.kill(child.pid or 0, signal.SIGKILL)
    child.join(WAIT)
    assert (two_factor.storage.load("0"), two_factor.events("0").events) == before
    assert two_factor.verify(challenges[0], code=code).user_id == "0"


def change_for_ever(path: Path, started: Any) -> None:
    two_factor = opened(path)
    while True:
        two_factor.unlock("0", actor="loop")
        started.set()


def test_a_kill_in_the_middle_of_saves_keeps_record_and_events_together(tmp_path):
    path = tmp_path / "2fa.db"
    prepared(path, 1, 1)
    two_factor = opened(path)
    first = two_factor.storage.load("0")
    assert first is not None
    context = multiprocessing.get_context("spawn")
    for delay in (0.003, 0.011, 0.023):
        started = context.Event()
        child = context.Process(target=change_for_ever, args=(path, started))
        child.start()
        assert started.wait(WAIT)
        time.sleep(delay)  # to be killed somewhere else each time
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join(WAIT)
        assert two_factor.status("0").enabled
        last = two_factor.storage.load("0")
        unlocked, cursor = 0, None
        while True:
            page = two_factor.events("0", limit=200, cursor=cursor)
            unlocked += sum(event.type == "unlocked" for event in page.events)
            if (cursor := page.next_cursor) is None:
                break
        assert last is not None
        assert last.version - first.version == unlocked


def sign_in_and_leave(two_factor: TwoFactor, number: int, challenge: str, code: str, answers: Any) -> None:
    answers.put((number, two_factor.verify(challenge, code=code).user_id, two_factor.status("0").enabled))


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # Python 3.12 warns of what is tried here
def test_a_fork_while_other_threads_are_in_calls_works_in_both(tmp_path):
    path, forks = tmp_path / "2fa.db", 6
    rounds = prepared(path, forks, 1)
    two_factor = opened(path)
    stop, failures = threading.Event(), []

    def busy(user: str) -> None:
        while not stop.is_set():
            try:
                two_factor.unlock(user, actor="thread")
                two_factor.status(user)
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=busy, args=(f"busy {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    children = []
    try:
        for number, ([challenge], code) in enumerate(rounds):
            child = context.Process(target=sign_in_and_leave, args=(two_factor, number, challenge, code, answers))
            child.start()
            children.append(child)
        for child in children:
            child.join(WAIT)
    finally:
        stop.set()
        for thread in threads:
            thread.join(WAIT)
    assert [child.exitcode for child in children] == [0] * forks
    assert sorted(answers.get() for _ in children) == [(number, str(number), True) for number in range(forks)]
    assert failures == []
