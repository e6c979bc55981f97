"""The contract alone, for single-page applications: `path("2fa/", include("twinlock.django.api"))`.

It works as `settings.TWINLOCK` says, with Django's users and sessions. `routes.login(request, user)` is what your own JSON login
answers after `authenticate`; mark that view with `two_factor_exempt`, or who left a sign-in half way cannot start again. Twinlock's
custom elements take `csrf-cookie="csrftoken" csrf-header="X-CSRFToken"`. `twinlock.django.admin_api` holds the help desk's calls. With other users or tokens make
`TwoFactorRoutes` of your own.
"""

from __future__ import annotations

from django.http import HttpRequest

from .routes import TwoFactorRoutes
from .session import signed_in_user

__all__ = ["routes", "urlpatterns"]

app_name = "twinlock_api"
_PERMISSIONS = ("view_record", "reset_record", "unlock_record")


def _may_administer(request: HttpRequest) -> bool:
    """Staff with the three permissions of the help desk."""
    from .models import Record

    user = signed_in_user(request)
    label = Record._meta.app_label
    return bool(getattr(user, "is_staff", False)) and all(
        user.has_perm(f"{label}.{name}")  # type: ignore[union-attr]
        for name in _PERMISSIONS
    )


routes = TwoFactorRoutes(may_administer=_may_administer)
urlpatterns = routes.urls
