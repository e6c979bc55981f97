"""Refusals as RFC 9457 problems: the bodies come from the core's one table, the headers are added here."""

from __future__ import annotations

from typing import Any

from fastapi import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from twinlock import TwoFactorError, problem

NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class ProblemError(HTTPException):
    """A refusal of the HTTP layer. With `TwoFactorRoutes.install` it is answered as `application/problem+json`.

    It is an `HTTPException`, so that an application without those handlers still answers with the right status and headers.
    """

    def __init__(self, code: str, operation: str = "other", **members: Any) -> None:
        max_age = members.pop("max_age", None)
        self.problem: dict[str, Any] = {**problem(code, operation), **members}
        super().__init__(self.problem["status"], self.problem, headers_of(self.problem, max_age))


def headers_of(body: dict[str, Any], max_age: int | None = None) -> dict[str, str]:
    """The headers that go with a problem."""
    headers = dict(NO_STORE)
    if body["status"] == 401:
        headers["WWW-Authenticate"] = _challenge(body["code"], max_age)
    if "retry_after" in body:
        headers["Retry-After"] = str(body["retry_after"])
    return headers


def _challenge(code: str, max_age: int | None) -> str:
    """RFC 9470 when a (fresher) second factor is what is missing."""
    if code != "assurance_required":
        return "Bearer"
    age = "" if max_age is None else f', max_age="{max_age}"'
    return f'Bearer error="insufficient_user_authentication", error_description="a second factor is needed"{age}'


def refusal(error: Exception, operation: str = "other", *, max_age: int | None = None, **members: Any) -> Response:
    """The answer to a refused call; `members` are added to the problem. `max_age`: how fresh the engine wants a proof."""
    if isinstance(error, ProblemError):
        body, headers = {**error.problem, **members}, dict(error.headers or {})
    elif isinstance(error, TwoFactorError):
        body = {**error.problem(operation), **members}
        headers = headers_of(body, max_age)
    else:
        raise error
    return JSONResponse(body, body["status"], headers, media_type="application/problem+json")


async def handle(_request: Request, error: Exception) -> Response:
    """Exception handler for the whole application."""
    return refusal(error)
