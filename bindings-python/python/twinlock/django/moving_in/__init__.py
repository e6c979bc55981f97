"""What other packages keep of a user's authenticators, for `manage.py twinlock_import`. Read only: their tables stay as they are.

A source gives its users one by one, each with the devices that can be taken over and the problems of those that cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from types import SimpleNamespace
from typing import Any, Protocol, cast

from django.apps import apps
from django.core.management.base import CommandError

from ... import ConfigurationError
from ...moving_in import Device, OldUser
from .. import conf

_CHUNK = 2000


class Source(Protocol):
    """Another system's users."""

    def count(self) -> int:
        """How many users `users` gives, about."""
        ...

    def users(self) -> Iterator[OldUser]:
        """The users, in the order of their keys; memory does not grow with their number."""
        ...

    def left_behind(self) -> dict[str, int]:
        """What cannot come along, by its name: backup codes, phones, security keys."""
        ...


class CannotTake(Exception):
    """This device cannot be taken over; says why."""


def model(app: str, name: str) -> Any:
    """A model of another package; raises `CommandError` when that is not installed."""
    try:
        return apps.get_model(app, name)
    except LookupError as error:
        raise CommandError(f"{app} is not in INSTALLED_APPS: its tables cannot be read") from error


def counted(kinds: dict[str, tuple[str, str]], database: str) -> dict[str, int]:
    """How many rows the models of those packages have, where they are installed."""
    found = {}
    for kind, (app, name) in kinds.items():
        if apps.is_installed(app) or any(one.label == app for one in apps.get_app_configs()):
            count = apps.get_model(app, name)._default_manager.using(database).count()
            if count:
                found[kind] = count
    return found


def by_user(rows: Any, key: str, read: Callable[[Any], Device | None]) -> Iterator[OldUser]:
    """Users of a queryset, `key` the attribute that holds their primary key; `read` gives a row's device, none for one to leave out."""
    ordered = rows.order_by(key, "pk").iterator(chunk_size=_CHUNK)
    for pk, group in groupby(ordered, key=lambda row: getattr(row, key)):
        yield _old_user(pk, group, read)


def _old_user(pk: Any, rows: Iterable[Any], read: Callable[[Any], Device | None]) -> OldUser:
    try:
        user = OldUser(conf.user_id(cast(Any, SimpleNamespace(pk=pk))))
    except ConfigurationError as error:
        return OldUser(str(pk), problems=[(label(row), str(error)) for row in rows])
    for row in rows:
        try:
            device = read(row)
        except CannotTake as error:
            user.problems.append((label(row), str(error)))
            continue
        if device is None:
            user.left_out += 1
        else:
            user.devices.append(device)
    return user


def label(row: Any) -> str:
    """What reports call a row."""
    return f"{type(row).__name__} {row.pk}"
