"""The code: the second step of a sign-in, and the step-up of somebody who is signed in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import resolve_url

from ..._http.messages import Reply
from .. import _refused, conf
from .._texts import codes_left
from ..forms import CodeForm, SignInForm, SignInThreeForm, ThreeCodesForm
from ..session import signed_in_user
from .base import Page

_THREE = ("more_codes_required", "throttled")
_START_AGAIN = ("challenge_expired", "not_enabled", "not_signed_in")


class VerifyView(Page):
    """Asks for a code, or for three."""

    template_name = "twinlock/verify.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """The form; `?three` asks for three codes at once."""
        if not self._signs_in() and signed_in_user(request) is None:
            return self.onward(_refused.login_url())
        return self._form(None, three="three" in request.GET)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """The code."""
        signs_in = self._signs_in()
        three = "second" in request.POST
        form = self._form_class(signs_in, three)(request.POST)
        if not form.is_valid():
            return self._form(None, three=three, form=form)
        reply = self.call("verify" if signs_in else "stepUp", form.members())
        if reply.status == 200:
            self._warn(reply.body or {})
            return self.onward(_refused.safe_next(request) or resolve_url(settings.LOGIN_REDIRECT_URL))
        code = str((reply.body or {}).get("code"))
        if code in _START_AGAIN and signs_in:
            return self.page({"again": _refused.login_url()}, refused=reply, template="twinlock/refused.html")
        if code in _START_AGAIN:
            return self.refused(reply)
        return self._form(reply, three=three or code in _THREE)

    def _warn(self, body: Mapping[str, Any]) -> None:
        """After a backup code: how many are left, through Django's messages where the project has them."""
        if body.get("method") == "backup_code":
            messages.warning(self.request, codes_left(int(body.get("backup_codes_left") or 0)), fail_silently=True)

    def _signs_in(self) -> bool:
        """Whether a password was given in this session and its code is due, by anybody but who is signed in already."""
        pending = self.request.session.get("twinlock_pending")
        user = signed_in_user(self.request)
        return isinstance(pending, str) and (user is None or conf.user_id(user) != pending)

    @staticmethod
    def _form_class(signs_in: bool, three: bool) -> type[CodeForm]:
        if signs_in:
            return SignInThreeForm if three else SignInForm
        return ThreeCodesForm if three else CodeForm

    def _form(self, refused: Reply | None, *, three: bool, form: CodeForm | None = None) -> HttpResponseBase:
        signs_in = self._signs_in()
        # What was typed is not shown again: a code works once.
        shown: Any = form if form is not None else self._form_class(signs_in, three)()
        return self.page({"form": shown, "three": three, "signs_in": signs_in}, refused=refused)
