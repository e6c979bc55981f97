"""What every storage must hold to: one list, for blocking and asynchronous ones alike, yours included.

    def test_my_storage(tmp_path):
        storage_kit(lambda: MyStorage(tmp_path / "2fa.db"))

Each call of `open_storage` gives another connection to the same data, which is empty at the start.
A broken rule is an `AssertionError` that names it in words.
"""

from __future__ import annotations

import asyncio
import inspect
import multiprocessing
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from .._native import Event, StoredRecord
from ..storage import AsyncStorage, Storage

__all__ = ["async_storage_kit", "example_event", "storage_kit"]

ROUNDS = 20
ODD_USERS = (
    *("ada", "Ada", "ADA", "ada ", " ada", "adä", "ada\u0308", "%", "_", "a'b", "42", "042", "4.2e1", "ß", "ss"),
    *("\U0001f511", "x" * 255),
)


def example_event(user_id: str = "42", number: int = 1, type: str = "verified", at: int = 1_700_000_000) -> Event:
    """An event as a storage meets it; the higher `number`, the later."""
    id = (at * 1000).to_bytes(6, "big") + b"\x70\x00\x80\x00" + number.to_bytes(6, "big")
    return Event(id=id, user_id=user_id, type=type, at=at, method="totp", context="192.0.2.1 é", detail={"left": 3})


def storage_kit(open_storage: Callable[[], Storage], *, processes: int = 0) -> None:
    """Holds a blocking storage to the contract of `Storage`, and to that of `Reports` where it has those methods.

    With `processes` the race between parallel saves is run in that many processes, too; `open_storage` must then be
    picklable, e.g. `functools.partial(SqliteStorage, path)`.
    """
    asyncio.run(_rules(lambda: _Awaitable(open_storage())))
    _one_of_parallel_saves_wins(open_storage)
    if processes:
        _one_of_the_saves_of_processes_wins(open_storage, processes)


async def async_storage_kit(open_storage: Callable[[], AsyncStorage | Awaitable[AsyncStorage]]) -> None:
    """Holds an asynchronous storage to the same contract; `open_storage` may be a coroutine function."""

    def opened() -> _Awaitable:
        storage = open_storage()
        assert not inspect.isawaitable(storage), "give a function that returns the storage itself"
        return _Awaitable(storage)

    await _rules(opened)
    await _one_of_concurrent_saves_wins(opened)


class _Awaitable:
    """Any storage, awaited."""

    def __init__(self, storage: Any) -> None:
        self.inner = storage

    def has(self, name: str) -> bool:
        return callable(getattr(self.inner, name, None))

    async def ask(self, name: str, *arguments: Any) -> Any:
        answer = getattr(self.inner, name)(*arguments)
        return await answer if inspect.isawaitable(answer) else answer

    async def load(self, user: str) -> Any:
        return await self.ask("load", user)

    async def save(self, user: str, expected: int | None, record: StoredRecord, events: Sequence[Event] = ()) -> Any:
        won = await self.ask("save", user, expected, record, events)
        assert isinstance(won, bool), f"save must give a bool, not {type(won).__name__}"
        return won


def _record(version: int, data: bytes = b"data", key_id: str = "2026a", enabled: bool = True) -> StoredRecord:
    return StoredRecord(version=version, enabled=enabled, key_id=key_id, data=data)


async def _rules(opened: Callable[[], _Awaitable]) -> None:
    await _creates_once(opened())
    await _refuses_stale_saves(opened())
    await _gives_bytes_back(opened(), opened())
    await _keeps_odd_user_ids_apart(opened())
    await _erases(opened())
    await _keeps_events_with_their_record(opened(), opened())
    await _counts(opened())
    await _finds_stale_records(opened())


async def _creates_once(storage: _Awaitable) -> None:
    user, first = "kit-create", _record(7, b"first")
    assert await storage.load(user) is None, "a user nobody saved must load as none"
    assert not await storage.save(user, 7, first), "a save that expects a version must not create"
    assert await storage.save(user, None, first), "the first save must create"
    assert not await storage.save(user, None, _record(8)), "a save that expects none must not replace"
    assert await storage.load(user) == first, "the refused save must change nothing"


async def _refuses_stale_saves(storage: _Awaitable) -> None:
    user, big = "kit-stale", 2**53 - 2
    assert await storage.save(user, None, _record(big, b"1")), "versions up to 2^53 must be kept"
    assert await storage.save(user, big, _record(big + 1, b"2")), "a save of the loaded version must win"
    assert not await storage.save(user, big, _record(big + 1, b"3")), "a stale save must lose"
    assert (await storage.load(user)).data == b"2", "a stale save must write nothing"


async def _gives_bytes_back(writer: _Awaitable, reader: _Awaitable) -> None:
    for data in (b"", b"\0", b"\0\xff\r\n'\";--", bytes(range(256)) * 256):
        user, record = f"kit-bytes-{len(data)}", _record(3, data, enabled=bool(data))
        assert await writer.save(user, None, record), f"a record of {len(data)} bytes must be saved"
        loaded = await reader.load(user)
        assert isinstance(loaded, StoredRecord), "load must give a StoredRecord"
        assert loaded == record, f"another connection must see the same record of {len(data)} bytes"


async def _keeps_odd_user_ids_apart(storage: _Awaitable) -> None:
    for version, user in enumerate(ODD_USERS, 1):
        saved = await storage.save(user, None, _record(version, user.encode()))
        assert saved, f"user ids are compared byte by byte: {user!r} was taken for another"
    for user in ODD_USERS:
        loaded = await storage.load(user)
        assert loaded is not None and loaded.data == user.encode(), f"user id {user!r} loads another's record"


