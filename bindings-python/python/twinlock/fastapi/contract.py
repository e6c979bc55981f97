"""The contract's document as FastAPI routes.

Paths, methods, bodies, answers and refusals that an application serves in its `/docs` are taken from it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from .._http.contract import ADMIN, Operation

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


class _UserIdConvertor(StringConvertor):
    """A user id may hold slashes (proxies may have decoded them) and, to be refused by us and not by the router, line ends.

    `/reset` and `/unlock` at the end are calls and no part of it, unless their slash came encoded.
    """

    regex = "(?s:(?:(?!/(?:reset|unlock)$).)+)"


# Stands for an encoded slash while a router looks at the path: nothing in UTF-8 decodes to it.
_SLASH = "\udc2f"


class _EncodedSlashRoute(APIRoute):
    """`%2F` is part of an id. Servers decode it before the router looks, which would take it for the end of a segment."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As ever, but with the slashes that came encoded put aside."""
        raw: bytes = scope.get("raw_path") or b""
        if b"%2f" not in raw.lower():
            return super().matches(scope)
        path = _SLASH.join(unquote_to_bytes(part).decode(errors="replace") for part in re.split(b"(?i:%2f)", raw))
        match, found = super().matches({**scope, "path": path})
        if "path_params" in found:
            found["path_params"] = {
                name: value.replace(_SLASH, "/") if isinstance(value, str) else value
                for name, value in found["path_params"].items()
            }
        return match, found


register_url_convertor("twinlock_user", _UserIdConvertor())


def add(router: APIRouter, operation: Operation, endpoint: Endpoint) -> None:
    """Serve a call of the contract on a router; the administration's paths stand apart from their prefix."""
    document = operation.document
    success = document["responses"][str(operation.success)]
    path = operation.path.removeprefix(ADMIN)
    if path != operation.path:
        path = path.replace("{id}", "{id:twinlock_user}")
    router.add_api_route(
        path,
        endpoint,
        methods=[operation.method.upper()],
        operation_id=f"twinlock_{operation.id}",
        name=f"twinlock_{operation.id}",
        tags=[f"two-factor {tag}" for tag in document["tags"]],
        summary=document["summary"],
        description=document.get("description", ""),
        status_code=operation.success,
        route_class_override=_EncodedSlashRoute,
        response_class=Response,
        response_description=success["description"],
        openapi_extra={
            part: document[part] for part in ("parameters", "requestBody", "responses") if document.get(part)
        },
    )
