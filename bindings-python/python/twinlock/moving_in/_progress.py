"""A line on a terminal that says how far an import is, and a way to stop it between two users."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Any, TextIO, TypeVar

T = TypeVar("T")
_BAR = 30
_REFRESH = 0.2


class Progress:
    """Counts users past. On a terminal a bar is drawn; in a log nothing is."""

    def __init__(self, total: int | None = None, stream: TextIO | None = None) -> None:
        self._total = total
        self._stream = sys.stderr if stream is None else stream
        self._draws = self._stream.isatty()
        self._begun = self._drawn = time.monotonic()
        self.done = 0
        self.stopped = False

    def over(self, users: Iterable[T]) -> Iterator[T]:
        """The same users, until there are no more or somebody presses Ctrl-C: then the user at hand is finished first."""
        before = _on_interrupt(self._stop)
        try:
            for user in users:
                yield user
                self.done += 1
                self._draw()
                if self.stopped:
                    return
        finally:
            signal.signal(signal.SIGINT, before)
            self._end()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self.stopped:  # pressed again
            raise KeyboardInterrupt
        self.stopped = True

    def _draw(self) -> None:
        now = time.monotonic()
        if self._draws and now - self._drawn >= _REFRESH:
            self._drawn = now
            self._stream.write("\r" + self.line(now - self._begun))
            self._stream.flush()

    def line(self, seconds: float) -> str:
        """What is drawn after so many seconds."""
        rate = f"{self.done / max(seconds, 0.001):,.0f} users/s"
        if not self._total:
            return f"{self.done:,} users, {rate}"
        share = min(self.done / self._total, 1.0)
        filled = round(share * _BAR)
        return f"[{'#' * filled}{'.' * (_BAR - filled)}] {self.done:,} of {self._total:,} users, {rate}"

    def _end(self) -> None:
        if self._draws:
            self._stream.write("\r" + self.line(time.monotonic() - self._begun) + "\n")


def _on_interrupt(handler: Any) -> Any:
    return signal.signal(signal.SIGINT, handler)
