"""What `settings.TWINLOCK` says: names, keys, policy, hooks, and the sessions that hold proofs."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import models

from ... import ConfigurationError, KeyRing
from .. import conf

_HOOKS = ("required_for", "account_name", "client_ip", "storage", "clock")
_DISTINCT = 16  # 32 random bytes have fewer than this, or are all text, less than once in 10^13 keys
_FOR_DEVELOPMENT = ("dev", "debug", "demo", "test", "example")
_KEYS = (models.IntegerField, models.UUIDField, models.CharField, models.TextField)


@register(Tags.security)
def settings_can_be(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Everything an engine is made of."""
    try:
        settings = conf.settings()
    except ConfigurationError as error:
        return [Error(str(error), id="twinlock.E001")]
    return [*_issuer(settings), *_keys(settings), *_policy(settings), *_hooks(settings), *_user_model()]


@register(Tags.security, deploy=True)
def keys_and_sessions_are_for_production(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """What is fine on a developer's machine."""
    return [*_development_key(), *_session_engine(), *_session_cookie()]


def _issuer(settings: conf.Settings) -> Iterator[CheckMessage]:
    if not 1 <= len(settings.issuer.encode()) <= 64:
        hint = 'Set TWINLOCK = {"ISSUER": "Your application"}: apps show it above the code. 1 to 64 bytes.'
        yield Error("Twinlock has no issuer, or one that is too long.", hint=hint, id="twinlock.E002")


def _keys(settings: conf.Settings) -> Iterator[CheckMessage]:
    try:
        ring = settings.key_ring()
    except ConfigurationError as error:
        yield Error(f"Twinlock has no keys: {error}.", id="twinlock.E003")
        return
    for id, key in _bytes_of(ring):
        if not _random(key):
            hint = "Make keys with `twinlock keygen`; whoever can guess one can read every secret."
            yield Error(f"The key {id!r} of Twinlock is not random.", hint=hint, id="twinlock.E004")


def _policy(settings: conf.Settings) -> Iterator[CheckMessage]:
    try:
        settings.checked_policy()
    except ConfigurationError as error:
        hint = "`twinlock policy NAME=VALUE` shows what a setting means; `accept_risk` takes it all the same."
        yield Error(f'TWINLOCK["POLICY"]: {error}.', hint=hint, id="twinlock.E005")


def _hooks(settings: conf.Settings) -> Iterator[CheckMessage]:
    for name in _HOOKS:
        try:
            conf.hook(name)
        except ConfigurationError as error:
            yield Error(f"{error}.", id="twinlock.E006")


def _user_model() -> Iterator[CheckMessage]:
    model = get_user_model()
    key: Any = model._meta.pk
    while isinstance(key, models.ForeignKey):
        key = key.target_field
    if not isinstance(key, _KEYS):
        message = f"The primary key of {model._meta.label} is no int, UUID or text."
        yield Error(message, id="twinlock.E007")


def _development_key() -> Iterator[CheckMessage]:
    try:
        ids = [id for id, _ in _bytes_of(conf.settings().key_ring())]
    except ConfigurationError:
        return  # said without --deploy
    for id in ids:
        if id.lower().startswith(_FOR_DEVELOPMENT):
            message = f"The key {id!r} of Twinlock is called one for development."
            yield Warning(message, hint="Make one for production with `twinlock keygen`.", id="twinlock.W031")


def _session_engine() -> Iterator[CheckMessage]:
    if django_settings.SESSION_ENGINE.endswith("signed_cookies"):
        message = "Sessions are kept in cookies: a proof of the second factor would outlive the sign-out."
        hint = "Keep sessions in the database or a cache."
        yield Warning(message, hint=hint, id="twinlock.W032")


def _session_cookie() -> Iterator[CheckMessage]:
    if not (django_settings.SESSION_COOKIE_SECURE and django_settings.SESSION_COOKIE_HTTPONLY):
        message = (
            "The session's cookie travels in clear or can be read by scripts; it stands for the second factor too."
        )
        hint = "Set SESSION_COOKIE_SECURE = True and leave SESSION_COOKIE_HTTPONLY as it is."
        yield Warning(message, hint=hint, id="twinlock.W033")


def _bytes_of(ring: KeyRing) -> Iterator[tuple[str, bytes]]:
    for line in ring.to_text().replace("\n", ",").split(","):
        id, _, key = line.partition(":")
        yield id.strip(), base64.b64decode(key)


def _random(key: bytes) -> bool:
    steps = {(after - before) % 256 for before, after in zip(key, key[1:], strict=False)}
    text = all(32 <= byte < 127 for byte in key)
    return len(set(key)) >= _DISTINCT and len(steps) > 1 and not text
