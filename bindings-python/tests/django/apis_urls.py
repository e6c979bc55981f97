"""The contract, the REST framework, JSON Web Tokens and Ninja, for the tests of APIs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import include, path
from ninja import NinjaAPI
from pages_urls import api_login, elsewhere
from rest_framework.authentication import BasicAuthentication, SessionAuthentication, TokenAuthentication
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.views import TokenObtainPairView

from twinlock.django.drf import TwoFactorIfEnabled, TwoFactorPermission, fresh
from twinlock.django.ninja import TwoFactorAuth


class Hello(APIView):
    """Everybody comes in, whichever way."""

    authentication_classes = (JWTAuthentication, TokenAuthentication, BasicAuthentication, SessionAuthentication)
    permission_classes = (TwoFactorIfEnabled,)

    def get(self, request: Any) -> Response:
        return Response({"hello": request.user.get_username()})


class Strict(Hello):
    permission_classes = (TwoFactorPermission,)


class Fresh(Hello):
    permission_classes = (fresh(300),)


ninja = NinjaAPI(urls_namespace="ninja", docs_url=None)


@ninja.get("/hello", auth=TwoFactorAuth())
def hello(request: HttpRequest) -> dict[str, str]:
    return {"hello": request.user.get_username()}


@ninja.get("/fresh", auth=TwoFactorAuth(max_age=300))
def fresh_hello(request: HttpRequest) -> dict[str, str]:
    return {"hello": request.user.get_username()}


urlpatterns = [
    path("login", api_login),
    path("elsewhere/", elsewhere),
    path("2fa/admin/", include("twinlock.django.admin_api")),
    path("2fa/", include("twinlock.django.api")),
    path("hello", Hello.as_view()),
    path("strict", Strict.as_view()),
    path("fresh", Fresh.as_view()),
    path("plain/token", TokenObtainPairView.as_view()),
    path("jwt/", include("twinlock.django.simplejwt")),
    path("ninja/", ninja.urls),
]
