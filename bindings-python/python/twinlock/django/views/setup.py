"""Setting up: an introduction, the QR code with the form for the first code, then the backup codes, shown once."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.safestring import mark_safe

from ..._http.messages import Reply
from .. import _refused
from ..forms import ConfirmForm, ConfirmThreeForm
from .base import Page

# No setup that runs: with it another secret begins, whichever the session remembers.
_ANEW = {"setup": "anew"}
_TRY_AGAIN = ("invalid_code", "malformed_code", "more_codes_required", "malformed_request")


class SetupView(Page):
    """The first authenticator, or a further one."""

    template_name = "twinlock/setup.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """What is going to happen; no secret leaves before somebody asks for it."""
        status = self.call("status")
        if status.status != 200:
            return self.refused(status)
        return self.page({"status": status.body})

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Begin, or the first code."""
        setup = request.POST.get("setup", "")
        if not setup or "restart" in request.POST:
            return self._scan(_ANEW if "restart" in request.POST else {}, None, three=False)
        three = "second" in request.POST
        form = (ConfirmThreeForm if three else ConfirmForm)(request.POST)
        if not form.is_valid():
            return self._scan({"setup": setup}, None, three=three, form=form)
        reply = self.call("confirmSetup", {**form.members(), "setup": setup})
        if reply.status == 200:
            return self._enrolled(reply)
        code = (reply.body or {}).get("code")
        if code not in _TRY_AGAIN:
            return self.refused(reply)
        return self._scan(
            {"setup": setup}, reply, three=three or code == "more_codes_required", name=form.data.get("name")
        )

    def _scan(
        self,
        members: dict[str, str],
        refused: Reply | None,
        *,
        three: bool,
        form: Any = None,
        name: str | None = None,
    ) -> HttpResponseBase:
        """The QR code: the same one for a setup that runs."""
        begun = self.call("beginSetup", members)
        if begun.status != 201 or begun.body is None:
            return self.refused(begun)
        shown = form if form is not None else (ConfirmThreeForm if three else ConfirmForm)(initial={"name": name or ""})
        # The core draws it: no text of a visitor's is in it.
        qr = mark_safe(begun.body["qr_svg"])
        context = {"setup": begun.body, "qr": qr, "form": shown, "three": three}
        return self.page(context, refused=refused, template="twinlock/setup_scan.html")

    def _enrolled(self, reply: Reply) -> HttpResponseBase:
        """Not a redirect: the codes are kept nowhere, so this is the one answer that can show them."""
        codes = (reply.body or {}).get("backup_codes") or []
        if not codes:
            return self.onward(_refused.safe_next(self.request) or _refused.page_url("home") or "/")
        return self.page({"backup_codes": codes}, template="twinlock/backup_codes.html")
