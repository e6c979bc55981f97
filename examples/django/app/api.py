"""The application's own JSON calls; those of the second factor are in `twofactor.routes`."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth import authenticate, logout, update_session_auth_hash
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.middleware.csrf import get_token
from rest_framework import status
from rest_framework.permissions import AllowAny, IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from twinlock.django import conf, two_factor_exempt
from twinlock.django.drf import TwoFactorIfEnabled, TwoFactorPermission, fresh

from .models import User
from .problems import Problem
from .serializers import Account, Credentials, PasswordChange, Registration
from .twofactor import REMEMBER, routes

MINUTES_5 = 300


class FreshIfEnabled(TwoFactorIfEnabled):
    """A code not older than five minutes, from those who have a second factor."""

    max_age = MINUTES_5


def open_to_all(view: type[APIView]) -> Any:
    """For sessions of the password alone as well: signing in again, and signing out."""
    return two_factor_exempt(view.as_view())


class Register(APIView):
    """Make an account. Sign in with it afterwards."""

    permission_classes = (AllowAny,)
    throttle_scope = "register"

    def post(self, request: Request) -> Response:
        body = Registration(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(Account(body.save()).data, status.HTTP_201_CREATED)


class Login(APIView):
    """The session, or `two_factor_required` with a challenge for `2fa/verify`."""

    permission_classes = (AllowAny,)
    throttle_scope = "sign_in"

    def post(self, request: Request) -> HttpResponseBase:
        body = Credentials(data=request.data)
        body.is_valid(raise_exception=True)
        user = _authenticated(request._request, body.validated_data)
        if user is None:
            raise Problem("wrong_credentials")
        get_token(request._request)  # the cookie that the second step sends back
        return routes.login(request._request, user, carry=REMEMBER if body.validated_data["remember"] else None)


class Refresh(APIView):
    """A session needs no new tokens; who asks hears whether it still goes on."""

    permission_classes = (AllowAny,)

    def post(self, request: Request) -> Response:
        if not request.user.is_authenticated:
            raise Problem("session_ended")
        return Response({})


class Logout(APIView):
    """The session ends, with whatever was proved in it."""

    permission_classes = (AllowAny,)

    def post(self, request: Request) -> Response:
        logout(request._request)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Me(APIView):
    """Who is signed in, and how they proved it."""

    def get(self, request: Request) -> Response:
        return Response({**Account(cast(User, request.user)).data, "amr": request.session.get("amr", ["pwd"])})


class Password(APIView):
    """A new password: every other session ends, and trusted devices are asked for a code again."""

    permission_classes = (FreshIfEnabled,)
    throttle_scope = "password"

    def post(self, request: Request) -> Response:
        body = PasswordChange(data=request.data)
        body.is_valid(raise_exception=True)
        user = cast(User, request.user)
        if not user.check_password(body.validated_data["password"]):
            raise Problem("wrong_password")
        user.set_password(body.validated_data["new_password"])
        user.save()
        update_session_auth_hash(request._request, user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class CloseAccount(APIView):
    """The sensitive action: it wants a code that is not older than five minutes."""

    permission_classes = (fresh(MINUTES_5),)

    def delete(self, request: Request) -> Response:
        user = cast(User, request.user)
        logout(request._request)
        user.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class AdminView(APIView):
    """The role first, then a second factor, whatever the role."""

    permission_classes = (IsAdminUser, TwoFactorPermission)


class Figures(AdminView):
    """The five figures of the admin page."""

    def get(self, _request: Request) -> Response:
        stats = conf.two_factor().stats()
        figures = {
            "users": User.objects.count(),
            "users_with_2fa": stats.enabled_users,
            "enabled_30d": stats.enabled_30d,
            "disabled_30d": stats.disabled_30d,
            "failed_30d": stats.failed_30d,
        }
        return Response(figures)


class Users(AdminView):
    """Accounts by part of the name or address."""

    def get(self, request: Request) -> Response:
        part = request.query_params.get("search", "")[:254]
        found = User.objects.filter(Q(username__icontains=part) | Q(email__icontains=part)).order_by("username")[:50]
        return Response(Account(found, many=True).data)


def _authenticated(request: HttpRequest, given: dict[str, Any]) -> User | None:
    """By name or address. Unknown ones cost the time of a password as well, in Django's own backend."""
    name = given["username"]
    if "@" in name:
        known = User.objects.filter(email__iexact=name).first()
        name = known.username if known is not None else name
    return authenticate(request, username=name, password=given["password"])
