"""`manage.py twinlock_status [USER]`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from ...._words import lines
from ... import conf
from ..base import UserCommand


class Command(UserCommand):
    """The state of one user, or figures of all."""

    help = "Show the second factor of a user, or how many have one and under which key. No secret is in it."

    def add_arguments(self, parser: CommandParser) -> None:
        """The user, who may be left out."""
        super().add_arguments(parser)
        next(action for action in parser._actions if action.dest == "user").nargs = "?"
        parser.add_argument("--json", action="store_true", help="for programs")

    def run(self, user: str | None = None, id: bool = False, json: bool = False, **_: Any) -> None:
        """Tells about the user, or about all."""
        two_factor = conf.two_factor()
        if user is not None:
            status = two_factor.status(self.user_id(user, id))
            self._tell(status.body(), lines(status), json)
            return
        stats = asdict(two_factor.stats())
        told = {**stats, "active_key": two_factor.active_key_id, "storage": repr(two_factor.storage)}
        self._tell(told, (f"{name.replace('_', ' ')}: {value}" for name, value in told.items()), json)

    def _tell(self, body: dict[str, Any], written: Any, as_json: bool) -> None:
        for line in [json.dumps(body, indent=2)] if as_json else written:
            self.stdout.write(line)
