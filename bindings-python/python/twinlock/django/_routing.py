"""Which call of the contract a path is.

Django's resolver sees the path decoded, where an encoded slash looks like the end of a segment. A user id may hold slashes, so
what follows the mount point is read as it was sent, wherever the server tells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest

from .._http.contract import ADMIN, Operation, operations
from .._http.problems import Refusal
from ._messages import raw_path


@dataclass(frozen=True)
class Found:
    """The calls at a path by their method, and what its parameters are."""

    calls: Mapping[str, Operation]
    parameters: Mapping[str, str] = field(repr=False)


def find(request: HttpRequest, rest: str, *, admin: bool) -> Found | None:
    """The calls at `rest`, the path after the mount point; none if there are none."""
    segments = _segments(request, rest)
    for template, calls in _table(admin):
        parameters = _match(template, segments)
        if parameters is not None:
            return Found(calls, parameters)
    return None


@cache
def _table(admin: bool) -> list[tuple[list[str], dict[str, Operation]]]:
    """What stands at each path, a fixed path before one with a parameter."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in operations().values():
        if operation.path.startswith(f"{ADMIN}/") is admin:
            by_path.setdefault(operation.path.removeprefix(ADMIN), {})[operation.method.upper()] = operation
    paths = sorted(by_path, key=lambda path: path.count("{"))
    return [(path.strip("/").split("/"), by_path[path]) for path in paths]


def _match(template: list[str], segments: list[str]) -> dict[str, str] | None:
    if len(template) != len(segments):
        return None
    parameters = {}
    for part, segment in zip(template, segments, strict=True):
        if part.startswith("{") and segment:
            parameters[part[1:-1]] = segment
        elif part != segment:
            return None
    return parameters


def _segments(request: HttpRequest, rest: str) -> list[str]:
    """The segments of what follows the mount point, each decoded by itself."""
    raw = raw_path(request)
    if raw is None:
        return _known_text(rest).split("/")
    try:
        segments = [unquote_to_bytes(part).decode() for part in raw.split(b"/")]
    except UnicodeDecodeError:
        raise Refusal("malformed_request") from None
    # From the end: the mount point is of no interest, and a proxy may have taken parts of it away.
    length = -1
    for start in range(len(segments) - 1, -1, -1):
        length += len(segments[start]) + 1
        if length >= len(rest):
            found = segments[start:]
            return found if "/".join(found) == rest else rest.split("/")
    return rest.split("/")


def _known_text(rest: str) -> str:
    """Django writes bytes that are no UTF-8 with percent signs, which could be another user's id: refused on doubt."""
    if re.search("%[0-9A-Fa-f]{2}", rest):
        raise Refusal("malformed_request")
    return rest
