"""`manage.py twinlock_unlock USER --actor WHO`."""

from __future__ import annotations

from typing import Any

from ... import conf
from ..base import HelpCommand


class Command(HelpCommand):
    """Forgives wrong codes."""

    help = "Forgive all wrong codes of a user."

    def run(self, user: str, actor: str, id: bool = False, **_: Any) -> None:
        """Unlocks."""
        conf.two_factor().unlock(self.user_id(user, id), actor=actor)
        self.stdout.write(self.style.SUCCESS("wrong codes are forgiven"))
