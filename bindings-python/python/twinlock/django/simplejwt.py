"""JSON Web Tokens in two steps, for djangorestframework-simplejwt.

```python
path("auth/", include("twinlock.django.simplejwt"))     # token/, token/refresh/ and the contract under 2fa/
```

`POST token/` with the password answers a token pair to users without a second factor, else a challenge for `POST 2fa/verify`, which
answers the pair. The proof stands in both tokens as the claim `tfa`, so a refresh keeps it; `twinlock.django.drf` reads it there.
`code` (and `next_codes`) beside the password make it one call.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponseBase
from django.urls import include, path
from django.utils.module_loading import import_string
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.serializers import TokenObtainSerializer
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.views import TokenRefreshView, TokenViewBase

from .._http.bodies import Body
from .._http.hooks import Verified
from .._http.problems import Refusal, refusal
from ._messages import respond
from .drf import CLAIM
from .routes import TwoFactorRoutes

__all__ = ["TwoFactorTokenObtainPairView", "app_name", "issue_tokens", "routes", "urlpatterns"]

app_name = "twinlock_simplejwt"


class TwoFactorTokenObtainPairView(TokenViewBase):
    """In the place of `TokenObtainPairView`."""

    serializer_class = TokenObtainSerializer

    def post(self, request: Request, *_: Any, **__: Any) -> HttpResponseBase:  # type: ignore[override]
        """The password, and what the contract answers to it."""
        serializer: Any = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        body = Body(dict(request.data) if isinstance(request.data, dict) else {})
        try:
            code, next_codes = body.optional_text("code"), body.next_codes()
            trust, carry = body.flag("trust_device"), body.optional_text("carry")
        except Refusal as refused:
            return respond(refusal(refused, "login"))
        return routes.login(request._request, serializer.user, code, next_codes, trust, carry)


def issue_tokens(_request: HttpRequest, verified: Verified) -> dict[str, str]:
    """The pair of the project's own serializer, with the proof in it; the hook `on_verified`."""
    manager: Any = get_user_model()._default_manager
    user = manager.filter(pk=verified.user_id).first()
    if user is None or not api_settings.USER_AUTHENTICATION_RULE(user):
        raise Refusal("challenge_expired", "verify")
    refresh = import_string(api_settings.TOKEN_OBTAIN_SERIALIZER).get_token(user)
    if verified.assurance is not None:
        refresh[CLAIM] = verified.assurance
    return {"refresh": str(refresh), "access": str(refresh.access_token)}


def _authenticated(request: HttpRequest) -> Any:
    """User and token, once for each request; none for what is no token."""
    known = getattr(request, "_twinlock_jwt", ())
    if known == ():
        try:
            known = JWTAuthentication().authenticate(request)  # type: ignore[arg-type]
        except APIException:
            known = None
        request._twinlock_jwt = known  # type: ignore[attr-defined]
    return known


def _user(request: HttpRequest) -> Any:
    known = _authenticated(request)
    return None if known is None else known[0]


def _claim(request: HttpRequest) -> str | None:
    known = _authenticated(request)
    token = None if known is None else known[1].get(CLAIM)
    return token if isinstance(token, str) else None


routes = TwoFactorRoutes(proof="bearer", user=_user, on_verified=issue_tokens, assurance=_claim)
urlpatterns = [
    path("token/", TwoFactorTokenObtainPairView.as_view(), name="token_obtain_pair"),
    path("token/refresh/", TokenRefreshView.as_view(), name="token_refresh"),
    path("2fa/", include(routes.urls)),
]
