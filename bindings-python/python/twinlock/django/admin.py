"""The second factors in the admin: states and events to be read, and what the help desk may do. No secret is shown.

Permissions: `twinlock.view_record`, `twinlock.view_event`, `twinlock.reset_record`, `twinlock.unlock_record`. Who resets or unlocks
must also have proved a second factor a moment ago, however the site is guarded else.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth import get_permission_codename, get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .. import TwoFactorError
from .._http.client import context
from .._words import lines
from . import conf
from ._messages import DjangoIncoming
from .decorators import refused
from .models import Event, Record

_FOUND = 1000  # users looked for by name, at most
_ACTOR_BYTES = _REASON_BYTES = 128


if TYPE_CHECKING:  # Django's class takes no parameters at run time
    AnyAdmin = admin.ModelAdmin[Any]
else:
    AnyAdmin = admin.ModelAdmin


class _ReadOnlyAdmin(AnyAdmin):
    """Rows of the database of the settings, to be looked at."""

    actions_on_bottom = False
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """From the alias that the storage writes to, whatever routers say."""
        rows: QuerySet[Any] = super().get_queryset(request)
        ours: QuerySet[Any] = rows.using(conf.settings().database)
        return ours

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Not where records are kept elsewhere: there is nothing to see here."""
        return _has_tables() and super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the permission says, where there is anything to see."""
        return _has_tables() and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: the engine writes."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: the engine writes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: a record goes with its account."""
        return False

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """With the names of the users on the page, asked for at once."""
        shown = super().get_changelist_instance(request)
        names = _names(row.user_id for row in shown.result_list)
        for row in shown.result_list:
            row.user_name = names.get(row.user_id)
        return shown

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Users whose name holds the term, or whose id it is."""
        if not search_term:
            return queryset, False
        return queryset.filter(user_id__in=[search_term, *_ids(search_term)]), False

    @admin.display(description=gettext_lazy("user"), ordering="user_id")
    def user(self, row: Any) -> str:
        """The user's name and id; the id alone of an account that is gone."""
        name = row.user_name if hasattr(row, "user_name") else _names([row.user_id]).get(row.user_id)
        return row.user_id if name in (None, row.user_id) else f"{name} ({row.user_id})"


