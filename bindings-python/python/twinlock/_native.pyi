"""The engine behind the package `twinlock`. Private: import from `twinlock`."""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, Literal, TypedDict, final, type_check_only

from typing_extensions import Unpack

from .results import Stats

__all__ = [
    "AuthenticatorAccount",
    "Call",
    "Engine",
    "Enrolled",
    "Enrollment",
    "Event",
    "KeyRing",
    "NextStep",
    "Policy",
    "SqliteStorage",
    "Step",
    "StoredRecord",
    "Verification",
    "after_fork",
    "before_fork",
    "codes",
    "http_status",
    "problem",
    "seconds",
]

@type_check_only
class PolicySettings(TypedDict, total=False):
    """What `Policy` takes. The reason of each default stands in `core/src/policy.rs`."""

    algorithm: Literal["SHA1", "SHA256", "SHA512"]
    """Of new authenticators. Default SHA1: what apps support."""
    digits: int
    """Of a code: 6 (the default) to 8."""
    period: int
    """Seconds that a code is shown: 1 to 300, default 30."""
    window: int
    """Steps taken on each side of now: 0 to 2, default 1."""
    secret_bytes: int
    """Length of new secrets: 16 to 64, default 20."""
    backup_codes: int
    """In a set: 0 to 20, default 10."""
    require_saved_codes: bool
    """Pages insist that the user says the backup codes are saved. Default false."""
    budget: float
    """Unforgiven failures an account or a browser may have. Default 8."""
    budget_return_days: float
    """Days after which one of them is returned. Default 21."""
    backoff: Sequence[int]
    """Seconds to wait after the 1st, 2nd, ... unforgiven failure. Default 0, 0, 0, 15, 30, 60, 120, 240."""
    flood_rate: float
    """Consecutive-code tries a second that the bound assumes an attacker can send all year. Default 10,000."""
    setup_ttl: int
    """Seconds in which a begun enrollment may be confirmed: 60 to 86,400, default 600."""
    challenge_ttl: int
    """Seconds between first and second factor: 30 to 3,600, default 300."""
    challenge_failures: int
    """Counted failures that end a challenge: 1 to 100, default 5."""
    assurance_max_age: int
    """Seconds that a proof counts as fresh for sensitive operations: 30 to 86,400, default 300."""
    device_known_days: int
    """Days that a browser keeps its own budget after its last proof: 1 to 365, default 90."""
    device_trusted_days: int
    """Days that a browser the user trusts skips the code: 0 (never) to 365, default 30."""
    max_authenticators: int
    """Per user: 1 to 5, default 3."""
    max_devices: int
    """Per user: 0 to 20, default 10."""
    accept_risk: bool
    """Takes a policy whose yearly guess probability is above 1e-4. Default false."""

@final
class StoredRecord:
    """One user's record as it is stored: sealed, opaque to the storage."""

    def __new__(cls, *, version: int, enabled: bool, key_id: str, data: bytes) -> StoredRecord: ...
    @property
    def version(self) -> int:
        """Chosen by the engine, below 2^53; a storage compares it and never counts."""
    @property
    def enabled(self) -> bool:
        """Whether the user has a second factor: in clear for counting, bound into the seal."""
    @property
    def key_id(self) -> str:
        """The key that sealed it: in clear for key sweeps, bound into the seal."""
    @property
    def data(self) -> bytes:
        """The sealed bytes, at most some kilobytes."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Event:
    """One line of the audit log. It holds no code, secret or token."""

    def __new__(
        cls,
        *,
        id: str | bytes,
        user_id: str,
        type: str,
        at: int,
        success: bool = True,
        method: str | None = None,
        actor: str | None = None,
        context: str | None = None,
        detail: Mapping[str, Any] | str | None = None,
    ) -> Event: ...
    @property
    def id(self) -> str:
        """A UUIDv7 in 32 hexadecimal digits: sorting by id is sorting by time."""
    @property
    def id_bytes(self) -> bytes:
        """The same id in 16 bytes."""
    @property
    def user_id(self) -> str:
        """Whose second factor."""
    @property
    def type(self) -> str:
        """What happened, e.g. `verified`, `failed`, `attack_suspected`; newer releases may know more."""
    @property
    def at(self) -> int:
        """Unix seconds."""
    @property
    def success(self) -> bool:
        """Whether what was tried succeeded."""
    @property
    def method(self) -> str | None:
        """`totp` or `backup_code`, where a code was presented."""
    @property
    def actor(self) -> str | None:
        """The operator who acted, where it was not the user."""
    @property
    def context(self) -> str | None:
        """What the host said about the request."""
    @property
    def detail(self) -> dict[str, Any]:
        """Further facts, by name."""
    @property
    def detail_json(self) -> str:
        """The same facts as JSON text, for a column."""
    def body(self) -> dict[str, Any]:
        """The event as the HTTP contract shows it."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class KeyRing:
    """The keys that seal records and tokens, by id; the first is the active one. Its repr shows the ids only."""

    def __new__(cls, keys: dict[str, bytes]) -> KeyRing:
        """Keys of 32 random bytes by id (1 to 16 letters, digits, dots, hyphens, underscores), the active one first.

        Raises `ConfigurationError`.
        """
    @staticmethod
    def from_text(text: str) -> KeyRing:
        """Reads `id:base64,id:base64` as in `TWINLOCK_KEYS`; line ends separate too.

        Raises `ConfigurationError`.
        """
    @staticmethod
    def generate(id: str = "k1") -> KeyRing:
        """A ring with one new random key."""
    def to_text(self) -> str:
        """The keys as `from_text` reads them. This is the secret itself."""
    @property
    def active_id(self) -> str:
        """The id of the key that seals."""

