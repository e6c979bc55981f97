"""The admin, for staff who proved a second factor: `"twinlock.django.apps.TwoFactorAdminConfig"` in `INSTALLED_APPS`.

Staff without a second factor are sent to set one up, staff who owe it to the page that asks for the code; nobody gets a page of the
admin before. Its login is `LoginView`, so a password alone makes no session.
"""

from __future__ import annotations

from functools import wraps
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from . import _refused
from .decorators import refused
from .login import LoginView

__all__ = ["TwoFactorAdminSite"]


class TwoFactorAdminSite(admin.AdminSite):
    """An `AdminSite` that lets nobody in without a second factor, whatever `TWINLOCK["ENFORCE"]` says."""

    two_factor_max_age: int | None = None
    """Seconds that a proof is good for in the admin; none: as the settings say."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff, with a second factor proved; a password alone may only sign out. A storage that fails lets nobody in."""
        if not super().has_permission(request):
            return False
        return request.path == self._address("logout") or refused(request, self.two_factor_max_age, False) is None

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Sends staff who owe a second factor to the page that helps, not to the login that they came from."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
            if self._is_staff(request) and request.path != self._address("logout"):
                answer = refused(request, self.two_factor_max_age, False)
                if answer is not None:
                    return answer
            response: HttpResponseBase = inner(request, *arguments, **named)
            return response

        return guarded

    @method_decorator([never_cache, login_not_required])
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The two steps of `LoginView` in the admin's own clothes."""
        if request.method == "GET" and self._is_staff(request):
            back = _refused.safe_next(request) or self._address("index")
            owed = refused(request, self.two_factor_max_age, False, back=back)
            return HttpResponseRedirect(back) if owed is None else cast(HttpResponse, owed)
        context = {
            **self.each_context(request),
            "title": _("Log in"),
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
            **(extra_context or {}),
        }
        if REDIRECT_FIELD_NAME not in request.GET and REDIRECT_FIELD_NAME not in request.POST:
            context[REDIRECT_FIELD_NAME] = self._address("index")
        request.current_app = self.name
        view = LoginView.as_view(
            extra_context=context,
            authentication_form=self.login_form or AdminAuthenticationForm,
            template_name=self.login_template or "admin/login.html",
            next_page=self._address("index"),
        )
        return cast(HttpResponse, view(request))

    def _is_staff(self, request: HttpRequest) -> bool:
        """Whether the password is one of staff: what Django's own admin would be content with."""
        return admin.AdminSite.has_permission(self, request)

    def _address(self, name: str) -> str:
        return reverse(f"admin:{name}", current_app=self.name)
