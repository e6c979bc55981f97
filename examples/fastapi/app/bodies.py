"""No call of ours takes a large body, so none is read: not even before the rate limit is asked."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from twinlock.fastapi import ProblemError

LIMIT = 10_000


class BodyLimit:
    """ASGI middleware: whoever reads a body beyond the limit gets ``too_large`` raised, 413."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, counting what is read."""
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > LIMIT:
                raise ProblemError("too_large")
            return message

        await self._app(scope, counted if scope["type"] == "http" else receive, send)
