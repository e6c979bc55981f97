"""Where the tokens of the second factor live: one table of places for each way.

| proof=    | assurance                | device            | challenge, running setup | pending user |
|-----------|--------------------------|-------------------|--------------------------|--------------|
| `session` | server-side session      | cookie            | server-side session      | session      |
| `cookie`  | cookie                   | cookie            | cookie                   | -            |
| `bearer`  | `Twinlock-Assurance`     | `Twinlock-Device` | the client keeps them    | -            |

The hooks `assurance` and `device` put the application's own token or cookie in the place of ours.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal, Protocol, TypeAlias

from .hooks import Ask, Verified
from .messages import Incoming, Reply, Session
from .places import Cookie, Header, Held, Nowhere, Place, SessionKey

ProofMode: TypeAlias = Literal["session", "cookie", "bearer"]
Reader: TypeAlias = Callable[[Any], str | None | Awaitable[str | None]]

# The token inside says until when it counts; browsers keep no cookie longer than this anyway.
_DEVICE_COOKIE_SECONDS = 400 * 24 * 3600
_CHALLENGE_COOKIE_SECONDS = 15 * 60
_SETUP_COOKIE_SECONDS = 15 * 60


class Rotate(Protocol):
    """Gives the session a new id and keeps what is in it."""

    def __call__(self, request: Any, /) -> None | Awaitable[None]: ...


class Proof:
    """Reads and keeps assurance, device, challenge and setup in the places of one mode."""

    def __init__(
        self,
        mode: ProofMode,
        *,
        ask: Ask,
        assurance: Reader | None = None,
        device: Reader | None = None,
        session: Callable[[Any], Session] | None = None,
        rotate_session: Rotate | None = None,
        cookie_max_age: int | None = None,
    ) -> None:
        places = _places(mode, session, cookie_max_age)
        self.mode = mode
        self._ask = ask
        self._assurance = Held(assurance) if assurance else places["assurance"]
        self._device = Held(device) if device else places["device"]
        self._challenge = places["challenge"]
        self._setup = places["setup"]
        self._pending = places["pending"]
        self._rotate = rotate_session

    async def assurance(self, request: Incoming) -> str | None:
        """The proof that came with the request, unchecked."""
        return await self._assurance.read(request)

    async def device(self, request: Incoming) -> str | None:
        """The device token that came with the request, unchecked."""
        return await self._device.read(request)

    async def challenge(self, request: Incoming) -> str | None:
        """The challenge of the sign-in or step-up that this browser is in the middle of."""
        return await self._challenge.read(request)

    async def setup(self, request: Incoming) -> str | None:
        """The setup that this browser began and has not confirmed."""
        return await self._setup.read(request)

    async def pending_user(self, request: Incoming) -> str | None:
        """The user who gave the right password in this session."""
        return await self._pending.read(request)

    @property
    def knows_pending_user(self) -> bool:
        """Whether a challenge is bound to the session that asked for it."""
        return not isinstance(self._pending, Nowhere)

    async def rotate(self, request: Incoming) -> None:
        """A new session id, so that an id planted before the sign-in is worth nothing."""
        if self._rotate is not None:
            await self._ask(self._rotate, request.native)

    def keep_challenge(self, request: Incoming, reply: Reply, challenge: str, user_id: str) -> None:
        """Remember which challenge of which user this browser has to answer."""
        self._challenge.write(request, reply, challenge)
        self._pending.write(request, reply, user_id)

    def keep_setup(self, request: Incoming, reply: Reply, setup: str) -> None:
        """Remember the setup that runs, so that a page which was reloaded shows the same QR code."""
        self._setup.write(request, reply, setup)

    def keep(self, request: Incoming, reply: Reply, verified: Verified) -> None:
        """Store the proof of a success; its challenge is done with. A known device stays known."""
        self._assurance.write(request, reply, verified.assurance)
        # A setup is confirmed or belongs to an earlier sign-in then; a step-up comes in the middle of one.
        if verified.occasion != "step_up":
            self._setup.write(request, reply, None)
        if verified.device is not None:
            self._device.write(request, reply, verified.device)
        self.drop_challenge(request, reply)

    def members(self, verified: Verified) -> dict[str, Any]:
        """What the body of a success carries for a client that keeps its tokens itself."""
        tokens = ((self._assurance, verified.assurance), (self._device, verified.device))
        return {place.member: token for place, token in tokens if isinstance(place, Header) and token is not None}

    def forget(self, request: Incoming, reply: Reply) -> None:
        """Drop the proof, at sign-out or when the second factor was switched off; the device stays known."""
        self._assurance.write(request, reply, None)
        self._setup.write(request, reply, None)
        self.drop_challenge(request, reply)

    def drop_challenge(self, request: Incoming, reply: Reply) -> None:
        """Forget a challenge that is done with."""
        self._challenge.write(request, reply, None)
        self._pending.write(request, reply, None)


def _places(mode: ProofMode, session: Callable[[Any], Session] | None, cookie_max_age: int | None) -> dict[str, Place]:
    device_cookie = Cookie("twinlock-device", _DEVICE_COOKIE_SECONDS)
    if mode == "session":
        return {
            "assurance": SessionKey("twinlock_assurance", session),
            "device": device_cookie,
            "challenge": SessionKey("twinlock_challenge", session),
            "setup": SessionKey("twinlock_setup", session),
            "pending": SessionKey("twinlock_pending", session),
        }
    if mode == "cookie":
        return {
            "assurance": Cookie("twinlock-assurance", cookie_max_age),
            "device": device_cookie,
            "challenge": Cookie("twinlock-challenge", _CHALLENGE_COOKIE_SECONDS),
            "setup": Cookie("twinlock-setup", _SETUP_COOKIE_SECONDS),
            "pending": Nowhere(),
        }
    return {
        "assurance": Header("Twinlock-Assurance", "assurance"),
        "device": Header("Twinlock-Device", "device"),
        "challenge": Nowhere(),
        "setup": Nowhere(),
        "pending": Nowhere(),
    }