@admin.register(Record)
class RecordAdmin(_ReadOnlyAdmin):
    """One line for each user who has, or had, a second factor."""

    list_display = ("user", "enabled", "key_id")
    list_filter = ("enabled", "key_id")
    search_fields = ("user_id",)  # turns the search on; see `get_search_results`
    fields = readonly_fields = ("user", "enabled", "state", "key_id")
    actions = ("reset", "unlock")

    @admin.display(description=gettext_lazy("state"))
    def state(self, record: Record) -> SafeString | str:
        """What the engine tells of that user, or why it cannot."""
        try:
            status = conf.two_factor().status(record.user_id)
        except TwoFactorError as error:
            return str(error)
        return format_html_join("", "<div>{}</div>", ((line,) for line in lines(status)))

    def has_reset_permission(self, request: HttpRequest) -> bool:
        """Whether this person may wipe second factors."""
        return self._may(request, "reset")

    def has_unlock_permission(self, request: HttpRequest) -> bool:
        """Whether this person may forgive wrong codes."""
        return self._may(request, "unlock")

    @admin.action(permissions=["reset"], description=gettext_lazy("Reset the second factor (lost phone)"))
    def reset(self, request: HttpRequest, records: QuerySet[Record]) -> HttpResponseBase | None:
        """Asks why, then wipes."""
        owed = _owed(request)
        if owed is not None:
            return owed
        reason = request.POST.get("reason", "").strip()
        if not 1 <= len(reason.encode()) <= _REASON_BYTES:
            return self._asked_why(request, records, unfit="reason" in request.POST)
        done = self._each(
            request, records, lambda user_id, **who: conf.two_factor().reset(user_id, reason=reason, **who)
        )
        told = ngettext("%d second factor was reset.", "%d second factors were reset.", done)
        self.message_user(request, told % done, messages.SUCCESS if done else messages.WARNING)
        return None

    @admin.action(permissions=["unlock"], description=gettext_lazy("Forgive wrong codes"))
    def unlock(self, request: HttpRequest, records: QuerySet[Record]) -> HttpResponseBase | None:
        """Gives a new budget."""
        owed = _owed(request)
        if owed is not None:
            return owed
        done = self._each(request, records, lambda user_id, **who: conf.two_factor().unlock(user_id, **who))
        told = ngettext("%d user was unlocked.", "%d users were unlocked.", done)
        self.message_user(request, told % done, messages.SUCCESS if done else messages.WARNING)
        return None

    def _may(self, request: HttpRequest, action: str) -> bool:
        codename = get_permission_codename(action, self.opts)
        user: Any = request.user
        return _has_tables() and user.has_perm(f"{self.opts.app_label}.{codename}")

    def _asked_why(self, request: HttpRequest, records: QuerySet[Record], *, unfit: bool) -> TemplateResponse:
        ids = [record.user_id for record in records]
        names = _names(ids)
        told = {
            **self.admin_site.each_context(request),
            "title": _("Reset second factors"),
            "opts": self.opts,
            "users": [names.get(id) or id for id in ids],
            "ids": ids,
            "unfit": unfit,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/twinlock/record/reset.html", told)

    def _each(self, request: HttpRequest, records: QuerySet[Record], act: Any) -> int:
        """Acts for every user; tells of those for whom it failed. Returns for how many it did not."""
        actor = f"{request.user.get_username()} ({conf.user_id(request.user)})".encode()[:_ACTOR_BYTES]
        who = {
            "actor": actor.decode(errors="ignore"),
            "context": context(DjangoIncoming(request), conf.hook("client_ip")),
        }
        done = 0
        for record in records:
            try:
                act(record.user_id, **who)
                done += 1
            except TwoFactorError as error:
                self.message_user(request, f"{self.user(record)}: {error}", messages.ERROR)
        return done


@admin.register(Event)
class EventAdmin(_ReadOnlyAdmin):
    """The audit log, the newest first."""

    list_display = ("when", "user", "type", "success", "method", "actor", "context")
    list_filter = ("type", "success")
    search_fields = ("user_id",)  # turns the search on; see `get_search_results`
    fields = readonly_fields = ("when", "user", "type", "success", "method", "actor", "context", "detail")

    @admin.display(description=gettext_lazy("time"), ordering="id")
    def when(self, event: Event) -> datetime:
        """In the time zone of the site."""
        return datetime.fromtimestamp(event.at, timezone.utc)


def _has_tables() -> bool:
    settings = conf.settings()
    return settings.sqlite_file is None and settings.storage is None


def _owed(request: HttpRequest) -> HttpResponseBase | None:
    """What is answered to an operator without a fresh proof."""
    fresh: int = conf.two_factor().policy.settings["assurance_max_age"]
    return refused(request, fresh, False, back=request.get_full_path())


def _names(user_ids: Iterable[str]) -> dict[str, str]:
    """Names of users by the ids of the engine."""
    model = get_user_model()
    keys = [key for user_id in user_ids if (key := _key(model, user_id)) is not None]
    return {conf.user_id(user): user.get_username() for user in model._default_manager.filter(pk__in=keys)}


def _ids(term: str) -> list[str]:
    """Ids of users by a part of their name."""
    model: Any = get_user_model()
    named = model._default_manager.filter(**{f"{model.USERNAME_FIELD}__icontains": term})
    return [conf.user_id(user) for user in named[:_FOUND]]


def _key(model: type[Model], user_id: str) -> Any:
    field: Any = model._meta.pk
    try:
        return field.to_python(user_id)
    except ValidationError:
        return None
