"""Wrong and right backup codes, whatever their number: one hash per try."""

from __future__ import annotations

from collections.abc import Callable

from twinlock import InvalidCode, Policy

from .desk import Desk
from .rounds import Contestant, measure
from .table import Row, timed

AIM = 500.0
NUMBERS = (5, 10, 20)


def _right(number: int) -> Callable[[int], Callable[[], None]]:
    def prepare(_: int) -> Callable[[], None]:
        desk = Desk(Policy(backup_codes=number))
        device = desk.enrolled.device
        tries = [(desk.challenge(device=device), code) for code in desk.enrolled.backup_codes[:5]]

        def run() -> None:
            for challenge, code in tries:
                desk.two_factor.verify(challenge, code=code)

        return run

    return prepare


def _wrong(number: int) -> Callable[[int], Callable[[], None]]:
    def prepare(count: int) -> Callable[[], None]:
        desk = Desk(Policy(backup_codes=number))
        return desk.refusals(desk.challenge(), "0000-0000-0000-0000", InvalidCode, count)

    return prepare


def rows(*, rounds: int) -> list[Row]:
    """Measures, five tries a round: a set of five holds no more."""
    contestants = []
    for number in NUMBERS:
        contestants.append(Contestant(f"right backup code of {number}", _right(number)))
        contestants.append(Contestant(f"wrong backup code of {number}", _wrong(number)))
    times = measure(contestants, rounds=rounds, tries=5)
    return [timed(contestant.name, times.median(contestant.name), most=AIM) for contestant in contestants]
