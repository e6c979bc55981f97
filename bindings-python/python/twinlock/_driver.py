"""What both drivers share. `core/src/driver.rs` is the reference that they mirror:

1. Save before tell: an outcome, good or bad, leaves only after its write is committed. What changes nothing writes nothing.
2. A counted wrong code is an outcome *with a write*, not an early error.
3. After a lost race, decide again on a freshly loaded record and a freshly read clock; at most 5 rounds.
4. Any storage failure or time-out refuses; what was burned stays burned; the outcome is dropped unseen.
5. Never cache a record; never run inside the caller's transaction.
6. No policy here.
7. A cancelled caller loses the answer, never the write.
"""

from __future__ import annotations

import inspect
import logging
import math
import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic
from typing import Any, Generic, TypeVar, cast

from ._native import Call, Engine, Event, KeyRing, Policy, Step
from .errors import ConfigurationError, Contention, MalformedRequest, StorageError, StorageTimeout, TwoFactorError
from .results import EventPage, Stats
from .storage import MemoryStorage, Storage

ROUNDS = 5
log = logging.getLogger("twinlock")
S = TypeVar("S")


def keys_from_environment() -> KeyRing:
    """The keys of `TWINLOCK_KEYS`, else of the file that `TWINLOCK_KEYS_FILE` names."""
    if text := os.environ.get("TWINLOCK_KEYS"):
        return KeyRing.from_text(text)
    if path := os.environ.get("TWINLOCK_KEYS_FILE"):
        return keys_from_file(path, "TWINLOCK_KEYS_FILE")
    raise ConfigurationError(
        "there are no keys: make one with `twinlock keygen` and set TWINLOCK_KEYS to what it prints, or "
        "TWINLOCK_KEYS_FILE to a file that holds it, or pass keys=KeyRing(...)"
    )


def keys_from_file(path: str, named_by: str) -> KeyRing:
    """The keys in a file; `named_by` says in the refusal where its name comes from."""
    try:
        with open(path, encoding="ascii") as file:
            return KeyRing.from_text(file.read())
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"the file that {named_by} names cannot be read") from error


