"""Signing in after the second factor, in Django's own session.

`login()` gives the session a new key and keeps cart, `next` and expiry; what must survive from the password step to the code (which
backend knew the password) stands in the session under a name of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model, load_backend, login
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from .._http.hooks import Verified
from .._http.problems import Refusal

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

__all__ = ["sign_in", "signed_in_user"]

_BACKEND = "twinlock_backend"


def signed_in_user(request: HttpRequest) -> AbstractBaseUser | None:
    """Who is signed in, as the backend has it; the hook `user` unless you give one."""
    return _if_signed_in(request.user)


async def signed_in_user_awaited(request: HttpRequest) -> AbstractBaseUser | None:
    """The same for asynchronous views."""
    return _if_signed_in(await request.auser())


def sign_in(request: HttpRequest, verified: Verified) -> None:
    """Make the session of `verified.user_id`; the hook `on_verified` unless you give one.

    Call it in yours to keep Django's sessions. The session gets a new key each time. A user who was deleted or switched off
    since the password was given is refused.
    """
    if verified.occasion != "sign_in":
        request.session.cycle_key()
        return
    before = request.session.session_key
    backend = _chosen(request.session.pop(_BACKEND, None))
    user = load_backend(backend).get_user(_key(verified.user_id))
    if user is None:
        raise Refusal("challenge_expired", "verify")
    expiry = request.session.get("_session_expiry")
    login(request, user, backend=backend)
    if expiry is not None:
        # Lost where another user's session had to go.
        request.session["_session_expiry"] = expiry
    state = getattr(request, "two_factor", None)
    if state is not None:
        state.forget()
    # Django keeps the key where the session was this user's already.
    if before is not None and request.session.session_key == before:
        request.session.cycle_key()


def remember_backend(request: HttpRequest, user: object) -> None:
    """At the password: which backend knew it."""
    backend = getattr(user, "backend", None)
    if isinstance(backend, str):
        request.session[_BACKEND] = backend


def _key(user_id: str) -> object:
    field = get_user_model()._meta.pk
    return field.to_python(user_id) if field is not None else user_id


def _chosen(backend: object) -> str:
    known = settings.AUTHENTICATION_BACKENDS
    return backend if isinstance(backend, str) and backend in known else known[0]


def _if_signed_in(user: AbstractBaseUser | AnonymousUser) -> AbstractBaseUser | None:
    # Nothing more is asked: a user who is left out here would be left out of the middleware.
    return user if user.is_authenticated else None  # pyright: ignore[reportReturnType]
