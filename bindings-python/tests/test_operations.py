"""The public face: every operation once, in the blocking form; the stories of tests/scenarios go further."""

from __future__ import annotations

import asyncio
import inspect
import json

import pytest

import twinlock
from twinlock import (
    AssuranceRequired,
    AsyncTwoFactor,
    ChallengeExpired,
    ConfigurationError,
    InvalidCode,
    KeyRing,
    MalformedRequest,
    MemoryStorage,
    NotEnabled,
    TwoFactor,
)
from twinlock.testing import FakePhone, VirtualClock, async_enroll, async_proof, enroll, proof


def test_a_person_switches_it_on_signs_in_and_switches_it_off(two_factor, clock):
    enrollment = two_factor.begin_enrollment("42", account_name="ada@example.com")
    phone = FakePhone(enrollment.uri, clock)
    enrolled = two_factor.confirm_enrollment("42", enrollment.setup, code=phone.code(), name="Ada's phone")
    assert len(enrolled.backup_codes) == 10
    clock.advance(30)

    step = two_factor.after_first_factor("42", carry="next=/inbox")
    assert step.status == "challenge"
    assert step.challenge is not None
    verification = two_factor.verify(step.challenge, code=phone.code(), trust_device=True, context="192.0.2.1")
    assert (verification.user_id, verification.method, verification.carry) == ("42", "totp", "next=/inbox")
    assert verification.verified_at == clock()
    assert two_factor.after_first_factor("42", device=verification.device).status == "trusted"

    status = two_factor.status("42", device=verification.device, assurance=verification.assurance)
    assert [one.name for one in status.authenticators] == ["Ada's phone"]
    assert [(one.label, one.trusted, one.current) for one in status.devices][-1] == ("192.0.2.1", True, True)
    assert status.proof.fresh_until == clock() + 300

    two_factor.disable("42", verification.assurance)
    assert not two_factor.status("42").enabled
    with pytest.raises(NotEnabled):
        two_factor.disable("42", verification.assurance)


def test_a_backup_code_counts_once(two_factor, clock):
    _, enrolled = enroll(two_factor, "42", clock)
    for attempt in (1, 2):
        challenge = two_factor.after_first_factor("42").challenge
        if attempt == 1:
            verification = two_factor.verify(challenge, code=enrolled.backup_codes[0].lower().replace("-", " "))
            assert (verification.method, verification.backup_codes_left) == ("backup_code", 9)
        else:
            with pytest.raises(InvalidCode):
                two_factor.verify(challenge, code=enrolled.backup_codes[0])


def test_what_a_signed_in_user_can_do(two_factor, clock):
    phone, enrolled = enroll(two_factor, "42", clock)
    clock.advance(30)
    assurance = proof(two_factor, "42", phone)
    assert two_factor.check_assurance("42", assurance, max_age=300) == clock()
    assert two_factor.check_assurance("42", assurance, max_age=None) == clock()

    codes = two_factor.regenerate_backup_codes("42", assurance)
    assert len(codes) == 10
    assert set(codes).isdisjoint(enrolled.backup_codes)
    assert two_factor.backup_codes_saved("42") is None
    assert two_factor.status("42").backup_codes.saved

    second = two_factor.begin_enrollment("42", account_name="ada", assurance=assurance)
    tablet = FakePhone(second.uri, clock)
    added = two_factor.confirm_enrollment("42", second.setup, code=tablet.code())
    assert added.backup_codes == []
    two_factor.rename_authenticator("42", assurance, id=added.authenticator_id, name="Tablet")
    assert [one.name for one in two_factor.status("42").authenticators][-1] == "Tablet"
    two_factor.remove_authenticator("42", assurance, id=added.authenticator_id)
    with pytest.raises(AssuranceRequired):  # the epoch is another one now
        two_factor.check_assurance("42", assurance, max_age=None)

    device = two_factor.status("42").devices[0].id
    two_factor.revoke_device("42", id=device)
    two_factor.revoke_all_devices("42")
    assert two_factor.status("42").devices == []


def test_what_the_host_and_its_help_desk_can_do(two_factor, clock, storage):
    uri = "otpauth://totp/Old:ada?secret=JBSWY3DPEHPK3PXP&issuer=Old"
    id = two_factor.import_authenticator("42", uri=uri, actor="migration")
    assert two_factor.import_authenticator("42", secret="JBSWY3DPEHPK3PXP", actor="migration") == id
    assert [one.weak for one in two_factor.status("42").authenticators] == [True]
    two_factor.unlock("42", actor="help desk 7")
    two_factor.password_changed("42")
    assert two_factor.reseal("42") is False
    two_factor.reset("42", actor="help desk 7", reason="lost phone, passport seen")
    assert not two_factor.status("42").enabled
    two_factor.erase("42")
    assert storage.load("42") is None


