"""Walks the tables of tests/vectors that the public API can show: codes, URIs and exports, read as a phone reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from twinlock import AuthenticatorAccount, ConfigurationError, InvalidSecret, TwoFactor

ROOT = Path(__file__).resolve().parents[2] / "tests"
MANIFEST: dict[str, int] = json.loads((ROOT / "manifest.json").read_text())["vectors"]
WALKED = [
    *("rfc6238.json", "totp-more.json", "rfc4226.json", "hotp-counters.json"),
    *("otpauth-valid.json", "otpauth-invalid.json", "migration.json", "base32.json"),
]
LATEST = 253_402_300_799
"""The end of the year 9999: a clock beyond it is taken for broken."""


def cases(file: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((ROOT / "vectors" / file).read_text())["cases"]
    return found


@pytest.mark.parametrize("file", WALKED)
def test_no_case_is_missing(file: str) -> None:
    assert len(cases(file)) >= MANIFEST[file]


def uri_of(case: dict[str, Any]) -> str:
    settings = "".join(f"&{name}={case[name]}" for name in ("algorithm", "digits", "period") if name in case)
    return f"otpauth://totp/vector?secret={case['secret']}{settings}"


@pytest.mark.parametrize("file", ["rfc6238.json", "totp-more.json"])
def test_codes_at_a_time(file: str) -> None:
    for case in cases(file):
        for uri in (case["uri"], uri_of(case)):
            account = AuthenticatorAccount.from_uri(uri)
            if case["time"] > LATEST:
                with pytest.raises(ConfigurationError):
                    account.code_at(case["time"])
                continue
            assert account.code_at(case["time"]) == case["code"], case["name"]
            if "next_code" in case and case["time"] + account.period <= LATEST:
                assert account.code_at(case["time"] + account.period) == case["next_code"], case["name"]
            if "seconds_left" in case:
                assert account.seconds_left(case["time"]) == case["seconds_left"], case["name"]


@pytest.mark.parametrize("file", ["rfc4226.json", "hotp-counters.json"])
def test_codes_at_a_counter_within_the_calendar(file: str) -> None:
    """A period of one second makes time a counter, as far as the calendar goes."""
    walked = [case for case in cases(file) if int(case["counter"]) <= LATEST]
    assert walked
    for case in walked:
        account = AuthenticatorAccount.from_uri(uri_of({**case, "period": 1}))
        assert account.code_at(int(case["counter"])) == case["code"], case["name"]


def test_uris_are_read() -> None:
    for case in cases("otpauth-valid.json"):
        for uri in (case["uri"], case["canonical"]):
            account = AuthenticatorAccount.from_uri(uri)
            found = (account.issuer, account.account_name, account.digits, account.period)
            assert found == (case["issuer"], case["account_name"], case["digits"], case["period"]), case["name"]


def refused() -> Iterator[tuple[str, Any, str, str]]:
    for case in cases("otpauth-invalid.json"):
        yield case["name"], AuthenticatorAccount.from_uri, case["uri"], case["reason"]
    for case in cases("migration.json"):
        if case["result"] == "invalid":
            yield case["name"], AuthenticatorAccount.from_migration, case["uri"], case["reason"]


def test_what_is_not_a_uri_or_an_export_is_refused_with_its_reason() -> None:
    for name, read, uri, reason in refused():
        with pytest.raises(InvalidSecret) as error:
            read(uri)
        assert str(error.value) == f"the secret cannot be used: {reason}", name


def test_exports_are_read() -> None:
    for case in cases("migration.json"):
        if case["result"] == "invalid":
            continue
        accounts = AuthenticatorAccount.from_migration(case["uri"])
        assert len(accounts) == len(case["accounts"]), case["name"]
        for account, wanted in zip(accounts, case["accounts"], strict=True):
            assert (account.issuer, account.account_name) == (wanted["issuer"], wanted["account_name"])
            assert account.code_at(59) == AuthenticatorAccount.from_uri(uri_of(wanted)).code_at(59)


def test_secrets_as_people_type_them(two_factor: TwoFactor) -> None:
    for number, case in enumerate(cases("base32.json")):
        user_id = str(number)
        if case["result"] == "invalid":
            with pytest.raises(InvalidSecret):
                two_factor.import_authenticator(user_id, secret=case["text"], actor="test")
            continue
        id = two_factor.import_authenticator(user_id, secret=case["text"], actor="test")
        # The same secret, written plainly, is the same authenticator.
        assert two_factor.import_authenticator(user_id, secret=case["canonical"], actor="test") == id, case["name"]
        uri = f"otpauth://totp/vector?secret={quote(case['canonical'])}"
        assert two_factor.import_authenticator(user_id, uri=uri, actor="test") == id, case["name"]
