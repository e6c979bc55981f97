"""Two-factor authentication for Django: models, pages that work without JavaScript, the JSON contract, middleware, guards, admin.

```python
INSTALLED_APPS += ["twinlock.django"]
MIDDLEWARE += ["twinlock.django.TwoFactorMiddleware"]
TWINLOCK = {"ISSUER": "Acme"}
urlpatterns += [path("2fa/", include("twinlock.django.urls"))]
```

The settings are listed in `twinlock.django._settings`. Names are imported when they are first asked for: an application's package
is imported before Django is ready.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .._http.hooks import Verified as Verified
    from .._http.problems import Refusal as Refusal
    from .decorators import two_factor_required as two_factor_required
    from .login import LoginView as LoginView
    from .middleware import TwoFactorMiddleware as TwoFactorMiddleware
    from .middleware import two_factor_exempt as two_factor_exempt
    from .mixins import TwoFactorRequiredMixin as TwoFactorRequiredMixin
    from .routes import TwoFactorRoutes as TwoFactorRoutes
    from .session import sign_in as sign_in

_WHERE = {
    "LoginView": "twinlock.django.login",
    "Refusal": "twinlock._http.problems",
    "TwoFactorMiddleware": "twinlock.django.middleware",
    "TwoFactorRequiredMixin": "twinlock.django.mixins",
    "TwoFactorRoutes": "twinlock.django.routes",
    "Verified": "twinlock._http.hooks",
    "sign_in": "twinlock.django.session",
    "two_factor_exempt": "twinlock.django.middleware",
    "two_factor_required": "twinlock.django.decorators",
}

__all__ = [
    "LoginView",
    "Refusal",
    "TwoFactorMiddleware",
    "TwoFactorRequiredMixin",
    "TwoFactorRoutes",
    "Verified",
    "sign_in",
    "two_factor_exempt",
    "two_factor_required",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)
