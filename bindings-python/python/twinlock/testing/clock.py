"""A clock that stands still until it is told to move."""

from __future__ import annotations


class VirtualClock:
    """A clock for `TwoFactor(clock=...)`: calling it gives its Unix seconds."""

    def __init__(self, start: float = 1_700_000_000) -> None:
        self.now: float = start
        """The time shown, in Unix seconds; may be set."""

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Moves on by that many seconds, back when negative."""
        self.now += seconds
