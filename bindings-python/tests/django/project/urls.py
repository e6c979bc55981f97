"""What the project serves."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path

from twinlock.django import LoginView


def home(request: HttpRequest) -> HttpResponse:
    """A page of the application."""
    return HttpResponse("home")


urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("accounts/login/", LoginView.as_view(), name="login"),
    path("2fa/", include("twinlock.django.urls")),
    path("home/", home),
]
