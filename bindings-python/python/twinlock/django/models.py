"""The two tables, to be read: the sealed record of each user and the log of events.

Only the storage writes them, on a connection of its own: a record that was written through the ORM would take part in the
caller's transaction, whose rollback would undo a lockout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext_lazy as _

from ._schema import binary, table

if TYPE_CHECKING:  # Django's fields take no parameters at run time
    TextField = models.CharField[Any, Any]
    AnyField = models.Field[Any, Any]
else:
    TextField = models.CharField
    AnyField = models.Field


class NameField(TextField):
    """Text that is compared byte by byte: on MySQL and MariaDB a binary column."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """As in `contract/schema`."""
        if connection.vendor == "mysql":
            return f"varbinary({self.max_length})"
        return "text"

    def from_db_value(self, value: Any, *_: Any) -> str | None:
        """Bytes of a binary column as text."""
        return value if value is None or isinstance(value, str) else bytes(value).decode()

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        """Text as the column has it."""
        value = super().get_db_prep_value(value, connection, prepared)
        return value.encode() if connection.vendor == "mysql" and isinstance(value, str) else value


class EventIdField(AnyField):
    """A UUIDv7: 32 hexadecimal digits here, 16 bytes there. Sorting by it is sorting by time."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """As in `contract/schema`."""
        return {"mysql": "binary(16)", "postgresql": "bytea"}.get(connection.vendor, "BLOB")

    def from_db_value(self, value: Any, *_: Any) -> str | None:
        """Digits of the bytes."""
        return None if value is None else bytes(value).hex()

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        """Bytes of the digits."""
        return binary(connection, bytes.fromhex(value)) if isinstance(value, str) else value


class ReadOnlyModel(models.Model):
    """Rows that only the storage writes."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Refused: a storage writes by compare-and-swap, outside the caller's transaction."""
        raise TypeError("only twinlock.django.storage writes this table")

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refused: `two_factor().erase(user_id)` deletes record and events."""
        raise TypeError("only twinlock.django.storage writes this table")


class Record(ReadOnlyModel):
    """What is kept for one user, sealed: state and figures are told by `two_factor().status(user_id)`."""

    user_id = NameField(_("user"), primary_key=True, max_length=255)
    version = models.BigIntegerField(_("version"))
    enabled = models.BooleanField(_("enabled"))
    key_id = NameField(_("key"), max_length=64)
    data = models.BinaryField(_("sealed record"))

    class Meta:  # pyright: ignore[reportIncompatibleVariableOverride]  # as Django has it
        db_table = table("twinlock_record")
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")
        default_permissions: ClassVar[tuple[str, ...]] = ("view",)
        permissions: ClassVar[list[tuple[str, Any]]] = [
            ("reset_record", _("Can reset a user's second factor")),
            ("unlock_record", _("Can forgive a user's wrong codes")),
        ]

    def __str__(self) -> str:
        return str(self.user_id)


class Event(ReadOnlyModel):
    """One line of the audit log. It holds no code, secret or token."""

    id = EventIdField(primary_key=True)
    user_id = NameField(_("user"), max_length=255)
    type = NameField(_("type"), max_length=64)
    at = models.BigIntegerField(_("Unix seconds"))
    success = models.BooleanField(_("success"))
    method = NameField(_("method"), max_length=64, null=True)
    actor = models.CharField(_("actor"), max_length=256, null=True)
    context = models.CharField(_("context"), max_length=256, null=True)
    detail = models.TextField(_("detail"), default="{}")

    class Meta:  # pyright: ignore[reportIncompatibleVariableOverride]  # as Django has it
        db_table = table("twinlock_event")
        verbose_name = _("event of a second factor")
        verbose_name_plural = _("events of second factors")
        ordering: ClassVar[list[str]] = ["-id"]
        default_permissions: ClassVar[tuple[str, ...]] = ("view",)

    def __str__(self) -> str:
        return str(self.type)
