"""The places a token can live in: session, cookie, header, the application's own token. Never a URL."""

from __future__ import annotations

import inspect
import ipaddress
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, cast

from .messages import CookieToSet, Incoming, Reply, Session

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "via")


class Place(Protocol):
    """Holds one token for one client."""

    async def read(self, request: Incoming, /) -> str | None:
        """The token that this request comes with."""
        ...

    def write(self, request: Incoming, reply: Reply, token: str | None, /) -> None:
        """Keep the token for the next request; none drops it."""
        ...


class Nowhere:
    """The server keeps nothing."""

    async def read(self, _request: Incoming, /) -> str | None:
        """Nothing."""
        return None

    def write(self, _request: Incoming, _reply: Reply, _token: str | None, /) -> None:
        """Nothing."""


class Header(Nowhere):
    """The client keeps the token: it reads it from a body's member and sends it as a header."""

    def __init__(self, header: str, member: str) -> None:
        self._header = header
        self.member = member

    async def read(self, request: Incoming, /) -> str | None:
        """The header."""
        return request.headers.get(self._header)


class Held(Nowhere):
    """The application keeps the token (claim `tfa` of its own, a cookie of its own) and tells it by a hook."""

    def __init__(self, reader: Callable[[Any], str | None | Awaitable[str | None]]) -> None:
        self._reader = reader

    async def read(self, request: Incoming, /) -> str | None:
        """What the hook says."""
        token: Any = self._reader(request.native)
        return cast("str | None", await token if inspect.isawaitable(token) else token)


class SessionKey:
    """A key of the framework's session, which has to live on the server."""

    def __init__(self, key: str, session: Callable[[Any], Session] | None) -> None:
        self._key = key
        self._given = session

    def _session(self, request: Incoming) -> Session:
        return request.session if self._given is None else self._given(request.native)

    async def read(self, request: Incoming, /) -> str | None:
        """The value, if it is one of ours."""
        value = self._session(request).get(self._key)
        return value if isinstance(value, str) else None

    def write(self, request: Incoming, _reply: Reply, token: str | None, /) -> None:
        """Set or drop the key; an untouched session stays untouched."""
        session = self._session(request)
        if token is not None:
            session[self._key] = token
        elif self._key in session:
            del session[self._key]


class Cookie:
    """An HttpOnly cookie of this very host: `__Host-`, Secure, SameSite=Lax; relaxed on plain-http loopback only."""

    def __init__(self, name: str, max_age: int | None) -> None:
        self._name = name
        self._max_age = max_age

    async def read(self, request: Incoming, /) -> str | None:
        """The cookie under a name that fits the connection."""
        return next((request.cookies[name] for name, _ in self._known(request) if request.cookies[name]), None)

    def write(self, request: Incoming, reply: Reply, token: str | None, /) -> None:
        """Set the cookie, or delete it where the browser has it."""
        if token is None:
            for name, secure in self._known(request):
                self._set(reply, name, secure, "", 0)
        elif is_plain_loopback(request):
            self._set(reply, self._name, False, token, self._max_age)
        else:
            self._set(reply, f"__Host-{self._name}", True, token, self._max_age)

    def _known(self, request: Incoming) -> list[tuple[str, bool]]:
        """The names under which the browser has it, and whether each is Secure; a relaxed one counts on loopback only."""
        names = [(f"__Host-{self._name}", True)]
        if is_plain_loopback(request):
            names.append((self._name, False))
        return [(name, secure) for name, secure in names if name in request.cookies]

    @staticmethod
    def _set(reply: Reply, name: str, secure: bool, value: str, max_age: int | None) -> None:
        reply.cookies.append(CookieToSet(name, value, max_age, secure))


def is_plain_loopback(request: Incoming) -> bool:
    """Development on one's own machine: `http` and a loopback host, where `Secure` cookies would be dropped.

    A proxy may name a loopback host too, so what was forwarded never counts, nor what a page of our own on https sent.
    """
    host = request.hostname.lower()
    if request.scheme != "http" or any(header in request.headers for header in _FORWARDED):
        return False
    ours = request.headers.get("sec-fetch-site") == "same-origin"
    if ours and request.headers.get("origin", "").startswith("https:"):
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