@final
class Policy:
    """A checked set of numbers; every setting has a default with its reason in the documentation."""

    def __new__(cls, **settings: Unpack[PolicySettings]) -> Policy:
        """The defaults with some settings changed.

        Raises `ConfigurationError` for a setting out of range, and without `accept_risk` for a policy that lets a guesser
        in with more than 1 in 10,000 a year.
        """
    @staticmethod
    def fixed_lockout(attempts: int = 5, minutes: int = 15, accept_risk: bool = False) -> Policy:
        """What many sites do: after `attempts` wrong codes nothing is taken for `minutes`. It lets a patient guesser in, so it is
        refused without `accept_risk`. Three consecutive codes and backup codes stay open in it.
        """
    @property
    def settings(self) -> dict[str, Any]:
        """All settings by name."""
    def yearly_guess_probability(self) -> float:
        """An upper bound of the probability that somebody who knows the password, but has none of the user's devices, gets past
        the second factor within a year of trying all day.
        """
    def __eq__(self, other: object, /) -> bool: ...

@final
class AuthenticatorAccount:
    """The other side: an account that shows codes, for tests and tools."""

    @staticmethod
    def from_uri(uri: str) -> AuthenticatorAccount:
        """Reads an `otpauth://totp/` URI, as an app does when it scans the QR code.

        Raises `InvalidSecret`.
        """
    @staticmethod
    def from_migration(uri: str) -> list[AuthenticatorAccount]:
        """Reads an `otpauth-migration://` URI, the export of an authenticator app: all its accounts."""
    @property
    def issuer(self) -> str | None:
        """Who issued the account."""
    @property
    def account_name(self) -> str:
        """The account's name."""
    @property
    def digits(self) -> int:
        """Digits of a code."""
    @property
    def period(self) -> int:
        """Seconds that a code is shown."""
    def code_at(self, now: float) -> str:
        """The code shown at `now` (Unix seconds)."""
    def seconds_left(self, now: float) -> int:
        """Seconds until the next code."""

@final
class Enrollment:
    """A begun enrollment: show the secret once, keep nothing but `setup`, at the client."""

    @property
    def setup(self) -> str:
        """Sealed: to be sent back with the first code."""
    @property
    def secret(self) -> str:
        """Base32, to be typed where no QR code can be read."""
    @property
    def uri(self) -> str:
        """The `otpauth://` URI that the QR code holds."""
    @property
    def expires_at(self) -> int:
        """Unix seconds until which `setup` can be confirmed."""
    @property
    def account_name(self) -> str:
        """The account as the app will show it."""
    @property
    def issuer(self) -> str:
        """The issuer as the app will show it."""
    @property
    def digits(self) -> int:
        """Digits of a code."""
    @property
    def period(self) -> int:
        """Seconds that a code is shown."""
    def qr_svg(self) -> str:
        """The QR code of the URI as SVG."""
    def qr_png(self) -> bytes:
        """The QR code as a PNG file."""
    def qr_data_uri(self) -> str:
        """The PNG as a `data:` URI for an `<img>`."""
    def qr_text(self) -> str:
        """The QR code as half-block text for a terminal."""
    def body(self) -> dict[str, Any]:
        """The body of `POST /setup`."""

