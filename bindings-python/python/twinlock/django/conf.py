"""What the parts of the Django package ask: the engine of this process, and what `settings.TWINLOCK` says of a user.

The settings themselves stand in `_settings`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime
from datetime import time as time_of_day
from typing import TYPE_CHECKING, Any

from django.core.signals import setting_changed
from django.utils import timezone

from .. import AsyncTwoFactor, ConfigurationError, TwoFactor
from ._engine import Engines
from ._settings import Settings, called, read

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

    User = AbstractBaseUser | AnonymousUser

__all__ = [
    "Settings",
    "account_name",
    "async_two_factor",
    "hook",
    "required_for",
    "settings",
    "two_factor",
    "user_id",
]

_NAME_BYTES = 128
_lock = threading.RLock()
_settings: Settings | None = None
_engines: Engines | None = None


def settings() -> Settings:
    """`settings.TWINLOCK`, checked; raises `ConfigurationError`."""
    global _settings
    with _lock:
        if _settings is None:
            _settings = read()
        return _settings


def two_factor() -> TwoFactor:
    """The engine of this process. Raises `ConfigurationError` when the settings do not make one."""
    return _made().blocking


def async_two_factor() -> AsyncTwoFactor:
    """The same for `async` code: each operation runs in a thread, where receivers of signals may use the ORM."""
    return _made().awaited


def _made() -> Engines:
    global _engines
    with _lock:
        if _engines is None:
            _engines = Engines(settings())
        return _engines


def _forget(*, setting: str, **_: Any) -> None:
    """Settings change in tests only: what was made of the old ones goes."""
    global _settings, _engines
    if setting in ("TWINLOCK", "DATABASES"):
        with _lock:
            _settings, engines, _engines = None, _engines, None
        if engines is not None:
            engines.close()


setting_changed.connect(_forget, dispatch_uid="twinlock.django.conf")


def user_id(user: User) -> str:
    """The engine's text for a user: the primary key, an int in decimal, a UUID in lower case, text as it is.

    Raises `ConfigurationError` for an unsaved or anonymous user and for other keys.
    """
    key = user.pk
    if isinstance(key, str) and key:
        return key
    if key is not None and not isinstance(key, bool) and type(key).__name__ in ("int", "UUID"):
        return str(key)
    raise ConfigurationError("a user needs a primary key that is an int, a UUID or text")


def required_for(user: User) -> bool:
    """Whether `TWINLOCK["REQUIRED_FOR"]` says that this user must have a second factor, as of now."""
    rule = hook("required_for")
    if rule is None:
        return False
    answer = rule(user)
    if isinstance(answer, bool):
        return answer
    if isinstance(answer, date):
        return settings().clock_function()() >= _moment(answer).timestamp()
    raise ConfigurationError('TWINLOCK["REQUIRED_FOR"] must give a bool, or the day from which it holds')


def account_name(user: User) -> str:
    """What the authenticator app shows below the issuer; a name that is too long is shown in part."""
    named = hook("account_name")
    if named is not None:
        name = named(user)
    else:
        email = getattr(user, getattr(user, "EMAIL_FIELD", None) or "email", None)
        name = email or user.get_username() or user_id(user)
    return str(name).encode()[:_NAME_BYTES].decode(errors="ignore")


def hook(name: str) -> Callable[..., Any] | None:
    """The function that a setting names (`"client_ip"`), be it a dotted path or the function itself; none if unset."""
    given = getattr(settings(), name)
    return None if given is None else called(given, name.upper())


def _moment(day: date) -> datetime:
    moment = day if isinstance(day, datetime) else datetime.combine(day, time_of_day.min)
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment
