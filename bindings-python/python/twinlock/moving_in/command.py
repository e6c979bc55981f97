"""`twinlock import FILE`: moving in from a CSV or JSON lines file, into an SQLite file or any database of SQLAlchemy's."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from .._driver import keys_from_environment
from .._sync import TwoFactor
from ..errors import ConfigurationError
from ..storage import SqliteStorage
from . import files
from ._importer import Importer
from ._progress import Progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be typed after `twinlock import`."""
    parser.add_argument(
        "file", metavar="FILE", help="CSV with a head line, or JSON lines (.jsonl): see twinlock.moving_in.files"
    )
    storage = parser.add_mutually_exclusive_group(required=True)
    storage.add_argument("--db", metavar="FILE", help="the file of SqliteStorage")
    storage.add_argument("--url", metavar="URL", help="a database URL of SQLAlchemy, e.g. postgresql+psycopg://...")
    parser.add_argument("--namespace", default="", help="as in the application")
    add_import_arguments(parser)


def add_import_arguments(parser: argparse.ArgumentParser) -> None:
    """What every import knows."""
    parser.add_argument("--actor", default="import", help="who does it: goes into the users' events (default: import)")
    parser.add_argument("--dry-run", action="store_true", help="report what would be done; store nothing")
    parser.add_argument("--add", action="store_true", help="also add to users who have a record already")


def run(options: argparse.Namespace) -> None:
    """Imports the file; problems are told as they come, the report at the end. Exit status 1 when there was a problem."""
    importer = Importer(
        _two_factor(options),
        actor=options.actor,
        dry_run=options.dry_run,
        add=options.add,
        on_problem=lambda problem: print(f"twinlock: {problem}", file=sys.stderr),
    )
    progress = Progress()
    for user in progress.over(files.read(options.file)):
        importer.take(user)
    finish(importer, progress, dry_run=options.dry_run)


def finish(importer: Importer, progress: Progress, *, dry_run: bool) -> None:
    """Tells the report; ends with status 1 when something was not imported or somebody stopped it."""
    print(f"{'dry run, nothing stored: ' if dry_run else ''}{importer.report}")
    if progress.stopped:
        print("stopped after the user at hand; run it again to go on: who is in is passed over", file=sys.stderr)
    if importer.report.imported and not dry_run:
        print(
            "Backup codes do not come along: the pages ask each user to make new ones at the next visit.",
            file=sys.stderr,
        )
    if importer.report.problems or progress.stopped:
        raise SystemExit(1)


def _two_factor(options: argparse.Namespace) -> TwoFactor:
    # The issuer stands only in new enrollments, which this command does not make.
    return TwoFactor(
        issuer="twinlock", storage=_storage(options), keys=keys_from_environment(), namespace=options.namespace
    )


def _storage(options: argparse.Namespace) -> Any:
    if options.db is not None:
        return SqliteStorage(options.db)
    try:
        from ..storage.sqlalchemy import SqlAlchemyStorage
    except ImportError as error:
        raise ConfigurationError(str(error)) from error
    return SqlAlchemyStorage(options.url)
