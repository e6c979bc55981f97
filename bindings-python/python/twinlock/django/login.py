"""`LoginView`: Django's own, with the code as its second step."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView as PasswordView
from django.http import HttpResponse, HttpResponseRedirect

from .._http.messages import Reply
from ._messages import set_cookies
from ._refused import page_url
from ._texts import text_of
from .api import routes

__all__ = ["LoginView"]


class LoginView(PasswordView):
    """In the place of `django.contrib.auth.views.LoginView`: after the right password, the page that asks for the code.

    Nobody is signed in before that. `next` comes along; what `form_valid` of a subclass puts into the session (expiry,
    remember-me, a cart) is there afterwards, under a new session key. Needs `twinlock.django.urls`.
    """

    def get_template_names(self) -> list[str]:
        """Yours, as ever (`registration/login.html`), else a plain one of ours."""
        return [*super().get_template_names(), "twinlock/login.html"]

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """The password was right: signed in, or to the code, or the refusal beside the form."""
        reply = routes.password_accepted(self.request, form.get_user())
        body: Any = reply.body or {}
        if reply.status >= 400:
            return self._refused(form, reply)
        if body.get("two_factor_required"):
            response = HttpResponseRedirect(self._page("verify", three=body.get("codes_required") == 3))
        elif body.get("enrollment_required"):
            response = HttpResponseRedirect(self._page("setup"))
        else:
            response = HttpResponseRedirect(self.get_success_url())
        set_cookies(response, reply.cookies)
        return response

    def _page(self, name: str, *, three: bool = False) -> str:
        query = {"next": self.get_redirect_url() or self.get_default_redirect_url(), **({"three": ""} if three else {})}
        return f"{page_url(name)}?{urlencode(query)}"

    def _refused(self, form: AuthenticationForm, reply: Reply) -> HttpResponse:
        form.add_error(None, text_of(reply.body or {}))
        response = self.form_invalid(form)
        response.status_code = reply.status
        return response
