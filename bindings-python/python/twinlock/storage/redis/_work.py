"""What a storage asks of Redis, one command after the other; the same for blocking and asynchronous ones.

Each operation is a generator: it yields what is to be asked, is sent the answer (or thrown the error), and returns its result.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, TypeVar

from redis.exceptions import AuthenticationError, MaxConnectionsError, NoScriptError
from redis.exceptions import ConnectionError as LostConnection
from redis.exceptions import TimeoutError as LateAnswer

from ..._driver import failed, late, nonsense
from ..._native import Event, StoredRecord
from ...errors import ConfigurationError, TwoFactorError
from ...results import Stats
from . import _layout as layout

T = TypeVar("T")
MONTH = 30 * 86_400
LOOKED_AT = "500"
"""How many keys one SCAN looks at."""


@dataclass(frozen=True)
class Ask:
    """One command, for the primary that has its key, or for `node`."""

    command: tuple[str, ...]
    node: Any = None
    again: bool = False
    """Whether it may be sent once more after its connection was lost."""


@dataclass(frozen=True)
class Primaries:
    """Asks for the list of all primaries, each to be given to `Ask`."""


Operation = Generator["Ask | Primaries", Any, T]


class Script:
    """A script of the contract, and the name under which servers keep it."""

    def __init__(self, name: str) -> None:
        self.source = files("twinlock.storage.redis").joinpath(name).read_text("utf-8")
        self.sha1 = hashlib.sha1(self.source.encode()).hexdigest()

    def run(self, keys: Sequence[str], values: Sequence[str], *, again: bool) -> Operation[Any]:
        rest = (str(len(keys)), *keys, *values)
        try:
            return (yield Ask(("EVALSHA", self.sha1, *rest), again=again))
        except NoScriptError:
            # It did not run: sending it is no second try.
            pass
        return (yield Ask(("EVAL", self.source, *rest), again=again))


SAVE, PURGE = Script("save.lua"), Script("purge.lua")


class Work:
    """The operations over the keys of one prefix."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def refuse_unless_safe(self) -> Operation[None]:
        """Refuses servers that drop records when memory is short, and replicas, which lag."""
        for node in (yield Primaries()):
            # INFO rather than CONFIG, which hosted servers do not answer.
            told = yield Ask(("INFO",), node, again=True)
            policy, role = (told.get(name) if isinstance(told, dict) else None for name in ("maxmemory_policy", "role"))
            if policy != "noeviction":
                raise ConfigurationError(
                    f"Redis must have maxmemory-policy noeviction, not {policy or 'an unknown one'}: an evicted record is "
                    "a user without a second factor"
                )
            if role != "master":
                raise ConfigurationError(
                    "that Redis is a replica, which may not know yet that a code is used: connect to the primary"
                )

    def nothing(self) -> Operation[None]:
        """For a call that only wants the check before it."""
        yield from ()

    def load(self, user_id: str) -> Operation[StoredRecord | None]:
        key = layout.record_key(self._prefix, user_id)
        return layout.record_from((yield Ask(("HMGET", key, *layout.FIELDS), again=True)))

    def save(
        self, user_id: str, expected: int | None, record: StoredRecord, events: Sequence[Event]
    ) -> Operation[bool]:
        keys = (layout.record_key(self._prefix, user_id), layout.events_key(self._prefix, user_id))
        values = ["" if expected is None else str(expected), *layout.record_values(record), layout.KEPT]
        values += [layout.event_text(event) for event in events]
        # Sent again it does no harm: the version has changed, and the engine decides again on what is stored.
        saved = yield from SAVE.run(keys, values, again=True)
        if saved not in (0, 1):
            raise nonsense("the script must answer 0 or 1", saved)
        return bool(saved == 1)

    def erase(self, user_id: str) -> Operation[None]:
        yield Ask(("DEL", layout.record_key(self._prefix, user_id), layout.events_key(self._prefix, user_id)))

    def events(self, user_id: str, before: bytes | None, limit: int) -> Operation[list[Event]]:
        events = yield from self._kept(user_id)
        found = [event for event in events if before is None or event.id_bytes < before]
        # Clocks of several servers may have swapped neighbours.
        return sorted(found, key=lambda event: event.id_bytes, reverse=True)[:limit]

    def _kept(self, user_id: str) -> Operation[list[Event]]:
        answer = yield Ask(("LRANGE", layout.events_key(self._prefix, user_id), "0", "-1"), again=True)
        return [layout.event_from(stored) for stored in layout.listed(answer, "events")]

    def stats(self, now: int) -> Operation[Stats]:
        found: dict[str, int] = {}
        enabled = 0
        for user_id in (yield from self._users()):
            enabled += (yield from self._field(user_id, "enabled")) == "1"
            for event in (yield from self._kept(user_id)):
                if event.at >= now - MONTH:
                    found[event.type] = found.get(event.type, 0) + 1
        enrolled, disabled, reset, failures = (
            found.get(name, 0) for name in ("enrolled", "disabled", "reset", "failed")
        )
        return Stats(enabled, enrolled, disabled + reset, failures)

    def stale(self, key_id: str, after: str | None, limit: int) -> Operation[list[str]]:
        found: list[str] = []
        for user_id in (yield from self._users()):
            if len(found) >= limit:
                break
            if after is not None and user_id.encode() <= after.encode():
                continue
            key = yield from self._field(user_id, "key_id")
            # Gone meanwhile: not stale.
            if key is not None and key != key_id:
                found.append(user_id)
        return found

    def purge(self, before: int) -> Operation[int]:
        purged = 0
        for user_id in (yield from self._users()):
            gone = yield from PURGE.run([layout.events_key(self._prefix, user_id)], [str(int(before))], again=False)
            if not isinstance(gone, int):
                raise nonsense("the script must answer a number", gone)
            purged += gone
        return purged

    def _field(self, user_id: str, name: str) -> Operation[str | None]:
        answer = yield Ask(("HMGET", layout.record_key(self._prefix, user_id), name), again=True)
        [value] = layout.listed(answer, name) or [None]
        return None if value is None else layout.text(value, name)

    def _users(self) -> Operation[list[str]]:
        """Each user once, though SCAN may give a key twice, in the order of the bytes of their ids."""
        users: set[str] = set()
        for node in (yield Primaries()):
            cursor = "0"
            while True:
                command = ("SCAN", cursor, "MATCH", f"{self._prefix}:{{*}}:record", "COUNT", LOOKED_AT)
                next_cursor, keys = layout.listed((yield Ask(command, node, again=True)), "SCAN")
                for key in layout.listed(keys, "SCAN"):
                    user_id = layout.user_of(self._prefix, layout.text(key, "SCAN"))
                    if user_id is not None:
                        users.add(user_id)
                cursor = str(next_cursor)
                if cursor == "0":
                    break
        return sorted(users, key=str.encode)


def is_lost(error: BaseException) -> bool:
    """The connection was lost, or could not be made; what was sent may have been done."""
    return isinstance(error, LostConnection) and not isinstance(error, (AuthenticationError, MaxConnectionsError))


def refusal(error: Exception) -> TwoFactorError:
    """What the caller is told."""
    if isinstance(error, TwoFactorError):
        return error
    # A cluster's client wraps what it met while it looked for a node that answers.
    met: BaseException | None = error
    while met is not None:
        if isinstance(met, (LateAnswer, TimeoutError)):
            return late()
        met = met.__cause__ or met.__context__
    return failed()
