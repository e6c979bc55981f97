"""The OpenAPI that a FastAPI application serves is the contract."""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from openapi_spec_validator import validate

from twinlock import KeyRing, MemoryStorage, TwoFactor
from twinlock.fastapi import TwoFactorRoutes

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from sync_contract import COPY, rendered
from twinlock_http.contract import Contract

PARTS = ("parameters", "requestBody", "responses", "summary", "description")


def application(proof: Any = "bearer") -> FastAPI:
    two_factor = TwoFactor(issuer="Acme", storage=MemoryStorage(), keys=KeyRing.generate())
    routes: TwoFactorRoutes[Any] = TwoFactorRoutes(
        two_factor, user=lambda _request: None, on_verified=lambda _request, _verified: None, proof=proof
    )
    app = FastAPI()
    routes.install(app, prefix="/2fa", admin_prefix="/2fa/admin")
    return app


def served(app: FastAPI) -> dict[str, dict[str, Any]]:
    found = {}
    for path, item in app.openapi()["paths"].items():
        for method, operation in item.items():
            found[f"{method.upper()} {path.removeprefix('/2fa')}"] = operation
    return found


@cache
def of_a_bearer_application() -> dict[str, dict[str, Any]]:
    """Made once: building a document takes FastAPI a third of a second."""
    return served(application())


@cache
def declared() -> dict[str, dict[str, Any]]:
    contract = Contract()
    found = {}
    for operation in contract.operations.values():
        shared = contract.document["paths"][operation["path"]].get("parameters", [])
        parameters = [
            *[contract.document["components"]["parameters"][p["$ref"].split("/")[-1]] for p in shared],
            *operation.get("parameters", []),
        ]
        found[f"{operation['method']} {operation['path']}"] = {**operation, "parameters": parameters}
    return found


def normal(operation: dict[str, Any]) -> dict[str, Any]:
    """Without the white space that YAML's block texts end with."""
    parts = {part: operation[part] for part in PARTS if operation.get(part)}
    return json.loads(json.dumps(parts).replace('\\n"', '"'))


def test_the_package_carries_the_contract_as_it_is() -> None:
    assert COPY.read_text("utf-8") == rendered(), "run tests/http/sync_contract.py"


def test_every_call_is_served_and_no_other() -> None:
    assert of_a_bearer_application().keys() == declared().keys()


@pytest.mark.parametrize("call", declared())
def test_a_served_call_is_the_declared_one(call: str) -> None:
    assert normal(of_a_bearer_application()[call]) == normal(declared()[call])


@pytest.mark.parametrize("proof", ["session", "cookie", "bearer"])
def test_the_served_document_is_valid(proof: str) -> None:
    validate(application(proof).openapi())


def test_docs_work_and_offer_the_headers_to_bearer_clients_only() -> None:
    client = TestClient(application())
    assert client.get("/docs").status_code == 200
    assert client.get("/openapi.json").json()["components"]["securitySchemes"].keys() == {
        "Twinlock-Assurance",
        "Twinlock-Device",
    }
    assert "securitySchemes" not in application("cookie").openapi().get("components", {})
