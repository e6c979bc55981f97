"""A Django site with as many django-otp devices as it is told, which moves in. Run by moving_in.py in a process of its own.

`python -m measure.moving_in_site FOLDER DEVICES` prints JSON: seconds of the import, and the growth of memory during it in kB.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import time
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command

_BATCH = 5000


def _set_up(folder: Path) -> None:
    settings.configure(
        SECRET_KEY="only for a measurement",
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django_otp",
            "django_otp.plugins.otp_totp",
            "twinlock.django",
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "site.db")}},
        TWINLOCK={
            "ISSUER": "Acme",
            "KEYS": "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "SQLITE_FILE": str(folder / "2fa.db"),
        },
    )
    django.setup()
    call_command("migrate", verbosity=0)


def _fill(devices: int) -> None:
    from django.contrib.auth.models import User
    from django_otp.plugins.otp_totp.models import TOTPDevice

    for start in range(0, devices, _BATCH):
        numbers = range(start, min(start + _BATCH, devices))
        users = User.objects.bulk_create([User(username=f"user {number}") for number in numbers])
        TOTPDevice.objects.bulk_create([TOTPDevice(user=user, name="phone", last_t=50_000_000) for user in users])


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(folder: str, devices: str) -> dict[str, Any]:
    """Fills and imports."""
    _set_up(Path(folder))
    _fill(int(devices))
    out = io.StringIO()
    before, begun = _memory(), time.perf_counter()
    with redirect_stderr(io.StringIO()):
        call_command("twinlock_import", "django-otp", stdout=out)
    seconds = time.perf_counter() - begun
    if f"{devices} authenticators imported" not in out.getvalue():
        raise SystemExit(out.getvalue())
    return {"seconds": seconds, "grown": _memory() - before}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
