"""The login step of a Django site over its database, beside django-otp's and allauth's on the same one: time and statements."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from .rounds import Times
from .table import Row, micros, timed

STATEMENTS = 3
VERIFY, WHOLE = "verify, right code, known browser", "after_first_factor + verify"
_SERVERS = Path(__file__).resolve().parents[2] / "tests/servers"


def rows(*, rounds: int, tries: int) -> list[Row]:
    """SQLite in a file, PostgreSQL over loopback, both with full durability."""
    with tempfile.TemporaryDirectory() as folder:
        sqlite = {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/app.db"}
        sqlite["OPTIONS"] = {"init_command": "PRAGMA journal_mode = WAL"}  # type: ignore[assignment]
        found = _rows("SQLite", _measured(sqlite, rounds, tries))
    return found + _rows("PostgreSQL", _on_postgres(rounds, tries))


def _on_postgres(rounds: int, tries: int) -> dict[str, Any]:
    sys.path.insert(0, str(_SERVERS))
    from twinlock_servers import running

    with running("postgres") as server:
        told = {"NAME": server.database, "USER": server.user, "PASSWORD": server.password, "HOST": server.host}
        return _measured(
            {"ENGINE": "django.db.backends.postgresql", **told, "PORT": str(server.port), "CONN_MAX_AGE": None},
            rounds,
            tries,
        )


def _measured(database: dict[str, Any], rounds: int, tries: int) -> dict[str, Any]:
    """In a process of its own: Django is set up once in each."""
    command = [sys.executable, "-m", "measure.django_login_site", str(rounds), str(tries)]
    # On standard input, where no list of processes shows the password.
    done = subprocess.run(command, input=json.dumps(database), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError((done.stdout + done.stderr)[-4000:])
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def _rows(kind: str, measured: dict[str, Any]) -> list[Row]:
    times = Times()
    for name, means in measured["means"].items():
        for mean in means:
            times.add(name, mean)
    asked = measured["statements"]
    found = [timed(f"{kind}: {name}", times.median(name)) for name in (VERIFY, WHOLE)]
    told = ", ".join(asked[VERIFY])
    found.append(
        Row(f"{kind}: statements of verify", told, aim=f"≤ {STATEMENTS}", met=len(asked[VERIFY]) <= STATEMENTS)
    )
    for peer in measured["means"]:
        if peer not in (VERIFY, WHOLE):
            figure = f"{micros(times.median(peer))}, {', '.join(asked[peer])}"
            found.append(Row(f"{kind}: {peer}", figure, times.ratio(VERIFY, peer)))
    return found
