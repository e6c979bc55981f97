"""How Django calls hooks: at once in a synchronous view, awaited in an asynchronous one, and either kind in both."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from asgiref.sync import async_to_sync, iscoroutinefunction, sync_to_async


async def ask_at_once(hook: Callable[..., Any], /, *arguments: Any) -> Any:
    """Call a hook from a thread without an event loop: `async def` gets one of its own."""
    if iscoroutinefunction(hook):
        return async_to_sync(hook)(*arguments)
    answer = hook(*arguments)
    return async_to_sync(_awaited)(answer) if inspect.isawaitable(answer) else answer


async def ask_awaited(hook: Callable[..., Any], /, *arguments: Any) -> Any:
    """Call a hook from the event loop: plain `def` runs in the thread where Django's connections are."""
    if iscoroutinefunction(hook):
        return await hook(*arguments)
    answer = await sync_to_async(hook, thread_sensitive=True)(*arguments)
    return await answer if inspect.isawaitable(answer) else answer


async def _awaited(answer: Any) -> Any:
    return await answer
