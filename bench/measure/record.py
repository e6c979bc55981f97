"""How large the sealed record of one user is: what a host stores beside its own table."""

from __future__ import annotations

from .desk import PAST_THE_WINDOW, USER, Desk
from .table import Row, sized

AIM = 1024
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
"""Longer than a label may be: labels are as large as they get."""


def _sign_in(desk: Desk, device: str | None = None) -> str | None:
    desk.clock.advance(PAST_THE_WINDOW)
    challenge = desk.challenge(device=device)
    verification = desk.two_factor.verify(challenge, code=desk.phone.code(), trust_device=True, context=BROWSER)
    return verification.device


def _size(desk: Desk, *, devices: int) -> int:
    status = desk.two_factor.status(USER)
    held = len(status.authenticators), status.backup_codes.left, len(status.devices)
    row = desk.storage.load(USER)
    if row is None or held != (1, 10, devices):
        raise RuntimeError(f"not the record that is to be measured: {held}")
    return len(row.data)


def _three_devices() -> tuple[Desk, str | None]:
    desk = Desk()
    two_factor, enrolled = desk.two_factor, desk.enrolled
    two_factor.rename_authenticator(USER, enrolled.assurance, id=enrolled.authenticator_id, name="Ada's phone")
    two_factor.revoke_all_devices(USER)  # that of the enrollment has no label
    device = [_sign_in(desk) for _ in range(3)][0]
    return desk, device


def rows() -> list[Row]:
    """Sizes with one authenticator, ten codes and three trusted devices, and after many sign-ins."""
    enrolled = sized("one authenticator, ten codes, one device: just enrolled", _size(Desk(), devices=1))
    desk, device = _three_devices()
    three = sized("one authenticator, ten codes, three devices", _size(desk, devices=3), most=AIM)
    for _ in range(13):
        _sign_in(desk, device)
    full = sized("the same after 16 sign-ins: all challenges it remembers", _size(desk, devices=3), most=AIM)
    return [enrolled, three, full]
