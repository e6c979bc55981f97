"""Authentication for Django Ninja: `NinjaAPI(auth=TwoFactorAuth())`, or of one operation, `auth=TwoFactorAuth(max_age=300)`."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.security import SessionAuth

from twinlock import TwoFactorError

from .._http.problems import Refusal, refusal
from .api import routes
from .state import age_limit

__all__ = ["TwoFactorAuth"]


class TwoFactorAuth(SessionAuth):
    """Django's session, with a second factor proved; Ninja's CSRF check stays.

    Refuses with 401 (nobody, or the proof is missing or too old) and 403 (no second factor); the message is the stable code. With
    `if_enabled` users without a second factor pass, unless `TWINLOCK["REQUIRED_FOR"]` names them.
    """

    def __init__(self, *, max_age: int | None = None, if_enabled: bool = False, csrf: bool = True) -> None:
        super().__init__(csrf=csrf)
        self._max_age = max_age
        self._if_enabled = if_enabled

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """The user."""
        if super().authenticate(request, key) is None:
            return None
        try:
            return routes.require(request, age_limit(self._max_age), if_enabled=self._if_enabled)
        except (Refusal, TwoFactorError) as refused:
            reply = refusal(refused, "guard")
            raise HttpError(reply.status, str((reply.body or {})["code"])) from None
