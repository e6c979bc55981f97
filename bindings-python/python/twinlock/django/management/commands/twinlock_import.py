"""`manage.py twinlock_import SOURCE`: takes over the authenticators of another package, so that nobody scans anything again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ....errors import TwoFactorError
from ....moving_in import Importer, Progress
from ....moving_in.command import add_import_arguments
from ... import conf
from ...moving_in import Source
from ...moving_in.allauth import Allauth
from ...moving_in.column import Column
from ...moving_in.django_otp import DjangoOtp


class Command(BaseCommand):
    """Reads the old tables and changes nothing in them. Run it as often as you like: who is in is passed over."""

    help = "Take over the authenticators of django-otp, django-two-factor-auth, allauth, or of a column of secrets."

    def add_arguments(self, parser: CommandParser) -> None:
        """One source, and what every import knows."""
        sources = parser.add_subparsers(dest="source", required=True, metavar="SOURCE")
        for name, help in (
            ("django-otp", "TOTP devices of django-otp"),
            ("two-factor-auth", "the same, as django-two-factor-auth makes them"),
            ("allauth", "authenticator apps of allauth.mfa"),
            ("column", "base32 secrets in a model of your own (pyotp)"),
        ):
            source = sources.add_parser(name, help=help)
            source.add_argument("--database", default="default", help="alias of the database that holds the old tables")
            add_import_arguments(source)
            if name == "column":
                _add_column(source)

    def handle(self, **options: Any) -> None:
        """Imports; ends with status 1 when something was not imported."""
        source = _source(options)
        try:
            importer = Importer(
                conf.two_factor(),
                actor=options["actor"],
                dry_run=options["dry_run"],
                add=options["add"],
                on_problem=lambda problem: self.stderr.write(str(problem)),
            )
            progress = Progress(source.count())
            for user in progress.over(source.users()):
                importer.take(user)
        except TwoFactorError as error:
            cause = f" ({error.__cause__})" if error.__cause__ else ""
            raise CommandError(f"{error}{cause}; run it again to go on: who is in is passed over") from error
        self._tell(importer, progress, source, options)

    def _tell(self, importer: Importer, progress: Progress, source: Source, options: dict[str, Any]) -> None:
        report = importer.report
        self.stdout.write(f"{'dry run, nothing stored: ' if options['dry_run'] else ''}{report}")
        for name, count in source.left_behind().items():
            self.stdout.write(f"not carried over: {count} {name}")
        if report.imported and not options["dry_run"]:
            self.stdout.write("The pages ask each user to make new backup codes at the next visit.")
        if progress.stopped:
            raise CommandError("stopped after the user at hand; run it again to go on: who is in is passed over")
        if report.problems:
            raise CommandError(
                f"{report.problems} devices were not imported; their users must enroll anew", returncode=1
            )


def _add_column(parser: CommandParser) -> None:
    parser.add_argument("--model", required=True, metavar="APP.MODEL", help="the model with the column")
    parser.add_argument("--secret-field", required=True, help="the field that holds the base32 secret")
    parser.add_argument(
        "--user-field", default="pk", help="the field that leads to the user (default: the row is the user)"
    )
    parser.add_argument("--confirmed-field", help="a field that is true where the user has confirmed")
    parser.add_argument(
        "--last-used-field", help="a field with the time of the last accepted code (datetime or Unix seconds)"
    )


def _source(options: dict[str, Any]) -> Source:
    database = options["database"]
    if options["source"] == "allauth":
        return Allauth(database)
    if options["source"] == "column":
        names = ("secret_field", "user_field", "confirmed_field", "last_used_field")
        return Column(database, options["model"], **{name: options[name] for name in names})
    return DjangoOtp(database)
