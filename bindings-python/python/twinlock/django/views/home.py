"""The settings of one's own second factor, and what happened to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from .. import _refused
from .base import Page

_ACTIONS = {
    "rename": "renameAuthenticator",
    "remove": "removeAuthenticator",
    "saved": "backupCodesSaved",
    "regenerate": "regenerateBackupCodes",
    "revoke": "revokeDevice",
    "revoke_all": "revokeAllDevices",
    "disable": "disable",
}


class HomeView(Page):
    """State, and a button for each change."""

    template_name = "twinlock/home.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """The state; without a second factor that is the introduction of the setup."""
        return self._home(None)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """One change, named by the button."""
        operation = _ACTIONS.get(request.POST.get("action", ""))
        if operation is None:
            return self._home(None)
        members = {"name": request.POST["name"]} if request.POST.get("name") else {}
        reply = self.call(operation, members, {"id": request.POST.get("id", "")})
        if operation == "regenerateBackupCodes" and reply.status == 200:
            return self.page(reply.body or {}, template="twinlock/backup_codes.html")
        if reply.status < 300:
            return self.onward(_refused.safe_next(request) or request.path)
        if (reply.body or {}).get("code") == "assurance_required":
            return self.onward(f"{_refused.page_url('verify')}?next={request.path}")
        return self._home(reply)

    def _home(self, refused: Any) -> HttpResponseBase:
        status = self.call("status")
        if status.status != 200 or status.body is None:
            return self.refused(status)
        return self.page({"status": _dated(status.body)}, refused=refused)


class EventsView(Page):
    """The audit log of the one who looks at it."""

    template_name = "twinlock/events.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """One page of it, the newest first."""
        reply = self.call("listEvents")
        if reply.status != 200 or reply.body is None:
            return self.refused(reply)
        return self.page({"events": [_dated(event) for event in reply.body["events"]], **_cursor(reply.body)})


def _cursor(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"next_cursor": body.get("next_cursor")}


def _dated(value: Any) -> Any:
    """Unix seconds as times that templates can show."""
    if isinstance(value, Mapping):
        return {
            key: _time(inner) if key == "at" or key.endswith("_at") else _dated(inner) for key, inner in value.items()
        }
    return [_dated(inner) for inner in value] if isinstance(value, list) else value


def _time(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(seconds, tz=timezone.utc) if isinstance(seconds, int) else None
