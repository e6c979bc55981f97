"""`request.two_factor`: what is known of the second factor in this request."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest

from twinlock import AssuranceRequired, NotEnabled

from . import conf
from .session import signed_in_user

SESSION_KEY = "twinlock_assurance"


class TwoFactorState:
    """The second factor of whoever is signed in, asked of the storage when it is first looked at.

    In a template: `{% if request.two_factor.verified %}`. Asynchronous code calls `await request.two_factor.aload()` first.
    A storage that fails raises: nobody counts as verified on doubt.
    """

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._known: tuple[bool, int | None] | None = None

    @property
    def enabled(self) -> bool:
        """Whether the user has a second factor; nobody has none."""
        return self._load()[0]

    @property
    def verified(self) -> bool:
        """Whether it was proved in this session, at most `TWINLOCK["MAX_AGE"]` seconds ago."""
        return self._load()[1] is not None

    @property
    def verified_at(self) -> int | None:
        """When, in Unix seconds."""
        return self._load()[1]

    @property
    def required(self) -> bool:
        """Whether `TWINLOCK["REQUIRED_FOR"]` says that this user must have one."""
        user = signed_in_user(self._request)
        return user is not None and conf.required_for(user)

    def forget(self) -> None:
        """Ask again at the next look: after a sign-in within the same request."""
        self._known = None

    async def aload(self) -> None:
        """Ask now, from the event loop."""
        await sync_to_async(self._load)()

    def _load(self) -> tuple[bool, int | None]:
        if self._known is None:
            self._known = self._asked()
        return self._known

    def _asked(self) -> tuple[bool, int | None]:
        user = signed_in_user(self._request)
        if user is None:
            return False, None
        token: Any = self._request.session.get(SESSION_KEY)
        try:
            proved_at = conf.two_factor().check_assurance(
                conf.user_id(user), token if isinstance(token, str) else "", max_age=conf.settings().max_age
            )
        except NotEnabled:
            return False, None
        except AssuranceRequired:
            return True, None
        return True, proved_at

    def __repr__(self) -> str:
        return "TwoFactorState()"


def age_limit(max_age: int | None) -> int | None:
    """The stricter of a guard's own limit and `TWINLOCK["MAX_AGE"]`, in seconds."""
    return min((age for age in (max_age, conf.settings().max_age) if age is not None), default=None)
