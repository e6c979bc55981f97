"""`bench/run`: all measurements, one table each, and how many aims are met."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable

from . import axum, backup, django_login, kotlin, load, moving_in, node, pages, record, rust, sign_in, swift, wheel
from .table import Row, show, summary

Section = tuple[str, Callable[[bool], list[Row]]]

SECTIONS: dict[str, Section] = {
    "rust": (
        "Rust core; twinlock : totp-rs 6, window ±1",
        lambda quick: rust.rows(quick=quick),
    ),
    "python": (
        "Python: a whole verify over MemoryStorage; ratio: the slowest of right and counted wrong codes to the peer",
        lambda quick: sign_in.rows(rounds=3 if quick else 31, tries=100 if quick else 1000),
    ),
    "backup": (
        "Python: a whole verify with a backup code",
        lambda quick: backup.rows(rounds=5 if quick else 41),
    ),
    "node": (
        "Node: a whole verify over MemoryStorage; ratio: the slowest of right and counted wrong codes to the peer",
        lambda quick: node.rows(rounds=3 if quick else 61, tries=100 if quick else 500),
    ),
    "kotlin": (
        "JVM: a whole verify over MemoryStorage; ratio: the slowest of right and counted wrong codes to the peer",
        lambda quick: kotlin.rows(rounds=3 if quick else 61, tries=100 if quick else 500),
    ),
    "swift": (
        "Swift: a whole verify over MemoryStorage",
        lambda quick: swift.rows(rounds=3 if quick else 31, tries=100 if quick else 500),
    ),
    "load": (
        "Node: logins with a second factor on Fastify and PostgreSQL, over loopback",
        lambda quick: load.rows(logins=100 if quick else 2000),
    ),
    "axum": (
        "axum: logins with a second factor, over loopback; ratio: among that many users to among a thousand",
        lambda quick: axum.rows(users=100_000 if quick else 1_000_000, passes=1 if quick else 3),
    ),
    "django": (
        "Django: the login step over the database; ratio: ours (verify) to the peer",
        lambda quick: django_login.rows(rounds=3 if quick else 31, tries=10 if quick else 50),
    ),
    "moving-in": ("Django: moving in from django-otp", lambda quick: moving_in.rows(2_000 if quick else 100_000)),
    "pages": (
        "The pages: weight, and milliseconds from navigation to the first thing that can be used, Chromium",
        lambda quick: pages.rows(loads=3 if quick else 15),
    ),
    "record": ("Sealed record of one user", lambda _: record.rows()),
    "wheel": ("Python wheel", lambda _: wheel.rows()),
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/run", description="Measures Twinlock against its peers.")
    parser.add_argument("--quick", action="store_true", help="few rounds: shows that it runs, not how fast")
    parser.add_argument(
        "sections", nargs="*", metavar="section", help=f"of {', '.join(SECTIONS)}; all when none is named"
    )
    arguments = parser.parse_args()
    if unknown := set(arguments.sections) - set(SECTIONS):
        parser.error(f"there is no section {', '.join(sorted(unknown))}")
    return arguments


def _machine() -> str:
    load = os.getloadavg()[0]
    cores = os.cpu_count() or 1
    busy = "; OTHERS ARE USING IT, the figures are not quiet" if load > cores / 2 else ""
    return f"Python {platform.python_version()} on {cores} cores, load {load:.1f}{busy}"


def main() -> None:
    """Measures what was asked for."""
    arguments = _arguments()
    print(_machine(), flush=True)
    figures: list[Row] = []
    for name in arguments.sections or SECTIONS:
        title, rows = SECTIONS[name]
        found = rows(arguments.quick)
        show(title, found)
        figures += found
    print(f"\n{summary(figures)}")


if __name__ == "__main__":
    main()
