"""Last of the files: was everything seen that the contract declares?"""

from __future__ import annotations

import os

import pytest
from twinlock_http.contract import shared

UNREACHABLE = {
    # A fault of Twinlock itself, and a wrong set-up of the application: no request can cause them.
    "internal_error",
    "configuration_error",
}
READS_ONLY = {
    # Calls that write nothing cannot lose a race.
    "status",
    "beginSetup",
    "listDevices",
    "listEvents",
    "adminStats",
    "adminUser",
}


def test_every_declared_answer_was_seen(request: pytest.FixtureRequest, base: str) -> None:
    chosen = {item.path.name for item in request.session.items}
    if len(chosen) < 10 or os.environ.get("PYTEST_XDIST_WORKER") or request.config.getoption("keyword"):
        pytest.skip("only part of the suite ran")
    contract = shared()
    missing = {
        (name, status, code)
        for name, status, code in contract.declared() - contract.seen(base)
        if code not in UNREACHABLE and not (code == "contention" and name in READS_ONLY)
    }
    assert not missing, sorted(missing)
