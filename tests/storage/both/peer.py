"""Twinlock in Python, driven line by line: the other side of `tests/storage/node/both.test.ts`.

    python peer.py sqlite PATH | sqlalchemy URL | redis URL | redis-cluster URL

Each line on stdin is `{"call", "now", ...}`, each line on stdout its answer: `{"ok": ...}` or `{"refused": CODE}`.
The keys come from TWINLOCK_KEYS.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from twinlock import SqliteStorage, TwoFactor, TwoFactorError


class Peer:
    """One engine whose clock shows what each line says."""

    def __init__(self, kind: str, where: str) -> None:
        self.now = 0.0
        self.storage: Any
        if kind == "sqlite":
            self.storage = SqliteStorage(where)
        elif kind in ("redis", "redis-cluster"):
            from twinlock.storage.redis import RedisStorage

            self.storage = RedisStorage(where, cluster=kind == "redis-cluster", scan=True, timeout=20.0)
        else:
            from twinlock.storage.sqlalchemy import SqlAlchemyStorage

            self.storage = SqlAlchemyStorage(where)
        self.two_factor = TwoFactor(issuer="Acme", storage=self.storage, clock=lambda: self.now)

    def challenge(self, user: str) -> str | None:
        return self.two_factor.after_first_factor(user).challenge

    def verify(self, challenge: str, code: str, at: float | None = None) -> str:
        if at is not None:
            time.sleep(max(0.0, at / 1000 - time.time()))
        return self.two_factor.verify(challenge, code=code).method

    def status(self, user: str) -> dict[str, Any]:
        return self.two_factor.status(user).body()

    def events(self, user: str) -> list[dict[str, Any]]:
        return [event.body() for event in self.two_factor.events(user, limit=200).events]

    def stale(self, key: str) -> list[str]:
        return list(self.storage.stale(key, None, 100))


def answer(peer: Peer, line: str) -> dict[str, Any]:
    told = json.loads(line)
    call: Callable[..., Any] = getattr(peer, told.pop("call"))
    peer.now = told.pop("now")
    try:
        return {"ok": call(**told)}
    except TwoFactorError as error:
        return {"refused": error.code}


def main() -> None:
    peer = Peer(*sys.argv[1:])
    for line in sys.stdin:
        print(json.dumps(answer(peer, line)), flush=True)


if __name__ == "__main__":
    main()
