"""Refusals as RFC 9457 problems, in the same shape as Twinlock's own."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase, JsonResponse
from rest_framework import exceptions

from twinlock import problem
from twinlock.django.drf import TwoFactorRefused

_OWN = {
    "wrong_credentials": (401, "the name or the password is wrong"),
    "session_ended": (401, "the session has ended, sign in again"),
    "username_taken": (409, "this user name is taken"),
    "email_taken": (409, "this e-mail address is taken"),
    "too_many_requests": (429, "too many attempts, wait a little"),
}


class Problem(Exception):
    """A refusal; `code` is one of ours or of Twinlock's list."""

    def __init__(self, code: str, **members: Any) -> None:
        super().__init__(code)
        if code in _OWN:
            status, title = _OWN[code]
            self.body: dict[str, Any] = {"type": "about:blank", "code": code, "status": status, "title": title}
        else:
            self.body = problem(code)
        self.body |= members


def answer(error: Exception, _context: Any) -> HttpResponseBase | None:
    """The framework's hook for whatever an API view raises; none is an error of ours, which Django logs."""
    body = _body(error)
    if body is None:
        return None
    response = JsonResponse(body, status=body["status"], content_type="application/problem+json")
    if body["status"] == 401:
        response["WWW-Authenticate"] = getattr(error, "auth_header", None) or 'Session realm="account"'
    if "retry_after" in body:
        response["Retry-After"] = str(body["retry_after"])
    return response


def _body(error: Exception) -> dict[str, Any] | None:
    match error:
        case Problem():
            return error.body
        case TwoFactorRefused():
            return dict(error.detail) if isinstance(error.detail, dict) else None
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return Problem("not_signed_in").body
        case exceptions.ValidationError():
            return Problem("malformed_request", fields=_fields(error.detail)).body
        case exceptions.Throttled():
            return Problem("too_many_requests", retry_after=int(getattr(error, "wait", None) or 1)).body
        case exceptions.PermissionDenied():
            # What the session check for forged requests says, and the one for administrators.
            code = "origin_refused" if str(error.detail).startswith("CSRF") else "not_administrator"
            return Problem(code).body
        case exceptions.APIException():
            return Problem("malformed_request", status=error.status_code).body
    return None


def _fields(detail: Any) -> list[dict[str, str]]:
    if not isinstance(detail, dict):
        return []
    return [{"field": str(name), "message": str(texts[0])} for name, texts in detail.items() if texts]
