"""`TwoFactorRoutes`: the contract as Django views."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from functools import wraps
from typing import Any, TypeVar, cast

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.middleware.csrf import get_token
from django.urls import URLPattern, re_path
from django.views.decorators.csrf import csrf_exempt

from twinlock import AsyncTwoFactor, ConfigurationError, TwoFactor, TwoFactorError

from .._http.bodies import Body
from .._http.contract import Operation
from .._http.guard import Caller
from .._http.hooks import Hooks, Verified
from .._http.messages import NO_STORE, Reply, Session
from .._http.pages import pages, warn_of_missing
from .._http.problems import Refusal, refusal
from .._http.proof import Proof, ProofMode, Reader, Rotate
from .._http.running import at_once, in_place
from .._http.service import Service, checked_mode
from . import _csrf, conf
from ._ask import ask_at_once, ask_awaited
from ._messages import DjangoIncoming, read, respond, set_cookies
from ._refused import page_url
from ._routing import Found, find
from .session import remember_backend, sign_in, signed_in_user, signed_in_user_awaited

T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., Any])

_LOG = logging.getLogger("twinlock.django")


class TwoFactorRoutes:
    """The contract, the guard's decisions and the second step of your login.

    Without arguments it works as `settings.TWINLOCK` says, with Django's users and sessions; that one stands in
    `twinlock.django.api`. Give hooks where your application does it otherwise; `def` or `async def`:

    * `user(request)`: who is signed in, or none.
    * `on_verified(request, verified)`: makes the session or the tokens of `verified.user_id`; answers a mapping, a response (a
      JSON object is joined with our members, its cookies stay), or nothing. Call `twinlock.django.sign_in` for a session.
    * `required_for(user)`: this user must have a second factor.
    * `reauthenticate(request, user, password)`: where given, the first setup and switching off want the password. Limit the
      tries there as you do at your login.
    * `may_administer(request)`: nobody may unless it says so; administrators need a second factor themselves.

    Short ones, run at once: `client_ip(request)`, `account_name(user)`, `csrf(request)` (told by `/status`), `user_id(user)`, and
    for where the tokens live `assurance(request)`, `device(request)`, `session(request)`, `rotate_session(request)`.

    `proof` says where tokens live; see `twinlock._http.proof`. Django's CSRF token is wanted of who is signed in, but with `"bearer"`,
    where nothing that a browser sends by itself lets anybody in. `two_factor` is the engine of the settings unless given; with an `AsyncTwoFactor`
    the views are asynchronous. `allowed_origins` are the other sites whose pages may call. `setup_url` is told to users who
    are refused because they have no second factor. `cookie_max_age` is how many seconds the browser keeps the proof with
    `proof="cookie"`; none is until it is closed.
    """

    def __init__(
        self,
        two_factor: TwoFactor | AsyncTwoFactor | None = None,
        *,
        user: Callable[[HttpRequest], Any] | None = None,
        on_verified: Callable[[HttpRequest, Verified], Any] | None = None,
        proof: ProofMode = "session",
        required_for: Callable[[Any], bool | Awaitable[bool]] | None = None,
        reauthenticate: Callable[[HttpRequest, Any, str], bool | Awaitable[bool]] | None = None,
        may_administer: Callable[[HttpRequest], bool | Awaitable[bool]] | None = None,
        client_ip: Callable[[HttpRequest], str | None] | None = None,
        account_name: Callable[[Any], str] | None = None,
        csrf: Callable[[HttpRequest], str | None] | None = None,
        user_id: Callable[[Any], str] | None = None,
        assurance: Reader | None = None,
        device: Reader | None = None,
        session: Callable[[HttpRequest], Session] | None = None,
        rotate_session: Rotate | None = None,
        allowed_origins: Collection[str] | None = None,
        setup_url: str | None = None,
        cookie_max_age: int | None = None,
    ) -> None:
        self.proof = checked_mode(proof)
        self._given = two_factor
        self._awaits = isinstance(two_factor, AsyncTwoFactor)
        self._own_session = session is not None
        if proof == "session" and rotate_session is None and session is None:
            rotate_session = _rotate
        if proof == "session" and session is not None and rotate_session is None:
            _LOG.warning(
                "no rotate_session: your session keeps its id through the sign-in, which permits session fixation"
            )
        asker = ask_awaited if self._awaits else ask_at_once
        self._given_user = user or (signed_in_user_awaited if self._awaits else signed_in_user)
        self._hooks: Hooks[Any] = Hooks(
            asker,
            self._user_awaited if self._awaits else self._user,
            on_verified or sign_in,
            required_for or conf.required_for,
            reauthenticate,
            may_administer,
            client_ip or _client_ip,
            account_name or conf.account_name,
            csrf or (get_token if proof == "session" else None),
            user_id or conf.user_id,
        )
        self._places = Proof(
            proof,
            ask=asker,
            assurance=assurance,
            device=device,
            session=session,
            rotate_session=rotate_session,
            cookie_max_age=cookie_max_age,
        )
        self._allowed = allowed_origins
        self._setup_url = setup_url
        self._made: tuple[object, Service[Any]] | None = None

    # --- for your urlconf -------------------------------------------------------------------------------------------

    @property
    def urls(self) -> list[URLPattern]:
        """The contract and the pages' files: `path("2fa/", include(routes.urls))`."""
        return self._patterns(admin=False)

    @property
    def admin_urls(self) -> list[URLPattern]:
        """The help desk's calls: `path("2fa/admin/", include(routes.admin_urls))`, before `urls`."""
        return self._patterns(admin=True)

    # --- for your login ---------------------------------------------------------------------------------------------

    def login(
        self,
        request: HttpRequest,
        user: Any,
        code: str | None = None,
        next_codes: Sequence[str] = (),
        trust_device: bool = False,
        carry: str | None = None,
        *,
        one_call: bool = False,
    ) -> HttpResponseBase:
        """What your login answers after the password was right (`authenticate`): return it as it is.

        Without a second factor, or in a trusted browser, that is `on_verified`'s answer; else a challenge for
        `/verify`. With `code` both steps are one call; `one_call=True` refuses with `code_required` when it is missing.
        `carry` (at most 512 bytes) comes back as `verified.carry`. Refusals are answers too: nothing of ours is raised.
        Raises `ConfigurationError` where the engine is to be awaited: then call `alogin`.
        """
        return respond(self._now(self._login(request, user, code, next_codes, trust_device, carry, one_call)))

    async def alogin(
        self,
        request: HttpRequest,
        user: Any,
        code: str | None = None,
        next_codes: Sequence[str] = (),
        trust_device: bool = False,
        carry: str | None = None,
        *,
        one_call: bool = False,
    ) -> HttpResponseBase:
        """`login` for asynchronous views."""
        if not self._awaits:
            return await sync_to_async(self.login)(
                request, user, code, next_codes, trust_device, carry, one_call=one_call
            )
        await self._load_session(request)
        return respond(await self._login(request, user, code, next_codes, trust_device, carry, one_call))

    def password_accepted(self, request: HttpRequest, user: Any) -> Reply:
        """What `login` decides, for pages: a body with `two_factor_required`, a refusal, or a sign-in that is done."""
        return self._now(self._login(request, user, None, (), False, None, False))

    async def _login(
        self,
        request: HttpRequest,
        user: Any,
        code: str | None,
        next_codes: Sequence[str],
        trust_device: bool,
        carry: str | None,
        one_call: bool,
    ) -> Reply:
        if user is not None and self.proof == "session" and not self._own_session:
            remember_backend(request, user)
        return await self.service.login(
            DjangoIncoming(request),
            user,
            code=code,
            next_codes=next_codes,
            trust_device=trust_device,
            carry=carry,
            one_call=one_call,
        )

    def forget(self, request: HttpRequest, response: HttpResponseBase) -> None:
        """At sign-out, where `logout` does not end the session: drop the proof. The browser stays known."""
        reply = Reply()
        self._places.forget(DjangoIncoming(request), reply)
        set_cookies(response, reply.cookies)

    # --- for your views ---------------------------------------------------------------------------------------------

    def require(self, request: HttpRequest, max_age: int | None = None, *, if_enabled: bool = False) -> Any:
        """The user, with a second factor proved at most `max_age` seconds ago; raises `Refusal` for everybody else.

        With `if_enabled` users without a second factor pass, unless `required_for` wants them to have one.
        """
        return self._now(self.service.guard.require(DjangoIncoming(request), max_age, if_enabled=if_enabled))

    async def arequire(self, request: HttpRequest, max_age: int | None = None, *, if_enabled: bool = False) -> Any:
        """`require` for asynchronous views."""
        if not self._awaits:
            return await sync_to_async(self.require)(request, max_age, if_enabled=if_enabled)
        await self._load_session(request)
        return await self.service.guard.require(DjangoIncoming(request), max_age, if_enabled=if_enabled)

    def required(self, max_age: int | None = None, *, if_enabled: bool = False) -> Callable[[View], View]:
        """A decorator of views, `def` or `async def`: whoever `require` would refuse gets the problem as the answer.

        `twinlock.django.two_factor_required` is the one for pages, which sends a browser to the code instead.
        """

        def decorate(view: View) -> View:
            if iscoroutinefunction(view):

                @wraps(view)
                async def awaited(request: HttpRequest, *arguments: Any, **named: Any) -> Any:
                    try:
                        await self.arequire(request, max_age, if_enabled=if_enabled)
                    except (Refusal, TwoFactorError) as error:
                        return respond(refusal(error, "guard"))
                    return await view(request, *arguments, **named)

                return cast(View, awaited)

            @wraps(view)
            def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> Any:
                try:
                    self.require(request, max_age, if_enabled=if_enabled)
                except (Refusal, TwoFactorError) as error:
                    return respond(refusal(error, "guard"))
                return view(request, *arguments, **named)

            return cast(View, guarded)

        return decorate

    def admit(self, request: HttpRequest, max_age: int | None = None) -> Caller[Any]:
        """The caller, who may have no second factor; raises `Refusal` for one who owes it, and for nobody."""
        return self._now(self.service.guard.admit(DjangoIncoming(request), max_age))

    # --- inside -----------------------------------------------------------------------------------------------------

    @property
    def service(self) -> Service[Any]:
        """The contract's code over the engine of the moment: tests change settings."""
        engine = self._given or conf.two_factor()
        if self._made is None or self._made[0] is not engine:
            allowed = conf.settings().allowed_origins if self._allowed is None else self._allowed
            awaited = engine if isinstance(engine, AsyncTwoFactor) else in_place(engine)
            service = Service(
                awaited,
                self._hooks,
                self._places,
                allowed_origins=allowed,
                setup_url=self._setup_url or page_url("setup"),
            )
            self._made = engine, service
        return self._made[1]

    def _now(self, steps: Coroutine[Any, Any, T]) -> T:
        if self._awaits:
            steps.close()
            raise ConfigurationError("this engine is to be awaited: call the method whose name begins with an a")
        return at_once(steps)

    def _patterns(self, *, admin: bool) -> list[URLPattern]:
        if not admin:
            warn_of_missing(_LOG)
        view: Any = self._view(admin)
        # It guards itself, against `LoginRequiredMiddleware` too.
        view.two_factor_exempt, view.login_required = True, False
        return [re_path(r"^(?P<rest>(?s:.*))\Z", csrf_exempt(view), name="admin-api" if admin else "api")]

    def _view(self, admin: bool) -> Callable[..., Any]:
        def view(request: HttpRequest, rest: str) -> HttpResponseBase:
            found = _found(request, rest, admin)
            return found if isinstance(found, HttpResponseBase) else respond(at_once(self._answer(request, *found)))

        async def awaited_view(request: HttpRequest, rest: str) -> HttpResponseBase:
            found = _found(request, rest, admin)
            if isinstance(found, HttpResponseBase):
                return found
            await self._load_session(request)
            return respond(await self._answer(request, *found))

        return awaited_view if self._awaits else view

    async def _answer(self, request: HttpRequest, found: Found, operation: Operation) -> Reply:
        async def body() -> Body:
            return read(request)

        if self.proof != "bearer":
            _csrf.want(request)
        return await self.service.answer(operation, DjangoIncoming(request, found.parameters), body)

    def _user(self, request: HttpRequest) -> Any:
        """Who is signed in; where cookies say so, Django's CSRF token has to come along."""
        user = at_once(ask_at_once(self._given_user, request))
        if user is not None:
            _csrf.check(request)
        return user

    async def _user_awaited(self, request: HttpRequest) -> Any:
        user = await ask_awaited(self._given_user, request)
        if user is not None:
            _csrf.check(request)
        return user

    async def _load_session(self, request: HttpRequest) -> None:
        """Read it where waiting is possible: what follows finds it loaded."""
        if self.proof == "session" and not self._own_session:
            await request.session.aget("")


