"""Puts the application together."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.concurrency import run_in_threadpool

from . import accounts, admin, auth, docs, pages, problems, sessions, twofactor, users
from .bodies import BodyLimit
from .db import open_database, open_engine
from .headers import SecurityHeaders
from .limiting import Limit
from .settings import Settings
from .tokens import Tokens

DESCRIPTION = """
Accounts with a second factor. “Try it out” on `POST /api/auth/login` signs this browser in by cookie;
an API client gets tokens in the body instead and sends them as `Authorization: Bearer …`.
"""


def create_app(settings: Settings, clock: Callable[[], float] = time.time) -> FastAPI:
    """One instance. ``clock`` gives Unix seconds; tests hand in one that they can move."""
    app = FastAPI(
        title="Twinlock example",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.clock = clock
    engine = open_engine(settings)
    app.state.engine = engine
    app.state.database = open_database(engine)
    # By name, so that a test may also exchange app.state.clock.
    app.state.tokens = Tokens(settings, app.state.database, lambda: app.state.clock())
    # Guesses of somebody who sits at an open session count for the account.
    app.state.password_limit = Limit(settings.sign_in_limit)
    app.state.two_factor = twofactor.open_two_factor(settings, engine, lambda: app.state.clock())
    routes = twofactor.make_routes(app.state.two_factor)

    bearer = [Depends(sessions.DOCUMENTED_BEARER)]
    app.include_router(auth.router(routes, settings))
    app.include_router(users.router(routes), dependencies=bearer)
    app.include_router(routes.router, prefix=twofactor.BASE, dependencies=bearer)
    app.include_router(admin.router(routes), dependencies=bearer)
    app.include_router(routes.admin_router, prefix=twofactor.ADMIN_BASE, dependencies=bearer)
    routes.install(app)
    problems.install(app)
    docs.install(app)
    pages.install(app, settings)

    app.add_middleware(BodyLimit)
    # Bearer tokens only: no credentials, so a foreign page never acts with the user's cookies.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=[settings.frontend_url],
        allow_methods=["GET", "POST", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Twinlock-Device"],
        expose_headers=["Retry-After", "WWW-Authenticate"],
        max_age=600,
    )
    app.add_middleware(SecurityHeaders, settings=settings)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    await run_in_threadpool(app.state.tokens.purge)
    for user_id in await run_in_threadpool(accounts.closed, app.state.database):
        await users.finish_closing(app, user_id)
    yield
    twofactor.close(app.state.two_factor)
    app.state.engine.dispose()
