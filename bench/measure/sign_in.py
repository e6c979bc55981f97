"""A whole `verify` over `MemoryStorage`, sync and asyncio, against the bare checks of the peers.

Timed: open the challenge, load, open the record, decide, seal, save, answer. Challenge and code are made before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import chain

from twinlock import InvalidCode, Throttled
from twinlock.testing import enroll

from . import peers
from .desk import PAST_THE_WINDOW, Desk
from .peers import PER_CALL, Peer
from .rounds import Contestant, Times, measure
from .table import Row, micros, timed

AIM = 5.0
ASYNC_AIM = 1.5

KNOWN = "right code, known browser"
UNKNOWN = "right code, new browser each time"
COUNTED = "wrong code, counted"
REPLAYED = "used code again"
THROTTLED = "any code while throttled"
WHOLE = "after_first_factor + verify, right code"
AWAITED = "right code, known browser, asyncio"

Try = tuple[float, str, str]


def _tries(desk: Desk, count: int, device: str | None) -> list[Try]:
    """Sign-ins to come: when, with which challenge and which code."""
    tries = []
    for _ in range(count):
        desk.clock.advance(PAST_THE_WINDOW)
        tries.append((desk.clock(), desk.challenge(device=device), desk.phone.code()))
    return tries


def _right(count: int, desk: Desk, device: str | None) -> Callable[[], None]:
    tries, clock, verify = _tries(desk, count, device), desk.clock, desk.two_factor.verify

    def run() -> None:
        for now, challenge, code in tries:
            clock.now = now
            verify(challenge, code=code)

    return run


def _known(count: int) -> Callable[[], None]:
    desk = Desk()
    return _right(count, desk, desk.enrolled.device)


def _unknown(count: int) -> Callable[[], None]:
    desk = Desk()
    _right(20, desk, None)()  # the record is full now: 10 devices, 16 challenges
    return _right(count, desk, None)


def _whole(count: int) -> Callable[[], None]:
    desk = Desk()
    device, clock, two_factor = desk.enrolled.device, desk.clock, desk.two_factor
    tries = _tries(desk, count, device)

    def run() -> None:
        for now, _, code in tries:
            clock.now = now
            step = two_factor.after_first_factor("42", device=device)
            two_factor.verify(step.challenge or "", code=code)

    return run


def _counted(count: int) -> Callable[[], None]:
    """One user each: a second wrong code soon meets the throttle."""
    desk, wrong = Desk(), []
    for number in range(count):
        user_id = f"user {number}"
        phone, _ = enroll(desk.two_factor, user_id, desk.clock)
        wrong.append((desk.challenge(user_id), phone.wrong_code()))
    desk.clock.advance(PAST_THE_WINDOW)

    def run() -> None:
        for challenge, code in wrong:
            desk.refused(challenge, code, InvalidCode)

    return run


def _replayed(count: int) -> Callable[[], None]:
    desk = Desk()
    return desk.refusals(desk.challenge(), desk.phone.code(), InvalidCode, count)  # enrollment has used it


def _throttled(count: int) -> Callable[[], None]:
    desk = Desk()
    desk.clock.advance(PAST_THE_WINDOW)  # a window with used steps is charged less
    challenge, wrong = desk.challenge(), desk.phone.wrong_code()
    for _ in range(4):
        desk.refused(challenge, wrong, InvalidCode)
    return desk.refusals(challenge, wrong, Throttled, count)


def _awaited(loop: asyncio.AbstractEventLoop, count: int) -> Callable[[], None]:
    desk = Desk()
    tries, clock, verify = _tries(desk, count, desk.enrolled.device), desk.clock, desk.asynchronous().verify

    async def sign_ins() -> None:
        for now, challenge, code in tries:
            clock.now = now
            await verify(challenge, code=code)

    return lambda: loop.run_until_complete(sign_ins())


def _ours(loop: asyncio.AbstractEventLoop) -> list[Contestant]:
    return [
        Contestant(KNOWN, _known),
        Contestant(UNKNOWN, _unknown),
        Contestant(COUNTED, _counted, share=0.2),  # an enrollment each
        Contestant(REPLAYED, _replayed),
        Contestant(THROTTLED, _throttled),
        Contestant(AWAITED, lambda count: _awaited(loop, count)),
        Contestant(WHOLE, _whole),
    ]


def _slowest_to(times: Times, peer: str) -> float:
    """The slowest `verify`, with a right code or a wrong and counted one, over the peer's check."""
    return max(times.ratio(name, peer) for name in (KNOWN, UNKNOWN, COUNTED))


def _against(times: Times, peer: Peer) -> list[Row]:
    rows = []
    for way, name in zip(peer.ways, peer.names(), strict=True):
        ratio = _slowest_to(times, name)
        aim, met = ("< 1", ratio < 1) if way == PER_CALL else ("", None)
        rows.append(Row(f"bare check, wrong code: {name}", micros(times.median(name)), ratio, aim, met))
    return rows


def _our_rows(times: Times) -> list[Row]:
    rows = [timed(name, times.median(name), most=AIM) for name in (KNOWN, UNKNOWN, COUNTED, REPLAYED, THROTTLED)]
    rows.append(timed(AWAITED, times.median(AWAITED)))
    rows.append(timed("asyncio over sync", times.difference(AWAITED, KNOWN), most=ASYNC_AIM))
    rows.append(timed(WHOLE, times.median(WHOLE)))
    return rows


def rows(*, rounds: int, tries: int) -> list[Row]:
    """Measures ours and the peers in turns."""
    others = peers.load()
    loop = asyncio.new_event_loop()
    try:
        contestants = [*_ours(loop), *chain.from_iterable(map(peers.contestants, others))]
        times = measure(contestants, rounds=rounds, tries=tries)
    finally:
        loop.close()
    return _our_rows(times) + [row for peer in others for row in _against(times, peer)]
