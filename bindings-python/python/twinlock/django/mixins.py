"""`TwoFactorRequiredMixin` for classes of views."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase
from django.views import View

from .decorators import refused


class TwoFactorRequiredMixin(View):
    """To the left of the view: `class Payout(TwoFactorRequiredMixin, FormView)`. See `two_factor_required`."""

    two_factor_max_age: int | None = None
    """Seconds that a proof is good for; none: as the settings say."""
    two_factor_if_enabled: bool = False
    """Whether users without a second factor pass."""

    def dispatch(self, request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        """Refuse, or go on to the view."""
        if self.view_is_async:
            return self._awaited(request, *arguments, **named)  # type: ignore[return-value]
        answer = refused(request, self.two_factor_max_age, self.two_factor_if_enabled)
        return super().dispatch(request, *arguments, **named) if answer is None else answer

    async def _awaited(self, request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        answer = await sync_to_async(refused)(request, self.two_factor_max_age, self.two_factor_if_enabled)
        if answer is not None:
            return answer
        response: HttpResponseBase = await super().dispatch(request, *arguments, **named)  # type: ignore[misc]
        return response
