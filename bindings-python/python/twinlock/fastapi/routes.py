"""`TwoFactorRoutes`: the contract on a FastAPI application."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Generic, overload

from fastapi import APIRouter, Depends, FastAPI
from fastapi.security import APIKeyHeader
from starlette.requests import Request
from starlette.responses import Response

from twinlock import AsyncTwoFactor, TwoFactor, TwoFactorError

from .._http.contract import ADMIN, Operation, operations
from .._http.hooks import Hooks, U, Verified
from .._http.messages import Reply, Session
from .._http.problems import Refusal
from .._http.proof import Proof, ProofMode, Reader, Rotate
from .._http.service import Service, checked_mode
from . import contract, pages
from .contract import Endpoint
from .engine import awaitable
from .hooks import Answer, ask
from .messages import StarletteIncoming, read, respond, set_cookies
from .problems import ProblemError, handle

_LOG = logging.getLogger("twinlock.fastapi")


class TwoFactorRoutes(Generic[U]):
    """The routes of the contract, the guard for your own routes, and the second step of your login.

    Hooks are functions of yours, `def` (run in the thread pool, like FastAPI's) or `async def`:

    * `user(request)`: who is signed in, or none. Any object with `id` (str, int or UUID), or a mapping with `"id"`.
    * `on_verified(request, verified)`: makes the session or the tokens of `verified.user_id`. Answers a mapping, a
      response (a JSON object is joined with our members, its cookies stay), or nothing.
    * `required_for(user)`: this user must have a second factor.
    * `reauthenticate(request, user, password)`: where given, the first setup and switching off want the password. Limit
      the tries there as you do at your login.
    * `may_administer(request)`: nobody may unless it says so; administrators need a second factor themselves.

    Short ones, run at once: `client_ip(request)`, `account_name(user)` (else the user's `account_name`, `email`,
    `username` or id is shown in the app), `csrf(request)` (your framework's token, told by `/status`), and for where
    the tokens live: `assurance(request)` and `device(request)` read them from your own token or cookie (`on_verified`
    put them there), `session(request)` and `rotate_session(request)` give the session and a new id to it.

    `proof` says where tokens live; see `twinlock._http.proof`. With `"session"` the session must live on the server:
    Starlette's own `SessionMiddleware` keeps it in the browser, where signing out does not end a copy of it.
    `allowed_origins` are the other sites, scheme and port included, whose pages may call. `setup_url` is told to users
    who are refused because they have no second factor. `cookie_max_age` is how many seconds the browser keeps the
    proof with `proof="cookie"`; none is until it is closed.
    """

    router: APIRouter
    """The contract and the pages: `app.include_router(routes.router, prefix="/2fa")`."""
    admin_router: APIRouter
    """The help desk's calls: `app.include_router(routes.admin_router, prefix="/2fa/admin")`."""

    # Twice, because mypy finds the user's type in no union of a value and an awaitable.
    @overload
    def __init__(
        self,
        two_factor: TwoFactor | AsyncTwoFactor,
        *,
        user: Callable[[Request], Awaitable[U | None]],
        on_verified: Callable[[Request, Verified], Answer | Awaitable[Answer]],
        proof: ProofMode = "session",
        required_for: Callable[[U], bool | Awaitable[bool]] | None = None,
        reauthenticate: Callable[[Request, U, str], bool | Awaitable[bool]] | None = None,
        may_administer: Callable[[Request], bool | Awaitable[bool]] | None = None,
        client_ip: Callable[[Request], str | None] | None = None,
        account_name: Callable[[U], str] | None = None,
        csrf: Callable[[Request], str | None] | None = None,
        assurance: Reader | None = None,
        device: Reader | None = None,
        session: Callable[[Request], Session] | None = None,
        rotate_session: Rotate | None = None,
        allowed_origins: Collection[str] = (),
        setup_url: str | None = None,
        cookie_max_age: int | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self,
        two_factor: TwoFactor | AsyncTwoFactor,
        *,
        user: Callable[[Request], U | None],
        on_verified: Callable[[Request, Verified], Answer | Awaitable[Answer]],
        proof: ProofMode = "session",
        required_for: Callable[[U], bool | Awaitable[bool]] | None = None,
        reauthenticate: Callable[[Request, U, str], bool | Awaitable[bool]] | None = None,
        may_administer: Callable[[Request], bool | Awaitable[bool]] | None = None,
        client_ip: Callable[[Request], str | None] | None = None,
        account_name: Callable[[U], str] | None = None,
        csrf: Callable[[Request], str | None] | None = None,
        assurance: Reader | None = None,
        device: Reader | None = None,
        session: Callable[[Request], Session] | None = None,
        rotate_session: Rotate | None = None,
        allowed_origins: Collection[str] = (),
        setup_url: str | None = None,
        cookie_max_age: int | None = None,
    ) -> None: ...

    def __init__(
        self,
        two_factor: TwoFactor | AsyncTwoFactor,
        *,
        user: Callable[[Request], U | None | Awaitable[U | None]],
        on_verified: Callable[[Request, Verified], Answer | Awaitable[Answer]],
        proof: ProofMode = "session",
        required_for: Callable[[U], bool | Awaitable[bool]] | None = None,
        reauthenticate: Callable[[Request, U, str], bool | Awaitable[bool]] | None = None,
        may_administer: Callable[[Request], bool | Awaitable[bool]] | None = None,
        client_ip: Callable[[Request], str | None] | None = None,
        account_name: Callable[[U], str] | None = None,
        csrf: Callable[[Request], str | None] | None = None,
        assurance: Reader | None = None,
        device: Reader | None = None,
        session: Callable[[Request], Session] | None = None,
        rotate_session: Rotate | None = None,
        allowed_origins: Collection[str] = (),
        setup_url: str | None = None,
        cookie_max_age: int | None = None,
    ) -> None:
        if checked_mode(proof) == "session" and rotate_session is None:
            _LOG.warning(
                "no rotate_session: the session keeps its id through the sign-in, which permits session fixation"
            )
        hooks = Hooks(
            ask, user, on_verified, required_for, reauthenticate, may_administer, client_ip, account_name, csrf
        )
        places = Proof(
            proof,
            ask=ask,
            assurance=assurance,
            device=device,
            session=session,
            rotate_session=rotate_session,
            cookie_max_age=cookie_max_age,
        )
        self._service: Service[U] = Service(
            awaitable(two_factor), hooks, places, allowed_origins=allowed_origins, setup_url=setup_url
        )
        hide_headers = proof != "bearer" or assurance is not None
        self.router = self._new_router(hide_headers=hide_headers)
        self.admin_router = self._new_router(hide_headers=hide_headers)
        self._add_contract()
        pages.add(self.router)

    async def login(
        self,
        request: Request,
        user: U | None,
        code: str | None = None,
        next_codes: Sequence[str] = (),
        trust_device: bool = False,
        carry: str | None = None,
        *,
        one_call: bool = False,
    ) -> Response:
        """What your login answers after the password was right: return it as it is.

        Without a second factor, or in a trusted browser, that is `on_verified`'s answer; else a challenge for
        `/verify`. With `code` both steps are one call; `one_call=True` refuses with `code_required` when it is missing.
        `carry` (at most 512 bytes) comes back as `verified.carry`. Refusals are answers too: nothing of ours is raised.
        """
        reply = await self._service.login(
            StarletteIncoming(request),
            user,
            code=code,
            next_codes=next_codes,
            trust_device=trust_device,
            carry=carry,
            one_call=one_call,
        )
        return respond(reply)

    def required(self, max_age: int | None = None, *, if_enabled: bool = False) -> Callable[[Request], Awaitable[U]]:
        """A dependency that lets through who proved a second factor, at most `max_age` seconds ago; gives the user.

        `user: Annotated[User, Depends(routes.required(max_age=300))]`. Refuses with 401 `not_signed_in`, 401
        `assurance_required` or 403 `not_enabled`. With `if_enabled`, meant for whole applications, users without a
        second factor pass, unless `required_for` wants them to have one.
        """

        async def two_factor_required(request: Request) -> U:
            try:
                return await self._service.guard.require(StarletteIncoming(request), max_age, if_enabled=if_enabled)
            except Refusal as refused:
                raise ProblemError.of(refused) from None

        return two_factor_required

    async def forget(self, request: Request, response: Response) -> None:
        """At sign-out: drop the proof from session or cookies. The browser stays known, so its owner keeps its lane."""
        reply = Reply()
        self._service.proof.forget(StarletteIncoming(request), reply)
        set_cookies(response, reply.cookies)

    def install(self, app: FastAPI, *, prefix: str | None = None, admin_prefix: str | None = None) -> None:
        """Answer every refusal in the application as `application/problem+json`; with a prefix, mount the routers too."""
        app.add_exception_handler(TwoFactorError, handle)
        app.add_exception_handler(ProblemError, handle)
        if prefix is not None:
            app.include_router(self.router, prefix=prefix)
        if admin_prefix is not None:
            app.include_router(self.admin_router, prefix=admin_prefix)

    @staticmethod
    def _new_router(*, hide_headers: bool) -> APIRouter:
        """In `/docs` of a bearer application the two headers can be filled in."""
        names = () if hide_headers else ("Twinlock-Assurance", "Twinlock-Device")
        schemes = [APIKeyHeader(name=name, scheme_name=name, auto_error=False) for name in names]
        return APIRouter(dependencies=[Depends(scheme) for scheme in schemes])

    def _add_contract(self) -> None:
        for operation in operations().values():
            router = self.admin_router if operation.path.startswith(f"{ADMIN}/") else self.router
            contract.add(router, operation, self._endpoint(operation))

    def _endpoint(self, operation: Operation) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            reply = await self._service.answer(operation, StarletteIncoming(request), partial(read, request))
            return respond(reply)

        return endpoint
