"""`manage.py twinlock_reset USER --actor WHO --reason WHY`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from ... import conf
from ..base import HelpCommand


class Command(HelpCommand):
    """Wipes a second factor."""

    help = "Wipe the second factor of a user whose identity was checked; wrong codes stay counted."

    def add_arguments(self, parser: CommandParser) -> None:
        """The user, who acts, and why."""
        super().add_arguments(parser)
        parser.add_argument("--reason", required=True, help="why, 1 to 128 bytes: goes into the user's events")

    def run(self, user: str, actor: str, reason: str, id: bool = False, **_: Any) -> None:
        """Resets."""
        conf.two_factor().reset(self.user_id(user, id), actor=actor, reason=reason)
        self.stdout.write(self.style.SUCCESS("the second factor is wiped; the user can enroll again"))
