"""Register, sign in, refresh, sign out: ``/api/auth``."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from twinlock.fastapi import TwoFactorRoutes

from . import accounts, sessions
from .accounts import Email, NewPassword, Username
from .limiting import Limit
from .models import User
from .passwords import MAX_LENGTH
from .problems import DOCUMENTED, Problem
from .settings import Settings
from .tokens import SessionEnded, Tokens


class Registration(BaseModel):
    """A new account."""

    username: Username
    email: Email
    password: NewPassword = Field(repr=False)


class Credentials(BaseModel):
    """A sign-in. With ``code`` it is one call; without, the answer may hold a challenge."""

    username: str = Field(max_length=254, description="user name or e-mail address")
    # Kept out of representations, which end up in logs and error reports.
    password: str = Field(max_length=MAX_LENGTH, repr=False)
    code: str | None = Field(None, max_length=256, repr=False)
    next_codes: list[Annotated[str, Field(max_length=256)]] = Field(default=[], max_length=8, repr=False)
    trust_device: bool = False


class Refresh(BaseModel):
    """A refresh token; pages send none, theirs is in a cookie."""

    refresh_token: str | None = Field(None, max_length=256, repr=False)


class SignedIn(BaseModel):
    """The tokens; a page gets them as cookies and sees only how long they last."""

    method: str | None = Field(None, description="at sign-in: `none`, `device`, `totp` or `backup_code`")
    expires_in: int
    token_type: str | None = None
    access_token: str | None = None
    refresh_token: str | None = None
    device: str | None = Field(None, description="send it back as `Twinlock-Device`")
    enrollment_required: bool | None = Field(None, description="an administrator without two-factor")


class SecondStep(BaseModel):
    """The password was right; the challenge goes to `/api/auth/2fa/verify` with a code."""

    two_factor_required: bool
    challenge: str
    expires_in: int
    methods: list[str]
    codes_required: int


def router(routes: TwoFactorRoutes[User], settings: Settings) -> APIRouter:
    """The routes; ``routes`` decides what comes after the password."""
    api = APIRouter(
        prefix="/api/auth",
        tags=["auth"],
        dependencies=[Depends(sessions.refuse_foreign_origin)],
        responses=DOCUMENTED,
    )
    sign_in_limit = Limit(settings.sign_in_limit)
    register_limit = Limit(settings.register_limit)

    @api.post("/register", status_code=201, dependencies=[Depends(register_limit)])
    def register(request: Request, body: Registration) -> dict[str, str]:
        """Make an account. Sign in with it afterwards."""
        user = accounts.create(
            request.app.state.database,
            request.app.state.clock,
            body.username,
            body.email,
            body.password,
        )
        return {"id": user.id, "username": user.username}

    def password_checked(request: Request, body: Credentials) -> User:
        user = accounts.authenticate(request.app.state.database, body.username, body.password)
        if user is None:
            raise Problem("wrong_credentials")
        return user

    @api.post(
        "/login",
        dependencies=[Depends(sign_in_limit)],
        responses={200: {"model": SignedIn | SecondStep}},
    )
    async def login(request: Request, body: Credentials, user: Annotated[User, Depends(password_checked)]) -> Response:
        """Sign in: tokens, or `two_factor_required` with a challenge for `/api/auth/2fa/verify`."""
        return await routes.login(
            request,
            user,
            code=body.code,
            next_codes=body.next_codes,
            trust_device=body.trust_device,
        )

    @api.post("/refresh", responses={200: {"model": SignedIn}})
    async def refresh(request: Request, body: Annotated[Refresh | None, Body()] = None) -> Response:
        """New tokens for a refresh token, which works once."""
        token = _refresh_token(request, body)
        tokens: Tokens = request.app.state.tokens
        try:
            pair = await run_in_threadpool(tokens.rotate, token or "")
        except SessionEnded:
            answer = Problem("session_ended").response()
            if sessions.is_own_page(request):
                sessions.clear_cookies(request, answer)
            return answer
        return sessions.token_answer(request, pair)

    @api.post("/logout", status_code=204)
    async def logout(request: Request, body: Annotated[Refresh | None, Body()] = None) -> Response:
        """Sign out: the access token is revoked, the refresh tokens of this sign-in are deleted."""
        session = await sessions.signed_in(request)
        tokens: Tokens = request.app.state.tokens
        claims = session.claims if session else None
        await run_in_threadpool(tokens.end_family, _refresh_token(request, body), claims)
        response = Response(status_code=204)
        await routes.forget(request, response)
        sessions.clear_cookies(request, response)
        return response

    return api


def _refresh_token(request: Request, body: Refresh | None) -> str | None:
    return (body and body.refresh_token) or sessions.read_cookie(request, "refresh")
