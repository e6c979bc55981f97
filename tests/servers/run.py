#!/usr/bin/env python3
"""Runs one real database server for a test, and leaves nothing behind. README.md tells how to use it.

    python3 tests/servers/run.py postgres | mariadb | redis | redis-cluster | etcd-cluster  [--fast] [--option NAME=VALUE]...

The first line on stdout says in JSON what a client needs; every line on stdin is a command, answered by one JSON line.
It ends, and takes server and data with it, at the end of stdin, at SIGTERM, SIGINT or SIGHUP, and when its parent is gone.
Only the standard library of Python 3.10 or newer, so that the tests of every language can start it.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import signal
import sys
from typing import Any

from twinlock_kinds import KINDS, Server, ServerError

COMMANDS = ("kill", "stop", "start", "pause", "resume")
LOOK_AFTER_PARENT = 0.5
START_TRIES = 3


class Ended(BaseException):
    """A signal asked to end."""


def main() -> int:
    arguments = parsed()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    parent, server = os.getppid(), None
    try:
        server = started(arguments)
        say(server.facts())
        serve(server, parent)
    except Ended:
        pass
    except ServerError as error:
        print(f"{arguments.kind}: {error}", file=sys.stderr)
        return 1
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if server is not None:
            server.remove()
    return 0


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Runs one real database server for a test.")
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--fast", action="store_true", help="commits survive a killed server, not a power cut")
    parser.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help="a setting of the server")
    return parser.parse_args()


def started(arguments: argparse.Namespace) -> Server:
    # A port that was free a moment ago may be taken by now: then others are tried.
    for attempt in range(1, START_TRIES + 1):
        server = KINDS[arguments.kind](fast=arguments.fast, options=arguments.option)
        try:
            server.prepare()
            server.start()
            return server
        except ServerError:
            server.remove()
            if attempt == START_TRIES:
                raise
        except BaseException:
            server.remove()
            raise
    raise AssertionError


def serve(server: Server, parent: int) -> None:
    pending = b""
    while os.getppid() == parent:
        ready, _, _ = select.select([0], [], [], LOOK_AFTER_PARENT)
        if not ready:
            continue
        read = os.read(0, 4096)
        if not read:
            return
        *lines, pending = (pending + read).split(b"\n")
        for line in lines:
            if line.strip():
                say(obeyed(server, line.decode("utf-8", "replace").split()))


def obeyed(server: Server, words: list[str]) -> dict[str, Any]:
    command, *which = words
    try:
        if command not in COMMANDS:
            raise ServerError(f"unknown command; there are {', '.join(COMMANDS)}")
        getattr(server, command)(*which)
        return {"ok": True, "command": command, "pid": server.pid, "pids": server.pids()}
    except (ServerError, TypeError, ValueError, IndexError) as error:
        return {"ok": False, "command": command, "error": str(error)}


def say(answer: dict[str, Any]) -> None:
    try:
        print(json.dumps(answer), flush=True)
    except BrokenPipeError as error:  # nobody listens any more
        raise Ended from error


def end(*_: object) -> None:
    raise Ended


if __name__ == "__main__":
    sys.exit(main())
