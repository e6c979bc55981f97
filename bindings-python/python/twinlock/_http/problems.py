"""Refusals as RFC 9457 problems: the bodies come from the core's one table, the headers are added here."""

from __future__ import annotations

from typing import Any

from twinlock import TwoFactorError, problem

from .messages import NO_STORE, Reply


class Refusal(Exception):
    """A refusal of the HTTP layer; `members` are added to the problem."""

    def __init__(self, code: str, operation: str = "other", *, max_age: int | None = None, **members: Any) -> None:
        super().__init__(code)
        self.problem: dict[str, Any] = {**problem(code, operation), **members}
        self.headers = headers_of(self.problem, max_age)


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
        return 'Bearer realm="account"'  # RFC 6750 §3: never the scheme alone
    age = "" if max_age is None else f', max_age="{max_age}"'
    return f'Bearer error="insufficient_user_authentication", error_description="a second factor is needed"{age}'


def refusal(
    error: Refusal | TwoFactorError, operation: str = "other", *, max_age: int | None = None, **members: Any
) -> Reply:
    """The answer to a refused call; `members` are added to the problem. `max_age`: how fresh the engine wants a proof."""
    if isinstance(error, Refusal):
        body, headers = {**error.problem, **members}, dict(error.headers)
    else:
        body = {**error.problem(operation), **members}
        headers = headers_of(body, max_age)
    return Reply(body["status"], body, headers, "application/problem+json")
