"""An authenticator app in plain Python (RFC 6238), so that the suite has its own opinion about codes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from urllib.parse import parse_qs, urlsplit


class Phone:
    """Shows the codes of one `otpauth://` URI. `clock_off` is how many seconds its clock is ahead."""

    def __init__(self, uri: str, *, clock_off: int = 0) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(uri).query).items()}
        text = query["secret"]
        self.secret = base64.b32decode(text + "=" * (-len(text) % 8))
        self.digits = int(query.get("digits", "6"))
        self.period = int(query.get("period", "30"))
        self.algorithm = query.get("algorithm", "SHA1").lower()
        self.clock_off = clock_off

    def code(self, now: int, steps: int = 0) -> str:
        """The code on the screen at `now`, or so many steps later."""
        counter = struct.pack(">Q", (now + self.clock_off) // self.period + steps)
        digest = hmac.new(self.secret, counter, getattr(hashlib, self.algorithm)).digest()
        offset = digest[-1] & 15
        number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
        return str(number % 10**self.digits).zfill(self.digits)

    def three(self, now: int) -> tuple[str, list[str]]:
        """Three consecutive codes, the newest of which is on the screen: `code` and `next_codes`."""
        return self.code(now, -2), [self.code(now, -1), self.code(now)]

    def wrong(self, now: int, nth: int = 0) -> str:
        """A code of the right length that no step anywhere near shows."""
        near = {self.code(now, step) for step in range(-30, 31)}
        return [text for text in (str(n).zfill(self.digits) for n in range(100, 300)) if text not in near][nth]