@pytest.mark.parametrize(
    "which",
    [
        {},
        {"secret": "JBSWY3DPEHPK3PXP", "uri": "otpauth://totp/a?secret=JBSWY3DPEHPK3PXP"},
        {"uri": "otpauth://totp/a?secret=JBSWY3DPEHPK3PXP", "digits": 6},
        {"secret": "JBSWY3DPEHPK3PXP", "algorithm": "MD5"},
        {"secret": "JBSWY3DPEHPK3PXP", "digits": 9},
        {"secret": "JBSWY3DPEHPK3PXP", "period": 0},
        {"secret": "JBSWY3DPEHPK3PXP", "drift": 128},
    ],
)
def test_an_import_says_what_it_imports(two_factor, which):
    with pytest.raises(MalformedRequest):
        two_factor.import_authenticator("42", actor="migration", **which)


def test_a_challenge_of_anybody_else_is_expired(two_factor, clock):
    phone, _ = enroll(two_factor, "42", clock)
    clock.advance(30)
    challenge = two_factor.after_first_factor("42").challenge
    with pytest.raises(ChallengeExpired):
        two_factor.verify(challenge, code=phone.code(), user_id="43")
    assert two_factor.verify(challenge, code=phone.code(), user_id="42").user_id == "42"


def test_bodies_are_those_of_the_contract(two_factor, clock):
    enrollment = two_factor.begin_enrollment("42", account_name="ada")
    shown = ("setup", "secret", "otpauth_uri", "qr_svg", "qr_png", "expires_at", "account_name", "issuer", "digits")
    assert set(enrollment.body()) == {*shown, "period"}
    assert enrollment.body()["otpauth_uri"] == enrollment.uri
    assert enrollment.qr_svg().startswith("<svg")
    assert enrollment.qr_png().startswith(b"\x89PNG")
    assert enrollment.qr_data_uri().startswith("data:image/png;base64,")
    assert "█" in enrollment.qr_text()
    phone = FakePhone(enrollment.uri, clock)
    enrolled = two_factor.confirm_enrollment("42", enrollment.setup, code=phone.code())
    assert set(enrolled.body()) == {"authenticator_id", "backup_codes"}
    clock.advance(30)
    step = two_factor.after_first_factor("42")
    assert set(step.body()) == {"two_factor_required", "challenge", "expires_in", "methods", "codes_required"}
    assert two_factor.after_first_factor("43", required=True).body() == {"enrollment_required": True}
    assert two_factor.verify(step.challenge, code=phone.code()).body() == {"method": "totp", "backup_codes_left": 10}
    json.dumps(two_factor.status("42").body())


def test_the_audit_log_comes_in_pages(two_factor, clock, told):
    phone, _ = enroll(two_factor, "42", clock)
    for _ in range(4):
        clock.advance(30)
        proof(two_factor, "42", phone)
    stored = [event for event, durable in told if durable]
    page, seen = two_factor.events("42", limit=3), []
    while page.next_cursor:
        seen += page.events
        page = two_factor.events("42", cursor=page.next_cursor, limit=3)
    assert [*seen, *page.events] == stored[::-1]
    assert set(page.events[0].body()) >= {"id", "type", "at", "success", "method", "actor", "context", "detail"}
    for cursor, limit in (("zz", 50), ("00", 50), (7, 50), (None, 0), (None, 201), (None, "x")):
        with pytest.raises(MalformedRequest):
            two_factor.events("42", cursor=cursor, limit=limit)


def test_figures_for_an_operator(two_factor, clock):
    phone, _ = enroll(two_factor, "42", clock)
    clock.advance(30)
    with pytest.raises(InvalidCode):
        two_factor.verify(two_factor.after_first_factor("42").challenge, code=phone.wrong_code())
    figures = {"enabled_users": 1, "enabled_30d": 1, "disabled_30d": 0, "failed_30d": 1}
    assert two_factor.stats().body() == figures


