"""Holds every answer against `contract/openapi.yaml`, and keeps count of which have been seen."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import yaml
from openapi_schema_validator import OAS31Validator

SOURCE = Path(__file__).resolve().parents[3] / "contract" / "openapi.yaml"
METHODS = ("get", "post", "patch", "delete")


class Contract:
    """The calls of the contract, by operation id and by request."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = yaml.safe_load(SOURCE.read_text("utf-8"))
        self.operations: dict[str, dict[str, Any]] = {}
        self._validators: dict[int, OAS31Validator] = {}
        self._seen: dict[str, set[tuple[str, str, str]]] = {}
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    operation = {**resolve(self.document, item[method]), "path": path, "method": method.upper()}
                    self.operations[operation["operationId"]] = operation

    def find(self, method: str, path: str) -> dict[str, Any]:
        """The operation that answers a request; a fixed path goes before one with a parameter."""
        fits = [
            operation
            for operation in self.operations.values()
            if operation["method"] == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", operation["path"]), path)
        ]
        assert fits, f"the contract has no {method} {path}"
        return min(fits, key=lambda operation: operation["path"].count("{"))

    def seen(self, base: str) -> set[tuple[str, str, str]]:
        """Every (operation, status, problem code) that the server at `base` has answered."""
        return self._seen.setdefault(base, set())

    def check(self, base: str, path: str, response: httpx.Response) -> None:
        """Fail unless the contract allows this answer of the server at `base`."""
        operation = self.find(response.request.method, path)
        name, status = operation["operationId"], str(response.status_code)
        assert status in operation["responses"], f"{name} answered an undeclared {status}: {response.text[:300]}"
        declared = operation["responses"][status]
        for header, rule in declared.get("headers", {}).items():
            assert header in response.headers, f"{name} {status} lacks {header}"
            expected = rule["schema"].get("const")
            assert expected in (None, response.headers[header]), f"{name} {status}: {header}"
        code = self._check_content(name, status, declared.get("content"), response)
        self.seen(base).add((name, status, code))

    def _check_content(self, name: str, status: str, content: dict[str, Any] | None, response: httpx.Response) -> str:
        if content is None:
            assert response.content == b"", f"{name} {status} has a body"
            return ""
        media_type = response.headers["content-type"].partition(";")[0]
        assert media_type in content, f"{name} {status} is {media_type}"
        body = response.json()
        errors = [error.message for error in self._validator(content[media_type]["schema"]).iter_errors(body)]
        assert not errors, f"{name} {status}: {errors} in {body}"
        if media_type == "application/problem+json":
            assert body["status"] == response.status_code
            return str(body["code"])
        return ""

    def _validator(self, schema: dict[str, Any]) -> OAS31Validator:
        """One for each schema: making them takes longer than the calls."""
        if id(schema) not in self._validators:
            self._validators[id(schema)] = OAS31Validator(schema)
        return self._validators[id(schema)]

    def declared(self) -> set[tuple[str, str, str]]:
        """Every (operation, status, problem code) that the contract knows."""
        found = set()
        for name, operation in self.operations.items():
            for status, answer in operation["responses"].items():
                schema = answer.get("content", {}).get("application/problem+json", {}).get("schema", {})
                codes = schema.get("properties", {}).get("code", {}).get("enum", [""])
                found |= {(name, status, code) for code in codes}
        return found


def resolve(document: dict[str, Any], node: Any) -> Any:
    """The same without references."""
    if isinstance(node, list):
        return [resolve(document, item) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" not in node:
        return {key: resolve(document, value) for key, value in node.items()}
    target: Any = document
    for step in node["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return resolve(document, target)


@cache
def shared() -> Contract:
    """One for the whole run, so that it knows what was seen."""
    return Contract()
