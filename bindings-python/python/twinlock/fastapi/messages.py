"""Starlette's requests and responses as the contract's code knows them."""

from __future__ import annotations

from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .._http.bodies import Body, check_declared, check_length, parse
from .._http.messages import CookieToSet, Reply, Session, members_of

# These describe the body that is replaced.
_OF_THE_BODY = frozenset({b"content-length", b"content-type", b"content-encoding", b"etag"})


class StarletteIncoming:
    """`Incoming` over a request of Starlette's."""

    def __init__(self, request: Request) -> None:
        self.native = request
        self.method = request.method
        self.headers = request.headers
        self.cookies = request.cookies
        self.parameters: dict[str, str] = request.path_params

    @property
    def scheme(self) -> str:
        """As this server sees it."""
        return self.native.url.scheme

    @property
    def hostname(self) -> str:
        """Without its port."""
        return self.native.url.hostname or ""

    @property
    def peer(self) -> str | None:
        """The other end of the connection."""
        return self.native.client.host if self.native.client else None

    @property
    def raw_path(self) -> bytes | None:
        """As it was sent."""
        return self.native.scope.get("raw_path")

    @property
    def session(self) -> Session:
        """That of whichever session middleware there is."""
        return cast(Session, self.native.session)

    def query(self, name: str) -> list[str]:
        """Every value of that name."""
        return self.native.query_params.getlist(name)


async def read(request: Request) -> Body:
    """The JSON object in the request, never more than its greatest length."""
    check_declared(request.headers.get("content-length", ""))
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        check_length(len(raw))
    return parse(bytes(raw), request.headers.get("content-type", ""))


def respond(reply: Reply) -> Response:
    """The reply as a response, joined with the application's own where there is one."""
    response = _joined(reply) if reply.own is not None else _plain(reply)
    response.headers.update(reply.headers)
    set_cookies(response, reply.cookies)
    return response


def set_cookies(response: Response, cookies: list[CookieToSet]) -> None:
    """Add what the contract's code wants the browser to keep."""
    for cookie in cookies:
        response.set_cookie(
            cookie.name,
            cookie.value,
            max_age=cookie.max_age,
            path="/",
            secure=cookie.secure,
            httponly=True,
            samesite="lax",
        )


def _plain(reply: Reply) -> Response:
    if reply.body is None:
        return Response(status_code=reply.status)
    return JSONResponse(reply.body, reply.status, media_type=reply.media_type)


def _joined(reply: Reply) -> Response:
    answer: Any = reply.own
    body = getattr(answer, "body", None)
    own = members_of(answer.headers.get("content-type", ""), body if isinstance(body, bytes) else None)
    if own is None and not reply.must_arrive:
        return cast(Response, answer)
    members = {**(own or {}), **(reply.body or {})}
    response = JSONResponse(members, answer.status_code if own is not None else reply.status)
    response.raw_headers += [(name, value) for name, value in answer.raw_headers if name not in _OF_THE_BODY]
    response.background = answer.background
    return response
