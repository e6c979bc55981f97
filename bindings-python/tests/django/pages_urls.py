"""A site with pages, the contract, an admin and views of its own, for the tests of the HTTP side."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import authenticate, login
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import include, path
from django.views import View

from twinlock.django import LoginView, TwoFactorRequiredMixin, two_factor_exempt, two_factor_required
from twinlock.django.admin_site import TwoFactorAdminSite
from twinlock.django.api import routes

site = TwoFactorAdminSite()
# What the plain admin shows, the guarded one shows as well.
site._registry.update({model: type(kept)(model, site) for model, kept in admin.site._registry.items()})


class Remembering(LoginView):
    """A login with remember-me, as applications write it."""

    def form_valid(self, form: Any) -> HttpResponse:
        if self.request.POST.get("remember"):
            self.request.session.set_expiry(1_000_000)
        return super().form_valid(form)


class Payout(TwoFactorRequiredMixin, View):
    """Sensitive, as a class."""

    two_factor_max_age = 300

    def get(self, _request: HttpRequest) -> HttpResponse:
        return HttpResponse("paid")


class AwaitedPayout(TwoFactorRequiredMixin, View):
    """The same, awaited."""

    async def get(self, _request: HttpRequest) -> HttpResponse:
        return HttpResponse("paid")


@two_factor_required
def guarded(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("guarded")


@two_factor_required(max_age=300)
async def awaited(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("awaited")


@two_factor_exempt
def public(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"public {request.two_factor.verified}")  # type: ignore[attr-defined]


def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"home of {request.user.get_username()}")


def elsewhere(request: HttpRequest) -> HttpResponse:
    """A sign-up or a single sign-on that knows nothing of second factors."""
    user = authenticate(request, username=request.POST["username"], password=request.POST["password"])
    assert user is not None
    login(request, user)
    return HttpResponse("signed in")


@two_factor_exempt
def api_login(request: HttpRequest) -> HttpResponseBase:
    user = authenticate(request, username=request.POST["username"], password=request.POST["password"])
    return JsonResponse({}, status=401) if user is None else routes.login(request, user)


urlpatterns = [
    path("login/", Remembering.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("api/login", api_login),
    path("elsewhere/", elsewhere),
    path("home/", home),
    path("home/static/page", home),
    path("public/", public),
    path("guarded/", guarded),
    path("awaited/", awaited),
    path("payout/", Payout.as_view()),
    path("awaited-payout/", AwaitedPayout.as_view()),
    path("static/<path:name>", lambda _request, name: HttpResponse(name)),
    path("2fa/api/admin/", include("twinlock.django.admin_api")),
    path("2fa/", include("twinlock.django.urls")),
    path("admin/", site.urls),
]
