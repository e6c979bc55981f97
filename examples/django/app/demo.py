"""`python -m app.demo`: the project on this machine, with keys of its own. For trying, not for serving."""

from __future__ import annotations

import argparse
import os
import sys

import django
import uvicorn


def main(arguments: list[str] | None = None) -> int:
    """Start the demonstration, or with `--admin NAME` make that account an administrator."""
    parser = argparse.ArgumentParser(prog="python -m app.demo", description=__doc__)
    parser.add_argument("--admin", metavar="NAME", help="give this account the role admin and stop")
    options = parser.parse_args(arguments)
    os.environ.setdefault("APP_ENV", "development")
    if os.environ["APP_ENV"] == "development":
        os.environ.setdefault("TWINLOCK_DEV_PHONE", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "app.settings")
    os.umask(0o077)
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    if options.admin is not None:
        return _make_admin(options.admin)
    port = int(os.environ.get("PORT") or 8000)
    print(_welcome(port), flush=True)
    # Nothing stands in front of a demonstration: whoever sends X-Forwarded-For means to evade the limits.
    uvicorn.run("app.asgi:application", host="127.0.0.1", port=port, lifespan="off", proxy_headers=False)
    return 0


def _make_admin(name: str) -> int:
    from .models import User

    if not User.objects.filter(username__iexact=name).update(is_staff=True, is_superuser=True):
        print(f"there is no account {name!r}: register it first, then run this again", file=sys.stderr)
        return 1
    print(f"{name} is an administrator now; the admin pages also want two-factor switched on")
    return 0


def _welcome(port: int) -> str:
    from . import environment

    address = f"http://127.0.0.1:{port}"
    return f"""
  Twinlock demo: {address}/

  1. Create an account and sign in.
  2. Under “Your account”, switch two-factor on. No phone at hand? The page has a pretend one.
  3. Sign out, sign in again: it asks for the code.
  4. The same without any script: {address}/accounts/login/ and {address}/2fa/
  5. Make yourself an administrator, then open {address}/admin and Django's own {address}/staff/:
     cd {os.getcwd()} && {sys.executable} -m app.demo --admin YOUR-NAME

  Accounts are kept in {environment.DATA}. Ctrl+C stops.
"""


if __name__ == "__main__":
    sys.exit(main())
