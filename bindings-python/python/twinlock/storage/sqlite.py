"""The embedded store: one SQLite file of its own, for many processes at once."""

from __future__ import annotations

import os

from .._native import SqliteStorage, after_fork, before_fork

__all__ = ["SqliteStorage"]

# SQLite's state must not be copied in the middle of a call: a fork waits until none is running.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=before_fork, after_in_parent=after_fork, after_in_child=after_fork)
