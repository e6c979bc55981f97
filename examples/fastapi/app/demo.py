"""``python -m app.demo``: the application on this machine, with keys of its own. For trying, not for serving."""

from __future__ import annotations

import argparse
import logging
import os
import sys

import uvicorn

from . import accounts
from .application import create_app
from .db import open_database, open_engine
from .settings import Settings, SettingsError


def main(arguments: list[str] | None = None) -> int:
    """Start the demonstration, or with ``--admin NAME`` make that account an administrator."""
    parser = argparse.ArgumentParser(prog="python -m app.demo", description=__doc__)
    parser.add_argument("--admin", metavar="NAME", help="give this account the role admin and stop")
    options = parser.parse_args(arguments)
    os.environ.setdefault("APP_ENV", "development")
    if os.environ["APP_ENV"] == "development":
        os.environ.setdefault("TWINLOCK_DEV_PHONE", "1")
    try:
        settings = Settings.from_env()
    except SettingsError as error:
        print(f"cannot start: {error}", file=sys.stderr)
        return 2
    if options.admin is not None:
        return _make_admin(settings, options.admin)
    # The audit log of the second factor beside the server's own lines; new files for their owner alone.
    logging.basicConfig(level=logging.INFO, format="%(levelname)s:     %(message)s")
    os.umask(0o077)
    port = int(os.environ.get("PORT") or 8000)
    print(_welcome(port, settings), flush=True)
    # Nothing stands in front of a demonstration: whoever sends X-Forwarded-For means to evade the limits.
    uvicorn.run(create_app(settings), host="127.0.0.1", port=port, log_level="info", proxy_headers=False)
    return 0


def _make_admin(settings: Settings, name: str) -> int:
    engine = open_engine(settings)
    made = accounts.make_admin(open_database(engine), name)
    engine.dispose()
    if not made:
        print(f"there is no account {name!r}: register it first, then run this again", file=sys.stderr)
        return 1
    print(f"{name} is an administrator now; the admin page also wants two-factor switched on")
    return 0


def _welcome(port: int, settings: Settings) -> str:
    return f"""
  Twinlock demo: http://127.0.0.1:{port}/

  1. Create an account and sign in.
  2. Under “Your account”, switch two-factor on. No phone at hand? The page has a pretend one.
  3. Sign out, sign in again: it asks for the code.
  4. Make yourself an administrator:
     cd {os.getcwd()} && {sys.executable} -m app.demo --admin YOUR-NAME

  Accounts are kept in {settings.data}; API documentation is at /docs. Ctrl+C stops.
"""


if __name__ == "__main__":
    sys.exit(main())
