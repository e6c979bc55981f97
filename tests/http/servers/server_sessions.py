"""Sessions that live on the server, as a real application would take them from a library."""

from __future__ import annotations

import secrets
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class ServerSessions:
    """Puts `request.session` there: a dict kept in memory under a random id in an HttpOnly cookie."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._kept: dict[str, dict[str, Any]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        known = HTTPConnection(scope).cookies.get("session", "")
        scope["session"] = self._kept.get(known, {})
        scope["session_id"] = known if known in self._kept else new_id()

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start" and (scope["session"] or known in self._kept):
                if scope["session_id"] != known:
                    self._kept.pop(known, None)
                    cookie = f"session={scope['session_id']}; Path=/; HttpOnly; SameSite=Lax"
                    MutableHeaders(scope=message).append("set-cookie", cookie)
                self._kept[scope["session_id"]] = scope["session"]
            await send(message)

        await self._app(scope, receive, keep)


def rotate(request: Request) -> None:
    """A new id for the same contents; the old id is nobody's."""
    request.scope["session_id"] = new_id()


def new_id() -> str:
    """Nothing that can be guessed."""
    return secrets.token_urlsafe(24)