def _found(request: HttpRequest, rest: str, admin: bool) -> tuple[Found, Operation] | HttpResponseBase:
    """The call, or the answer of a path that is none."""
    if not admin and rest.startswith("web/") and request.method in ("GET", "HEAD"):
        return _page(request, rest.removeprefix("web/"))
    try:
        found = find(request, rest, admin=admin)
    except Refusal as error:
        return respond(refusal(error))
    if found is None:
        return respond(refusal(Refusal("not_found")))
    operation = found.calls.get("GET" if request.method == "HEAD" else request.method or "")
    if operation is None:
        response: HttpResponseBase = HttpResponseNotAllowed(sorted(found.calls))
        for name, value in NO_STORE.items():
            response.headers[name] = value
        return response
    return found, operation


def _page(request: HttpRequest, name: str) -> HttpResponseBase:
    page = pages().get(name)
    if page is None or page.content is None:
        return respond(refusal(Refusal("not_found")))
    if page.unchanged(request.headers.get("if-none-match", "")):
        return HttpResponse(status=304, headers=page.headers)
    return HttpResponse(page.content, content_type=page.media_type, headers=page.headers)


def _client_ip(request: HttpRequest) -> str | None:
    told = conf.hook("client_ip")
    if told is None:
        return request.META.get("REMOTE_ADDR") or None
    address = told(request)
    return None if address is None else str(address)


def _rotate(request: HttpRequest) -> None:
    request.session.cycle_key()
