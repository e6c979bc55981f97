"""Both stores under the storage kit, and the kit under stores that break the contract."""

from __future__ import annotations

import asyncio
import sqlite3
from functools import partial

import pytest

from twinlock import ConfigurationError, MalformedRequest, MemoryStorage, SqliteStorage, StorageError, StoredRecord
from twinlock.testing import async_storage_kit, storage_kit


def test_the_store_in_memory_keeps_the_contract():
    storage = MemoryStorage()
    storage_kit(lambda: storage)


@pytest.mark.parametrize("synchronous", ["FULL", "NORMAL"])
def test_the_embedded_store_keeps_the_contract(tmp_path, synchronous):
    storage_kit(partial(SqliteStorage, tmp_path / "2fa.db", synchronous=synchronous), processes=4)


class Awaited:
    """A store in memory behind coroutines."""

    def __init__(self, storage: MemoryStorage) -> None:
        self.storage = storage

    async def load(self, user_id):
        await asyncio.sleep(0)
        return self.storage.load(user_id)

    async def save(self, user_id, expected, record, events):
        await asyncio.sleep(0)
        return self.storage.save(user_id, expected, record, events)

    async def erase(self, user_id):
        self.storage.erase(user_id)


def test_an_asynchronous_store_is_held_to_the_same():
    storage = MemoryStorage()
    asyncio.run(async_storage_kit(lambda: Awaited(storage)))


class Overwrites(MemoryStorage):
    def save(self, user_id, expected, record, events, /):
        stored = self.load(user_id)
        return super().save(user_id, stored and stored.version, record, events)


class FoldsCase(MemoryStorage):
    def load(self, user_id, /):
        return super().load(user_id.lower())

    def save(self, user_id, expected, record, events, /):
        return super().save(user_id.lower(), expected, record, events)


class LosesBytes(MemoryStorage):
    def save(self, user_id, expected, record, events, /):
        cut = StoredRecord(
            version=record.version, enabled=record.enabled, key_id=record.key_id, data=record.data[:65_535]
        )
        return super().save(user_id, expected, cut, events)


class KeepsEventsOfLosers(MemoryStorage):
    def save(self, user_id, expected, record, events, /):
        self._events.setdefault(user_id, []).extend(events)
        return super().save(user_id, expected, record, ())


class RevivesTheErased(MemoryStorage):
    def erase(self, user_id, /):
        self._events.pop(user_id, None)


@pytest.mark.parametrize(
    "kind", [Overwrites, FoldsCase, LosesBytes, KeepsEventsOfLosers, RevivesTheErased], ids=lambda kind: kind.__name__
)
def test_the_kit_finds_a_store_that_breaks_the_contract(kind):
    storage = kind()
    with pytest.raises(AssertionError):
        storage_kit(lambda: storage)


def test_the_kit_finds_a_race():
    class ChecksThenActs(Awaited):
        async def save(self, user_id, expected, record, events):
            stored = self.storage.load(user_id)
            if (None if stored is None else stored.version) != expected:
                return False
            await asyncio.sleep(0)
            self.storage._records[user_id] = record
            self.storage._events.setdefault(user_id, []).extend(events)
            return True

    storage = MemoryStorage()
    with pytest.raises(AssertionError, match="exactly one must win"):
        asyncio.run(async_storage_kit(lambda: ChecksThenActs(storage)))


def test_the_embedded_store_opens_its_own_file_only(tmp_path):
    path = tmp_path / "2fa.db"
    with pytest.raises(ConfigurationError):
        SqliteStorage(path, create=False)
    with pytest.raises(ConfigurationError):
        SqliteStorage(tmp_path / "no folder" / "2fa.db")
    SqliteStorage(str(path))
    SqliteStorage(path, create=False)
    with sqlite3.connect(tmp_path / "app.db") as connection:
        connection.execute("CREATE TABLE users (id)")
    connection.close()
    with pytest.raises(ConfigurationError, match="a file of its own"):
        SqliteStorage(tmp_path / "app.db")
    wrong = [{"synchronous": "OFF"}, {"busy_timeout": -1}, {"busy_timeout": float("nan")}, {"busy_timeout": "5"}]
    for settings in (*wrong, {"create": "yes"}, {"synchronous": None}):
        with pytest.raises(ConfigurationError):
            SqliteStorage(path, **settings)
    for other in (None, 5, ":memory:", ""):
        with pytest.raises(ConfigurationError):
            SqliteStorage(other)
    assert str(path) in repr(SqliteStorage(path))


def test_the_embedded_store_takes_arguments_of_its_contract_only(tmp_path):
    storage = SqliteStorage(tmp_path / "2fa.db")
    record = StoredRecord(version=1, enabled=True, key_id="k", data=b"")
    for arguments in ((5, None, record, ()), ("1", "x", record, ()), ("1", None, "x", ()), ("1", None, record, [1])):
        with pytest.raises(MalformedRequest):
            storage.save(*arguments)
    with pytest.raises(MalformedRequest):
        storage.events("1", b"short", 5)


def test_a_damaged_file_fails_closed(tmp_path):
    path = tmp_path / "2fa.db"
    storage = SqliteStorage(path, busy_timeout=0.1)
    assert storage.save("1", None, StoredRecord(version=1, enabled=True, key_id="k", data=b"x"), ())
    del storage
    path.write_bytes(b"not a database at all" * 500)
    with pytest.raises((ConfigurationError, StorageError)):
        SqliteStorage(path).load("1")
