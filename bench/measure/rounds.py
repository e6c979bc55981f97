"""Contestants take turns, round by round, so that a machine that slows down slows down all of them."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True)
class Contestant:
    """Something to time."""

    name: str
    prepare: Callable[[int], Callable[[], None]]
    """Does what is not timed, and gives the function that does so many tries."""
    share: float = 1.0
    """Of the tries of a round, for what is slow or costly to prepare."""


class Times:
    """Seconds per try, by contestant and round."""

    def __init__(self) -> None:
        self._means: dict[str, list[float]] = {}

    def add(self, name: str, mean: float) -> None:
        """Keeps the mean of one round."""
        self._means.setdefault(name, []).append(mean)

    def median(self, name: str) -> float:
        """The median over the rounds."""
        return statistics.median(self._means[name])

    def ratio(self, name: str, other: str) -> float:
        """The median of the ratios within each round: both saw the same machine."""
        return statistics.median(a / b for a, b in self._pairs(name, other))

    def difference(self, name: str, other: str) -> float:
        """The median of the differences within each round."""
        return statistics.median(a - b for a, b in self._pairs(name, other))

    def _pairs(self, name: str, other: str) -> list[tuple[float, float]]:
        return list(zip(self._means[name], self._means[other], strict=True))


def measure(contestants: Sequence[Contestant], *, rounds: int, tries: int) -> Times:
    """Times all contestants in each round, another one first each time."""
    times = Times()
    for contestant in contestants:
        contestant.prepare(1)()  # imports, caches; and an error shows before the time is spent
    for number in range(rounds):
        first = number % len(contestants)
        for contestant in (*contestants[first:], *contestants[:first]):
            count = max(1, round(tries * contestant.share))
            times.add(contestant.name, _timed(contestant.prepare(count)) / count)
    return times


def _timed(run: Callable[[], None]) -> float:
    gc.collect()
    gc.disable()  # as timeit does: a collection would hit whoever runs when it is due
    try:
        start = perf_counter()
        run()
        return perf_counter() - start
    finally:
        gc.enable()
