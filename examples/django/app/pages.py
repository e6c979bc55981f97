"""The pages that all examples share: plain HTML around a few small scripts, and Twinlock's custom elements."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie

from twinlock.django import two_factor_exempt

from . import environment

BASE = "/api/auth/2fa"
TITLES = {
    "home": "A second lock on the door",
    "register": "Create an account",
    "login": "Sign in",
    "account": "Your account",
    "admin": "Administration",
}


@two_factor_exempt  # they hold nothing of anybody: what they show, they ask of the API
@ensure_csrf_cookie
def page(request: HttpRequest, name: str) -> HttpResponse:
    """One of them."""
    context = {
        "page": name,
        "title": TITLES[name],
        "base": BASE,
        "csrf_cookie": settings.CSRF_COOKIE_NAME,
        "dev_phone": environment.PHONE,
        "remember": True,
        "session": request.user.is_authenticated,
    }
    return render(request, f"{name}.html", context)
