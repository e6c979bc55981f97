"""Permissions for the Django REST framework.

```python
REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["twinlock.django.drf.TwoFactorIfEnabled"]}

class Payout(APIView):
    permission_classes = [fresh(300)]
```

A password or a token that was given for a password alone (BasicAuthentication, authtoken, simplejwt's own views) gets nobody in who
has a second factor. The proof is looked for where the user came from: in the claim `tfa` of the token, in the session, else in
the header `Twinlock-Assurance`. Refusals are those of the contract, as `application/json`.
"""

from __future__ import annotations

from typing import Any, cast

from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import APIException
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from twinlock import TwoFactorError

from .._http.messages import Reply
from .._http.problems import Refusal, refusal
from .routes import TwoFactorRoutes
from .state import SESSION_KEY, age_limit

__all__ = ["TwoFactorIfEnabled", "TwoFactorPermission", "TwoFactorRefused", "fresh"]

CLAIM = "tfa"


class TwoFactorRefused(APIException):
    """A refusal of the contract, raised in an API view."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.status_code = reply.status
        self.detail = dict(reply.body or {})  # as it is: numbers stay numbers
        self.auth_header = reply.headers.get("WWW-Authenticate")
        if "Retry-After" in reply.headers:
            self.wait = reply.headers["Retry-After"]


class TwoFactorPermission(BasePermission):
    """A second factor must be on, and proved."""

    max_age: int | None = None
    """Seconds that a proof is good for; none: as `TWINLOCK["MAX_AGE"]` says."""
    if_enabled = False
    """Whether users without a second factor pass, unless `TWINLOCK["REQUIRED_FOR"]` names them."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """True, or `TwoFactorRefused`; false for nobody, whom the framework asks to sign in."""
        if _user(request) is None:
            return False
        try:
            _routes.require(cast(Any, request), age_limit(self.max_age), if_enabled=self.if_enabled)
        except (Refusal, TwoFactorError) as refused:
            raise TwoFactorRefused(refusal(refused, "guard")) from None
        return True


class TwoFactorIfEnabled(TwoFactorPermission):
    """For whole APIs: whoever has a second factor must have proved it."""

    if_enabled = True


def fresh(max_age: int) -> type[TwoFactorPermission]:
    """A permission that wants a proof of the last `max_age` seconds."""
    return type("FreshTwoFactor", (TwoFactorPermission,), {"max_age": max_age})


def _user(request: Request) -> Any:
    user = request.user
    return user if user is not None and user.is_authenticated and getattr(user, "is_active", True) else None


def _proof(request: Request) -> str | None:
    if isinstance(request.successful_authenticator, SessionAuthentication):
        token: Any = request.session.get(SESSION_KEY)
    else:
        claims = getattr(request.auth, "payload", request.auth)
        token = claims.get(CLAIM) if isinstance(claims, dict) else None
        token = token or request.headers.get("Twinlock-Assurance")
    return token if isinstance(token, str) else None


# The framework's request, which stands for Django's in all that is read of it.
_routes = TwoFactorRoutes(proof="bearer", user=cast(Any, _user), assurance=_proof)
