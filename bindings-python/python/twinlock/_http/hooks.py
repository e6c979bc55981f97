"""What the application tells Twinlock, and what it is told: its hooks and `Verified`."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar

from twinlock import ConfigurationError

U = TypeVar("U")

_NAME_BYTES = 128


class Ask(Protocol):
    """Calls a hook in the framework's manner and awaits it where it is to be awaited."""

    async def __call__(self, hook: Callable[..., Any], /, *arguments: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class Verified:
    """A sign-in, a setup or a step-up that succeeded: what `on_verified` makes a session or tokens of."""

    user_id: str
    """The account to sign in: this one and no other."""
    occasion: Literal["sign_in", "setup", "step_up"]
    """At `setup` and `step_up` the user was signed in before."""
    method: str
    """`none` (no second factor yet), `device` (a trusted browser), `totp` or `backup_code`; kinds will be added."""
    assurance: str | None = None
    """Goes into your own token (claim `tfa`, kept on refresh) if you gave the `assurance` hook; else leave it alone."""
    device: str | None = None
    """Goes into your own cookie if you gave the `device` hook; else leave it alone."""
    verified_at: int | None = None
    """When the second factor was proved, Unix seconds."""
    carry: str | None = None
    """What was given to `login(carry=...)`: remember-me, the page to return to."""
    authenticator_id: str | None = None
    backup_codes_left: int | None = None
    enrollment_required: bool = False
    """The user has no second factor but must set one up (`required_for`)."""

    def __repr__(self) -> str:
        """Silent about tokens: representations end up in logs."""
        return f"Verified(occasion={self.occasion!r}, method={self.method!r})"


def field(user: object, name: str) -> object:
    """A member of the application's user, be it an object or a mapping."""
    return user.get(name) if isinstance(user, Mapping) else getattr(user, name, None)


def user_id_of(user: object) -> str:
    """The engine's text for the application's user id: text as it is, an int in decimal, a UUID in lower case."""
    value = field(user, "id")
    if isinstance(value, str):
        return value
    if isinstance(value, uuid.UUID) or (isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    raise ConfigurationError("the user hook has to give an object with an id that is a str, an int or a UUID")


@dataclass(frozen=True, slots=True)
class Hooks(Generic[U]):
    """The application's functions as they were given; each framework's `TwoFactorRoutes` documents them."""

    ask: Ask
    user: Callable[[Any], U | None | Awaitable[U | None]]
    on_verified: Callable[[Any, Verified], Any]
    required_for: Callable[[U], bool | Awaitable[bool]] | None = None
    reauthenticate: Callable[[Any, U, str], bool | Awaitable[bool]] | None = None
    may_administer: Callable[[Any], bool | Awaitable[bool]] | None = None
    client_ip: Callable[[Any], str | None] | None = None
    account_name: Callable[[U], str] | None = None
    csrf: Callable[[Any], str | None] | None = None
    id_of: Callable[[Any], str] = user_id_of

    async def must_have_second_factor(self, user: U) -> bool:
        """Whether `required_for` says that this user must have one."""
        return self.required_for is not None and bool(await self.ask(self.required_for, user))

    def name_of(self, user: U) -> str:
        """What the authenticator app shows below the issuer: the hook's answer, or the first of the usual fields."""
        if self.account_name is not None:
            return _cut(self.account_name(user))
        names = (field(user, name) for name in ("account_name", "email", "username"))
        return _cut(next((name for name in names if isinstance(name, str) and name), self.id_of(user)))


def _cut(name: str) -> str:
    """A name that is too long for an app is shown in part, not refused."""
    return name.encode()[:_NAME_BYTES].decode(errors="ignore")
