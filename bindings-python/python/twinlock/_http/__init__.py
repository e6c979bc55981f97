"""The HTTP contract without a framework: what FastAPI's and Django's routes have in common.

```
 framework's request ──▶ Incoming ──▶ endpoint ──▶ Calls, SignIn, Administration ──▶ Reply ──▶ framework's response
                                                    │ awaits hooks (`Ask`) and the engine
```

Everything here is `async def` and waits for nothing of its own: only the engine and the hooks that it was given can wait.
Where both answer at once, as in Django's synchronous views, `at_once` runs the same code to its end without an event loop.
"""
