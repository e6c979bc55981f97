"""The command `twinlock`: keys, what a policy means, and help for one user on a SQLite file.

Exit status: 0 done, 1 refused or failed, 2 wrong use. No secret is printed but by `keygen`, whose purpose it is, and the
code by `code`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from typing import Any

from ._driver import keys_from_environment
from ._native import AuthenticatorAccount, KeyRing, Policy, SqliteStorage
from ._sweep import reseal_all
from ._sync import TwoFactor
from ._words import lines
from .errors import TwoFactorError
from .moving_in import command as moving_in


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except TwoFactorError as error:
        cause = f" ({error.__cause__})" if error.__cause__ else ""
        print(f"twinlock: {error}{cause}", file=sys.stderr)
        return 1
    except (BrokenPipeError, KeyboardInterrupt):
        return 1
    return 0


# --- keys and codes -------------------------------------------------------------------------------------------------


def _keygen(options: argparse.Namespace) -> None:
    key = KeyRing.generate(options.id or time.strftime("%Ya", time.gmtime())).to_text()
    print(key)
    if sys.stdout.isatty():
        print(
            "\nKeep it as TWINLOCK_KEYS, or in a file that TWINLOCK_KEYS_FILE names. To change keys, put the new one\n"
            "behind the old, deploy; move it to the front, deploy; run `twinlock reseal`; after 90 days drop the old one.",
            file=sys.stderr,
        )


def _code(options: argparse.Namespace) -> None:
    uri = sys.stdin.readline().strip() if options.uri == "-" else options.uri
    account = AuthenticatorAccount.from_uri(uri)
    now = time.time()
    print(f"{account.code_at(now)}  ({account.seconds_left(now)} s left)")


# --- policy ---------------------------------------------------------------------------------------------------------


def _policy(options: argparse.Namespace) -> None:
    settings = _settings(options)
    # Shown even when it breaks the bound: that is what one wants to know here.
    shown: dict[str, Any] = {**settings, "accept_risk": True}
    policy = Policy(**shown)
    bound = policy.yearly_guess_probability()
    safe = bound <= 1e-4
    if options.json:
        shown = {**policy.settings, "accept_risk": settings.get("accept_risk", False)}
        print(json.dumps({"yearly_guess_probability": bound, "within_bound": safe, "settings": shown}, indent=2))
        return
    tries = policy.settings["budget"] + 365.25 / policy.settings["budget_return_days"]
    print(f"yearly guess probability: {bound:.2e}, at most 1 in {1 / bound:,.0f} accounts a year")
    print(
        "\nSomebody who knows the password of an account, has none of the user's devices and tries all year gets\n"
        f"past the second factor with at most this probability: up to {tries:,.1f} single codes are evaluated, and\n"
        f"three consecutive codes are tried {policy.settings['flood_rate']:,.0f} times a second."
    )
    if safe:
        print("\nThis is within the bound of 1e-04 that Twinlock keeps.")
    else:
        print("\nThis is above the bound of 1e-04: TwoFactor takes it only with accept_risk=True.")


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if options.fixed_lockout:
        attempts, minutes = options.fixed_lockout
        settings |= Policy.fixed_lockout(attempts, minutes, accept_risk=True).settings
        del settings["accept_risk"]
    for assignment in options.setting:
        name, _, value = assignment.partition("=")
        try:
            settings[name] = json.loads(value)
        except ValueError:
            settings[name] = value
    return settings


# --- one user on a SQLite file --------------------------------------------------------------------------------------


def _open(options: argparse.Namespace) -> TwoFactor:
    keys = keys_from_environment()
    storage = SqliteStorage(options.db, create=False)
    # The issuer stands only in new enrollments, which this command does not make.
    return TwoFactor(issuer="twinlock", storage=storage, keys=keys, namespace=options.namespace)


def _status(options: argparse.Namespace) -> None:
    status = _open(options).status(options.user)
    if options.json:
        print(json.dumps(status.body(), indent=2))
        return
    for line in lines(status):
        print(line)


def _reset(options: argparse.Namespace) -> None:
    _open(options).reset(options.user, actor=options.actor, reason=options.reason)
    print("the second factor is wiped; the user can enroll again")


def _unlock(options: argparse.Namespace) -> None:
    _open(options).unlock(options.user, actor=options.actor)
    print("wrong codes are forgiven")


def _reseal(options: argparse.Namespace) -> None:
    two_factor, failures = _open(options), 0

    def left(error: TwoFactorError) -> None:
        nonlocal failures
        failures += 1
        print(f"twinlock: a record was left as it is: {error}", file=sys.stderr)

    moved = sum(reseal_all(two_factor, left))
    print(f"{moved} records moved to key {two_factor.active_key_id}, {failures} failed")
    if failures:
        raise SystemExit(1)


# --- what can be typed ----------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="twinlock",
        description="Keys, policies, and help for one user. Keys are read from TWINLOCK_KEYS or TWINLOCK_KEYS_FILE.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Any, help: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help, description=help)
        added.set_defaults(run=run)
        return added

    keygen = command("keygen", _keygen, "make a key for TWINLOCK_KEYS")
    keygen.add_argument("--id", help="1 to 16 letters, digits, dots, hyphens; default: the year and `a`")

    policy = command("policy", _policy, "show the bound of a policy and what it means")
    policy.add_argument("setting", nargs="*", metavar="NAME=VALUE", help="e.g. digits=8 window=0 (the defaults else)")
    policy.add_argument("--fixed-lockout", nargs=2, type=int, metavar=("ATTEMPTS", "MINUTES"), help="a fixed lockout")
    policy.add_argument("--json", action="store_true", help="for programs")

    code = command("code", _code, "show the current code of an otpauth URI")
    code.add_argument("uri", metavar="URI", help="`-` reads it from standard input, where no process list shows it")

    moving_in.add_arguments(command("import", moving_in.run, "take over the authenticators of another system"))

    for name, run, help in (
        ("status", _status, "show the second factor of a user"),
        ("reset", _reset, "wipe the second factor of a user whose identity was checked"),
        ("unlock", _unlock, "forgive the wrong codes of a user"),
        ("reseal", _reseal, "move all records to the active key"),
    ):
        added = command(name, run, help)
        added.add_argument("--db", required=True, metavar="FILE", help="the file of SqliteStorage")
        added.add_argument("--namespace", default="", help="as in the application")
        if name != "reseal":
            added.add_argument("user", metavar="USER", help="the user id")
        if name in ("reset", "unlock"):
            added.add_argument("--actor", required=True, help="who does it: goes into the user's events")
        if name == "reset":
            added.add_argument("--reason", required=True, help="why: goes into the user's events")
        if name == "status":
            added.add_argument("--json", action="store_true", help="for programs")
    return parser


__all__ = ["main"]
