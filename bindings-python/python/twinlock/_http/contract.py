"""The contract's document: which calls there are.

`contract.json` is a copy of `contract/openapi.yaml` (the tests compare them), so paths, methods and what has a body cannot
drift from what all languages agreed on. References are resolved, because the schemas must not mix with the components of
an application that shows them in its own documentation.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast

_METHODS = ("get", "post", "patch", "delete")
ADMIN = "/admin"
# Where a call of the contract stands in the core's problem table; all others are "other".
_PROBLEM_OPERATIONS = {"verify": "verify", "stepUp": "step_up", "confirmSetup": "confirm"}


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
    document = json.loads(files("twinlock._http").joinpath("contract.json").read_text("utf-8"))
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
