"""What a browser may do with our pages."""

from __future__ import annotations

from typing import TypeVar
from urllib.parse import urlsplit

from django.http import HttpResponseBase
from django.templatetags.static import static

from .._http.messages import NO_STORE

R = TypeVar("R", bound=HttpResponseBase)


def protected(response: R) -> R:
    """The same page with its headers: kept by nobody, under a strict policy unless the page has one of its own."""
    for name, value in NO_STORE.items():
        response.headers[name] = value
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Content-Security-Policy", content_security_policy())
    return response


def content_security_policy() -> str:
    """No script at all, styles and pictures of our own, in nobody's frame."""
    parts = urlsplit(static("twinlock/pages.css"))
    styles = f"'self' {parts.scheme}://{parts.netloc}" if parts.netloc else "'self'"
    return (
        f"default-src 'none'; style-src {styles}; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
