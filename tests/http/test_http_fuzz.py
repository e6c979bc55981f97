"""Requests made up from the contract: no 5xx, and no answer that the contract does not declare."""

from __future__ import annotations

import pytest
from twinlock_http import Fuzzing
from twinlock_http.fuzzing import CALLERS


@pytest.mark.parametrize("caller", CALLERS)
def test_whatever_is_sent_the_answer_is_one_of_the_contract(fuzzing: Fuzzing, server: str, caller: str) -> None:
    complaints = fuzzing.complaints(server, caller)
    assert not complaints, complaints
