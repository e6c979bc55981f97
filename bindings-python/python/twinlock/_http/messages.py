"""What is read of a request and what is answered, in no framework's classes."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

Session: TypeAlias = MutableMapping[str, Any]


class Incoming(Protocol):
    """A framework's request, as the contract reads it."""

    @property
    def native(self) -> Any:
        """The framework's own request: what hooks are given."""
        ...

    @property
    def method(self) -> str:
        """In capitals."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """By name in any case."""
        ...

    @property
    def cookies(self) -> Mapping[str, str]:
        """By name."""
        ...

    @property
    def scheme(self) -> str:
        """`http` or `https`, as this server sees it."""
        ...

    @property
    def hostname(self) -> str:
        """The host that was asked for, without its port."""
        ...

    @property
    def peer(self) -> str | None:
        """The address of the other end of the connection."""
        ...

    @property
    def parameters(self) -> Mapping[str, str]:
        """The parts of the path that the contract names."""
        ...

    @property
    def raw_path(self) -> bytes | None:
        """The path as it was sent, or none where the server does not tell."""
        ...

    @property
    def session(self) -> Session:
        """The framework's session."""
        ...

    def query(self, name: str) -> list[str]:
        """Every value of that name in the query."""
        ...


@dataclass(frozen=True, slots=True)
class CookieToSet:
    """A cookie of path `/` that no script can read, `SameSite=Lax`; an age of 0 deletes it."""

    name: str
    value: str = field(repr=False)
    max_age: int | None
    secure: bool


@dataclass(slots=True)
class Reply:
    """An answer: a JSON object, or nothing (204). `own` is the application's response that it is joined with."""

    status: int = 200
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json"
    cookies: list[CookieToSet] = field(default_factory=list)
    own: Any = None
    must_arrive: bool = False


Answer: TypeAlias = "Mapping[str, Any] | Any | None"
Handler: TypeAlias = Callable[[Incoming, Any], Awaitable[Reply]]


def done() -> Reply:
    """Nothing to tell."""
    return Reply(204)


def joined(answer: Answer, members: Mapping[str, Any], *, must_arrive: bool = False) -> Reply:
    """The application's answer with the contract's members in it.

    A JSON object keeps its status, headers and cookies. Any other response goes out as it is, unless our members must
    arrive (backup codes are shown once): then only its headers are kept. `Reply.own` is joined when the reply is turned
    into the framework's response, with `members_of`.
    """
    if answer is None or isinstance(answer, Mapping):
        return Reply(body={**(answer or {}), **members})
    return Reply(body=members, own=answer, must_arrive=must_arrive)


def members_of(media_type: str, body: bytes | None) -> dict[str, Any] | None:
    """The JSON object in an application's response, or none if it holds something else."""
    if body is None or media_type.partition(";")[0].strip() != "application/json":
        return None
    content = json.loads(body)
    return content if isinstance(content, dict) else None