async def _erases(storage: _Awaitable) -> None:
    user = "kit-erase"
    await storage.ask("erase", user)  # nothing there is fine
    assert await storage.save(user, None, _record(9), [example_event(user)]), "a save before erase must win"
    await storage.ask("erase", user)
    assert await storage.load(user) is None, "an erased user must load as none"
    if storage.has("events"):
        assert not await storage.ask("events", user, None, 10), "an erased user has no events"
    assert not await storage.save(user, 9, _record(10)), "a save after erase must not revive the record"
    assert await storage.save(user, None, _record(11)), "an erased user can be created again"


async def _keeps_events_with_their_record(writer: _Awaitable, reader: _Awaitable) -> None:
    if not writer.has("events"):
        return
    user = "kit-events"
    written = [example_event(user, number) for number in range(1, 6)]
    assert await writer.save(user, None, _record(1), written[:2])
    assert not await writer.save(user, None, _record(2), [example_event(user, 9)])
    assert await writer.save(user, 1, _record(2), written[2:])
    newest_first = written[::-1]
    found = list(await reader.ask("events", user, None, 10))
    assert len(found) == 5, "events are written with their record and only with it, not by a save that lost"
    assert found == newest_first, "events come back as they were, the newest first"
    page = list(await reader.ask("events", user, found[1].id_bytes, 2))
    assert page == newest_first[2:4], "a page holds the events before the given one, as many as asked for"


async def _counts(storage: _Awaitable) -> None:
    if not storage.has("stats"):
        return
    now = 1_900_000_000
    before = await storage.ask("stats", now)
    kinds = ("enrolled", "failed", "failed", "disabled", "reset", "verified")
    events = [example_event("kit-stats", number, kind, now - 100) for number, kind in enumerate(kinds)]
    long_ago = example_event("kit-stats", 99, "failed", now - 31 * 86_400)
    assert await storage.save("kit-stats", None, _record(1), [long_ago, *events])
    assert await storage.save("kit-stats-off", None, _record(1, enabled=False))
    after = await storage.ask("stats", now)
    grown = {name: count - before.body()[name] for name, count in after.body().items()}
    wanted = {"enabled_users": 1, "enabled_30d": 1, "disabled_30d": 2, "failed_30d": 2}
    assert grown == wanted, f"the figures must grow by {wanted}, not {grown}"
    if storage.has("purge"):
        assert await storage.ask("purge", now - 30 * 86_400) >= 1, "purge says how many old events it deleted"
        left = [event.type for event in await storage.ask("events", "kit-stats", None, 50)]
        assert len(left) == len(kinds), "purge deletes what is older, and nothing else"


async def _finds_stale_records(storage: _Awaitable) -> None:
    if not storage.has("stale"):
        return
    users = ["kit-key-1", "kit-key-2", "kit-key-3"]
    for user in users:
        assert await storage.save(user, None, _record(1, key_id="old"))
    current = set(await storage.ask("stale", "old", None, 1000))
    assert current.isdisjoint(users), "a record under the given key is not stale"
    found: list[str] = []
    while page := list(await storage.ask("stale", "new", found[-1] if found else None, 2)):
        assert len(page) <= 2, "a page holds as many users as asked for"
        found += page
    assert set(users) <= set(found) and len(found) == len(set(found)), "every stale user is found, and once"


def _one_of_parallel_saves_wins(open_storage: Callable[[], Storage]) -> None:
    storages = [open_storage() for _ in range(8)]
    for round in range(ROUNDS):
        barrier = threading.Barrier(len(storages))
        won: list[bool] = []

        def save(
            storage: Storage,
            expected: int | None = round or None,
            barrier: threading.Barrier = barrier,
            won: list[bool] = won,
        ) -> None:
            barrier.wait(timeout=30)
            won.append(storage.save("kit-race", expected, _record((expected or 0) + 1), ()))

        threads = [threading.Thread(target=save, args=(storage,)) for storage in storages]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == len(storages), "a parallel save must be answered, not fail"
        assert won.count(True) == 1, f"of 8 parallel saves of one version exactly one must win, not {won.count(True)}"


async def _one_of_concurrent_saves_wins(opened: Callable[[], _Awaitable]) -> None:
    storages = [opened() for _ in range(8)]
    for round in range(ROUNDS):
        saves = [storage.save("kit-race", round or None, _record(round + 1)) for storage in storages]
        won = await asyncio.gather(*saves)
        assert won.count(True) == 1, f"of 8 concurrent saves of one version exactly one must win, not {won.count(True)}"


def _one_of_the_saves_of_processes_wins(open_storage: Callable[[], Storage], processes: int) -> None:
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(processes), context.Queue()
    workers = [context.Process(target=_save_in_turn, args=(open_storage, barrier, answers)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    won = [answers.get(timeout=120) for _ in workers]
    for worker in workers:
        worker.join(timeout=30)
    for round, answered in enumerate(zip(*won, strict=True)):
        assert sum(answered) == 1, f"in round {round} {sum(answered)} of {processes} processes won, not one"


def _save_in_turn(open_storage: Callable[[], Storage], barrier: Any, answers: Any) -> None:
    storage = open_storage()
    won = []
    for round in range(ROUNDS):
        barrier.wait(timeout=60)
        won.append(storage.save("kit-processes", round or None, _record(round + 1), ()))
    answers.put(won)
