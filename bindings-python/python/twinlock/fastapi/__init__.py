"""Two-factor routes for FastAPI: the whole HTTP contract, the guard and the second step of a login.

```python
routes = TwoFactorRoutes(two_factor, user=current_user, on_verified=issue_tokens, proof="bearer")
app.include_router(routes.router, prefix="/2fa")
routes.install(app)

@app.post("/login")
async def login(request: Request, body: Credentials):
    return await routes.login(request, await check_password(body))

@app.delete("/account")
async def close(user: Annotated[User, Depends(routes.required(max_age=300))]): ...
```

Where things are: `routes` is the public face, `contract` turns the contract's own document into FastAPI routes, `messages`
translates requests and responses. All that FastAPI shares with Django stands in `twinlock._http`.
"""

from .._http.hooks import Verified
from .problems import ProblemError
from .routes import TwoFactorRoutes

__all__ = ["ProblemError", "TwoFactorRoutes", "Verified"]
