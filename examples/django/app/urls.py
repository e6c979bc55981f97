"""What the project serves."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.urls import include, path
from django.views.static import serve

from twinlock.django import LoginView

from . import api, environment, pages, twofactor


def favicon(_request: HttpRequest) -> HttpResponsePermanentRedirect:
    """Browsers ask for it by that name."""
    return HttpResponsePermanentRedirect("/static/icon.svg")


urlpatterns: list[Any] = [
    # Without scripts: Django's login in two steps, Twinlock's pages, the admin for staff with a second factor.
    path("accounts/login/", LoginView.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("2fa/", include("twinlock.django.urls")),
    path("staff/", admin.site.urls),
    # With scripts: the pages of all examples, and the API that they and other clients call.
    *(path("" if name == "home" else name, pages.page, {"name": name}, name=name) for name in pages.TITLES),
    path("favicon.ico", favicon),
    path("api/auth/register", api.Register.as_view()),
    path("api/auth/login", api.open_to_all(api.Login)),
    path("api/auth/refresh", api.open_to_all(api.Refresh)),
    path("api/auth/logout", api.open_to_all(api.Logout)),
    path("api/auth/2fa/", include(twofactor.routes.urls)),
    path("api/user/me", api.Me.as_view()),
    path("api/user/password", api.Password.as_view()),
    path("api/user/account", api.CloseAccount.as_view()),
    path("api/admin/figures", api.Figures.as_view()),
    path("api/admin/users", api.Users.as_view()),
    path("api/admin/2fa/", include(twofactor.routes.admin_urls)),
]
if environment.PHONE:
    urlpatterns.append(path("dev/<path:path>", serve, {"document_root": environment.PAGES / "dev"}))
