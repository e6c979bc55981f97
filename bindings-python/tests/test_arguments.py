"""Whatever is passed, only a typed refusal comes out; nothing is compared and nothing is spent."""

from __future__ import annotations

import decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twinlock import (
    ChallengeExpired,
    ConfigurationError,
    MalformedCode,
    MalformedRequest,
    MemoryStorage,
    SetupExpired,
    TwoFactor,
    TwoFactorError,
)
from twinlock.testing import enroll

NOT_TEXT = [123456, 123456.0, None, True, [], ["123456"], b"123456", {"code": "123456"}, object(), "\ud800", type]
NOT_CODES = [
    *NOT_TEXT,
    *(
        "",
        "12345",
        "123456789",
        "12345a",
        "+12345",
        "1234.5",
        "0x1234",
        "１２３４５６",
        "١٢٣٤٥٦",
        "12\x00456",
        "\x00" * 6,
    ),
    *("1" * 1_000_000, "U000-0000-0000-0000", "0000-0000-0000-000", "123456\u200b"),
]


@pytest.fixture
def challenged(two_factor, clock):
    phone, _ = enroll(two_factor, "42", clock)
    clock.advance(30)
    return phone, two_factor.after_first_factor("42").challenge


@pytest.mark.parametrize("code", NOT_CODES, ids=lambda code: repr(code)[:30])
def test_what_cannot_be_a_code_is_malformed_and_costs_nothing(two_factor, storage, told, challenged, code):
    phone, challenge = challenged
    before, told[:] = storage.load("42"), []
    with pytest.raises(MalformedCode):
        two_factor.verify(challenge, code=code)
    with pytest.raises(MalformedCode):
        two_factor.confirm_enrollment("42", "setup", code=code)
    with pytest.raises(MalformedCode):
        two_factor.verify(challenge, code=phone.code(), next_codes=(code, code))
    assert storage.load("42") is before
    assert told == []
    assert two_factor.verify(challenge, code=phone.code()).user_id == "42"


@pytest.mark.parametrize("next_codes", ["12", "123456", ("123456",), ("123456",) * 3, {"1": "2", "3": "4"}, 5, None])
def test_next_codes_are_none_or_two(two_factor, challenged, next_codes):
    phone, challenge = challenged
    with pytest.raises(MalformedCode):
        two_factor.verify(challenge, code=phone.code(), next_codes=next_codes)


def test_a_hundred_megabytes_of_code_are_refused_at_once(two_factor, challenged):
    phone, challenge = challenged
    for code in ("1" * 100_000_000, "\u0661" * 50_000_000):
        with pytest.raises(MalformedCode):
            two_factor.verify(challenge, code=code)


def test_lost_leading_zeros_are_not_guessed_back(two_factor, challenged):
    with pytest.raises(MalformedCode):
        two_factor.verify(challenged[1], code="1234")


class Text(str):
    pass


def test_a_kind_of_str_is_text(two_factor, challenged):
    phone, challenge = challenged
    verification = two_factor.verify(Text(challenge), code=Text(phone.code()), user_id=Text("42"))
    assert verification.user_id == "42"


@pytest.mark.parametrize("token", ["", "x", "AQJr", "=" * 64, "A" * 1_000_000, "é" * 100])
def test_garbage_for_a_token_is_an_expired_one(two_factor, token):
    with pytest.raises(ChallengeExpired):
        two_factor.verify(token, code="123456")
    with pytest.raises(SetupExpired):
        two_factor.confirm_enrollment("42", token, code="123456")


CALLS = {
    "begin_enrollment": {"user_id": "42", "account_name": "ada"},
    "confirm_enrollment": {"user_id": "42", "setup": "x", "code": "123456"},
    "import_authenticator": {"user_id": "42", "secret": "JBSWY3DPEHPK3PXP", "actor": "me"},
    "after_first_factor": {"user_id": "42"},
    "verify": {"challenge": "x", "code": "123456"},
    "check_assurance": {"user_id": "42", "assurance": "x", "max_age": 300},
    "regenerate_backup_codes": {"user_id": "42", "assurance": "x"},
    "backup_codes_saved": {"user_id": "42"},
    "rename_authenticator": {"user_id": "42", "assurance": "x", "id": "0" * 16, "name": "n"},
    "remove_authenticator": {"user_id": "42", "assurance": "x", "id": "0" * 16},
    "disable": {"user_id": "42", "assurance": "x"},
    "revoke_device": {"user_id": "42", "id": "0" * 16},
    "revoke_all_devices": {"user_id": "42"},
    "status": {"user_id": "42"},
    "reset": {"user_id": "42", "actor": "me", "reason": "lost"},
    "unlock": {"user_id": "42", "actor": "me"},
    "password_changed": {"user_id": "42"},
    "reseal": {"user_id": "42"},
    "erase": {"user_id": "42"},
}
OPTIONAL = {
    "begin_enrollment": ("assurance", "setup", "issuer", "context"),
    "confirm_enrollment": ("name", "context"),
    "import_authenticator": ("uri", "name", "algorithm", "digits", "period", "last_used_step", "drift", "context"),
    "after_first_factor": ("device", "required", "fresh", "carry", "context"),
    "verify": ("trust_device", "user_id", "context"),
    "status": ("device", "assurance"),
}


