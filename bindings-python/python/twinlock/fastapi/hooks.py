"""How FastAPI calls hooks, and what they may answer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from .problems import ProblemError

Answer: TypeAlias = Mapping[str, Any] | Response | None


async def ask(hook: Callable[..., Any], /, *arguments: Any) -> Any:
    """Call a hook in FastAPI's manner: `async def` on the event loop, plain `def` in the thread pool."""
    try:
        if inspect.iscoroutinefunction(hook):
            return await hook(*arguments)
        answer = await run_in_threadpool(hook, *arguments)
        return await answer if inspect.isawaitable(answer) else answer
    except ProblemError as error:
        raise error.refusal from None
