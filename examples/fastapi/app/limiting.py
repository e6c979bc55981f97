"""How often one may try: the first wall against guessing passwords."""

from __future__ import annotations

import ipaddress
import math
import time

from fastapi import Request
from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from .problems import Problem


class Limit:
    """Counts tries, by address or by account.

    ``rates`` is in the notation of the ``limits`` library, such as ``"20/minute;200/hour"``. The
    counts are in the memory of this process: with several of them, give ``limits`` a Redis instead.
    """

    def __init__(self, rates: str) -> None:
        self._windows = parse_many(rates)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def count(self, key: str) -> None:
        """One more try. Raises Problem ``too_many_requests`` with ``Retry-After``."""
        for window in self._windows:
            if not self._limiter.hit(window, key):
                opens_at = self._limiter.get_window_stats(window, key).reset_time
                seconds = max(1, math.ceil(opens_at - time.time()))
                raise Problem("too_many_requests", headers={"Retry-After": str(seconds)}, retry_after=seconds)

    async def __call__(self, request: Request) -> None:
        """As a dependency: counts the request for its address."""
        self.count(network(request.client.host if request.client else ""))


def network(host: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 that one IPv6 customer has."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
