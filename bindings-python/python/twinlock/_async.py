"""`AsyncTwoFactor`: the second lock after the password, for asyncio."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any

from ._driver import ROUNDS, Driver, failed, figures, late, log, nonsense, page, page_request
from ._native import Call, Enrolled, Enrollment, NextStep, Step, Verification, seconds
from .errors import Contention, TwoFactorError
from .results import EventPage, Stats, Status
from .storage import AsyncStorage, Storage


class AsyncTwoFactor(Driver[AsyncStorage | Storage]):
    """The second lock after the password, for asyncio.

    Each call of the storage runs as a task of its own: a cancelled caller loses the answer, never the write; a storage
    that does not answer within `storage_timeout` refuses. A blocking storage runs in threads of its
    own, `MemoryStorage` in place.

    User ids are the application's own: 1 to 255 bytes of text without control characters, compared byte by byte. `context`
    (at most 256 bytes, e.g. browser and address) goes into the events and, in part, becomes the name of a browser. Times are
    Unix seconds. Tokens are opaque text of at most 1,280 characters: keep them, never put them into a URL.

    Beside what each operation says, all of them raise `MalformedRequest` (an argument of the wrong type, length or form),
    `StorageError`, `StorageTimeout`, `Contention`, `RecordTampered`, `UnknownKey`, `ConfigurationError` (the clock) and
    `InternalError`: nobody is let in then, and a code that was burned stays burned.
    """

    def _set_up(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._pool: ThreadPoolExecutor | None = None
        self._process = 0

    async def _run(self, call: Call) -> Any:
        if self._immediate:
            return self._run_in_place(call)
        user_id = call.user_id
        for _ in range(ROUNDS):
            row = await self._ask(self._storage.load, user_id)
            step = self._engine.decide(call, row, self._now())
            stored: object = True
            if step.write is not None:
                stored = await self._ask(self._save, user_id, step, step.write, writes=True)
            elif step.erases:
                await self._ask(self._erase, user_id, step, writes=True)
            else:
                self._announce(step)
            if stored is True:
                return step.result()
            if stored is not False:
                raise nonsense("save must give a bool", stored)
        raise Contention()

    # What is committed is announced by the task that wrote it: who hangs up loses the answer, and keeps nobody from the news.

    async def _save(self, user_id: str, step: Step, write: tuple[Any, ...]) -> object:
        stored = await self._called(self._storage.save, (user_id, *write))
        if stored is True:
            self._announce(step)
        return stored

    async def _erase(self, user_id: str, step: Step) -> None:
        await self._called(self._storage.erase, (user_id,))
        self._announce(step)

    async def _ask(self, method: Callable[..., Any], *arguments: Any, writes: bool = False) -> Any:
        if self._immediate:
            return self._ask_in_place(method, *arguments)
        task = asyncio.ensure_future(self._called(method, arguments))
        self._tasks.add(task)  # the loop holds tasks weakly
        task.add_done_callback(self._settle)
        try:
            # `wait` lets the task go on when the time is over and when the caller is cancelled: so must a write.
            done, _ = await asyncio.wait({task}, timeout=self._timeout)
        finally:
            if not writes:
                task.cancel()
        if not done:
            raise late()
        if task.cancelled():
            raise failed()
        failure = task.exception()
        if isinstance(failure, Exception) and not isinstance(failure, TwoFactorError):
            raise failed() from failure
        return task.result()

    async def _called(self, method: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        if inspect.iscoroutinefunction(method):
            return await method(*arguments)
        # Not asyncio's own pool: the application may be holding all of its threads.
        work = partial(copy_context().run, method, *arguments)
        answer = await asyncio.get_running_loop().run_in_executor(self._threads(), work)
        # A wrapper around a coroutine function does not look like one; what it gives is still to be awaited.
        return await answer if inspect.isawaitable(answer) else answer

    def _threads(self) -> ThreadPoolExecutor:
        # A fork leaves the parent's threads behind.
        if self._pool is None or self._process != os.getpid():
            self._pool, self._process = ThreadPoolExecutor(thread_name_prefix="twinlock"), os.getpid()
        return self._pool

    def _settle(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.debug("a call of the storage failed: %s", type(task.exception()).__name__)

    async def begin_enrollment(
        self,
        user_id: str,
        *,
        account_name: str,
        assurance: str | None = None,
        setup: str | None = None,
        issuer: str | None = None,
        context: str | None = None,
    ) -> Enrollment:
        """Begins an enrollment: a new secret, shown as QR code and text. Stores nothing.

        `account_name` (1 to 128 bytes) is what the app shows beside the issuer. `assurance` proves the second factor of a
        user who already has one. `setup` of an unexpired enrollment gives the same secret again, for a page that reloads.
        `issuer` (1 to 64 bytes) is shown instead of the driver's.

        Raises `AssuranceRequired` when the user is active and the proof is missing or older than the policy allows,
        `TooManyAuthenticators`.
        """
        outcome: Enrollment = await self._run(
            self._engine.begin_enrollment(user_id, account_name, assurance, setup, issuer, context)
        )
        return outcome

    async def confirm_enrollment(
        self,
        user_id: str,
        setup: str,
        *,
        code: str,
        name: str | None = None,
        next_codes: Sequence[str] = (),
        context: str | None = None,
    ) -> Enrolled:
        """Confirms a setup with a code of the new authenticator; with the first one the second factor is on.

        `name` (1 to 64 bytes, e.g. "Ada's phone") is for lists; without it the authenticator is numbered. `next_codes`: the
        two codes that followed `code`, when `MoreCodesRequired` asked for them.

        Raises `InvalidCode`, `MalformedCode`, `MoreCodesRequired` (the phone's clock is off: three codes teach the drift),
        `SetupExpired`, `AlreadyEnrolled`, `AssuranceRequired` (became active meanwhile), `TooManyAuthenticators`.
        """
        outcome: Enrolled = await self._run(
            self._engine.confirm_enrollment(user_id, setup, code, next_codes, name, context)
        )
        return outcome

    async def import_authenticator(
        self,
        user_id: str,
        *,
        secret: str | None = None,
        uri: str | None = None,
        name: str | None = None,
        algorithm: str | None = None,
        digits: int | None = None,
        period: int | None = None,
        last_used_step: int | None = None,
        drift: int = 0,
        actor: str,
        context: str | None = None,
    ) -> str:
        """Takes over an authenticator from another system, by its base32 `secret` (with `algorithm`, `digits`, `period`)
        or its `otpauth://` `uri`; gives its id. An operator's call (`actor`, 1 to 128 bytes). Brings no backup codes.
        `algorithm` is `SHA1` (the default), `SHA256` or `SHA512`, `digits` 6 (the default) to 8, `period` 1 to 300 seconds
        (default 30), `name` 1 to 64 bytes.

        `last_used_step` is the time step of the last code the other system accepted, `drift` the steps (-20 to 20) that
        the phone is ahead.

        Raises `InvalidSecret`, `TooManyAuthenticators`.
        """
        outcome: str = await self._run(
            self._engine.import_authenticator(
                user_id, secret, uri, name, algorithm, digits, period, last_used_step, drift, actor, context
            )
        )
        return outcome

    async def after_first_factor(
        self,
        user_id: str,
        *,
        device: str | None = None,
        required: bool = False,
        fresh: bool = False,
        carry: str | None = None,
        context: str | None = None,
    ) -> NextStep:
        """After the password: says whether a second factor is due, and makes the challenge. Stores nothing.

        `device` is the token of this browser. `required`: this user must have a second factor. `fresh` asks even a
        trusted browser: for step-up of a signed-in user. `carry` (at most 512 bytes) is sealed into the challenge and
        comes back with the verification.
        """
        outcome: NextStep = await self._run(
            self._engine.after_first_factor(user_id, device, required, fresh, carry, context)
        )
        return outcome

    async def verify(
        self,
        challenge: str,
        *,
        code: str,
        next_codes: Sequence[str] = (),
        trust_device: bool = False,
        user_id: str | None = None,
        context: str | None = None,
    ) -> Verification:
        """Proves a second factor, at sign-in and for step-up. Sign in `verification.user_id` and nobody else.

        `code` is a code of an authenticator or a backup code; with `next_codes` it is the oldest of three consecutive
        ones. `trust_device`: this browser may skip the code from now on. `user_id`, where you know whom to expect: the
        challenge of anybody else is `ChallengeExpired`.

        Raises `InvalidCode`, `MalformedCode`, `Throttled`, `MoreCodesRequired`, `ChallengeExpired`.
        """
        outcome: Verification = await self._run(
            self._engine.verify(challenge, code, next_codes, trust_device, user_id, context)
        )
        return outcome

    async def check_assurance(
        self,
        user_id: str,
        assurance: str,
        *,
        max_age: int | None,
    ) -> int:
        """Unix seconds at which this user proved a second factor, if that is at most `max_age` seconds ago (0 or more; none:
        however long ago, until the user's proofs are ended). One load, no save.

        Raises `AssuranceRequired`, `NotEnabled`.
        """
        outcome: int = await self._run(self._engine.check_assurance(user_id, assurance, max_age))
        return outcome

    async def regenerate_backup_codes(
        self,
        user_id: str,
        assurance: str,
        *,
        context: str | None = None,
    ) -> list[str]:
        """A new set of backup codes, to be shown once; the old one stops working. `assurance` is a fresh proof, as for all
        sensitive operations: no older than the policy's `assurance_max_age` (300 seconds).

        Raises `AssuranceRequired`, `NotEnabled`.
        """
        outcome: list[str] = await self._run(self._engine.regenerate_backup_codes(user_id, assurance, context))
        return outcome

    async def backup_codes_saved(self, user_id: str, *, context: str | None = None) -> None:
        """The user says the backup codes are saved.

        Raises `NotEnabled`.
        """
        await self._run(self._engine.backup_codes_saved(user_id, context))

    async def rename_authenticator(
        self,
        user_id: str,
        assurance: str,
        *,
        id: str,
        name: str,
        context: str | None = None,
    ) -> None:
        """Gives an authenticator another name (1 to 64 bytes).

        Raises `AssuranceRequired`, `NotEnabled`, `NotFound`.
        """
        await self._run(self._engine.rename_authenticator(user_id, assurance, id, name, context))

    async def remove_authenticator(
        self,
        user_id: str,
        assurance: str,
        *,
        id: str,
        context: str | None = None,
    ) -> None:
        """Removes an authenticator; other sessions must prove the second factor again.

        Raises `AssuranceRequired`, `NotEnabled`, `NotFound`, `LastAuthenticator` (the last one goes only by `disable`).
        """
        await self._run(self._engine.remove_authenticator(user_id, assurance, id, context))

    async def disable(
        self,
        user_id: str,
        assurance: str,
        *,
        context: str | None = None,
    ) -> None:
        """Switches two-factor authentication off.

        Raises `AssuranceRequired`, `NotEnabled`.
        """
        await self._run(self._engine.disable(user_id, assurance, context))

    async def revoke_device(
        self,
        user_id: str,
        *,
        id: str,
        context: str | None = None,
    ) -> None:
        """Forgets one browser, by its `id` in `status`.

        Raises `NotEnabled`, `NotFound`.
        """
        await self._run(self._engine.revoke_device(user_id, id, context))

    async def revoke_all_devices(self, user_id: str, *, context: str | None = None) -> None:
        """Forgets all browsers.

        Raises `NotEnabled`.
        """
        await self._run(self._engine.revoke_all_devices(user_id, context))

    async def status(
        self,
        user_id: str,
        *,
        device: str | None = None,
        assurance: str | None = None,
    ) -> Status:
        """What a settings page may show. The tokens only tell which device is asking and how fresh its proof is."""
        return Status(await self._run(self._engine.status(user_id, device, assurance)))

    async def reset(
        self,
        user_id: str,
        *,
        actor: str,
        reason: str,
        context: str | None = None,
    ) -> None:
        """The help desk wipes the second factor of a user whose identity it has checked. `actor`, `reason`: 1 to 128 bytes.
        Wrong codes stay counted. Nothing to wipe is fine.
        """
        await self._run(self._engine.reset(user_id, actor, reason, context))

    async def unlock(
        self,
        user_id: str,
        *,
        actor: str,
        context: str | None = None,
    ) -> None:
        """An operator (`actor`, 1 to 128 bytes) forgives all wrong codes of a user."""
        await self._run(self._engine.unlock(user_id, actor, context))

    async def password_changed(self, user_id: str, *, context: str | None = None) -> None:
        """To be called when the password changes: challenges, setups, proofs and the trust of devices end."""
        await self._run(self._engine.password_changed(user_id, context))

    async def reseal(self, user_id: str) -> bool:
        """Moves the record to the active key and the newest format; tells whether it had to."""
        outcome: bool = await self._run(self._engine.reseal(user_id))
        return outcome

    async def erase(self, user_id: str) -> None:
        """Deletes record and events, readable or not: when the account is deleted."""
        await self._run(self._engine.erase(user_id))

    async def events(self, user_id: str, *, cursor: str | None = None, limit: int = 50) -> EventPage:
        """A page of the user's audit log, the newest event first. `cursor` is the `next_cursor` of the page before.

        `limit`: 1 to 200 events.

        Raises `ConfigurationError` when the storage keeps no events that can be read.
        """
        before = page_request(cursor, limit)
        return page(await self._ask(self._report("events"), user_id, before, limit + 1), limit)

    async def stats(self) -> Stats:
        """Figures for an operator's page.

        Raises `ConfigurationError` when the storage has none.
        """
        return figures(await self._ask(self._report("stats"), seconds(self._now())))
