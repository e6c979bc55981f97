"""Awaiting where nothing waits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar, cast

from twinlock import AsyncTwoFactor, ConfigurationError, Policy, TwoFactor

T = TypeVar("T")


def at_once(steps: Coroutine[Any, Any, T]) -> T:
    """The outcome of a coroutine whose every step answers at once; `ConfigurationError` for one that waits."""
    try:
        steps.send(None)
    except StopIteration as end:
        return cast(T, end.value)
    steps.close()
    raise ConfigurationError("something in a synchronous call would wait for an event loop")


class _InPlace:
    """A `TwoFactor` to await: each call is done before it is awaited for the first time."""

    def __init__(self, two_factor: TwoFactor) -> None:
        self._two_factor = two_factor

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._two_factor.policy

    def __getattr__(self, operation: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._two_factor, operation)

        async def call(*arguments: Any, **named: Any) -> Any:
            return method(*arguments, **named)

        return call


def in_place(two_factor: TwoFactor) -> AsyncTwoFactor:
    """The engine as the contract's code awaits it, for `at_once`."""
    return cast(AsyncTwoFactor, _InPlace(two_factor))