class Driver(Generic[S]):
    """Keys, policy, clock and storage of one application."""

    def __init__(
        self,
        *,
        issuer: str,
        storage: S,
        keys: KeyRing | None = None,
        policy: Policy | None = None,
        clock: Callable[[], float] = time.time,
        namespace: str = "",
        on_event: Callable[[Event, bool], None] | None = None,
        storage_timeout: float = 5.0,
    ) -> None:
        """Sets up the engine.

        `issuer` (1 to 64 bytes) is what authenticator apps show. `keys` default to those of `TWINLOCK_KEYS` or
        `TWINLOCK_KEYS_FILE`. `policy` defaults to `Policy()`. `clock` gives Unix seconds. `namespace` keeps staging from
        production on the same keys. `on_event(event, durable)`, a plain function, is told of every event after its commit,
        and of refusals that are not stored (`durable` is then false); it runs before the answer goes out, so keep it short.
        A storage that takes longer than `storage_timeout` seconds (above 0) refuses.

        Raises `ConfigurationError`, also when there are no keys or the policy breaks its bound.
        """
        ring = keys_from_environment() if keys is None else keys
        self._engine = Engine(issuer, ring, Policy() if policy is None else policy, namespace)
        for name, value in (("clock", clock), ("on_event", on_event)):
            if value is not None and not callable(value):
                raise ConfigurationError(f"{name} must be callable")
            if inspect.iscoroutinefunction(value):
                raise ConfigurationError(f"{name} must be a plain function: nobody would await it")
        for name in ("load", "save", "erase"):
            if not callable(getattr(storage, name, None)):
                raise ConfigurationError(f"the storage has no method `{name}`: see twinlock.storage.Storage")
        self._storage = storage
        blocking = cast(Storage, storage)  # used in place only where it is
        # Ours in memory neither fails nor waits.
        self._immediate = type(storage) is MemoryStorage
        self._load_in_place = blocking.load if self._immediate else partial(self._ask_in_place, blocking.load)
        self._save_in_place = blocking.save if self._immediate else partial(self._ask_in_place, blocking.save)
        self._erase_in_place = blocking.erase if self._immediate else partial(self._ask_in_place, blocking.erase)
        self._clock = clock
        self._on_event = on_event
        self._timeout = _timeout(storage_timeout)
        self._set_up()

    def _set_up(self) -> None:
        """What one of the drivers needs beside that."""

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._engine.policy

    @property
    def storage(self) -> S:
        """The storage below."""
        return self._storage

    @property
    def active_key_id(self) -> str:
        """The id of the key that seals, for sweeps of stale records."""
        return self._engine.active_key_id

    def _now(self) -> float:
        # What it gives is checked by the engine.
        try:
            return self._clock()
        except Exception as error:
            raise ConfigurationError("the clock failed") from error

    def _run_in_place(self, call: Call) -> Any:
        user_id = call.user_id
        for _ in range(ROUNDS):
            row = self._load_in_place(user_id)
            step = self._engine.decide(call, row, self._now())
            stored = True
            if step.write is not None:
                stored = self._save_in_place(user_id, *step.write)
            elif step.erases:
                self._erase_in_place(user_id)
            if stored is True:
                if self._on_event is not None:
                    self._announce(step)
                return step.result()
            if stored is not False:
                raise nonsense("save must give a bool", stored)
        raise Contention()

    def _ask_in_place(self, method: Callable[..., Any], *arguments: Any) -> Any:
        start = monotonic()
        try:
            answer = method(*arguments)
        except TwoFactorError:
            raise
        except Exception as error:
            raise failed() from error
        if monotonic() - start > self._timeout:
            raise late()
        return answer

    def _announce(self, step: Step) -> None:
        if self._on_event is not None:
            for event in step.events:
                self._notify(event, True)
            for event in step.notices:
                self._notify(event, False)

    def _notify(self, event: Event, durable: bool) -> None:
        # What is committed is committed: whoever listens cannot undo it, nor keep the answer from the caller.
        try:
            if self._on_event is not None:
                self._on_event(event, durable)
        except Exception:
            log.exception("on_event failed; the event %s stands", event.type)

    def _report(self, name: str) -> Callable[..., Any]:
        method = getattr(self._storage, name, None)
        if not callable(method):
            raise ConfigurationError(f"this storage has no method `{name}`: see twinlock.storage.Reports")
        return method  # type: ignore[no-any-return]


def failed() -> StorageError:
    """The refusal for whatever a storage raised."""
    return StorageError("the storage failed")


def late() -> StorageTimeout:
    """The refusal for a storage that did not answer in time."""
    return StorageTimeout("the storage did not answer in time")


def nonsense(expected: str, answer: object) -> StorageError:
    """The refusal for a storage that answers something else than it must."""
    return StorageError(f"{expected}, not {type(answer).__name__}")


def page_request(cursor: str | None, limit: int) -> bytes | None:
    """Checks the arguments of `events`; the id before which the page lies."""
    if not isinstance(limit, int) or not 1 <= limit <= 200:
        raise MalformedRequest("limit must be 1 to 200")
    if cursor is None:
        return None
    try:
        before = bytes.fromhex(cursor)
    except (TypeError, ValueError):
        before = b""
    if len(before) != 16:
        raise MalformedRequest("the cursor must be the next_cursor of an earlier page")
    return before


def page(events: Sequence[Event], limit: int) -> EventPage:
    """A page of at most `limit` events out of one more."""
    if not isinstance(events, (list, tuple)) or not all(isinstance(event, Event) for event in events):
        raise nonsense("events must give a list of Event", events)
    shown = list(events[:limit])
    return EventPage(shown, shown[-1].id if len(events) > limit else None)


def figures(stats: object) -> Stats:
    """The figures, if they are."""
    if not isinstance(stats, Stats):
        raise nonsense("stats must give Stats", stats)
    return stats


def _timeout(given: object) -> float:
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        if math.isfinite(given) and given > 0:
            return float(given)
    raise ConfigurationError("storage_timeout must be a number of seconds above 0")