def test_a_storage_without_reports_says_so(clock, keys):
    class Plain:
        def __init__(self) -> None:
            self.load, self.save, self.erase = MemoryStorage().load, MemoryStorage().save, MemoryStorage().erase

    two_factor = TwoFactor(issuer="Acme", storage=Plain(), keys=keys, clock=clock)
    for report in (two_factor.stats, lambda: two_factor.events("42")):
        with pytest.raises(ConfigurationError, match="no method"):
            report()


def test_both_forms_have_the_same_operations_arguments_and_words():
    def operations(kind: type) -> dict[str, object]:
        members = inspect.getmembers(kind, inspect.isfunction)
        return {name: member for name, member in members if not name.startswith("_")}

    blocking, awaited = operations(TwoFactor), operations(AsyncTwoFactor)
    assert blocking.keys() == awaited.keys()
    for name, operation in awaited.items():
        assert inspect.iscoroutinefunction(operation), name
        assert inspect.signature(operation) == inspect.signature(blocking[name]), name
        assert inspect.getdoc(operation) == inspect.getdoc(blocking[name]), name
    assert inspect.signature(TwoFactor) == inspect.signature(AsyncTwoFactor)


def test_the_asynchronous_form_over_a_store_in_memory(clock, keys):
    async def story() -> None:
        two_factor = AsyncTwoFactor(issuer="Acme", storage=MemoryStorage(), keys=keys, clock=clock)
        phone, enrolled = await async_enroll(two_factor, "42", clock)
        clock.advance(30)
        assurance = await async_proof(two_factor, "42", phone)
        assert await two_factor.check_assurance("42", assurance, max_age=300) == clock()
        assert (await two_factor.status("42")).enabled
        assert (await two_factor.stats()).enabled_users == 1
        assert (await two_factor.events("42", limit=1)).events[0].type == "device_known"
        assert len(await two_factor.regenerate_backup_codes("42", assurance)) == 10

    asyncio.run(story())


def test_keys_come_from_the_environment(monkeypatch, tmp_path):
    with pytest.raises(ConfigurationError, match="twinlock keygen"):
        TwoFactor(issuer="Acme", storage=MemoryStorage())
    file = tmp_path / "keys"
    file.write_text(KeyRing.generate("from-file").to_text() + "\n")
    monkeypatch.setenv("TWINLOCK_KEYS_FILE", str(file))
    assert TwoFactor(issuer="Acme", storage=MemoryStorage()).active_key_id == "from-file"
    monkeypatch.setenv("TWINLOCK_KEYS", KeyRing.generate("from-text").to_text())
    assert TwoFactor(issuer="Acme", storage=MemoryStorage()).active_key_id == "from-text"
    monkeypatch.delenv("TWINLOCK_KEYS")
    monkeypatch.setenv("TWINLOCK_KEYS_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        TwoFactor(issuer="Acme", storage=MemoryStorage())


class AsyncOnly:
    async def load(self, user_id): ...
    async def save(self, user_id, expected, record, events): ...
    async def erase(self, user_id): ...


@pytest.mark.parametrize(
    "settings",
    [
        {"issuer": ""},
        {"issuer": "x" * 65},
        {"issuer": None},
        {"issuer": "\ud800"},
        {"namespace": 5},
        {"namespace": "x" * 65},
        {"keys": {"2026a": bytes(32)}},
        {"policy": {"digits": 6}},
        {"clock": 1_700_000_000},
        {"on_event": "print"},
        {"storage": object()},
        {"storage": AsyncOnly()},
        *({"storage_timeout": wrong} for wrong in (0, -1, float("nan"), float("inf"), None, "5", True)),
    ],
)
def test_a_wrong_setting_is_refused_at_the_start(keys, settings):
    with pytest.raises(ConfigurationError):
        TwoFactor(**{"issuer": "Acme", "storage": MemoryStorage(), "keys": keys, **settings})


def test_the_example_of_the_package_runs(monkeypatch):
    shown = []
    clock = VirtualClock(0)
    monkeypatch.setenv("TWINLOCK_KEYS", KeyRing.generate().to_text())
    two_factor = TwoFactor(issuer="Acme", storage=MemoryStorage(), clock=clock)
    enrollment = two_factor.begin_enrollment("42", account_name="ada@example.com")
    shown += [enrollment.qr_svg(), enrollment.secret]
    codes = two_factor.confirm_enrollment("42", enrollment.setup, code=FakePhone(enrollment.secret, clock).code())
    assert len(codes.backup_codes) == 10
    assert "InvalidCode" in twinlock.__all__
