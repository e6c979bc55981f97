"""What stands in ``compose.yaml`` and ``Dockerfile``, read and held to the application: nothing here runs a container."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from app import keys
from app.settings import Settings

HERE = Path(__file__).parents[1]
ROOT = HERE.parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((HERE / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (HERE / "Dockerfile").read_text()
SECRETS = {"TWINLOCK_KEYS", "JWT_KEYS", "DATABASE_URL"}


def mounted(variable: str) -> str:
    """The name of the secret that a variable of the application names."""
    path = SERVICES["api"]["environment"][f"{variable}_FILE"]
    assert path.startswith("/run/secrets/")
    return path.removeprefix("/run/secrets/")


def test_there_are_a_database_the_application_and_a_front_end() -> None:
    assert set(SERVICES) == {"database", "api", "frontend"}
    assert SERVICES["database"]["image"].startswith("mysql:8")


def test_every_secret_comes_from_a_file_and_none_stands_here() -> None:
    text = (HERE / "compose.yaml").read_text()
    for variable in SECRETS:
        assert mounted(variable) in SERVICES["api"]["secrets"]
        assert variable not in SERVICES["api"]["environment"]
    used = {name for service in SERVICES.values() for name in service.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])
    for name, where in COMPOSE["secrets"].items():
        assert where == {"file": f"./secrets/{name}"}
        assert f"secrets/{name}" in text.split("services:")[0], "the head says how each is made"
    assert "secrets" in (HERE / ".gitignore").read_text().split()
    assert "**/secrets" in (HERE / "Dockerfile.dockerignore").read_text().split()


def test_only_the_front_end_is_to_be_reached_and_the_database_reaches_nobody() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["frontend"]
    assert SERVICES["database"]["networks"] == ["inside"]
    assert SERVICES["frontend"]["networks"] == ["front"]
    assert COMPOSE["networks"]["inside"]["internal"] is True


def test_what_is_kept_is_on_volumes() -> None:
    kept = {volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert kept == set(COMPOSE["volumes"]) == {"database", "certificates"}
    assert SERVICES["database"]["volumes"] == ["database:/var/lib/mysql"]


def test_the_application_starts_with_these_settings(tmp_path: Path) -> None:
    text = (HERE / "compose.yaml").read_text()
    [made] = re.findall(r"'s\|\.\*\|(.*?)\|'", text)
    values = {
        "DATABASE_URL": made.replace("&", "0123abcd"),
        "JWT_KEYS": "2026a:" + "0" * 64,
        "TWINLOCK_KEYS": keys.new_twinlock_keys(),
    }
    env = {name: str(value) for name, value in SERVICES["api"]["environment"].items()}
    assert {name for name in env if not name.endswith("_FILE")} == {"APP_ENV", "FRONTEND_URL", "TWINLOCK_DEMO_DATA"}
    env["FRONTEND_URL"] = re.sub(r"\$\{DOMAIN:\?[^}]*\}", "app.example.com", env["FRONTEND_URL"])
    env["TWINLOCK_DEMO_DATA"] = str(tmp_path)
    for name, value in values.items():
        (tmp_path / name).write_text(value + "\n")
        env[f"{name}_FILE"] = str(tmp_path / name)
    settings = Settings.from_env(env)
    assert not settings.development and not settings.dev_phone and settings.secure_cookies
    assert settings.database_url == "mysql+pymysql://app:0123abcd@database/app"
    assert (
        "app"
        == SERVICES["database"]["environment"]["MYSQL_USER"]
        == SERVICES["database"]["environment"]["MYSQL_DATABASE"]
    )


def test_the_application_is_given_no_more_than_it_needs() -> None:
    api = SERVICES["api"]
    assert api["read_only"] is True and api["cap_drop"] == ["ALL"]
    assert api["environment"]["TWINLOCK_DEMO_DATA"].startswith(api["tmpfs"][0])
    assert api["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert "TWINLOCK_DEV_PHONE" not in api["environment"]


def test_the_front_end_speaks_to_the_port_of_the_application() -> None:
    command = SERVICES["frontend"]["command"]
    assert command[command.index("--to") + 1] == "api:8000"
    assert "--port" not in SERVICES["api"]["command"], "8000 is uvicorn's own"
    assert "EXPOSE 8000" in DOCKERFILE


def test_the_image_is_built_of_what_is_there() -> None:
    assert (HERE / SERVICES["api"]["build"]["context"]).resolve() == ROOT
    assert (ROOT / SERVICES["api"]["build"]["dockerfile"]).resolve() == HERE / "Dockerfile"
    for line in DOCKERFILE.splitlines():
        if line.startswith("COPY ") and not line.startswith("COPY --from"):
            assert (ROOT / shlex.split(line)[1]).exists(), line
    assert re.findall(r"^USER (\w+)$", DOCKERFILE, re.MULTILINE) == ["app"]


@pytest.mark.parametrize("command", [SERVICES["api"]["command"], json.loads(DOCKERFILE.split("CMD ")[1])])
def test_both_start_the_module_that_reads_the_settings(command: list[str]) -> None:
    assert command[:4] == ["python", "-m", "uvicorn", "app.main:app"]


def test_nobody_is_told_that_it_was_run() -> None:
    assert "Nobody has run this file yet" in (HERE / "compose.yaml").read_text()
    assert "Not yet run" in DOCKERFILE
