"""How a browser is told that a second factor is missing: sent to the page that helps. Everybody else gets the problem as JSON."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from twinlock import TwoFactorError

from .._http.messages import Reply
from .._http.problems import Refusal, refusal
from . import conf
from ._headers import protected
from ._messages import respond
from ._texts import text_of

__all__ = ["answer", "login_url", "page_url", "safe_next", "wants_page"]

_PAGES = {"assurance_required": "verify", "not_enabled": "setup"}


def answer(
    request: HttpRequest, refused: Refusal | TwoFactorError | Reply, *, back: str | None = None
) -> HttpResponseBase:
    """The way on for a page in a browser; the problem for everybody else, and where there is no way on."""
    reply = refused if isinstance(refused, Reply) else refusal(refused, "guard")
    code = (reply.body or {}).get("code")
    if wants_page(request):
        # After a form there is nothing to come back to.
        if back is None and request.method in ("GET", "HEAD"):
            back = request.get_full_path()
        if code == "not_signed_in":
            return redirect_to_login(back or "", login_url())
        url = page_url(_PAGES.get(str(code), ""))
        if url is not None:
            return HttpResponseRedirect(f"{url}?{urlencode({'next': back})}" if back else url)
        return _told(request, reply)
    return respond(reply)


def _told(request: HttpRequest, reply: Reply) -> HttpResponseBase:
    """The sentence for what no page of ours can help with: a storage that fails."""
    problem = reply.body or {}
    page = render(request, "twinlock/refused.html", {"problem": text_of(problem)}, status=reply.status)
    for name in ("Retry-After", "WWW-Authenticate"):
        if name in reply.headers:
            page.headers[name] = reply.headers[name]
    return protected(page)


def wants_page(request: HttpRequest) -> bool:
    """Whether somebody looks at a page, as opposed to a script that would take a redirect for its answer."""
    mode = request.headers.get("sec-fetch-mode")
    if mode is not None:
        return mode == "navigate"
    script = request.headers.get("x-requested-with") == "XMLHttpRequest"
    return not script and "text/html" in request.headers.get("accept", "")


def page_url(name: str) -> str | None:
    """The address of a page of ours; none where `twinlock.django.urls` is not included."""
    try:
        return reverse(f"twinlock:{name}")
    except NoReverseMatch:
        return None


def login_url() -> str:
    """Where a sign-in starts."""
    from django.conf import settings

    return resolve_url(conf.settings().login_url or settings.LOGIN_URL)


def safe_next(request: HttpRequest) -> str | None:
    """The page to return to, if it is on this host."""
    given = request.POST.get("next", request.GET.get("next", ""))
    safe = url_has_allowed_host_and_scheme(given, {request.get_host()}, require_https=request.is_secure())
    return given if given and safe else None
