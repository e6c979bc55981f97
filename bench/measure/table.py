"""Rows of figures, each beside its aim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEAD = ("", "figure", "ratio", "aim", "met")


@dataclass(frozen=True)
class Row:
    """One line. `ratio` is ours to the peer's, `aim` the largest value that is good enough."""

    name: str
    figure: str
    ratio: float | None = None
    aim: str = ""
    met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        """The texts of its columns."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        met = "" if self.met is None else "yes" if self.met else "NO"
        return self.name, self.figure, ratio, self.aim, met


def micros(seconds: float) -> str:
    """Seconds as microseconds."""
    return f"{seconds * 1e6:.2f} µs"


def timed(name: str, seconds: float, *, most: float | None = None) -> Row:
    """A time, with at most so many microseconds as its aim."""
    if most is None:
        return Row(name, micros(seconds))
    return Row(name, micros(seconds), aim=f"≤ {most:g} µs", met=seconds * 1e6 <= most)


def sized(name: str, size: int, *, most: int | None = None) -> Row:
    """A size in bytes."""
    if most is None:
        return Row(name, f"{size:,} B")
    return Row(name, f"{size:,} B", aim=f"≤ {most:,} B", met=size <= most)


def show(title: str, rows: Sequence[Row]) -> None:
    """Prints a table: names to the left, figures to the right."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    print(f"\n{title}")
    for name, *figures in lines:
        cells = [name.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(figures, widths[1:], strict=True))]
        print("  " + "  ".join(cells).rstrip(), flush=True)


def summary(rows: Sequence[Row]) -> str:
    """How many aims are met, and which are not."""
    aimed = [row for row in rows if row.met is not None]
    missed = [row.name for row in aimed if not row.met]
    line = f"{len(aimed) - len(missed)} of {len(aimed)} aims met"
    return line if not missed else f"{line}; missed: {'; '.join(missed)}"
