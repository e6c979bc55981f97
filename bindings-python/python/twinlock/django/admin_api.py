"""The help desk's calls of the contract: `path("2fa/admin/", include("twinlock.django.admin_api"))`, before `api`.

For staff with the permissions to view, reset and unlock; they need a second factor themselves.
"""

from __future__ import annotations

from .api import routes

__all__ = ["urlpatterns"]

app_name = "twinlock_admin_api"
urlpatterns = routes.admin_urls
