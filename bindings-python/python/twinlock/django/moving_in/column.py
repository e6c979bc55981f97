"""A column of base32 secrets in a model of the application's own, as people keep them who use pyotp."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.core.management.base import CommandError

from ...moving_in import Device, OldUser
from . import by_user, label

_PERIOD = 30


class Column:
    """`user_field` leads to the user's key (`pk` where the model is the user), `confirmed_field` is a truth, `last_used_field` a time."""

    def __init__(
        self,
        database: str,
        path: str,
        secret_field: str,
        user_field: str = "pk",
        confirmed_field: str | None = None,
        last_used_field: str | None = None,
    ) -> None:
        try:
            found: Any = apps.get_model(path)
            names = (secret_field, user_field, confirmed_field, last_used_field)
            fields = [found._meta.pk if name == "pk" else found._meta.get_field(name) for name in names if name]
        except (LookupError, ValueError, FieldDoesNotExist) as error:
            raise CommandError(f"{path}: {error}") from error
        self._secret = secret_field
        self._user = fields[1].attname
        self._confirmed, self._last_used = confirmed_field, last_used_field
        # None and "" stand for nobody.
        self._rows = (
            found._default_manager.using(database)
            .exclude(**{f"{secret_field}__isnull": True})
            .exclude(**{secret_field: ""})
        )

    def count(self) -> int:
        """How many rows hold a secret."""
        return int(self._rows.count())

    def users(self) -> Iterator[OldUser]:
        """The users with their secrets."""
        return by_user(self._rows, self._user, self._device)

    def left_behind(self) -> dict[str, int]:
        """Nothing is known."""
        return {}

    def _device(self, row: Any) -> Device | None:
        if self._confirmed is not None and not getattr(row, self._confirmed):
            return None
        used = getattr(row, self._last_used) if self._last_used is not None else None
        at = used.timestamp() if isinstance(used, datetime) else used
        # The code may have come from a phone that is a step ahead.
        step = None if at is None else int(at // _PERIOD) + 1
        return Device(label(row), str(getattr(row, self._secret)), last_used_step=step, last_used_at=at)
