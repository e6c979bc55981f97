"""A small program as a user writes it, for the type checkers only: test_review_types.py runs mypy --strict over it."""

import time
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import Response

from twinlock import AsyncTwoFactor, Event, InvalidCode, KeyRing, MemoryStorage, Policy, SqliteStorage, TwoFactor
from twinlock.fastapi import TwoFactorRoutes, Verified


@dataclass
class User:
    """A user of the host."""

    id: int
    admin: bool = False


def heard(event: Event, durable: bool) -> None:
    print(event.type, durable)


two_factor = TwoFactor(
    issuer="Acme",
    storage=SqliteStorage("2fa.db"),
    keys=KeyRing({"2026a": bytes(32), "2025b": bytes(32)}),
    policy=Policy(digits=8, backoff=[0, 15]),
    clock=time.time,
    namespace="",
    on_event=heard,
    storage_timeout=2,
)
enrollment = two_factor.begin_enrollment("42", account_name="ada@example.com")
codes: list[str] = two_factor.confirm_enrollment("42", enrollment.setup, code="123456").backup_codes
step = two_factor.after_first_factor("42")
if step.challenge:
    try:
        user_id: str = two_factor.verify(step.challenge, code="654321").user_id
    except InvalidCode as refused:
        status: int = refused.http_status


async def current_user(request: Request) -> User | None:
    return User(1)


def current_user_blocking(request: Request) -> User | None:
    return User(1)


async def issue_tokens(request: Request, verified: Verified) -> dict[str, Any]:
    return {"access_token": verified.user_id}


async def is_password(request: Request, user: User, password: str) -> bool:
    return bool(password)


engine = AsyncTwoFactor(issuer="Acme", storage=MemoryStorage())
routes = TwoFactorRoutes(
    engine,
    user=current_user,
    on_verified=issue_tokens,
    proof="bearer",
    required_for=lambda user: user.admin,
    reauthenticate=is_password,
)
blocking = TwoFactorRoutes(two_factor, user=current_user_blocking, on_verified=lambda request, verified: None)
app = FastAPI()
app.include_router(routes.router, prefix="/2fa")


@app.post("/login")
async def login(request: Request) -> Response:
    return await routes.login(request, await current_user(request))


@app.delete("/account")
async def close(user: Annotated[User, Depends(routes.required(max_age=300))]) -> int:
    guard = blocking.required()
    return (await guard(Request({"type": "http"}))).id + user.id
