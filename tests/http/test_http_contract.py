"""The contract's document itself: valid, and complete in what every call may be refused with."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from sync_contract import COPIES, ROOT, rendered
from twinlock_http.contract import shared

SUITE = Path(__file__).resolve().parent
OPERATIONS = list(shared().operations.values())

STATUSES = {
    400: {
        *{"malformed_code", "malformed_request", "code_required", "password_required", "wrong_password"},
        *{"invalid_secret", "invalid_code", "more_codes_required"},
    },
    401: {"not_signed_in", "assurance_required", "invalid_code", "more_codes_required"},
    403: {"origin_refused", "not_administrator", "required_by_policy", "not_enabled"},
    404: {"not_found"},
    409: {"not_enabled", "already_enrolled", "too_many_authenticators", "last_authenticator"},
    410: {"challenge_expired", "setup_expired"},
    413: {"too_large"},
    415: {"not_json"},
    429: {"throttled"},
    500: {"record_tampered", "unknown_key", "internal_error", "configuration_error"},
    503: {"contention", "storage_error", "storage_timeout"},
}
"""The design's table of statuses and codes."""

ELSEWHERE = {
    "code_required",  # the login in one call, which is the application's
    "invalid_secret",  # moving in from another system, which no call offers
}


def name_of(operation: dict[str, Any]) -> str:
    return str(operation["operationId"])


def problems() -> set[tuple[str, int, str]]:
    return {(name, int(status), code) for name, status, code in shared().declared() if code}


def test_the_document_is_valid() -> None:
    validate(shared().document)


@pytest.mark.parametrize(
    "copy", [copy for copy in COPIES if copy.parent.is_dir()], ids=lambda copy: copy.relative_to(ROOT).parts[0]
)
def test_packages_carry_this_very_document(copy: Path) -> None:
    assert copy.read_text("utf-8") == rendered(), "run tests/http/sync_contract.py"


def test_it_holds_the_calls_of_the_design() -> None:
    assert sorted(f"{operation['method']} {operation['path']}" for operation in OPERATIONS) == sorted(
        [
            "GET /status",
            "POST /setup",
            "POST /setup/confirm",
            "POST /verify",
            "POST /step-up",
            "POST /backup-codes",
            "POST /backup-codes/saved",
            "PATCH /authenticators/{id}",
            "DELETE /authenticators/{id}",
            "GET /devices",
            "DELETE /devices/{id}",
            "DELETE /devices",
            "GET /events",
            "POST /disable",
            "GET /admin/stats",
            "GET /admin/users/{id}",
            "POST /admin/users/{id}/reset",
            "POST /admin/users/{id}/unlock",
        ]
    )


def test_every_code_has_the_status_of_the_design() -> None:
    assert {(status, code) for _, status, code in problems()} == {
        (status, code) for status, codes in STATUSES.items() for code in codes - ELSEWHERE
    }


def test_a_wrong_code_is_401_only_where_nobody_is_signed_in_yet() -> None:
    for name, status, code in problems():
        if code in ("invalid_code", "more_codes_required"):
            assert status == (401 if name == "verify" else 400)


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
def test_a_call_may_be_refused_with_all_that_every_call_may(operation: dict[str, Any]) -> None:
    name = operation["operationId"]
    codes = {code for named, _, code in problems() if named == name}
    expected = STATUSES[500] | STATUSES[503]
    if name != "verify":
        expected |= {"not_signed_in"}
    if name not in ("verify", "stepUp"):
        expected |= {"assurance_required"}
    if operation["method"] != "GET":
        expected |= {"origin_refused"}
    if "requestBody" in operation:
        expected |= {"too_large", "not_json", "malformed_request"}
    if operation["path"].startswith("/admin/"):
        expected |= {"not_administrator", "not_enabled"}
    assert codes >= expected


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
def test_every_answer_of_a_call_forbids_to_keep_it(operation: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        assert answer["headers"]["Cache-Control"]["schema"] == {"type": "string", "const": "no-store"}, status
        assert status not in ("429", "503") or "Retry-After" in answer["headers"]
        assert status != "401" or "WWW-Authenticate" in answer["headers"]


def test_answers_are_closed_unless_the_application_adds_to_them() -> None:
    schemas = shared().document["components"]["schemas"]
    requests = {name for name in schemas if name.endswith("Request")}
    texts = {name for name, schema in schemas.items() if schema["type"] != "object"}
    opened = {name for name, schema in schemas.items() if schema.get("additionalProperties") is not False}
    assert opened - requests - texts == {"Verified", "SteppedUp", "Enrolled"}


def test_the_suite_knows_nothing_of_twinlock() -> None:
    """Only servers, and tests of one language, import what is under test."""
    for source in [*SUITE.glob("*.py"), *SUITE.glob("twinlock_http/*.py")]:
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.partition(".")[0] == "twinlock"], source.name


def test_every_test_that_the_table_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", (SUITE / "README.md").read_text("utf-8")))
    there = set(
        re.findall(r"^def (test_\w+)", "\n".join(f.read_text("utf-8") for f in SUITE.glob("*.py")), re.MULTILINE)
    )
    assert len(named) > 100
    assert sorted(named - there) == []
