"""`TwoFactor`: the second lock after the password, over a blocking storage."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

from ._driver import Driver, figures, page, page_request
from ._native import Enrolled, Enrollment, NextStep, Verification, seconds
from .errors import ConfigurationError
from .results import EventPage, Stats, Status
from .storage import Storage


class TwoFactor(Driver[Storage]):
    """The second lock after the password.

    The storage must bound its own waiting, as `SqliteStorage` does: a blocked thread cannot be called back. An answer
    later than `storage_timeout` is refused all the same.

    User ids are the application's own: 1 to 255 bytes of text without control characters, compared byte by byte. `context`
    (at most 256 bytes, e.g. browser and address) goes into the events and, in part, becomes the name of a browser. Times are
    Unix seconds. Tokens are opaque text of at most 1,280 characters: keep them, never put them into a URL.

    Beside what each operation says, all of them raise `MalformedRequest` (an argument of the wrong type, length or form),
    `StorageError`, `StorageTimeout`, `Contention`, `RecordTampered`, `UnknownKey`, `ConfigurationError` (the clock) and
    `InternalError`: nobody is let in then, and a code that was burned stays burned.
    """

    def _set_up(self) -> None:
        if inspect.iscoroutinefunction(self._storage.load):
            raise ConfigurationError("this storage is asynchronous: use AsyncTwoFactor")

    def begin_enrollment(
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
        outcome: Enrollment = self._run_in_place(
            self._engine.begin_enrollment(user_id, account_name, assurance, setup, issuer, context)
        )
        return outcome

    def confirm_enrollment(
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
        outcome: Enrolled = self._run_in_place(
            self._engine.confirm_enrollment(user_id, setup, code, next_codes, name, context)
        )
        return outcome

    def import_authenticator(
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
        outcome: str = self._run_in_place(
            self._engine.import_authenticator(
                user_id, secret, uri, name, algorithm, digits, period, last_used_step, drift, actor, context
            )
        )
        return outcome

    def after_first_factor(
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
        outcome: NextStep = self._run_in_place(
            self._engine.after_first_factor(user_id, device, required, fresh, carry, context)
        )
        return outcome

    def verify(
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
        outcome: Verification = self._run_in_place(
            self._engine.verify(challenge, code, next_codes, trust_device, user_id, context)
        )
        return outcome

    def check_assurance(
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
        outcome: int = self._run_in_place(self._engine.check_assurance(user_id, assurance, max_age))
        return outcome

    def regenerate_backup_codes(
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
        outcome: list[str] = self._run_in_place(self._engine.regenerate_backup_codes(user_id, assurance, context))
        return outcome

    def backup_codes_saved(self, user_id: str, *, context: str | None = None) -> None:
        """The user says the backup codes are saved.

        Raises `NotEnabled`.
        """
        self._run_in_place(self._engine.backup_codes_saved(user_id, context))

    def rename_authenticator(
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
        self._run_in_place(self._engine.rename_authenticator(user_id, assurance, id, name, context))

    def remove_authenticator(
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
        self._run_in_place(self._engine.remove_authenticator(user_id, assurance, id, context))

    def disable(
        self,
        user_id: str,
        assurance: str,
        *,
        context: str | None = None,
    ) -> None:
        """Switches two-factor authentication off.

        Raises `AssuranceRequired`, `NotEnabled`.
        """
        self._run_in_place(self._engine.disable(user_id, assurance, context))

    def revoke_device(
        self,
        user_id: str,
        *,
        id: str,
        context: str | None = None,
    ) -> None:
        """Forgets one browser, by its `id` in `status`.

        Raises `NotEnabled`, `NotFound`.
        """
        self._run_in_place(self._engine.revoke_device(user_id, id, context))

    def revoke_all_devices(self, user_id: str, *, context: str | None = None) -> None:
        """Forgets all browsers.

        Raises `NotEnabled`.
        """
        self._run_in_place(self._engine.revoke_all_devices(user_id, context))

    def status(
        self,
        user_id: str,
        *,
        device: str | None = None,
        assurance: str | None = None,
    ) -> Status:
        """What a settings page may show. The tokens only tell which device is asking and how fresh its proof is."""
        return Status(self._run_in_place(self._engine.status(user_id, device, assurance)))

    def reset(
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
        self._run_in_place(self._engine.reset(user_id, actor, reason, context))

    def unlock(
        self,
        user_id: str,
        *,
        actor: str,
        context: str | None = None,
    ) -> None:
        """An operator (`actor`, 1 to 128 bytes) forgives all wrong codes of a user."""
        self._run_in_place(self._engine.unlock(user_id, actor, context))

    def password_changed(self, user_id: str, *, context: str | None = None) -> None:
        """To be called when the password changes: challenges, setups, proofs and the trust of devices end."""
        self._run_in_place(self._engine.password_changed(user_id, context))

    def reseal(self, user_id: str) -> bool:
        """Moves the record to the active key and the newest format; tells whether it had to."""
        outcome: bool = self._run_in_place(self._engine.reseal(user_id))
        return outcome

    def erase(self, user_id: str) -> None:
        """Deletes record and events, readable or not: when the account is deleted."""
        self._run_in_place(self._engine.erase(user_id))

    def events(self, user_id: str, *, cursor: str | None = None, limit: int = 50) -> EventPage:
        """A page of the user's audit log, the newest event first. `cursor` is the `next_cursor` of the page before.

        `limit`: 1 to 200 events.

        Raises `ConfigurationError` when the storage keeps no events that can be read.
        """
        before = page_request(cursor, limit)
        return page(self._ask_in_place(self._report("events"), user_id, before, limit + 1), limit)

    def stats(self) -> Stats:
        """Figures for an operator's page.

        Raises `ConfigurationError` when the storage has none.
        """
        return figures(self._ask_in_place(self._report("stats"), seconds(self._now())))
