"""What the README shows, done to a project as `django-admin startproject` makes it: its staff need a second factor from then on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from twinlock import KeyRing

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()
OURS = '"twinlock.django.apps.TwoFactorAdminConfig"'

STORY = """
from django import setup; setup()
from django.contrib.auth import get_user_model
from django.test import Client
from twinlock import AuthenticatorAccount
from twinlock.django import conf
import time

ada = get_user_model().objects.create_superuser("ada", "ada@example.com", "correct horse")
page = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
mistress = Client(headers=page, SERVER_NAME="localhost")
mistress.force_login(ada)
sent = mistress.get("/admin/")
assert sent.status_code == 302 and sent.url.startswith("/2fa/setup"), sent
assert mistress.get("/admin/", follow=True).status_code == 200

two_factor = conf.two_factor()
enrollment = two_factor.begin_enrollment(str(ada.pk), account_name="ada")
phone = AuthenticatorAccount.from_uri(enrollment.uri)
codes = two_factor.confirm_enrollment(str(ada.pk), enrollment.setup, code=phone.code_at(time.time())).backup_codes

thief = Client(headers=page, SERVER_NAME="localhost")
assert thief.get("/admin/").status_code == 302
step = thief.post("/admin/login/?next=/admin/", {"username": "ada", "password": "correct horse"})
assert "_auth_user_id" not in thief.session
assert thief.get("/admin/").status_code == 302
thief.force_login(ada)
assert thief.get("/admin/").url.startswith("/2fa/verify")
assert thief.get("/2fa/").status_code != 200
wrong = thief.post("/2fa/verify/", {"code": "AAAA-AAAA-AAAA-AAAA"})
assert thief.get("/admin/").status_code == 302
print("the story is over")
"""


def lines_of(file: str) -> str:
    [shown] = [text for text in re.findall(r"^```python\n(.*?)^```$", README, re.M | re.S) if "# settings.py" in text]
    settings, urls = shown.split("# urls.py\n")
    return urls if file == "urls" else settings.removeprefix("# settings.py\n")


@pytest.fixture
def project(tmp_path):
    """The project, and how it is run."""
    env = {**os.environ, "TWINLOCK_KEYS": KeyRing.generate("2026a").to_text()}
    env.pop("DJANGO_SETTINGS_MODULE", None)

    def run(*command: str, **more: str) -> str:
        arguments = [sys.executable, "-W", "error", *command]
        done = subprocess.run(arguments, cwd=tmp_path, env={**env, **more}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    run("-m", "django", "startproject", "shop", ".")
    return tmp_path / "shop", run


def test_the_lines_of_the_readme_put_a_second_factor_before_the_admin(project):
    shop, run = project
    settings = (shop / "settings.py").read_text()
    assert "TwoFactorAdminConfig" in lines_of("settings"), "the README names what takes the admin's place"
    settings, found = re.subn(r"""['"]django\.contrib\.admin['"]""", OURS, settings)
    assert found == 1
    (shop / "settings.py").write_text(settings + lines_of("settings"))
    urls = (shop / "urls.py").read_text().replace("import path", "import include, path")
    (shop / "urls.py").write_text(urls + lines_of("urls"))
    assert "No changes detected" in run("manage.py", "makemigrations", "--check")
    run("manage.py", "migrate")
    run("manage.py", "check", "--fail-level", "WARNING")
    said = run("-c", STORY, DJANGO_SETTINGS_MODULE="shop.settings")
    assert "the story is over" in said


def test_the_plain_admin_is_warned_of_and_so_are_missing_keys(project):
    shop, run = project
    (shop / "settings.py").write_text((shop / "settings.py").read_text() + lines_of("settings"))
    assert "twinlock.W022" in run("manage.py", "check")
    with pytest.raises(AssertionError, match="twinlock keygen"):
        run("manage.py", "check", TWINLOCK_KEYS="")
