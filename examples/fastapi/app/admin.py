"""What an administrator sees: ``/api/admin``. The second factor of a user is reset under ``/api/admin/2fa``."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool

from twinlock.fastapi import TwoFactorRoutes

from . import accounts, sessions
from .models import User
from .problems import DOCUMENTED, Problem


async def require_admin(user: Annotated[User, Depends(sessions.require_user)]) -> User:
    """Dependency: an administrator.

    Raises Problem ``not_signed_in`` or ``not_administrator``.
    """
    if not user.is_admin:
        raise Problem("not_administrator")
    return user


def router(routes: TwoFactorRoutes[User]) -> APIRouter:
    """The routes: the role first, then a second factor (the guard), whatever the role."""
    guards = [Depends(require_admin), Depends(routes.required())]
    api = APIRouter(prefix="/api/admin", tags=["admin"], dependencies=guards, responses=DOCUMENTED)

    @api.get("/figures")
    async def figures(request: Request) -> dict[str, int]:
        """The five figures of the admin page."""
        stats = await request.app.state.two_factor.stats()
        return {
            "users": await run_in_threadpool(accounts.count, request.app.state.database),
            "users_with_2fa": stats.enabled_users,
            "enabled_30d": stats.enabled_30d,
            "disabled_30d": stats.disabled_30d,
            "failed_30d": stats.failed_30d,
        }

    @api.get("/users")
    async def users(request: Request, search: str = "") -> list[dict[str, Any]]:
        """Accounts by part of the name or address, at most 50."""
        found = await run_in_threadpool(accounts.search, request.app.state.database, search[:254])
        return [{"id": user.id, "username": user.username, "email": user.email, "role": user.role} for user in found]

    return api
