"""The built custom elements on a router: `<prefix>/web/twinlock.js`, `twinlock.css` and the catalogues."""

from __future__ import annotations

import logging

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from .._http.pages import Page, pages, warn_of_missing
from .._http.problems import Refusal, refusal
from .messages import respond

_LOG = logging.getLogger("twinlock.fastapi")


def add(router: APIRouter) -> None:
    """Serve the pages; says once in the log when this build of the package has none."""
    for page in pages().values():
        _serve(router, page)
    warn_of_missing(_LOG)


def _serve(router: APIRouter, page: Page) -> None:
    async def answer(request: Request) -> Response:
        if page.content is None:
            return respond(refusal(Refusal("not_found")))
        if page.unchanged(request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers=page.headers)
        return Response(page.content, media_type=page.media_type, headers=page.headers)

    router.add_api_route(f"/web/{page.name}", answer, methods=["GET"], include_in_schema=False)