@pytest.mark.parametrize("operation", CALLS)
def test_an_argument_of_another_type_is_malformed(two_factor, operation):
    usual = CALLS[operation]
    for name in (*usual, *OPTIONAL.get(operation, ("context",) if operation not in ("reseal", "erase") else ())):
        if name in ("code", "max_age") or (operation, name) == ("check_assurance", "context"):
            continue
        for value in (b"42", [], 1.5, object(), "\ud800", -(2**70)):
            with pytest.raises(MalformedRequest):
                getattr(two_factor, operation)(**{**usual, name: value})


@pytest.mark.parametrize("user_id", [42, None, "", "x" * 256, "é" * 128, "a\x00b", "a\nb", "x" * 10_000_000])
def test_a_user_id_is_text_of_1_to_255_bytes(two_factor, user_id):
    for operation in (two_factor.status, two_factor.after_first_factor, two_factor.erase, two_factor.reseal):
        with pytest.raises(MalformedRequest):
            operation(user_id)


@pytest.mark.parametrize("max_age", ["300", 300.0, -1, 2**64, object()])
def test_an_age_is_whole_seconds(two_factor, max_age):
    with pytest.raises(MalformedRequest):
        two_factor.check_assurance("42", "x", max_age=max_age)


BROKEN_CLOCKS = [
    *(-1, -0.5, float("nan"), float("inf"), float("-inf"), 2**63, 2.0**63, 10**400, 253_402_300_800),
    *(None, "1700000000", b"", [], object(), 1j),
]


@pytest.mark.parametrize("now", BROKEN_CLOCKS, ids=lambda now: repr(now)[:20])
def test_a_broken_clock_refuses_everything(two_factor, storage, clock, challenged, now):
    phone, challenge = challenged
    code, before, clock.now = phone.code(), storage.load("42"), now
    calls = (
        lambda: two_factor.verify(challenge, code=code),
        lambda: two_factor.after_first_factor("42"),
        lambda: two_factor.status("42"),
        two_factor.stats,
    )
    for call in calls:
        with pytest.raises(ConfigurationError):
            call()
    assert storage.load("42") is before


def test_a_clock_that_fails_is_a_broken_one(keys):
    def clock() -> float:
        raise OSError("no clock")

    two_factor = TwoFactor(issuer="Acme", storage=MemoryStorage(), keys=keys, clock=clock)
    for call in (lambda: two_factor.status("42"), two_factor.stats):
        with pytest.raises(ConfigurationError, match="clock"):
            call()


@pytest.mark.parametrize("now", [1_700_000_000, 1_700_000_000.9, decimal.Decimal("1700000000.5")])
def test_any_kind_of_number_is_a_time(two_factor, clock, now):
    clock.now = now
    assert two_factor.begin_enrollment("42", account_name="ada").expires_at == 1_700_000_600


def test_a_clock_that_jumps_a_decade_and_back_lets_the_owner_in(two_factor, clock, challenged):
    phone, challenge = challenged
    two_factor.verify(challenge, code=phone.code())
    clock.advance(10 * 365 * 86_400)
    two_factor.verify(two_factor.after_first_factor("42").challenge, code=phone.code())
    clock.advance(-10 * 365 * 86_400 + 3600)
    code, *next_codes = phone.codes(3)
    challenge = two_factor.after_first_factor("42").challenge
    assert two_factor.verify(challenge, code=code, next_codes=next_codes).user_id == "42"


def test_no_refusal_repeats_what_was_passed(two_factor):
    secret = "s3cr3t-t0k3n-value"
    for operation, usual in CALLS.items():
        for name in usual:
            try:
                getattr(two_factor, operation)(**{**usual, name: secret * 20})
            except TwoFactorError as error:
                assert "s3cr3t" not in f"{error} {error!r} {error.problem()}"


ANYTHING = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), st.binary(max_size=20), st.text(), st.complex_numbers()),
    st.text(st.characters(categories=["Cs", "Cc", "Nd", "Lu"]), max_size=20),
    st.sampled_from(["42", "123456", "0000-0000-0000-0000", "x" * 300, "\ud800", 2**64, -1]),
    st.lists(st.text(max_size=8), max_size=4),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@pytest.mark.parametrize("operation", CALLS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_passed_the_answer_is_one_or_a_typed_refusal(two_factor, operation, data):
    usual = CALLS[operation]
    names = (*usual, *OPTIONAL.get(operation, ()))
    arguments = {**usual, **{name: data.draw(ANYTHING, label=name) for name in names if data.draw(st.booleans())}}
    try:
        getattr(two_factor, operation)(**arguments)
    except TwoFactorError as error:
        assert error.code in ERRORS_OF_A_CALLER


ERRORS_OF_A_CALLER = {
    *("malformed_code", "malformed_request", "challenge_expired", "setup_expired", "assurance_required", "not_enabled"),
    *("invalid_secret", "not_found", "too_many_authenticators", "last_authenticator"),
}
