"""Who is signed in, and how tokens travel: in HttpOnly cookies for our own pages, in bodies for API clients.

A browser says with ``Sec-Fetch-Site: same-origin``, which no script can forge, that our own page is
calling. It gets cookies and never sees a token, so a script injected into the page cannot steal one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool

from .models import User
from .problems import Problem
from .settings import DAY, Settings
from .tokens import Claims, Pair, Tokens

Cookie = Literal["access", "refresh", "device"]
DEVICE_SECONDS = 90 * DAY
DOCUMENTED_BEARER = HTTPBearer(auto_error=False, description="an access token; pages use cookies")
"""Puts “Authorize” into /docs. What counts is read by ``signed_in``."""
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True)
class SignedIn:
    """The user of a request and what their access token says."""

    user: User
    claims: Claims


async def signed_in(request: Request) -> SignedIn | None:
    """The session of the request, looked up once."""
    if not hasattr(request.state, "signed_in"):
        request.state.signed_in = await run_in_threadpool(_look_up, request)
    found: SignedIn | None = request.state.signed_in
    return found


def _look_up(request: Request) -> SignedIn | None:
    tokens: Tokens = request.app.state.tokens
    access = _bearer(request) if "authorization" in request.headers else read_cookie(request, "access")
    claims = tokens.read(access) if access else None
    user = tokens.owner(claims) if claims else None
    return SignedIn(user, claims) if user and claims else None


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers["authorization"].partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


async def current_user(request: Request) -> User | None:
    """Hook of Twinlock: the user, or none when nobody is signed in."""
    found = await signed_in(request)
    return found.user if found else None


async def current_assurance(request: Request) -> str | None:
    """Hook of Twinlock: the proof inside the access token."""
    found = await signed_in(request)
    return found.claims.proof.tfa if found else None


def current_device(request: Request) -> str | None:
    """Hook of Twinlock: the device token, from our cookie or the client's header."""
    return request.headers.get("twinlock-device") or read_cookie(request, "device")


async def require_user(request: Request) -> User:
    """Dependency: the signed-in user.

    Raises Problem ``not_signed_in``.
    """
    user = await current_user(request)
    if user is None:
        raise Problem("not_signed_in")
    return user


def is_own_page(request: Request) -> bool:
    """Whether the request comes from a page that this application served."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    # Browsers of before 2023. A proxy that ends TLS lets us see http where the browser says https.
    host = request.url.netloc
    return request.headers.get("origin") in (f"{request.url.scheme}://{host}", f"https://{host}")


def refuse_foreign_origin(request: Request) -> None:
    """Dependency: no other site may make a browser send an unsafe request in the user's name.

    Raises Problem ``origin_refused``. Clients that are not browsers send neither header nor cookie.
    """
    if request.method not in UNSAFE or "authorization" in request.headers:
        return
    foreign = "sec-fetch-site" in request.headers or "origin" in request.headers
    if (foreign or request.cookies) and not is_own_page(request):
        settings: Settings = request.app.state.settings
        # The separate front end may call, without cookies.
        if request.cookies or request.headers.get("origin") != settings.frontend_url:
            raise Problem("origin_refused")


def cookie_name(settings: Settings, cookie: Cookie) -> str:
    """The name under which a cookie is kept."""
    return f"__Host-{cookie}" if settings.secure_cookies else cookie


def read_cookie(request: Request, cookie: Cookie) -> str | None:
    """The value that the browser sent."""
    return request.cookies.get(cookie_name(request.app.state.settings, cookie))


def set_cookie(request: Request, response: Response, cookie: Cookie, value: str, seconds: int) -> None:
    """Keep a token in the browser, out of reach of scripts."""
    settings: Settings = request.app.state.settings
    response.set_cookie(
        cookie_name(settings, cookie),
        value,
        max_age=seconds,
        path="/",
        secure=settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )


def clear_cookies(request: Request, response: Response) -> None:
    """Forget the session in the browser; the device stays known."""
    cookies: tuple[Cookie, ...] = ("access", "refresh")
    for cookie in cookies:
        set_cookie(request, response, cookie, "", 0)


def token_answer(request: Request, pair: Pair, body: dict[str, Any] | None = None) -> JSONResponse:
    """The tokens of a sign-in or refresh, sent the way this client is served."""
    body = {**(body or {}), "expires_in": pair.expires_in}
    if not is_own_page(request):
        body |= {"token_type": "Bearer", "access_token": pair.access, "refresh_token": pair.refresh}
    response = JSONResponse(body, headers={"Cache-Control": "no-store"})
    if is_own_page(request):
        settings: Settings = request.app.state.settings
        set_cookie(request, response, "access", pair.access, pair.expires_in)
        set_cookie(request, response, "refresh", pair.refresh, settings.refresh_seconds)
    return response


def access_answer(request: Request, access: str, body: dict[str, Any] | None = None) -> JSONResponse:
    """A new access token for a session that goes on; its refresh token stays as it is."""
    settings: Settings = request.app.state.settings
    body = {**(body or {}), "expires_in": settings.access_seconds}
    own = is_own_page(request)
    if not own:
        body |= {"token_type": "Bearer", "access_token": access}
    response = JSONResponse(body, headers={"Cache-Control": "no-store"})
    if own:
        set_cookie(request, response, "access", access, settings.access_seconds)
    return response
