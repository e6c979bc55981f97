"""Ways in that lead past the second factor."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.functional import SimpleLazyObject, empty
from django.utils.module_loading import import_string

from ... import ConfigurationError
from .. import conf

_OURS = "twinlock.django"
_AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"
# Each lets in, or gives a token to, who has only the password.
_AUTHENTICATIONS = (
    "rest_framework.authentication.BasicAuthentication",
    "rest_framework.authentication.TokenAuthentication",
    "rest_framework_simplejwt.authentication.JWTAuthentication",
)
_TOKEN_VIEWS = (
    "rest_framework.authtoken.views.ObtainAuthToken",
    "rest_framework_simplejwt.views.TokenObtainPairView",
    "rest_framework_simplejwt.views.TokenObtainSlidingView",
)


@register(Tags.security)
def nothing_leads_past_it(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Middleware, admin, Django REST framework and the views that give tokens."""
    try:
        enforced = conf.settings().enforce
    except ConfigurationError:
        return []  # said elsewhere
    views = list(_views(get_resolver().url_patterns if settings.ROOT_URLCONF else []))
    return [*_middleware(enforced), *_way_on(enforced, views), *_admin(), *_rest_framework(), *_token_views(views)]


def _middleware(enforced: bool) -> Iterator[CheckMessage]:
    names = list(settings.MIDDLEWARE)
    ours = [number for number, name in enumerate(names) if _is_ours(name)]
    if not ours:
        if enforced:
            hint = f'Add "{_OURS}.TwoFactorMiddleware" to MIDDLEWARE, behind "{_AUTHENTICATION}".'
            yield Error("The middleware of Twinlock is missing: nothing is enforced.", hint=hint, id="twinlock.E021")
        return
    before = [number for number, name in enumerate(names) if _is_authentication(name)]
    if not before or before[0] > ours[0]:
        message = "The middleware of Twinlock must come behind the one that finds out who is signed in."
        yield Error(message, hint=f'Move it behind "{_AUTHENTICATION}".', id="twinlock.E021")


def _admin() -> Iterator[CheckMessage]:
    if not apps.is_installed("django.contrib.admin"):
        return
    from django.contrib import admin

    site: Any = admin.site
    if isinstance(site, SimpleLazyObject) or hasattr(site, "_wrapped"):
        if site._wrapped is empty:
            site._setup()
        site = site._wrapped
    if not any(_is_ours(kind.__module__) for kind in type(site).__mro__):
        message = "The admin does not demand a second factor of staff."
        hint = f'Put "{_OURS}.apps.TwoFactorAdminConfig" into the place of "django.contrib.admin" in INSTALLED_APPS.'
        yield Warning(message, hint=hint, id="twinlock.W022")


def _rest_framework() -> Iterator[CheckMessage]:
    if not apps.is_installed("rest_framework"):
        return
    from rest_framework.settings import api_settings

    permissions: Any = api_settings.DEFAULT_PERMISSION_CLASSES
    if any(_is_ours(kind.__module__) for permission in permissions for kind in _bases(permission)):
        return
    authentications: Any = api_settings.DEFAULT_AUTHENTICATION_CLASSES
    doors = _classes(_AUTHENTICATIONS)
    for authentication in authentications:
        if _is_ours(authentication.__module__) or not issubclass(authentication, doors):
            continue
        name = authentication.__name__
        message = f"Django REST framework lets in by {name}, which asks for no second factor."
        hint = f"Add the permission of {_OURS}.drf to DEFAULT_PERMISSION_CLASSES, or leave {name} out."
        yield Warning(message, hint=hint, id="twinlock.W023")


def _way_on(enforced: bool, views: Sequence[tuple[str, Any]]) -> Iterator[CheckMessage]:
    asking = (f"{_OURS}.views", f"{_OURS}.routes")
    if enforced and not any(getattr(view, "__module__", "").startswith(asking) for _, view in views):
        message = "Who owes a second factor is refused everywhere, and nowhere asked for it."
        hint = f'Add path("2fa/", include("{_OURS}.urls")) to the URLs; for a single-page application "{_OURS}.api".'
        yield Warning(message, hint=hint, id="twinlock.W025")


def _token_views(views: Sequence[tuple[str, Any]]) -> Iterator[CheckMessage]:
    doors = _classes(_TOKEN_VIEWS)
    for route, view in views:
        if isinstance(view, type) and issubclass(view, doors) and not _guarded(view):
            message = f"The view {view.__name__} at {route!r} gives tokens to who has only the password."
            yield Warning(message, hint=f"Use the views of {_OURS}.simplejwt.", id="twinlock.W024")


def _guarded(view: type) -> bool:
    return any(_is_ours(kind.__module__) for kind in view.__mro__)


def _views(patterns: Sequence[Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _views(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            callback: Any = pattern.callback
            yield route, getattr(callback, "view_class", None) or getattr(callback, "cls", None) or callback


def _classes(names: Sequence[str]) -> tuple[type, ...]:
    """Those of them that the project has loaded: it cannot be using another one."""
    places = (name.rpartition(".") for name in names)
    found = (getattr(sys.modules.get(module), name, None) for module, _, name in places)
    return tuple(one for one in found if isinstance(one, type))


def _bases(permission: Any) -> tuple[type, ...]:
    """Of a permission, or of all that an `A & B` holds."""
    if isinstance(permission, type):
        return permission.__mro__
    held = [part for name in ("op1_class", "op2_class") if (part := getattr(permission, name, None)) is not None]
    return tuple(kind for part in held for kind in _bases(part))


def _is_ours(name: str) -> bool:
    return name == _OURS or name.startswith(f"{_OURS}.")


def _is_authentication(name: str) -> bool:
    if name == _AUTHENTICATION:
        return True
    try:
        found = import_string(name)
    except ImportError:
        return False
    return isinstance(found, type) and issubclass(found, import_string(_AUTHENTICATION))
