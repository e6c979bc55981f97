"""What all pages have in common: each is a form over calls of the contract, whose answers it turns into HTML.

No page decides anything: a form's fields become the body of a call, and the call's refusal a sentence beside the form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from ..._http.contract import operations
from ..._http.messages import CookieToSet, Reply
from ..._http.running import at_once
from .. import _refused
from .._headers import protected
from .._messages import DjangoIncoming, set_cookies
from .._texts import text_of
from ..api import routes


@method_decorator([csrf_protect, sensitive_post_parameters()], name="dispatch")
class Page(View):
    """A page of ours; guards itself, so the middleware lets everybody through to it."""

    two_factor_exempt = True
    template_name = ""

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        """Marked for the middleware."""
        view: Any = super().as_view(**initkwargs)
        view.two_factor_exempt = True
        view.login_required = False
        return view

    def setup(self, request: HttpRequest, *arguments: Any, **named: Any) -> None:
        """Nothing was called yet."""
        super().setup(request, *arguments, **named)
        self._cookies: list[CookieToSet] = []

    def call(
        self, operation: str, members: Mapping[str, Any] | None = None, parameters: Mapping[str, str] | None = None
    ) -> Reply:
        """A call of the contract, as if its body had come as JSON."""
        reply = at_once(
            routes.service.answer_members(
                operations()[operation], DjangoIncoming(self.request, parameters), members or {}
            )
        )
        self._cookies += reply.cookies
        return reply

    def page(self, context: Mapping[str, Any], *, refused: Reply | None = None, template: str = "") -> HttpResponse:
        """The page; a refusal stands on it as a sentence and gives its status."""
        shown = {"two_factor_next": _refused.safe_next(self.request) or "", **context}
        if refused is not None and refused.body is not None:
            shown["problem"] = text_of(refused.body)
        response = TemplateResponse(self.request, template or self.template_name, shown)
        if refused is not None:
            response.status_code = refused.status
            if "Retry-After" in refused.headers:
                response.headers["Retry-After"] = refused.headers["Retry-After"]
        self._finish(response)
        return response

    def onward(self, url: str) -> HttpResponseBase:
        """To another page."""
        return self._finish(HttpResponseRedirect(url))

    def refused(self, reply: Reply) -> HttpResponseBase:
        """To the page that helps: sign in, prove, set up; else a page that says what is wrong."""
        code = (reply.body or {}).get("code")
        if code in ("not_signed_in", "assurance_required", "not_enabled"):
            return self._finish(_refused.answer(self.request, reply))
        return self.page({"back": _refused.page_url("home")}, refused=reply, template="twinlock/refused.html")

    def _finish(self, response: HttpResponseBase) -> HttpResponseBase:
        set_cookies(response, self._cookies)
        return protected(response)