@final
class Enrolled:
    """A confirmed enrollment."""

    @property
    def authenticator_id(self) -> str:
        """The new authenticator, for renaming and removing."""
    @property
    def backup_codes(self) -> list[str]:
        """With the first authenticator: to be shown once. Empty with further ones."""
    @property
    def assurance(self) -> str:
        """A fresh proof: confirming is one."""
    @property
    def device(self) -> str | None:
        """The token of this browser, now known."""
    @property
    def verified_at(self) -> int:
        """Unix seconds of the proof."""
    def body(self) -> dict[str, Any]:
        """The body of `POST /setup/confirm`."""

@final
class NextStep:
    """What stands between the password and the session."""

    @property
    def status(self) -> Literal["not_required", "enrollment_required", "trusted", "challenge"]:
        """`not_required`, `enrollment_required`, `trusted` or `challenge`."""
    @property
    def challenge(self) -> str | None:
        """To be sent back with the code; with status `challenge` only."""
    @property
    def methods(self) -> list[str]:
        """What the user can answer with; tolerate unknown ones."""
    @property
    def codes_required(self) -> int:
        """How many consecutive codes of an authenticator are needed: 1, or 3 under attack. A backup code is always one."""
    @property
    def assurance(self) -> str | None:
        """With status `trusted`: the proof, dated when the device last gave one."""
    @property
    def expires_at(self) -> int | None:
        """Unix seconds until which the challenge can be answered."""
    @property
    def expires_in(self) -> int | None:
        """The same in seconds from now."""
    def body(self) -> dict[str, Any]:
        """The part of a login's answer that asks for the second factor."""

@final
class Verification:
    """A proved second factor. The account to sign in is `user_id` and nothing else."""

    @property
    def user_id(self) -> str:
        """Whom to sign in."""
    @property
    def method(self) -> str:
        """`totp` or `backup_code`."""
    @property
    def authenticator_id(self) -> str | None:
        """Which authenticator, where one was used."""
    @property
    def backup_codes_left(self) -> int:
        """Backup codes left."""
    @property
    def assurance(self) -> str:
        """The proof, for guards and sensitive operations."""
    @property
    def device(self) -> str | None:
        """The token of this browser, now known or trusted."""
    @property
    def carry(self) -> str | None:
        """What `after_first_factor` was given to carry."""
    @property
    def verified_at(self) -> int:
        """Unix seconds of the proof."""
    def body(self) -> dict[str, Any]:
        """What `POST /verify` adds to the host's own answer."""

@final
class SqliteStorage:
    """Records and events in one SQLite file of its own, for many processes at once; opened before a fork it works in both."""

    def __new__(
        cls,
        path: str | PathLike[str],
        *,
        create: bool = True,
        synchronous: Literal["FULL", "NORMAL"] = "FULL",
        busy_timeout: float = 5.0,
    ) -> SqliteStorage:
        """Opens the file. `create=False` refuses a missing one: for production, where a wrong path would look like a world
        without second factors. `synchronous`: with `FULL` a lockout survives power loss; `NORMAL` is faster. A call that
        waits longer than `busy_timeout` seconds for others is refused.

        Raises `ConfigurationError`, also for a file with foreign tables.
        """
    def load(self, user_id: str, /) -> StoredRecord | None:
        """The record of that user."""
    def save(self, user_id: str, expected: int | None, record: StoredRecord, events: Sequence[Event], /) -> bool:
        """Writes record and events in one commit if the stored version is still `expected`."""
    def erase(self, user_id: str, /) -> None:
        """Deletes record and events."""
    def events(self, user_id: str, before: bytes | None, limit: int, /) -> list[Event]:
        """The newest events of a user first, with an `id_bytes` below `before` where given."""
    def stats(self, now: int, /) -> Stats:
        """Figures for an operator's page; `now` in Unix seconds."""
    def stale(self, key_id: str, after: str | None, limit: int, /) -> list[str]:
        """Users whose records are sealed by another key, in the order of their ids, after `after`."""
    def purge(self, before: int, /) -> int:
        """Deletes events older than `before` (Unix seconds); returns how many."""

