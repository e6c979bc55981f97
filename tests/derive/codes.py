"""RFC 4648 base32 as people type it, and the arithmetic of RFC 4226."""

from __future__ import annotations

import base64 as rfc4648
import hashlib
import hmac
import re
import struct

from refusal import Refused


def hotp(key: bytes, counter: int, algorithm: str, digits: int) -> str:
    digest = hmac.new(key, struct.pack(">Q", counter), getattr(hashlib, algorithm.lower())).digest()
    offset = digest[-1] & 0xF
    (word,) = struct.unpack_from(">I", digest, offset)
    return str((word & 0x7FFFFFFF) % 10**digits).zfill(digits)


def base32(key: bytes) -> str:
    return rfc4648.b32encode(key).decode().rstrip("=")


def secret(text: str) -> bytes:
    text = re.sub("[ -]", "", re.sub("[= -]*$", "", text))
    if not re.fullmatch("[A-Za-z2-7]*", text):
        raise Refused("the secret is not base32")
    # The length in bytes counts first: an endless text is too long whatever its last group is.
    size = len(text) * 5 // 8
    if size > 64:
        raise Refused("the secret is longer than 512 bits")
    if len(text) % 8 in (1, 3, 6):
        raise Refused("the secret has a length that base32 cannot have")
    if size < 10:
        raise Refused("the secret is shorter than 80 bits")
    # b32decode ignores spare bits in the last character.
    return rfc4648.b32decode(text.upper() + "=" * (-len(text) % 8))
