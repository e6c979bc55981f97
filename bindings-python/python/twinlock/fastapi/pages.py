"""The built custom elements, served from package data: `<prefix>/web/twinlock.js` and `twinlock.css`.

They hold nothing of any user, so they may be kept by browsers, which ask each time whether they changed.
"""

from __future__ import annotations

import hashlib
import logging
from importlib.resources import files

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from .problems import ProblemError, refusal

_LOG = logging.getLogger("twinlock.fastapi")
_MEDIA_TYPES = {"twinlock.js": "text/javascript; charset=utf-8", "twinlock.css": "text/css; charset=utf-8"}


def add(router: APIRouter) -> None:
    """Serve the pages; says once in the log when this build of the package has none."""
    missing = [name for name, media_type in _MEDIA_TYPES.items() if not _serve(router, name, media_type)]
    if missing:
        _LOG.warning(
            "this package was built without its pages (%s): build web/ with Node to have them", ", ".join(missing)
        )


def _serve(router: APIRouter, name: str, media_type: str) -> bool:
    file = files("twinlock") / "web" / name
    content = file.read_bytes() if file.is_file() else None
    tag = f'"{hashlib.sha256(content or b"").hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}

    async def page(request: Request) -> Response:
        if content is None:
            return refusal(ProblemError("not_found"))
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=media_type, headers=headers)

    router.add_api_route(f"/web/{name}", page, methods=["GET"], include_in_schema=False)
    return content is not None
