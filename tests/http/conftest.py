"""Fixtures of the black-box suite: every test runs once for each server, most also for each place of the proof."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from twinlock_http import MODES, START_COMMANDS, Client, DidNotStart, Fuzzing, chosen, running

_NAMES = "TWINLOCK_HTTP_SERVERS"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--servers",
        default=os.environ.get(_NAMES),
        help=f"the servers to test, by name, with commas (or ${_NAMES}); all that can run unless told",
    )


def servers(config: pytest.Config) -> list[str]:
    try:
        return chosen(config.getoption("--servers", default=os.environ.get(_NAMES)))
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_configure(config: pytest.Config) -> None:
    servers(config)  # A name that is none ends the run at once.


def pytest_report_header(config: pytest.Config) -> str:
    names = servers(config)
    left_out = [name for name in START_COMMANDS if name not in names]
    return f"servers: {', '.join(names)}" + (f" (without {', '.join(left_out)})" if left_out else "")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What is one server's own is of no interest without it."""
    server, _, only = collection_path.name.rpartition("_")
    return True if only == "only" and server not in servers(config) else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "server" in metafunc.fixturenames:
        metafunc.parametrize("server", servers(metafunc.config), scope="session")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The fuzz runs beside the other tests, so its outcome is asked for when all of them are done."""
    items.sort(key=is_fuzz)


def is_fuzz(item: pytest.Item) -> bool:
    return item.path.name == "test_http_fuzz.py"


@pytest.fixture(scope="session")
def base(server: str) -> Iterator[str]:
    """The address of the server under test. One that does not start is a failure of all its tests."""
    try:
        with running(server) as address:
            yield address
    except DidNotStart as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session", autouse=True)
def fuzzing(request: pytest.FixtureRequest) -> Iterator[Fuzzing]:
    """Made-up requests at servers of their own, sent while the other tests run."""
    wanted = {
        item.callspec.params["server"]
        for item in request.session.items
        if "fuzzing" in item.fixturenames
        and isinstance(item, pytest.Function)
        and item.path.name == "test_http_fuzz.py"
    }
    with Fuzzing([name for name in servers(request.config) if name in wanted]) as work:
        yield work


@pytest.fixture(params=MODES)
def client(request: pytest.FixtureRequest, base: str) -> Client:
    """A user agent, once for each place where the proof can live."""
    return Client(base, request.param)


@pytest.fixture
def bearer(base: str) -> Client:
    """Where the place of the proof does not matter."""
    return Client(base, "bearer")


@pytest.fixture
def browser(base: str) -> Client:
    """A browser with a session."""
    return Client(base, "session")
