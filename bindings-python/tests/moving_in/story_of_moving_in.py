"""From the real tables of other packages, filled by their own code. Run by test_moving_in_django.py, once for each kind of user key."""

from __future__ import annotations

import io
import time
from datetime import datetime
from datetime import timezone as zone

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP as AllauthTotp
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from oldsite.models import Profile, User
from two_factor.forms import TOTPDeviceForm

from twinlock import InvalidCode
from twinlock.django import conf
from twinlock.testing import FakePhone

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    class Clock:
        seconds = time.time()  # stands still from here: one of the packages reads the real clock, whatever is patched

        def advance(self, seconds: float) -> None:
            self.seconds += seconds

    clock = Clock()
    monkeypatch.setattr(time, "time", lambda: clock.seconds)
    # What Django stamps is read from a clock of its own.
    monkeypatch.setattr(timezone, "now", lambda: datetime.fromtimestamp(clock.seconds, tz=zone.utc))
    return clock


def a_user(name: str) -> User:
    return User.objects.create_user(name, f"{name}@example.com", "password")


def code_of(device: TOTPDevice) -> str:
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, 0)
    totp.time = time.time()
    return f"{totp.token():0{device.digits}}"


def sign_in(user: User, code: str) -> str:
    two_factor = conf.two_factor()
    challenge = two_factor.after_first_factor(conf.user_id(user)).challenge
    return two_factor.verify(challenge, code=code).user_id


def imported(*arguments: str) -> str:
    out = io.StringIO()
    call_command("twinlock_import", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def refused(*arguments: str) -> tuple[str, str]:
    out = io.StringIO()
    with pytest.raises(CommandError) as error:
        call_command("twinlock_import", *arguments, stdout=out, stderr=out)
    return out.getvalue(), str(error.value)


def rows(*models) -> list[list[dict]]:
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_a_phone_of_django_otp_signs_in_and_its_used_codes_stay_used(clock):
    user = a_user("ada")
    device = TOTPDevice.objects.create(user=user, name="Ada's phone")
    assert device.verify_token(code_of(device))
    StaticDevice.objects.create(user=user)
    before = rows(TOTPDevice, StaticDevice)
    told = imported("django-otp")
    assert "1 users: 1 authenticators imported" in told
    assert "not carried over: 1 sets of backup codes" in told and "new backup codes" in told
    assert rows(TOTPDevice, StaticDevice) == before
    with pytest.raises(InvalidCode):
        sign_in(user, code_of(device))
    clock.advance(30)
    assert sign_in(user, code_of(device)) == conf.user_id(user)
    status = conf.two_factor().status(conf.user_id(user))
    assert (status.authenticators[0].name, status.backup_codes.left) == ("Ada's phone", 0)


def test_a_phone_that_is_ahead_stays_known_to_be_ahead(clock):
    user = a_user("ada")
    device = TOTPDevice.objects.create(user=user, tolerance=3)
    clock.advance(90)
    ahead = code_of(device)
    clock.advance(-90)
    assert device.verify_token(ahead) and device.drift == 3
    imported("django-otp")
    clock.advance(120)
    code = code_of(device)
    clock.advance(-90)
    assert sign_in(user, code) == conf.user_id(user)


def test_steps_that_begin_elsewhere_are_reckoned_over_or_reported():
    near = TOTPDevice.objects.create(user=a_user("near"), t0=60)
    TOTPDevice.objects.create(user=a_user("odd"), t0=7)
    TOTPDevice.objects.create(user=a_user("far"), t0=30_000)
    told, error = refused("django-otp")
    assert "1 authenticators imported" in told and "2 devices were not imported" in error
    assert "t0" in told and "steps off" in told
    assert sign_in(near.user, code_of(near))


def test_eight_digits_and_long_steps_come_along():
    device = TOTPDevice.objects.create(user=a_user("ada"), digits=8, step=60)
    imported("django-otp")
    assert sign_in(device.user, code_of(device))


def test_what_was_never_confirmed_is_left_out_and_a_fourth_device_reported():
    user, other = a_user("ada"), a_user("bob")
    for _ in range(4):
        TOTPDevice.objects.create(user=user)
    TOTPDevice.objects.create(user=other, confirmed=False)
    told, _ = refused("django-otp")
    assert "3 authenticators imported" in told and "1 unconfirmed left out" in told
    assert "a user may have 3 authenticators" in told
    assert not conf.two_factor().status(conf.user_id(other)).enabled


def test_what_django_two_factor_auth_set_up_signs_in(clock):
    user = a_user("ada")
    key = TOTPDevice().key
    form = TOTPDeviceForm(key, user, data={"token": code_of(TOTPDevice(key=key))})
    assert form.is_valid(), form.errors
    device = form.save()
    imported("two-factor-auth")
    clock.advance(30)
    assert sign_in(user, code_of(device)) == conf.user_id(user)
    assert conf.two_factor().status(conf.user_id(user)).authenticators[0].name != "default"


def test_what_allauth_set_up_signs_in_and_its_last_code_stays_used(clock, rf):
    user = a_user("ada")
    secret = generate_totp_secret()
    authenticator = AllauthTotp.activate(user, secret).instance
    RecoveryCodes.activate(user)
    authenticator.record_usage()
    before = rows(Authenticator)
    told = imported("allauth")
    assert "1 authenticators imported" in told and "1 sets of backup codes" in told
    assert rows(Authenticator) == before
    phone = FakePhone(f"otpauth://totp/a?secret={secret}", lambda: clock.seconds)
    with pytest.raises(InvalidCode):
        sign_in(user, phone.code())
    clock.advance(30)
    assert sign_in(user, phone.code()) == conf.user_id(user)


def test_a_column_of_secrets_signs_in(clock):
    user, other, never = a_user("ada"), a_user("bob"), a_user("eve")
    secret = generate_totp_secret()
    Profile.objects.create(user=user, otp_secret=secret.lower(), otp_used_at=timezone.now())
    Profile.objects.create(user=other, otp_secret=generate_totp_secret(), otp_enabled=False)
    Profile.objects.create(user=never)
    column = ("column", "--model", "oldsite.Profile", "--secret-field", "otp_secret", "--user-field", "user")
    told = imported(*column, "--confirmed-field", "otp_enabled", "--last-used-field", "otp_used_at")
    assert "1 authenticators imported" in told and "1 unconfirmed left out" in told
    clock.advance(60)
    phone = FakePhone(f"otpauth://totp/a?secret={secret}", lambda: clock.seconds)
    assert sign_in(user, phone.code()) == conf.user_id(user)
    assert "no field named" in refused("column", "--model", "oldsite.Profile", "--secret-field", "nothing")[1]


def test_a_dry_run_stores_nothing_and_a_second_run_passes_over():
    user = a_user("ada")
    TOTPDevice.objects.create(user=user)
    assert imported("django-otp", "--dry-run").startswith("dry run, nothing stored: 1 users: 1 authenticators imported")
    assert not conf.two_factor().status(conf.user_id(user)).enabled
    imported("django-otp")
    assert "0 authenticators imported, 1 already there" in imported("django-otp")


def test_no_secret_is_told():
    device = TOTPDevice.objects.create(user=a_user("ada"), t0=7)
    told, error = refused("django-otp")
    assert device.key not in told + error
