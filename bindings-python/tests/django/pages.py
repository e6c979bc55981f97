"""A browser without JavaScript, and a phone, for the tests of the pages."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from twinlock import AuthenticatorAccount
from twinlock.django import conf
from twinlock.testing import VirtualClock

CLOCK = VirtualClock(1_700_000_000)
PASSWORD = "correct horse"
PAGE = {"HTTP_ACCEPT": "text/html", "HTTP_SEC_FETCH_MODE": "navigate", "HTTP_SEC_FETCH_SITE": "same-origin"}


class Browser(Client):
    """Sends what a browser sends, forms with their hidden fields and CSRF token included."""

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=True, headers=None)
        self.defaults.update(PAGE)

    def form(self, url: str, **fields: Any) -> Any:
        """Open the page, fill in the first form that has those fields and send it."""
        return self.submit(self.get(url), url, **fields)

    def submit(self, page: Any, url: str, **fields: Any) -> Any:
        """Send a form of this page."""
        html = page.content.decode()
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))
        return self.post(url, {**hidden, **fields})

    def sign_in(self, username: str, password: str = PASSWORD, next: str = "", **fields: Any) -> Any:
        """The first step."""
        return self.form(f"/login/?next={next}" if next else "/login/", username=username, password=password, **fields)


class Phone:
    """An authenticator app."""

    def __init__(self, uri: str) -> None:
        self._account = AuthenticatorAccount.from_uri(uri)

    def code(self, shift: int = 0) -> str:
        """What it shows now, or `shift` steps later."""
        return self._account.code_at(CLOCK() + 30 * shift)

    def fresh(self) -> str:
        """A code that was not used yet."""
        CLOCK.advance(30)
        return self.code()

    def wrong(self) -> str:
        """A code that fits at no time near."""
        near = {self.code(shift) for shift in range(-3, 4)}
        return next(
            code
            for code in ("000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777")
            if code not in near
        )


def enrolled(user: Any) -> tuple[Phone, list[str]]:
    """Switch the second factor of a user on."""
    engine = conf.two_factor()
    begun = engine.begin_enrollment(str(user.pk), account_name="ada")
    phone = Phone(begun.uri)
    codes = engine.confirm_enrollment(str(user.pk), begun.setup, code=phone.code()).backup_codes
    return phone, codes
