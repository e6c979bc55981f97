"""`manage.py twinlock_purge --days N`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from ... import conf
from ..base import TwinlockCommand

DAY = 86_400


class Command(TwinlockCommand):
    """Deletes old events."""

    help = "Delete events that are older than some days, a thousand in each transaction. Records stay."

    def add_arguments(self, parser: CommandParser) -> None:
        """How old."""
        parser.add_argument("--days", type=int, required=True, help="1 or more; 30 days are what the figures need")

    def run(self, days: int, **_: Any) -> None:
        """Purges."""
        if days < 1:
            raise CommandError("--days must be 1 or more")
        purge = getattr(conf.two_factor().storage, "purge", None)
        if not callable(purge):
            raise CommandError("this storage has no method `purge`: see twinlock.storage.Reports")
        before = int(conf.settings().clock_function()()) - days * DAY
        self.stdout.write(f"{purge(before)} events deleted")
