"""Request bodies: read at most 10 kB of JSON, then take each member in exactly the type that the contract says.

Members that the contract does not know are never looked at: a `user_id` in a body means nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn, TypeGuard

from .problems import Refusal

LIMIT = 10_000


class Body:
    """The members of a JSON object, taken by name. `null` counts as absent."""

    def __init__(self, members: Mapping[str, Any]) -> None:
        self._members = members

    def optional_text(self, name: str) -> str | None:
        """A string, or none when it is absent."""
        value = self._members.get(name)
        if value is None or is_text(value):
            return value
        raise Refusal("malformed_request")

    def text(self, name: str) -> str:
        """A string that must be there."""
        value = self.optional_text(name)
        if value is None:
            raise Refusal("malformed_request")
        return value

    def flag(self, name: str) -> bool:
        """`true` or `false`; absent is false."""
        value = self._members.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise Refusal("malformed_request")

    def code(self) -> str:
        """The code: a string. A number would have lost its leading zeros, a list might be compared with who knows what."""
        value = self._members.get("code")
        if value is None:
            raise Refusal("malformed_request")
        if not is_text(value):
            raise Refusal("malformed_code")
        return value

    def next_codes(self) -> list[str]:
        """The codes that followed; how many there must be is the engine's rule."""
        value = self._members.get("next_codes")
        if value is None:
            return []
        if not isinstance(value, list) or not all(is_text(code) for code in value):
            raise Refusal("malformed_code")
        return value


def is_text(value: object) -> TypeGuard[str]:
    """A string that can be written as UTF-8; JSON lets lone surrogates through."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_declared(content_length: str) -> None:
    """Refuse a body that says it is too large, before any of it is read."""
    if content_length.isascii() and content_length.isdigit() and int(content_length[:12]) > LIMIT:
        raise Refusal("too_large")


def check_length(length: int) -> None:
    """Refuse a body of more bytes than that; to be asked after each part."""
    if length > LIMIT:
        raise Refusal("too_large")


def parse(raw: bytes, content_type: str) -> Body:
    """The JSON object in a request of that `Content-Type`; no body at all is an empty one."""
    if not raw:
        return Body({})
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise Refusal("not_json")
    return Body(_parse(raw))


def _parse(raw: bytes) -> dict[str, Any]:
    try:
        members = json.loads(raw.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refusal("malformed_request") from None
    if not isinstance(members, dict):
        raise Refusal("malformed_request")
    return members


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two members of one name read differently by two parsers: such a body is refused."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _no_constant(_name: str) -> NoReturn:
    raise ValueError("NaN and infinities are not JSON")
