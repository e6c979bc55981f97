"""Refusals as FastAPI raises and answers them."""

from __future__ import annotations

from typing import Any

from fastapi import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from twinlock import TwoFactorError

from .._http.problems import Refusal, refusal
from .messages import respond


class ProblemError(HTTPException):
    """A refusal of the HTTP layer. With `TwoFactorRoutes.install` it is answered as `application/problem+json`.

    It is an `HTTPException`, so that an application without those handlers still answers with the right status and headers.
    """

    def __init__(self, code: str, operation: str = "other", **members: Any) -> None:
        self._take(Refusal(code, operation, **members))

    @classmethod
    def of(cls, refusal: Refusal) -> ProblemError:
        """The same refusal, as an exception of the framework's."""
        error = cls.__new__(cls)
        error._take(refusal)
        return error

    def _take(self, refusal: Refusal) -> None:
        self.refusal = refusal
        self.problem = refusal.problem
        super().__init__(refusal.problem["status"], refusal.problem, refusal.headers)


async def handle(_request: Request, error: Exception) -> Response:
    """Exception handler for the whole application."""
    if isinstance(error, ProblemError):
        return respond(refusal(error.refusal))
    if isinstance(error, (Refusal, TwoFactorError)):
        return respond(refusal(error))
    raise error
