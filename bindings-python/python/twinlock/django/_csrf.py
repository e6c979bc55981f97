"""Django's CSRF token at the contract's calls, answered as a problem and not as Django's page.

As in the REST framework it is wanted of who is signed in; before that there is nothing but the check of the origin, which holds for
every call. A project that has left `CsrfViewMiddleware` out has left it out here as well.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.module_loading import import_string

from .._http.origin import SAFE_METHODS
from .._http.problems import Refusal

_WANTED = "_twinlock_csrf"


def want(request: HttpRequest) -> None:
    """This request is a call of the contract, with cookies that let somebody in."""
    setattr(request, _WANTED, True)


def check(request: HttpRequest) -> None:
    """Raise `origin_refused` where the token is wanted and missing."""
    if getattr(request, _WANTED, False) and request.method not in SAFE_METHODS and _is_used():
        checker = _Check(_nothing)
        checker.process_request(request)
        # Asked of a view without Django's mark of exemption, which the contract's own views bear.
        if checker.process_view(request, _nothing, (), {}) is not None:
            raise Refusal("origin_refused")


def _nothing(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


class _Check(CsrfViewMiddleware):
    """Django's own, which only says no."""

    def _reject(self, _request: HttpRequest, _reason: str) -> HttpResponse:
        return HttpResponse(status=403)


@cache
def _is_used() -> bool:
    classes = (import_string(path) for path in settings.MIDDLEWARE)
    return any(isinstance(found, type) and issubclass(found, CsrfViewMiddleware) for found in classes)


def _forget(*, setting: str, **_: Any) -> None:
    if setting == "MIDDLEWARE":
        _is_used.cache_clear()


setting_changed.connect(_forget, dispatch_uid="twinlock.django.csrf")
