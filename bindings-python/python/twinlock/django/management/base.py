"""What the commands share: who is meant, and how they end."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ... import TwoFactorError
from .. import conf


class TwinlockCommand(BaseCommand):
    """A command whose refusals are told in one line: no code, secret or key is in them."""

    run: Any
    """What the command does, a method with the options as its arguments."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs the command."""
        try:
            self.run(**options)
        except TwoFactorError as error:
            raise CommandError(str(error)) from error


class UserCommand(TwinlockCommand):
    """A command about one user."""

    def add_arguments(self, parser: CommandParser) -> None:
        """The user, by name or by id."""
        parser.add_argument("user", help="the name the user signs in with")
        parser.add_argument("--id", action="store_true", help="USER is the primary key instead, as Twinlock writes it")

    def user_id(self, user: str, by_id: bool) -> str:
        """The engine's id of that user; raises `CommandError` when there is nobody of that name."""
        if by_id:
            return user  # also of an account that is gone
        model = get_user_model()
        manager: Any = model._default_manager
        try:
            return conf.user_id(manager.get_by_natural_key(user))
        except model.DoesNotExist:
            raise CommandError("there is no user of that name; for a primary key add --id") from None


class HelpCommand(UserCommand):
    """A command of the help desk: it says who acts."""

    def add_arguments(self, parser: CommandParser) -> None:
        """The user, and who acts."""
        super().add_arguments(parser)
        parser.add_argument("--actor", required=True, help="who does it, 1 to 128 bytes: goes into the user's events")
