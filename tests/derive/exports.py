"""otpauth-migration:// exports, read and written by the rules of core/src/otpauth/migration.rs."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import uris
from refusal import Refused

PREFIX = "otpauth-migration://offline?data="
ALGORITHMS = {0: "SHA1", 1: "SHA1", 2: "SHA256", 3: "SHA512"}
DIGITS = {0: 6, 1: 6, 2: 8}
DAMAGED = "the export is damaged"
# Field number -> wire type: 0 is a number, 2 is bytes.
ACCOUNT_FIELDS = {1: 2, 2: 2, 3: 2, 4: 0, 5: 0, 6: 0}
BATCH_FIELDS = {1: 2, 3: 0, 4: 0, 5: 0}


def varint(message: bytes, at: int) -> tuple[int, int]:
    match = re.compile(rb"[\x80-\xff]{0,9}[\x00-\x7f]").match(message, at)
    if not match:
        raise Refused(DAMAGED)
    number = sum((byte & 0x7F) << 7 * place for place, byte in enumerate(match.group()))
    if number >= 2**64:
        raise Refused(DAMAGED)
    return number, match.end()


def fields(message: bytes, known: dict[int, int]) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        field, wire = key >> 3, key & 7
        value: Any = None
        if wire == 0:
            value, at = varint(message, at)
        elif wire in (1, 2, 5):
            size = {1: 8, 5: 4}.get(wire)
            if size is None:
                size, at = varint(message, at)
            value, at = message[at : at + size], at + size
        if wire not in (0, 1, 2, 5) or field == 0 or at > len(message):
            raise Refused(DAMAGED)
        if field in known:
            if known[field] != wire:
                raise Refused(DAMAGED)
            yield field, value


def once(message: bytes, known: dict[int, int], repeated: int | None = None) -> dict[int, Any]:
    found: dict[int, Any] = {} if repeated is None else {repeated: []}
    for field, value in fields(message, known):
        if field == repeated:
            found[field].append(value)
        elif field in found:
            raise Refused(DAMAGED)
        else:
            found[field] = value
    return found


def int32(number: int) -> int:
    number -= 2**64 if number >= 2**63 else 0
    if not -(2**31) <= number < 2**31:
        raise Refused(DAMAGED)
    return number


def read(uri: str) -> dict[str, Any]:
    if len(uri.encode()) > 8192:
        raise Refused("the URI is too long")
    if uri[: len(PREFIX)].lower() != PREFIX:
        raise Refused("this is not an otpauth-migration URI")
    if "#" in uri:
        raise Refused("the URI has a fragment")
    batch = once(payload(uris.decode(uri[len(PREFIX) :])), BATCH_FIELDS, repeated=1)
    accounts = [read_account(message) for message in batch[1]]
    size, index, batch_id = (int32(batch.get(field, 0)) for field in (3, 4, 5))
    if size < 0 or not 0 <= index < max(size, 1):
        raise Refused(DAMAGED)
    usable = [account for account in accounts if account]
    return {
        "accounts": usable,
        "skipped": len(accounts) - len(usable),
        "batch_size": max(size, 1),
        "batch_index": index,
        "batch_id": batch_id,
    }


def payload(text: str) -> bytes:
    text = text.rstrip("=")
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        raise Refused("the export is not base64") from None
    if base64.b64encode(decoded).decode().rstrip("=") != text:
        raise Refused("the export is not base64")
    return decoded


def read_account(message: bytes) -> dict[str, Any] | None:
    found = once(message, ACCOUNT_FIELDS)
    try:
        name, issuer = (found.get(field, b"").decode("utf-8").strip(" ") for field in (2, 3))
    except UnicodeDecodeError:
        raise Refused(DAMAGED) from None
    if not issuer and ":" in name:
        issuer, _, name = name.partition(":")
    elif issuer:
        name = name.removeprefix(f"{issuer}:")
    algorithm, digits = ALGORITHMS.get(found.get(4, 0)), DIGITS.get(found.get(5, 0))
    secret = found.get(1, b"")
    if not algorithm or not digits or found.get(6, 0) not in (0, 2) or not 10 <= len(secret) <= 64:
        return None
    try:
        return uris.account(issuer, name, secret, algorithm, digits, 30)
    except Refused:
        return None


def encode_varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + encode_varint(rest) if rest else bytes([low])


def number(field: int, value: int) -> bytes:
    return encode_varint(field << 3) + encode_varint(value)


def data(field: int, value: bytes) -> bytes:
    return encode_varint(field << 3 | 2) + encode_varint(len(value)) + value


def write_account(account: dict[str, Any]) -> bytes:
    if account["digits"] not in (6, 8) or account["period"] != 30:
        raise Refused("an export holds only codes of 6 or 8 digits and 30 seconds")
    secret = account["secret"]
    issuer, name = account["issuer"] or "", account["account_name"]
    label = f"{issuer}:{name}" if issuer or ":" in name else name
    return (
        data(1, base64.b32decode(secret + "=" * (-len(secret) % 8)))
        + data(2, label.encode())
        + (data(3, issuer.encode()) if issuer else b"")
        + number(4, {"SHA1": 1, "SHA256": 2, "SHA512": 3}[account["algorithm"]])
        + number(5, {6: 1, 8: 2}[account["digits"]])
        + number(6, 2)
    )


def write(accounts: list[dict[str, Any]]) -> list[str]:
    batches: list[list[bytes]] = []
    messages = [write_account(account) for account in accounts]
    for message in messages:
        last = batches[-1] if batches else None
        if last and len(last) < 10 and sum(map(len, last)) + len(message) <= 1400:
            last.append(message)
        else:
            batches.append([message])
    digest = hashlib.sha256(b"".join(messages)).digest()
    batch_id = int.from_bytes(digest[:4], "big") >> 1
    return [
        PREFIX
        + quote(
            base64.b64encode(
                b"".join(data(1, message) for message in batch)
                + number(2, 1)
                + number(3, len(batches))
                + number(4, index)
                + number(5, batch_id)
            ),
            safe="",
        )
        for index, batch in enumerate(batches)
    ]
