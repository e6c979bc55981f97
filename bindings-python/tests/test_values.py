"""Errors, records, events, keys, policies, accounts: the values that cross the border."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

import twinlock
from twinlock import (
    AuthenticatorAccount,
    ConfigurationError,
    Contention,
    Event,
    InvalidSecret,
    KeyRing,
    MoreCodesRequired,
    NotEnabled,
    Policy,
    StorageError,
    StoredRecord,
    Throttled,
    TwoFactorError,
    _native,
    errors,
    problem,
)
from twinlock.testing import enroll, example_event, proof

OF_HTTP_ONLY = {
    *("code_required", "password_required", "wrong_password", "not_signed_in", "origin_refused"),
    *("not_administrator", "required_by_policy", "too_large", "not_json"),
}


def test_there_is_one_exception_for_each_code_of_the_core():
    assert {kind.code for kind in TwoFactorError.__subclasses__()} == set(_native.codes()) - OF_HTTP_ONLY
    assert len(TwoFactorError.__subclasses__()) == len(_native.codes()) - len(OF_HTTP_ONLY)
    for kind in TwoFactorError.__subclasses__():
        assert getattr(twinlock, kind.__name__) is kind
        assert kind.__doc__
        assert type(errors.raised(kind.code, "text", None, None, "other")) is kind


def test_a_code_of_a_newer_core_is_an_internal_error():
    assert isinstance(errors.raised("of_tomorrow", "text", None, None, "other"), twinlock.InternalError)


def test_problems_are_those_of_the_contract():
    error = Throttled(retry_after=15)
    assert error.problem() == {**problem("throttled"), "retry_after": 15}
    assert (error.http_status, error.retry_after) == (429, 15)
    assert MoreCodesRequired(count=3).problem("verify")["status"] == 401
    assert MoreCodesRequired(count=3).problem("step_up") == {**problem("more_codes_required"), "count": 3}
    assert (NotEnabled().http_status, NotEnabled(operation="guard").http_status) == (409, 403)
    assert (Contention().problem()["retry_after"], StorageError().problem()["status"]) == (1, 503)
    assert problem("not_signed_in")["type"] == "urn:twinlock:problem:not_signed_in"
    for code, operation in (("no_such", "other"), ("throttled", "no_such")):
        with pytest.raises(ConfigurationError):
            problem(code, operation)


def test_an_error_knows_the_operation_that_raised_it(two_factor, clock):
    phone, _ = enroll(two_factor, "42", clock)
    with pytest.raises(twinlock.InvalidCode) as refused:
        two_factor.verify(two_factor.after_first_factor("42").challenge, code=phone.wrong_code())
    assert (refused.value.http_status, refused.value.problem("step_up")["status"]) == (401, 400)
    with pytest.raises(NotEnabled) as refused:
        two_factor.check_assurance("43", "x", max_age=None)
    assert refused.value.http_status == 403


def test_errors_survive_pickling_and_copying():
    for error in (Throttled("wait", retry_after=15, operation="verify"), MoreCodesRequired(count=3), NotEnabled()):
        for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
            assert type(twin) is type(error)
            assert (str(twin), twin.problem()) == (str(error), error.problem())


RECORD = {"version": 7, "enabled": True, "key_id": "2026a", "data": b"\x00secret"}


def test_a_record_is_made_of_its_columns_and_compared_by_them():
    record = StoredRecord(**RECORD)
    assert {name: getattr(record, name) for name in RECORD} == RECORD
    assert record == StoredRecord(**RECORD)
    assert hash(record) == hash(StoredRecord(**RECORD))
    for name, other in (("version", 8), ("enabled", False), ("key_id", "b"), ("data", b"")):
        assert record != StoredRecord(**{**RECORD, name: other})
    assert record != 7
    with pytest.raises(AttributeError):
        record.version = 8
    assert "secret" not in repr(record)
    assert repr(record) == "StoredRecord(version=7, enabled=True, key_id='2026a', data=<7 bytes>)"


def test_a_record_of_wrong_types_is_the_adapters_own_error():
    for name, wrong in (("version", -1), ("version", "7"), ("enabled", 1), ("key_id", None), ("data", "text")):
        with pytest.raises((TypeError, ValueError, OverflowError)):
            StoredRecord(**{**RECORD, name: wrong})


def test_an_event_is_made_of_its_columns_and_compared_by_them():
    event = example_event(number=5)
    columns = {
        name: getattr(event, name) for name in ("user_id", "type", "at", "success", "method", "actor", "context")
    }
    for id in (event.id, event.id_bytes):
        for detail in (event.detail, event.detail_json):
            assert Event(id=id, detail=detail, **columns) == event
    assert event != example_event(number=6)
    assert hash(event) == hash(example_event(number=5))
    assert (len(event.id), len(event.id_bytes), event.detail) == (32, 16, {"left": 3})
    assert Event(id=bytes(16), user_id="1", type="x", at=0).detail_json == "{}"
    assert json.loads(json.dumps(event.body()))["context"] == "192.0.2.1 é"
    for wrong in ("", "zz" * 16, "+" + "0" * 31, b"short", 5):
        with pytest.raises((TypeError, ValueError)):
            Event(id=wrong, user_id="1", type="x", at=0)
    for wrong in ("[]", "{", {"x": object()}, [1]):
        with pytest.raises((TypeError, ValueError)):
            Event(id=bytes(16), user_id="1", type="x", at=0, detail=wrong)


def test_keys_are_32_bytes_under_short_ids():
    ring = KeyRing({"2026a": bytes(range(32)), "2025b": bytearray(range(1, 33))})
    assert ring.active_id == "2026a"
    assert KeyRing.from_text(ring.to_text()).to_text() == ring.to_text()
    assert KeyRing.generate("new").to_text() != KeyRing.generate("new").to_text()
    assert "2025b" in repr(ring)
    assert ring.to_text().split(":")[1][:8] not in f"{ring!r} {ring}"
    wrong = [{}, {"a": b"short"}, {"a": bytes(32)}, {"": bytes(range(32))}, {"a b": bytes(range(32))}, {5: bytes(32)}]
    for keys in (*wrong, None, "a:b", [("a", bytes(range(32)))]):
        with pytest.raises(ConfigurationError):
            KeyRing(keys)
    for text in ("", "a", "a:", "a:AAAA", 5, "\ud800"):
        with pytest.raises(ConfigurationError):
            KeyRing.from_text(text)


def test_a_policy_that_breaks_the_bound_is_refused():
    assert 8.8e-5 < Policy().yearly_guess_probability() < 8.9e-5
    for settings in ({"budget_return_days": 7}, {"budget": 20}, {"flood_rate": 1e9}):
        with pytest.raises(ConfigurationError, match="accept_risk"):
            Policy(**settings)
        assert Policy(**settings, accept_risk=True).yearly_guess_probability() > 1e-4
    with pytest.raises(ConfigurationError, match="accept_risk"):
        Policy.fixed_lockout()
    assert Policy.fixed_lockout(5, 15, accept_risk=True).yearly_guess_probability() == pytest.approx(0.41, abs=0.005)
    wrong = [{"digit": 6}, {"digits": "6"}, {"digits": 9}, {"digits": True}, {"backoff": 5}, {"backoff": []}]
    for settings in (
        *wrong,
        {"budget": float("nan")},
        {"algorithm": "\ud800"},
        {"window": object()},
        {"digits": 2**80},
    ):
        with pytest.raises(ConfigurationError, match="policy"):
            Policy(**settings)
    with pytest.raises(ConfigurationError):
        Policy.fixed_lockout(attempts=1000)


def test_a_policy_tells_its_settings():
    settings = Policy(digits=8, backoff=(0, 5)).settings
    assert (settings["digits"], settings["backoff"], settings["period"]) == (8, [0, 5], 30)
    assert Policy(**settings) == Policy(digits=8, backoff=[0, 5])
    assert Policy() != Policy(digits=8)
    assert set(settings) == set(_settings_of_the_stub())


def _settings_of_the_stub() -> list[str]:
    import ast
    from pathlib import Path

    stub = ast.parse((Path(twinlock.__file__).parent / "_native.pyi").read_text())
    found = next(node for node in stub.body if isinstance(node, ast.ClassDef) and node.name == "PolicySettings")
    return [line.target.id for line in found.body if isinstance(line, ast.AnnAssign)]


def test_an_account_shows_the_codes_of_rfc_6238():
    uri = "otpauth://totp/Acme:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=8&issuer=Acme"
    account = AuthenticatorAccount.from_uri(uri)
    assert (account.issuer, account.account_name, account.digits, account.period) == ("Acme", "ada", 8, 30)
    assert (account.code_at(59), account.code_at(1234567890)) == ("94287082", "89005924")
    assert account.seconds_left(59.5) == 1
    assert "GEZD" not in repr(account)
    for wrong in ("", "https://example.com", "otpauth://hotp/a?secret=GEZDGNBVGY3TQOJQ"):
        with pytest.raises(InvalidSecret):
            AuthenticatorAccount.from_uri(wrong)
    with pytest.raises(ConfigurationError):
        account.code_at(float("nan"))


def test_an_export_of_an_app_is_read():
    with pytest.raises(InvalidSecret):
        AuthenticatorAccount.from_migration("otpauth-migration://offline?data=%%%")


def test_nothing_that_is_printed_holds_a_secret(two_factor, clock):
    enrollment = two_factor.begin_enrollment("42", account_name="ada")
    phone, enrolled = enroll(two_factor, "42", clock)
    clock.advance(30)
    step = two_factor.after_first_factor("42")
    verification = two_factor.verify(step.challenge, code=phone.code())
    clock.advance(30)
    assurance = proof(two_factor, "42", phone)
    printed = " ".join(map(repr, (enrollment, enrolled, step, verification, two_factor.status("42"), two_factor)))
    secrets = [enrollment.secret, enrollment.setup, *enrolled.backup_codes, step.challenge, assurance, enrolled.device]
    assert not [secret for secret in secrets if secret[:12] in printed]


def test_tampered_records_do_not_open(two_factor, clock, storage):
    enroll(two_factor, "42", clock)
    good = storage.load("42")

    def opens(user: str = "42", **changes: object) -> bool:
        columns = {"version": good.version, "enabled": good.enabled, "key_id": good.key_id, "data": good.data}
        storage._records[user] = StoredRecord(**{**columns, **changes})
        try:
            two_factor.status(user)
        except twinlock.RecordTampered:
            return False
        return True

    assert opens()
    for index in range(len(good.data)):
        for bit in (1, 128):
            flipped = good.data[:index] + bytes([good.data[index] ^ bit]) + good.data[index + 1 :]
            assert not opens(data=flipped), f"byte {index}"
    assert not any(opens(data=good.data[:length]) for length in range(len(good.data)))
    assert not opens(data=good.data + b"\x00")
    assert not opens(version=good.version + 1)
    assert not opens(version=2**64 - 1)
    assert not opens(enabled=False)
    assert not opens("43"), "a record of another user"
    assert opens()
    with pytest.raises(twinlock.UnknownKey):
        opens(key_id="2025b")
    two_factor.erase("42")  # what cannot be read can be deleted


def test_a_record_of_another_namespace_does_not_open(keys, clock, storage):
    settings = {"issuer": "Acme", "storage": storage, "keys": keys, "clock": clock}
    production, staging = (twinlock.TwoFactor(**settings, namespace=name) for name in ("production", "staging"))
    phone, _ = enroll(production, "42", clock)
    clock.advance(30)
    challenge = production.after_first_factor("42").challenge
    with pytest.raises(twinlock.RecordTampered):
        staging.status("42")
    with pytest.raises(twinlock.ChallengeExpired):
        staging.verify(challenge, code=phone.code())
    with pytest.raises(twinlock.RecordTampered):
        staging.after_first_factor("42")
