"""Refusals as RFC 9457 problems, in the same shape as Twinlock's own."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from twinlock import problem

OWN = {
    "wrong_credentials": (401, "the name or the password is wrong"),
    "session_ended": (401, "the session has ended, sign in again"),
    "username_taken": (409, "this user name is taken"),
    "email_taken": (409, "this e-mail address is taken"),
    "too_many_requests": (429, "too many attempts, wait a little"),
}


DOCUMENTED: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "A refusal (RFC 9457)", "content": {"application/problem+json": {}}}
}


class Problem(Exception):
    """A refusal of the application.

    ``code`` is one of ``OWN`` or of Twinlock's table; ``members`` go into the body.
    """

    def __init__(self, code: str, *, headers: dict[str, str] | None = None, **members: object) -> None:
        super().__init__(code)
        self.code = code
        self.headers = headers or {}
        self.members = members

    def response(self) -> JSONResponse:
        """The HTTP answer."""
        body = {**self._base(), **self.members}
        headers = {"Cache-Control": "no-store", **self.headers}
        if body["status"] == 401:
            headers.setdefault("WWW-Authenticate", 'Bearer realm="account"')
        return JSONResponse(body, body["status"], headers, media_type="application/problem+json")

    def _base(self) -> dict[str, Any]:
        if self.code not in OWN:
            known: dict[str, Any] = problem(self.code)
            return known
        status, title = OWN[self.code]
        return {"type": "about:blank", "title": title, "status": status, "code": self.code}


async def _on_problem(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return error.response()


async def _on_invalid_request(_: Request, error: Exception) -> JSONResponse:
    # FastAPI's own answer repeats the input, and with it the password.
    assert isinstance(error, RequestValidationError)
    fields = [
        {"field": ".".join(str(part) for part in item["loc"][1:]), "message": item["msg"].removeprefix("Value error, ")}
        for item in error.errors()
    ]
    return Problem("malformed_request", fields=fields).response()


async def _on_http_error(_: Request, error: Exception) -> JSONResponse:
    # What the framework refuses by itself: no such path or method, a body that is not text.
    assert isinstance(error, HTTPException)
    codes = {400: "malformed_request", 404: "not_found"}
    title = HTTPStatus(error.status_code).phrase.lower()
    base = {"type": "about:blank", "title": title, "status": error.status_code, "code": title.replace(" ", "_")}
    if error.status_code in codes:
        base = problem(codes[error.status_code])
    headers = {**(error.headers or {}), "Cache-Control": "no-store"}
    return JSONResponse(base, error.status_code, headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Answer every refusal in the one shape."""
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
