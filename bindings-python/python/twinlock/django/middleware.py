"""`TwoFactorMiddleware`: gives `request.two_factor`, and refuses sessions that owe their second factor.

A session of the password alone can come from anywhere: a login view that knows nothing of second factors, the admin's, `login()`
called by a sign-up. So with `TWINLOCK["ENFORCE"]` (the default) every view is closed to it, but for

* the login and logout views of Django, of the admin and at `LOGIN_URL`;
* the pages and the contract of Twinlock, which guard themselves, and views marked with `two_factor_exempt`;
* what lies under `STATIC_URL` or matches `TWINLOCK["EXEMPT_URLS"]`.

Users whom `TWINLOCK["REQUIRED_FOR"]` names and who have no second factor are sent to set one up.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from twinlock import TwoFactorError

from .._http.problems import Refusal
from . import _refused, conf
from .api import routes
from .session import signed_in_user
from .state import TwoFactorState

View = TypeVar("View", bound=Callable[..., Any])


class TwoFactorMiddleware(MiddlewareMixin):
    """Behind `AuthenticationMiddleware`; works in synchronous and asynchronous stacks."""

    def process_request(self, request: HttpRequest) -> None:
        """Give the state, unread."""
        if not hasattr(request, "user"):
            raise ImproperlyConfigured("TwoFactorMiddleware has to stand behind AuthenticationMiddleware")
        request.two_factor = TwoFactorState(request)  # type: ignore[attr-defined]

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _arguments: Any, _named: Any
    ) -> HttpResponseBase | None:
        """Refuse who owes a second factor, before the view is called."""
        given = conf.settings()
        if not given.enforce or signed_in_user(request) is None or _is_exempt(request, view):
            return None
        try:
            routes.require(request, given.max_age, if_enabled=True)
        except (Refusal, TwoFactorError) as refused:
            return _refused.answer(request, refused)
        return None


def two_factor_exempt(view: View) -> View:
    """Mark a view that sessions of the password alone may see."""
    view.two_factor_exempt = True  # type: ignore[attr-defined]
    return view


def _is_exempt(request: HttpRequest, view: Callable[..., Any]) -> bool:
    if getattr(view, "two_factor_exempt", False):
        return True
    of_class = getattr(view, "view_class", None)
    if isinstance(of_class, type) and issubclass(of_class, (LoginView, LogoutView)):
        return True
    found = request.resolver_match
    if found is not None and "admin" in found.app_names and found.url_name in ("login", "logout"):
        return True
    return _is_exempt_path(request)


def _is_exempt_path(request: HttpRequest) -> bool:
    static = urlsplit(settings.STATIC_URL or "").path
    if len(static) > 1 and request.path.startswith(static) and static.endswith("/"):
        return True
    if request.path == _refused.login_url():
        return True
    return any(re.match(pattern, request.path) for pattern in conf.settings().exempt_urls)
