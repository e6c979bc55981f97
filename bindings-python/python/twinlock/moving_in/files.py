"""Devices from files: CSV with a head line, and JSON lines (one object in each).

| column | |
|---|---|
| `user_id` | required: the application's own id |
| `secret` or `uri` | base32, or a whole `otpauth://totp/` URI |
| `name` | what the user sees |
| `algorithm`, `digits`, `period` | with `secret`: SHA1, 6, 30 where missing |
| `last_used_step` | the time step of the last code that was accepted |
| `last_used_at` | Unix seconds of it, where the step is not known: the step is reckoned from it, and the one after it |
| `drift` | steps that the phone is ahead |

Several devices of one user stand in lines one after the other. Empty cells are missing. A file is read line by line: its length costs no
memory.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, TextIO

from ..errors import ConfigurationError
from ._device import Device
from ._importer import OldUser

COLUMNS = (
    "user_id",
    "secret",
    "uri",
    "name",
    "algorithm",
    "digits",
    "period",
    "last_used_step",
    "last_used_at",
    "drift",
)
_WHOLE = ("digits", "period", "last_used_step", "drift")
_PERIOD = 30


@dataclass(frozen=True)
class Row:
    """One line: the device of a user, or why it is none."""

    user_id: str
    label: str
    device: Device | None
    reason: str = ""


def read(path: str | Path) -> Iterator[OldUser]:
    """The users of a file, in its order; `.jsonl`, `.ndjson` or `.json` is JSON lines, everything else CSV.

    Raises `ConfigurationError` for a file that cannot be read and for columns that are not known.
    """
    path = Path(path)
    as_json = path.suffix.lower() in (".jsonl", ".ndjson", ".json")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = read_json_lines(file) if as_json else read_csv(file)
            for user_id, group in groupby(rows, key=lambda row: row.user_id):
                yield _old_user(user_id, group)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path.name} cannot be read: {type(error).__name__}") from error


def _old_user(user_id: str, rows: Iterable[Row]) -> OldUser:
    user = OldUser(user_id)
    for row in rows:
        if row.device is None:
            user.problems.append((row.label, row.reason))
        else:
            user.devices.append(row.device)
    return user


def read_csv(file: TextIO) -> Iterator[Row]:
    """Rows of a CSV file with a head line."""
    reader = csv.DictReader(file, strict=True)
    _check_columns(reader.fieldnames or ())
    try:
        for cells in reader:
            yield _row(reader.line_num, {name: cell for name, cell in cells.items() if cell not in (None, "")})
    except csv.Error as error:
        raise ConfigurationError(f"line {reader.line_num} is not CSV: {error}") from error


def read_json_lines(file: TextIO) -> Iterator[Row]:
    """Rows of a file with one JSON object in each line."""
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
        except ValueError:
            given = None
        if not isinstance(given, dict):
            yield Row("?", f"line {number}", None, "not a JSON object")
            continue
        _check_columns(given, required=())
        yield _row(number, {name: value for name, value in given.items() if value is not None})


def _check_columns(names: Iterable[str], required: Iterable[str] = ("user_id",)) -> None:
    names = list(names)
    unknown = [name for name in names if name not in COLUMNS]
    missing = [name for name in required if name not in names]
    if unknown or missing:
        wrong = [f"unknown: {', '.join(map(str, unknown))}"] * bool(unknown)
        wrong += [f"missing: {', '.join(missing)}"] * bool(missing)
        raise ConfigurationError(f"wrong columns ({'; '.join(wrong)}); known are {', '.join(COLUMNS)}")


def _row(number: int, cells: Mapping[Any, Any]) -> Row:
    label = f"line {number}"
    # A cell that is there and not text or a number would be taken for something else.
    if None in cells or not all(
        isinstance(cell, (str, int, float)) and not isinstance(cell, bool) for cell in cells.values()
    ):
        return Row(
            str(cells.get("user_id", "?")), label, None, "a value is neither text nor a number, or a cell too many"
        )
    user_id = str(cells.get("user_id", ""))
    if not user_id:
        return Row("?", label, None, "user_id is missing")
    try:
        return Row(user_id, label, _device(label, cells))
    except ValueError as error:
        return Row(user_id, label, None, str(error))


def _device(label: str, cells: Mapping[str, Any]) -> Device:
    whole = {name: _integer(name, cells[name]) for name in _WHOLE if name in cells}
    last_used_at = float(cells["last_used_at"]) if "last_used_at" in cells else None
    period = whole.get("period") or _PERIOD
    step = whole.get("last_used_step")
    if step is None and last_used_at is not None:
        step = int(last_used_at // period) + 1  # the code may have come from a phone that is a step ahead
    texts = {name: str(cells[name]) for name in ("secret", "uri", "name", "algorithm") if name in cells}
    return Device(
        label,
        digits=whole.get("digits"),
        period=whole.get("period"),
        last_used_step=step,
        drift=whole.get("drift", 0),
        last_used_at=last_used_at,
        **texts,
    )


def _integer(name: str, cell: str | int | float) -> int:
    if isinstance(cell, float) and not cell.is_integer():
        raise ValueError(f"{name} must be a whole number")
    try:
        return int(cell)
    except ValueError:
        raise ValueError(f"{name} must be a whole number") from None
