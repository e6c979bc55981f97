"""What most tests start from: a clock that stands still, a key, and a driver over a store in memory."""

from __future__ import annotations

import pytest

from twinlock import Event, KeyRing, MemoryStorage, TwoFactor
from twinlock.testing import VirtualClock

KEY = bytes(range(32))


@pytest.fixture(autouse=True)
def no_keys_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TWINLOCK_KEYS", raising=False)
    monkeypatch.delenv("TWINLOCK_KEYS_FILE", raising=False)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def keys() -> KeyRing:
    return KeyRing({"2026a": KEY})


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage()


@pytest.fixture
def told() -> list[tuple[Event, bool]]:
    return []


@pytest.fixture
def two_factor(clock: VirtualClock, keys: KeyRing, storage: MemoryStorage, told: list[tuple[Event, bool]]) -> TwoFactor:
    def on_event(event: Event, durable: bool) -> None:
        told.append((event, durable))

    return TwoFactor(issuer="Acme", storage=storage, keys=keys, clock=clock, on_event=on_event)
