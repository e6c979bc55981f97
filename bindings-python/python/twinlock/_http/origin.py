"""Requests that another site made a browser send (CSRF) are refused before anything is read.

Browsers say where a request comes from: `Sec-Fetch-Site`, or `Origin` where they are too old for that. Neither can be set by a
page. A client that sends neither is no browser and holds no cookies it was tricked into using. The framework's own CSRF token,
where there is one, stays in force beside this.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from twinlock import ConfigurationError

from .messages import Incoming
from .problems import Refusal

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_PORTS = {"http": 80, "https": 443}


class OriginCheck:
    """Which sites may send requests that change something."""

    def __init__(self, allowed: Iterable[str], *, only_with_cookies: bool) -> None:
        self._allowed = frozenset(map(_configured, [allowed] if isinstance(allowed, str) else allowed))
        self._only_with_cookies = only_with_cookies

    def check(self, request: Incoming) -> None:
        """Raise `origin_refused` for an unsafe request of a site that is not allowed."""
        if request.method in SAFE_METHODS or not self._applies(request):
            return
        if not self._from_here(request) and not self._from_allowed(request):
            raise Refusal("origin_refused")

    def _applies(self, request: Incoming) -> bool:
        """A bearer host is only open to CSRF where it reads its token from a cookie.

        Another site cannot send `Authorization` without a CORS preflight, which the application grants or not.
        """
        headers = request.headers
        return not self._only_with_cookies or ("cookie" in headers and "authorization" not in headers)

    def _from_allowed(self, request: Incoming) -> bool:
        origin = _normal(request.headers.get("origin", ""))
        return origin is not None and origin in self._allowed

    @staticmethod
    def _from_here(request: Incoming) -> bool:
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        if "origin" not in request.headers:
            return True
        origin = _normal(request.headers["origin"])
        here = f"{request.scheme}://{request.headers.get('host', '')}"
        # Behind a proxy that ends TLS we see http while the browser says https; the other way round is an attack.
        behind_proxy = f"https://{request.headers.get('host', '')}"
        return origin is not None and origin in (_normal(here), _normal(behind_proxy))


def _configured(origin: str) -> str:
    normal = _normal(origin)
    if normal is None:
        raise ConfigurationError("allowed_origins holds origins such as https://app.example.com: scheme, host and port")
    return normal


def _normal(origin: str) -> str | None:
    """Scheme, host and explicit port in lower case; none for what is no origin, which then equals nothing."""
    try:
        parts = urlsplit(origin.strip().lower())
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        return None
    more = parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None
    if not parts.scheme or not parts.hostname or more:
        return None
    return f"{parts.scheme}://{parts.hostname}:{port}"
