"""One face for `TwoFactor` and `AsyncTwoFactor`, so that the routes are written once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, cast

from starlette.concurrency import run_in_threadpool

from twinlock import AsyncTwoFactor, Policy, TwoFactor


class _InThreadPool:
    """A `TwoFactor` that is awaited: each call runs in the thread pool, because its storage may block."""

    def __init__(self, two_factor: TwoFactor) -> None:
        self._two_factor = two_factor

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._two_factor.policy

    def __getattr__(self, operation: str) -> Callable[..., Awaitable[Any]]:
        return partial(run_in_threadpool, getattr(self._two_factor, operation))


def awaitable(two_factor: TwoFactor | AsyncTwoFactor) -> AsyncTwoFactor:
    """The engine to await, whichever form the application has."""
    if isinstance(two_factor, AsyncTwoFactor):
        return two_factor
    return cast(AsyncTwoFactor, _InThreadPool(two_factor))