@final
class Call:
    """An operation whose input is parsed and whose tokens are open."""

    @property
    def user_id(self) -> str:
        """Whose record to load."""

@final
class Step:
    """A decision: what to store, then what to tell."""

    @property
    def write(self) -> tuple[int | None, StoredRecord, tuple[Event, ...]] | None:
        """`(expected, record, events)`: save them if the stored version is still `expected` (none = there was no record),
        before anything is told.
        """
    @property
    def erases(self) -> bool:
        """Erase record and events, before anything is told."""
    @property
    def events(self) -> tuple[Event, ...]:
        """Those of `write`: stored in the same commit."""
    @property
    def notices(self) -> tuple[Event, ...]:
        """Told, not stored."""
    def result(self) -> Any:
        """Gives the outcome or raises it; only after the effect is done."""

@final
class Engine:
    """Decides; stores nothing, reads no clock."""

    def __new__(cls, issuer: str, keys: KeyRing, policy: Policy, namespace: str) -> Engine: ...
    @property
    def policy(self) -> Policy:
        """The policy in force."""
    @property
    def active_key_id(self) -> str:
        """The id of the key that seals."""
    def decide(self, call: Call, row: StoredRecord | None, now: float) -> Step:
        """Decides a call on the record as loaded at `now`."""
    def begin_enrollment(
        self,
        user_id: str,
        account_name: str,
        assurance: str | None,
        setup: str | None,
        issuer: str | None,
        context: str | None,
    ) -> Call: ...
    def confirm_enrollment(
        self, user_id: str, setup: str, code: str, next_codes: Sequence[str], name: str | None, context: str | None
    ) -> Call: ...
    def import_authenticator(
        self,
        user_id: str,
        secret: str | None,
        uri: str | None,
        name: str | None,
        algorithm: str | None,
        digits: int | None,
        period: int | None,
        last_used_step: int | None,
        drift: int,
        actor: str,
        context: str | None,
    ) -> Call: ...
    def after_first_factor(
        self, user_id: str, device: str | None, required: bool, fresh: bool, carry: str | None, context: str | None
    ) -> Call: ...
    def verify(
        self,
        challenge: str,
        code: str,
        next_codes: Sequence[str],
        trust_device: bool,
        user_id: str | None,
        context: str | None,
    ) -> Call: ...
    def check_assurance(self, user_id: str, assurance: str, max_age: int | None) -> Call: ...
    def regenerate_backup_codes(self, user_id: str, assurance: str, context: str | None) -> Call: ...
    def backup_codes_saved(self, user_id: str, context: str | None) -> Call: ...
    def rename_authenticator(self, user_id: str, assurance: str, id: str, name: str, context: str | None) -> Call: ...
    def remove_authenticator(self, user_id: str, assurance: str, id: str, context: str | None) -> Call: ...
    def disable(self, user_id: str, assurance: str, context: str | None) -> Call: ...
    def revoke_device(self, user_id: str, id: str, context: str | None) -> Call: ...
    def revoke_all_devices(self, user_id: str, context: str | None) -> Call: ...
    def status(self, user_id: str, device: str | None, assurance: str | None) -> Call: ...
    def reset(self, user_id: str, actor: str, reason: str, context: str | None) -> Call: ...
    def unlock(self, user_id: str, actor: str, context: str | None) -> Call: ...
    def password_changed(self, user_id: str, context: str | None) -> Call: ...
    def reseal(self, user_id: str) -> Call: ...
    def erase(self, user_id: str) -> Call: ...

def codes() -> list[str]:
    """Every stable code of the engine and of the HTTP contract."""

def problem(code: str, operation: str = "other") -> dict[str, Any]:
    """The RFC 9457 problem of a code, as it stands at that operation of the HTTP contract: `verify`, `step_up`, `confirm`,
    `guard`, `login` or `other`.
    """

def http_status(code: str, operation: str) -> int:
    """The HTTP status of a code at that operation of the HTTP contract."""

def seconds(now: float) -> int:
    """Whole Unix seconds of what a clock gave."""

def before_fork() -> None:
    """To be called before a fork: waits until no other thread is in a call of a store."""

def after_fork() -> None:
    """To be called after a fork, in both processes."""
