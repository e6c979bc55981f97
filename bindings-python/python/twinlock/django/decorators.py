"""`two_factor_required` for views, and `TwoFactorRequiredMixin` for classes of views."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast, overload

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponseBase

from twinlock import TwoFactorError

from .._http.problems import Refusal
from . import _refused
from .api import routes
from .state import age_limit

View = TypeVar("View", bound=Callable[..., Any])


def refused(
    request: HttpRequest, max_age: int | None, if_enabled: bool, *, back: str | None = None
) -> HttpResponseBase | None:
    """The answer to somebody who may not go on, with the page to come back to; none for who may."""
    try:
        routes.require(request, age_limit(max_age), if_enabled=if_enabled)
    except (Refusal, TwoFactorError) as error:
        return _refused.answer(request, error, back=back)
    return None


@overload
def two_factor_required(view: View, /) -> View: ...


@overload
def two_factor_required(*, max_age: int | None = None, if_enabled: bool = False) -> Callable[[View], View]: ...


def two_factor_required(
    view: Callable[..., Any] | None = None, /, *, max_age: int | None = None, if_enabled: bool = False
) -> Any:
    """Let only those in who proved a second factor, at most `max_age` seconds ago: `@two_factor_required(max_age=300)`.

    Works on `def` and `async def`. A browser is sent to the page that asks for the code, or to the setup; other clients get 401
    `assurance_required` or 403 `not_enabled`. With `if_enabled` users without a second factor pass, unless
    `TWINLOCK["REQUIRED_FOR"]` wants them to have one.
    """

    def decorate(view: View) -> View:
        if iscoroutinefunction(view):

            @wraps(view)
            async def awaited(request: HttpRequest, *arguments: Any, **named: Any) -> Any:
                answer = await sync_to_async(refused)(request, max_age, if_enabled)
                return await view(request, *arguments, **named) if answer is None else answer

            return cast(View, awaited)

        @wraps(view)
        def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> Any:
            answer = refused(request, max_age, if_enabled)
            return view(request, *arguments, **named) if answer is None else answer

        return cast(View, guarded)

    return decorate if view is None else decorate(view)
