"""Pages that work without JavaScript, with the contract under `api/`: `path("2fa/", include("twinlock.django.urls"))`."""

from __future__ import annotations

from django.urls import include, path

from . import api, views

__all__ = ["app_name", "urlpatterns"]

app_name = "twinlock"
urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("setup/", views.SetupView.as_view(), name="setup"),
    path("verify/", views.VerifyView.as_view(), name="verify"),
    path("events/", views.EventsView.as_view(), name="events"),
    path("api/", include(api.urlpatterns)),
]
