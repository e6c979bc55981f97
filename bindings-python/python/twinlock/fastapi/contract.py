"""The contract's document as FastAPI routes.

`contract.json` is a copy of `contract/openapi.yaml` (the tests compare them). Paths, methods, bodies, answers and refusals
that an application serves in its `/docs` are taken from it, so they cannot drift from what all languages agreed on.
References are resolved, because the schemas must not mix with the application's own components.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias, cast
from urllib.parse import unquote_to_bytes

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from .bodies import Body

Handler: TypeAlias = Callable[[Request, Body], Awaitable[Response]]
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

_METHODS = ("get", "post", "patch", "delete")
_ADMIN = "/admin"
# Where a call of the contract stands in the core's problem table; all others are "other".
_PROBLEM_OPERATIONS = {"verify": "verify", "stepUp": "step_up", "confirmSetup": "confirm"}


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


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of the contract."""

    id: str
    method: str
    path: str
    document: dict[str, Any]

    @property
    def takes_body(self) -> bool:
        """Whether a body is read at all."""
        return "requestBody" in self.document

    @property
    def success(self) -> int:
        """The status of its success."""
        return min(int(status) for status in self.document["responses"])

    @property
    def problems_as(self) -> str:
        """The operation under which its refusals are looked up."""
        return _PROBLEM_OPERATIONS.get(self.id, "other")


@cache
def operations() -> dict[str, Operation]:
    """All calls by their `operationId`, references resolved."""
    document = json.loads(files("twinlock.fastapi").joinpath("contract.json").read_text("utf-8"))
    found = {}
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                merged = {
                    **item[method],
                    "parameters": [*item.get("parameters", []), *item[method].get("parameters", [])],
                }
                # Who signs in how is the application's business, so its own schemes are not overwritten with ours.
                merged.pop("security", None)
                operation = cast("dict[str, Any]", _resolved(merged, document))
                found[operation["operationId"]] = Operation(operation["operationId"], method, path, operation)
    return found


def add(router: APIRouter, operation: Operation, endpoint: Endpoint) -> None:
    """Serve a call of the contract on a router; the administration's paths stand apart from their prefix."""
    document = operation.document
    success = document["responses"][str(operation.success)]
    path = operation.path.removeprefix(_ADMIN)
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


def _resolved(node: Any, document: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_resolved(item, document) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" not in node:
        return {key: _resolved(value, document) for key, value in node.items()}
    target: Any = document
    for step in node["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return _resolved(target, document)
