"""One server of each kind for the whole suite; each test has a database or a prefix of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from places import OF_SERVER, OF_SQLITE, Place, in_file, in_server, opened
from twinlock_servers import RunningServer, running

from twinlock.storage.sqlalchemy import create_all


@pytest.fixture(autouse=True)
def no_keys_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TWINLOCK_KEYS", raising=False)
    monkeypatch.delenv("TWINLOCK_KEYS_FILE", raising=False)


@pytest.fixture(scope="session")
def postgres() -> Iterator[RunningServer]:
    with running("postgres", fast=True) as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[RunningServer]:
    with running("mariadb", fast=True) as server:
        yield server


@pytest.fixture(scope="session")
def redis() -> Iterator[RunningServer]:
    with running("redis", fast=True) as server:
        yield server


@pytest.fixture(scope="session")
def redis_cluster() -> Iterator[RunningServer]:
    with running("redis-cluster", fast=True) as server:
        yield server


@pytest.fixture
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Place]:
    """A database without tables, by the name of a server or of a driver."""

    def made(name: str) -> Place:
        if name == "sqlite" or name in OF_SQLITE:
            return in_file(tmp_path)
        [server] = [server for server, drivers in OF_SERVER.items() if name == server or name in drivers]
        return in_server(request.getfixturevalue(server))

    return made


@pytest.fixture
def place(empty: Callable[[str], Place]) -> Callable[[str], Place]:
    """The same with our tables."""

    def made(name: str) -> Place:
        place = empty(name)
        engine = place.engine()
        create_all(engine)
        engine.dispose()
        return place

    return made


@pytest.fixture
def storage() -> Iterator[Callable[..., Any]]:
    """Opens storages, and closes them after the test."""
    kept: list[Any] = []

    def open_one(driver: str, url: str, **settings: Any) -> Any:
        kept.append(opened(driver, url, **settings))
        return kept[-1]

    yield open_one
    for one in kept:
        one.close()
