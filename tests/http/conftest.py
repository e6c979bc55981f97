"""Fixtures of the black-box suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from twinlock_http import MODES, Client, running


@pytest.fixture(scope="session")
def base() -> Iterator[str]:
    """The address of the server under test."""
    with running() as address:
        yield address


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
