"""Django's requests and responses as the contract's code knows them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.request import UnreadablePostError, split_domain_port

from .._http.bodies import LIMIT, Body, check_declared, check_length, parse
from .._http.messages import CookieToSet, Reply, Session, members_of
from .._http.problems import Refusal

# These describe the body that is replaced.
_OF_THE_BODY = ("Content-Length", "Content-Type", "Content-Encoding", "ETag")


class DjangoIncoming:
    """`Incoming` over a request of Django's."""

    def __init__(self, request: HttpRequest, parameters: Mapping[str, str] | None = None) -> None:
        self.native = request
        self.method = request.method or ""
        self.headers = request.headers
        self.cookies = request.COOKIES
        self.parameters = parameters or {}

    @property
    def scheme(self) -> str:
        """As `SECURE_PROXY_SSL_HEADER` has it."""
        return self.native.scheme or ""

    @property
    def hostname(self) -> str:
        """Without its port; one that `ALLOWED_HOSTS` does not hold is refused by Django."""
        return split_domain_port(self.native.get_host())[0].strip("[]")

    @property
    def peer(self) -> str | None:
        """The other end of the connection."""
        return self.native.META.get("REMOTE_ADDR") or None

    @property
    def raw_path(self) -> bytes | None:
        """As it was sent, where the server tells."""
        return raw_path(self.native)

    @property
    def session(self) -> Session:
        """That of `SessionMiddleware`."""
        return cast(Session, self.native.session)

    def query(self, name: str) -> list[str]:
        """Every value of that name."""
        return self.native.GET.getlist(name)


def raw_path(request: HttpRequest) -> bytes | None:
    """The path before anybody decoded it: told by ASGI servers and, under two names, by some WSGI servers."""
    scope: dict[str, Any] = getattr(request, "scope", {})
    if scope.get("raw_path"):
        return bytes(scope["raw_path"])
    for name in ("RAW_URI", "REQUEST_URI"):
        uri = request.META.get(name)
        if isinstance(uri, str) and uri.startswith("/"):
            return uri.partition("?")[0].encode("latin-1", "replace")
    return None


def read(request: HttpRequest) -> Body:
    """The JSON object in the request, never more than its greatest length."""
    check_declared(request.headers.get("content-length", ""))
    raw = _bytes(request)
    check_length(len(raw))
    return parse(raw, request.headers.get("content-type", ""))


def _bytes(request: HttpRequest) -> bytes:
    if hasattr(request, "_body"):
        return request.body
    if getattr(request, "_read_started", False):
        # A middleware has taken it for a form.
        raise Refusal("not_json")
    try:
        return request.read(LIMIT + 1)
    except UnreadablePostError:
        raise Refusal("malformed_request") from None


def respond(reply: Reply) -> HttpResponseBase:
    """The reply as a response, joined with the application's own where there is one."""
    response = _joined(reply) if reply.own is not None else _plain(reply)
    for name, value in reply.headers.items():
        response.headers[name] = value
    set_cookies(response, reply.cookies)
    return response


def set_cookies(response: HttpResponseBase, cookies: list[CookieToSet]) -> None:
    """Add what the contract's code wants the browser to keep."""
    for cookie in cookies:
        response.set_cookie(
            cookie.name,
            cookie.value,
            max_age=cookie.max_age,
            path="/",
            secure=cookie.secure,
            httponly=True,
            samesite="Lax",
        )


def _plain(reply: Reply) -> HttpResponse:
    if reply.body is None:
        response = HttpResponse(status=reply.status)
        del response["Content-Type"]
        return response
    return JsonResponse(dict(reply.body), status=reply.status, content_type=reply.media_type)


def _joined(reply: Reply) -> HttpResponseBase:
    answer: HttpResponseBase = reply.own
    own = _object_in(answer)
    if own is None and not reply.must_arrive:
        return answer
    status = answer.status_code if own is not None else reply.status
    response = JsonResponse({**(own or {}), **(reply.body or {})}, status=status)
    for name, value in answer.headers.items():
        if name not in _OF_THE_BODY:
            response.headers[name] = value
    response.cookies.update(answer.cookies)
    return response


def _object_in(answer: HttpResponseBase) -> dict[str, Any] | None:
    # A response of the REST framework is rendered after the view.
    data = getattr(answer, "data", None)
    if isinstance(data, Mapping):
        return dict(data)
    if not isinstance(answer, HttpResponse) or not getattr(answer, "is_rendered", True):
        return None
    try:
        return members_of(answer.headers.get("Content-Type", ""), answer.content)
    except json.JSONDecodeError:
        return None
