"""`manage.py twinlock_reseal`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError

from .... import TwoFactorError
from ...._sweep import PAGE, reseal_all
from ... import conf
from ..base import TwinlockCommand


class Command(TwinlockCommand):
    """Moves records to the active key."""

    help = (
        "Move all records to the active key. It may be stopped and begun again, and run beside another one; run it after a new "
        "key has moved to the front."
    )

    def run(self, verbosity: int = 1, **_: Any) -> None:
        """Reseals, and fails in the end if some could not be."""
        two_factor, moved, failed = conf.two_factor(), 0, 0

        def left(error: TwoFactorError) -> None:
            nonlocal failed
            failed += 1
            self.stderr.write(f"a record was left as it is: {error}")

        for count, had_to in enumerate(reseal_all(two_factor, left), 1):
            moved += had_to
            if verbosity > 1 and count % PAGE == 0:
                self.stdout.write(f"{count} records ...")
        self.stdout.write(f"{moved} records moved to key {two_factor.active_key_id}, {failed} failed")
        if failed:
            raise CommandError("some records could not be moved: keep the old key until they can")
