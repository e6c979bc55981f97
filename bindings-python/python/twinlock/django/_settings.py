"""`settings.TWINLOCK`, read once and checked, and the engine that is made of it.

| name | default | |
|---|---|---|
| `ISSUER` | required | what authenticator apps show, 1 to 64 bytes |
| `KEYS` | the variables `TWINLOCK_KEYS`, `TWINLOCK_KEYS_FILE` | text as `twinlock keygen` prints it, or a `KeyRing` |
| `KEYS_FILE` | none | a file with that text; not together with `KEYS` |
| `POLICY` | `{}` | settings of `Policy` by name, or a `Policy` |
| `NAMESPACE` | `""` | keeps staging from production on the same keys |
| `DATABASE` | `"default"` | alias whose copy holds records and events |
| `TABLE_PREFIX` | `""` | before the names of the two tables |
| `SQLITE_FILE` | none | a file of its own, in the place of `DATABASE` |
| `STORAGE` | none | dotted path to a function that gives a `Storage`, in the place of both |
| `STORAGE_TIMEOUT` | `5.0` | seconds after which a storage that is silent refuses |
| `ENFORCE` | `True` | refuse signed-in sessions that owe their second factor |
| `EXEMPT_URLS` | `()` | paths (regular expressions, from the start) beside login, logout, `/2fa`, static |
| `REQUIRED_FOR` | none | dotted path to `rule(user) -> bool | datetime`, the day from which it holds |
| `MAX_AGE` | `None` | seconds a proof is good for in a session; none: as long as the session |
| `LOGIN_URL` | `settings.LOGIN_URL` | where a sign-in starts |
| `ACCOUNT_NAME` | e-mail, else user name | dotted path to `name(user) -> str`, shown in the app |
| `ALLOWED_ORIGINS` | `()` | further origins that may call the API |
| `CLIENT_IP` | `REMOTE_ADDR` | dotted path to `address(request) -> str | None` |
| `CLOCK` | `time.time` | dotted path or callable, Unix seconds: for tests |

A name that is not in the table is a `ConfigurationError`: a misspelt `ENFORCE` must not pass in silence.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from django.conf import settings as django_settings
from django.utils.module_loading import import_string

from .. import ConfigurationError, KeyRing, Policy
from .._driver import keys_from_environment, keys_from_file


@dataclass(frozen=True, repr=False)
class Settings:
    """`settings.TWINLOCK` as attributes in lower case; the head of this file tells what each means."""

    issuer: str = ""
    keys: KeyRing | str | None = None
    keys_file: str | None = None
    policy: Policy | Mapping[str, Any] = field(default_factory=dict)
    namespace: str = ""
    database: str = "default"
    table_prefix: str = ""
    sqlite_file: str | None = None
    storage: str | Callable[[], Any] | None = None
    storage_timeout: float = 5.0
    enforce: bool = True
    exempt_urls: Sequence[str] = ()
    required_for: str | Callable[[Any], bool | date] | None = None
    max_age: int | None = None
    login_url: str | None = None
    account_name: str | Callable[[Any], str] | None = None
    allowed_origins: Sequence[str] = ()
    client_ip: str | Callable[[Any], str | None] | None = None
    clock: str | Callable[[], float] = time.time

    def __post_init__(self) -> None:
        for name, expected in _TYPES.items():
            if not isinstance(getattr(self, name), expected) or (
                isinstance(getattr(self, name), bool) and bool not in expected
            ):
                raise ConfigurationError(f'TWINLOCK["{name.upper()}"] must be {_described(expected)}')
        for name in ("exempt_urls", "allowed_origins"):
            if not all(isinstance(one, str) for one in getattr(self, name)):
                raise ConfigurationError(f'TWINLOCK["{name.upper()}"] must be a list of text')
        for pattern in self.exempt_urls:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ConfigurationError('TWINLOCK["EXEMPT_URLS"] must hold regular expressions') from error
        if self.keys is not None and self.keys_file is not None:
            raise ConfigurationError('TWINLOCK: give "KEYS" or "KEYS_FILE", not both')
        if self.sqlite_file is not None and self.storage is not None:
            raise ConfigurationError('TWINLOCK: give "SQLITE_FILE" or "STORAGE", not both')
        if self.max_age is not None and self.max_age < 0:
            raise ConfigurationError('TWINLOCK["MAX_AGE"] must be a number of seconds, at least 0, or None')
        if not math.isfinite(self.storage_timeout) or self.storage_timeout <= 0:
            raise ConfigurationError('TWINLOCK["STORAGE_TIMEOUT"] must be a number of seconds above 0')

    def key_ring(self) -> KeyRing:
        """The keys, from wherever they are; raises `ConfigurationError` when there are none."""
        if isinstance(self.keys, KeyRing):
            return self.keys
        if self.keys is not None:
            return KeyRing.from_text(self.keys)
        if self.keys_file is not None:
            return keys_from_file(self.keys_file, 'TWINLOCK["KEYS_FILE"]')
        return keys_from_environment()

    def checked_policy(self) -> Policy:
        """The policy; raises `ConfigurationError` for one above its bound without `accept_risk`."""
        return self.policy if isinstance(self.policy, Policy) else Policy(**self.policy)

    def clock_function(self) -> Callable[[], float]:
        """What gives Unix seconds."""
        clock: Callable[[], float] = called(self.clock, "CLOCK")
        return clock

    def __repr__(self) -> str:
        """Silent about the keys."""
        return f"Settings(issuer={self.issuer!r}, database={self.database!r})"


_PATH: tuple[Any, ...] = (str, type(None))
_HOOK: tuple[Any, ...] = (str, Callable, type(None))
_TYPES: dict[str, tuple[Any, ...]] = {
    "issuer": (str,),
    "keys": (KeyRing, str, type(None)),
    "keys_file": _PATH,
    "policy": (Policy, Mapping),
    "namespace": (str,),
    "database": (str,),
    "table_prefix": (str,),
    "sqlite_file": _PATH,
    "storage": _HOOK,
    "storage_timeout": (int, float),
    "enforce": (bool,),
    "exempt_urls": (list, tuple),
    "required_for": _HOOK,
    "max_age": (int, type(None)),
    "login_url": _PATH,
    "account_name": _HOOK,
    "allowed_origins": (list, tuple),
    "client_ip": _HOOK,
    "clock": (str, Callable),
}
_NAMES = {one.name.upper(): one.name for one in fields(Settings)}
_PATHS = ("keys_file", "sqlite_file")


def read() -> Settings:
    """`settings.TWINLOCK` as it is now. Raises `ConfigurationError` for a name or value that cannot be."""
    given = getattr(django_settings, "TWINLOCK", {})
    if not isinstance(given, Mapping):
        raise ConfigurationError("settings.TWINLOCK must be a dict")
    if unknown := sorted(str(name) for name in given if name not in _NAMES):
        raise ConfigurationError(f"settings.TWINLOCK has no {', '.join(unknown)}: see twinlock.django._settings")
    values = {_NAMES[name]: value for name, value in given.items()}
    for name in _PATHS:
        if hasattr(values.get(name), "__fspath__"):
            values[name] = str(values[name])  # a Path is as good as its text
    return Settings(**values)


def called(given: Any, name: str) -> Callable[..., Any]:
    """The function that a setting is or names by its dotted path; raises `ConfigurationError`."""
    try:
        found = import_string(given) if isinstance(given, str) else given
    except ImportError as error:
        raise ConfigurationError(f'TWINLOCK["{name}"] cannot be imported') from error
    if not callable(found):
        raise ConfigurationError(f'TWINLOCK["{name}"] must name a function')
    return found  # type: ignore[no-any-return]


def _described(expected: tuple[Any, ...]) -> str:
    names = {type(None): "None", Callable: "a function", str: "text", Mapping: "a dict", bool: "True or False"}
    return " or ".join(dict.fromkeys(names.get(one) or one.__name__ for one in expected))
