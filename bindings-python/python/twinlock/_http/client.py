"""Who calls, for events and device lists: a short description of browser and address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .messages import Incoming

_LIMIT = 256
# The first that occurs wins: every browser names its forebears as well.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


def context(request: Incoming, client_ip: Callable[[Any], str | None] | None) -> str:
    """For example `Firefox on Linux (203.0.113.7)`: the browser first, because device labels show the beginning only."""
    address = client_ip(request.native) if client_ip else request.peer
    agent = describe(request.headers.get("user-agent", ""))
    where = f" ({address})" if address else ""
    room = _LIMIT - len(where.encode())
    return _printable(agent.encode()[: max(room, 0)].decode(errors="ignore") + where)[:_LIMIT]


def describe(agent: str) -> str:
    """Browser and system of a `User-Agent`; the text itself when it is none we know."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in agent), None)
    if browser and system:
        return f"{browser} on {system}"
    return _printable(agent) or "unknown client"


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text).strip()
