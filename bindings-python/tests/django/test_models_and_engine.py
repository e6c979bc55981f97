"""The models and their migration, the copies of the contract's schema, the events that are signalled, and the asynchronous driver."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from django.core.management import call_command

from twinlock import ConfigurationError, KeyRing, MemoryStorage
from twinlock.django import _engine, conf, signals
from twinlock.testing import FaultyStorage, async_driver_kit

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.django_db
def test_the_migrations_are_those_of_the_models():
    call_command("makemigrations", "twinlock", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("name", ["sqlite.sql", "postgres.sql", "mysql.sql"])
def test_the_package_has_the_schema_of_the_contract(name):
    ours = Path(_engine.__file__).with_name("schema") / name
    assert ours.read_text() == (ROOT / "contract/schema" / name).read_text()


def test_there_is_a_signal_for_every_event_of_the_engine():
    written = (ROOT / "core/src/event.rs").read_text()
    types = set(re.findall(r'^    [A-Z]\w+ = "(\w+)",$', written, re.MULTILINE))
    assert len(types) > 20
    assert set(signals.OF_TYPE) == types


class Untested:
    """As outside a test environment: in threads of the driver's own."""

    @pytest.fixture(autouse=True)
    def no_test(self, monkeypatch):
        monkeypatch.setattr(_engine, "under_test", lambda: False)


class TestInThreads(Untested):
    def test_the_asynchronous_driver_keeps_the_rules_of_all(self):
        asyncio.run(async_driver_kit(made, FaultyStorage))

    def test_a_cancelled_caller_loses_the_answer_not_the_write(self):
        storage = MemoryStorage()
        two_factor = made(storage=storage)

        async def story():
            task = asyncio.ensure_future(two_factor.password_changed("1"))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await two_factor.status("1")

        asyncio.run(story())


def made(**settings):
    return _engine._InThread(issuer="Acme", keys=KeyRing({"2026a": bytes(range(32))}), **settings)


def awaited_storage():
    class Awaited(MemoryStorage):
        async def load(self, user_id, /):
            return None

    return Awaited()


def test_a_storage_that_is_awaited_is_refused(settings):
    settings.TWINLOCK = {**settings.TWINLOCK, "STORAGE": awaited_storage}
    with pytest.raises(ConfigurationError):
        conf.two_factor()
