"""The application, and the admin site that demands a second factor."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.utils.translation import gettext_lazy as _


class TwinlockConfig(AppConfig):
    """`INSTALLED_APPS += ["twinlock.django"]`."""

    name = "twinlock.django"
    label = "twinlock"
    verbose_name = _("Two-factor authentication")
    default = True

    def ready(self) -> None:
        """Registers the system checks and what is told when users change."""
        from . import checks, users  # noqa: F401


class TwoFactorAdminConfig(admin.AdminConfig):
    """In the place of `"django.contrib.admin"` in `INSTALLED_APPS`: staff need a second factor."""

    default = False
    default_site = "twinlock.django.admin_site.TwoFactorAdminSite"
