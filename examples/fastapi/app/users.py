"""The signed-in user's own account: ``/api/user``."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from twinlock.fastapi import TwoFactorRoutes

from . import accounts, sessions, twofactor
from .accounts import NewPassword
from .models import User
from .passwords import MAX_LENGTH
from .problems import DOCUMENTED, Problem
from .tokens import Tokens

FRESH = 300


class PasswordChange(BaseModel):
    """The old password and the new one."""

    password: str = Field(max_length=MAX_LENGTH, repr=False)
    new_password: NewPassword = Field(repr=False)


def router(routes: TwoFactorRoutes[User]) -> APIRouter:
    """The routes; ``routes.required`` guards the sensitive ones."""
    api = APIRouter(
        prefix="/api/user",
        tags=["user"],
        dependencies=[Depends(sessions.refuse_foreign_origin)],
        responses=DOCUMENTED,
    )

    @api.get("/me")
    async def me(request: Request, user: Annotated[User, Depends(sessions.require_user)]) -> dict[str, Any]:
        """Who is signed in, and how they proved it."""
        session = await sessions.signed_in(request)
        assert session is not None
        return {
            "id": user.id,
            "username": user.username,
            "email": user.email,
            "role": user.role,
            "amr": list(session.claims.proof.amr),
            "expires_in": session.claims.expires_at - int(request.app.state.clock()),
        }

    @api.post("/password", status_code=204)
    async def change_password(
        request: Request,
        body: PasswordChange,
        user: Annotated[User, Depends(routes.required(max_age=FRESH, if_enabled=True))],
    ) -> Response:
        """A new password. Every other session ends, trusted devices are asked for a code again."""
        if not await twofactor.reauthenticate(request, user, body.password):
            raise Problem("wrong_password")
        session = await sessions.signed_in(request)
        assert session is not None
        state = request.app.state
        tokens: Tokens = state.tokens
        await run_in_threadpool(accounts.change_password, state.database, user, body.new_password)
        await run_in_threadpool(tokens.end_others, user.id, session.claims.family)
        await state.two_factor.password_changed(user.id)
        return Response(status_code=204)

    @api.delete("/account", status_code=204)
    async def delete_account(
        request: Request, user: Annotated[User, Depends(routes.required(max_age=FRESH))]
    ) -> Response:
        """Delete the account: the sensitive action that wants a code not older than five minutes."""
        app: FastAPI = request.app
        await run_in_threadpool(accounts.close, app.state.database, app.state.clock, user.id)
        await finish_closing(app, user.id)
        response = Response(status_code=204)
        await routes.forget(request, response)
        sessions.clear_cookies(request, response)
        return response

    return api


async def finish_closing(app: FastAPI, user_id: str) -> None:
    """Erase the second factor, then the account; whatever fails is taken up at the next start.

    In this order nobody can ever sign in to an account whose second factor is gone already.
    """
    tokens: Tokens = app.state.tokens
    await run_in_threadpool(tokens.end_others, user_id, None)
    await app.state.two_factor.erase(user_id)
    await run_in_threadpool(accounts.remove, app.state.database, user_id)
