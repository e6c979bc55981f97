"""What the application starts with, and when it refuses to."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from app import keys
from app.settings import Settings, SettingsError

HERE = Path(__file__).parents[1]
KEYS = {"JWT_KEYS": "a:" + "s" * 32, "TWINLOCK_KEYS": keys.new_twinlock_keys()}
PRODUCTION = {"FRONTEND_URL": "https://app.example.com", **KEYS}


def read(tmp_path: Path, **env: str) -> Settings:
    return Settings.from_env({"TWINLOCK_DEMO_DATA": str(tmp_path), **env})


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({**PRODUCTION, "JWT_KEYS": ""}, "JWT_KEYS"),
        ({**PRODUCTION, "TWINLOCK_KEYS": ""}, "twinlock keygen"),
        ({**PRODUCTION, "JWT_KEYS": "a:short"}, "32 characters"),
        ({**PRODUCTION, "JWT_KEYS": "s" * 40}, "id:secret"),
        ({**PRODUCTION, "FRONTEND_URL": ""}, "FRONTEND_URL"),
        ({**PRODUCTION, "FRONTEND_URL": "http://app.example.com"}, "https"),
        ({**PRODUCTION, "APP_ENV": "production", "TWINLOCK_DEV_PHONE": "1"}, "pretend phone"),
        ({**PRODUCTION, "APP_ENV": "prod"}, "APP_ENV"),
    ],
)
def test_production_refuses_what_would_be_unsafe(tmp_path: Path, env: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        read(tmp_path, **env)


def test_production_makes_no_keys(tmp_path: Path) -> None:
    settings = read(tmp_path, **PRODUCTION)
    assert not settings.development and settings.secure_cookies
    assert list(tmp_path.iterdir()) == []


def test_no_setting_shows_a_key(tmp_path: Path) -> None:
    shown = repr(read(tmp_path, **PRODUCTION))
    assert "ssss" not in shown and KEYS["TWINLOCK_KEYS"].split(":")[1] not in shown


def test_two_keys_are_read_in_order(tmp_path: Path) -> None:
    settings = read(tmp_path, **{**PRODUCTION, "JWT_KEYS": f"new:{'n' * 32},old:{'o' * 32}"})
    assert list(settings.jwt_keys) == ["new", "old"]


def test_keys_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "ring").write_text(KEYS["TWINLOCK_KEYS"] + "\n")
    env = {**PRODUCTION, "TWINLOCK_KEYS": "", "TWINLOCK_KEYS_FILE": str(tmp_path / "ring")}
    assert read(tmp_path, **env).twinlock_keys == KEYS["TWINLOCK_KEYS"]


def test_development_makes_keys_once_for_its_owner_alone(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    first = read(data, TWINLOCK_DEV_PHONE="1")
    again = read(data, TWINLOCK_DEV_PHONE="1")
    assert first.twinlock_keys == again.twinlock_keys and first.jwt_keys == again.jwt_keys
    assert sorted(path.name for path in data.iterdir()) == ["jwt.keys", "twinlock.keys"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in data.iterdir()} == {0o600}
    assert read(tmp_path / "other", TWINLOCK_DEV_PHONE="1").jwt_keys != first.jwt_keys


@pytest.mark.parametrize("broken", [{}, {**PRODUCTION, "TWINLOCK_KEYS": "not a key"}])
def test_the_server_refuses_to_start_and_says_why(tmp_path: Path, broken: dict[str, str]) -> None:
    env = {
        "PATH": os.environ["PATH"],
        "TWINLOCK_DEMO_DATA": str(tmp_path),
        "FRONTEND_URL": "https://a.example",
        **broken,
    }
    command = [sys.executable, "-m", "uvicorn", "app.main:app", "--port", "0"]
    refused = subprocess.run(command, cwd=HERE, env=env, capture_output=True, text=True, timeout=60)
    assert refused.returncode != 0
    assert "cannot start:" in refused.stderr and "KEYS" in refused.stderr
    assert "Traceback" not in refused.stderr
