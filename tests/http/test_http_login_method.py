"""What the login tells of how somebody got in: `none` and `device` beside `totp` and `backup_code`."""

from __future__ import annotations

from twinlock_http import Client


def test_a_sign_in_without_a_second_factor_says_method_none(client: Client) -> None:
    assert client.login(client.new_user()).json()["method"] == "none"
    assert client.login(client.new_user("must")).json()["method"] == "none"


def test_a_sign_in_by_a_trusted_browser_says_method_device(client: Client) -> None:
    phone, _ = client.enrolled()
    client.challenged(client.user)
    client.signed_in(client.user, phone, trust_device=True)
    assert client.login(client.user).json()["method"] == "device"
