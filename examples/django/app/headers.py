"""What a browser may do with our answers."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
# Django's admin parses HTML in its scripts; our own pages do not.
TRUSTED_TYPES = "; require-trusted-types-for 'script'"


class ContentPolicy:
    """Middleware: a strict policy wherever a view has none of its own, such as Twinlock's pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        policy = POLICY if request.path.startswith("/staff/") else POLICY + TRUSTED_TYPES
        response.headers.setdefault("Content-Security-Policy", policy)
        return response
