"""Twinlock in this application: the engine, and the hooks that tie it to our users and tokens."""

from __future__ import annotations

import logging
from collections.abc import Callable

from fastapi import Request, Response
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from twinlock import AsyncTwoFactor, ConfigurationError, Event, KeyRing, SqliteStorage, Storage
from twinlock.fastapi import TwoFactorRoutes, Verified
from twinlock.storage.sqlalchemy import SqlAlchemyStorage, create_all

from . import sessions
from .models import User
from .passwords import check_password
from .settings import Settings, SettingsError
from .tokens import Proof, Tokens

BASE = "/api/auth/2fa"
ADMIN_BASE = "/api/admin/2fa"
audit = logging.getLogger("app.audit")


def open_two_factor(settings: Settings, engine: Engine, clock: Callable[[], float]) -> AsyncTwoFactor:
    """The engine on its own SQLite file, or on tables of its own in the database of the application.

    Raises SettingsError when the keys cannot be read.
    """
    try:
        keys = KeyRing.from_text(settings.twinlock_keys)
    except ConfigurationError as error:
        raise SettingsError(f"TWINLOCK_KEYS: {error}") from None
    return AsyncTwoFactor(
        issuer="Twinlock Demo" if settings.development else "Twinlock Example",
        storage=_storage(settings, engine),
        keys=keys,
        clock=clock,
        on_event=log_event,
    )


def _storage(settings: Settings, engine: Engine) -> Storage:
    if settings.database_url is None:
        # Two libraries of SQLite on one file would corrupt it.
        return SqliteStorage(settings.data / "2fa.db")
    create_all(engine)
    # It takes the engine's way to connect and nothing else: what is burned stays burned, whoever rolls back.
    return SqlAlchemyStorage(engine)


def close(two_factor: AsyncTwoFactor) -> None:
    """Close the connections that are kept."""
    if isinstance(two_factor.storage, SqlAlchemyStorage):
        two_factor.storage.close()


def log_event(event: Event, durable: bool) -> None:
    """What happened goes to the audit log. Twinlock's events hold no code, secret or token."""
    audit.info("%s user=%s success=%s durable=%s", event.type, event.user_id, event.success, durable)


def make_routes(two_factor: AsyncTwoFactor) -> TwoFactorRoutes[User]:
    """The HTTP contract of Twinlock, with our hooks.

    ``proof="bearer"`` with the ``assurance`` hook: the proof travels inside our access token as
    claim ``tfa``, whether that token comes in a header or in a cookie. No ``allowed_origins``: the
    separate front end sends bearer tokens, and nobody else's page may use our cookies.
    """
    return TwoFactorRoutes(
        two_factor,
        user=sessions.current_user,
        on_verified=on_verified,
        proof="bearer",
        assurance=sessions.current_assurance,
        device=sessions.current_device,
        required_for=lambda user: user.is_admin,
        reauthenticate=reauthenticate,
        may_administer=may_administer,
        setup_url="/account",
    )


async def on_verified(request: Request, verified: Verified) -> Response:
    """Make the tokens of somebody who has proved who they are.

    A sign-in begins a new session. Setup and step-up go on with the one there is and put the fresh
    proof into it. Either way, sessions of this user from before the second factor end.
    """
    tokens: Tokens = request.app.state.tokens
    with_code = verified.method in ("totp", "backup_code")
    proof = Proof(("pwd", "otp") if with_code else ("pwd",), verified.assurance)
    session = None if verified.occasion == "sign_in" else await sessions.signed_in(request)
    if session:
        family = session.claims.family
        await run_in_threadpool(tokens.prove, family, proof)
        access = tokens.access(verified.user_id, family, proof)
        response = sessions.access_answer(request, access, _members(request, verified))
    else:
        pair = await run_in_threadpool(tokens.issue, verified.user_id, proof)
        family = pair.family
        response = sessions.token_answer(request, pair, _members(request, verified))
    if verified.assurance:
        await run_in_threadpool(tokens.end_others, verified.user_id, family, unproven_only=True)
    if verified.device and sessions.is_own_page(request):
        sessions.set_cookie(request, response, "device", verified.device, sessions.DEVICE_SECONDS)
    return response


def _members(request: Request, verified: Verified) -> dict[str, object]:
    if verified.device is None or sessions.is_own_page(request):
        return {}
    # An API client keeps the device token itself and sends it back as `Twinlock-Device`.
    return {"device": verified.device}


async def reauthenticate(request: Request, user: User, password: str) -> bool:
    """Whether this is the user's password: asked before the second factor is set up or switched off."""
    request.app.state.password_limit.count(user.id)
    right, _ = await run_in_threadpool(check_password, password, user.password_hash)
    return right


async def may_administer(request: Request) -> bool:
    """Whether the signed-in user is an administrator."""
    user = await sessions.current_user(request)
    return user is not None and user.is_admin
