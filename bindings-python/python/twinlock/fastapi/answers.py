"""What a call answers: JSON of the contract, joined with what the application's `on_verified` says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from .hooks import Answer

# These describe the body that is replaced.
_OF_THE_BODY = frozenset({b"content-length", b"content-type", b"content-encoding", b"etag"})


def done() -> Response:
    """Nothing to tell."""
    return Response(status_code=204)


def joined(answer: Answer, members: Mapping[str, Any], *, must_arrive: bool = False) -> Response:
    """The application's answer with the contract's members in it.

    A JSON object keeps its status, headers and cookies. Any other response goes out as it is, unless our members must
    arrive (backup codes are shown once): then only its headers are kept.
    """
    if answer is None or isinstance(answer, Mapping):
        return JSONResponse({**(answer or {}), **members})
    own = _object_in(answer)
    if own is None and not must_arrive:
        return answer
    response = JSONResponse({**(own or {}), **members}, answer.status_code if own is not None else 200)
    response.raw_headers += [(name, value) for name, value in answer.raw_headers if name not in _OF_THE_BODY]
    response.background = answer.background
    return response


def _object_in(response: Response) -> dict[str, Any] | None:
    media_type = response.headers.get("content-type", "").partition(";")[0].strip()
    body = getattr(response, "body", None)
    if media_type != "application/json" or not isinstance(body, bytes):
        return None
    content = json.loads(body)
    return content if isinstance(content, dict) else None
