"""Whether a call that failed may be made once more."""

from __future__ import annotations

from collections.abc import Callable

from .._driver import late as out_of_time
from ..errors import TwoFactorError

CONFLICTS = 3


class Progress:
    """How far a call came: once a commit is under way, only the server knows whether it happened."""

    def __init__(
        self,
        stale: Callable[[Exception], bool],
        conflict: Callable[[Exception], bool],
        refusal: Callable[[Exception], TwoFactorError],
    ) -> None:
        """The three say what an error of the library below means: a dead connection, a conflict, and what to tell."""
        self.committing = False
        self._is_stale, self._is_conflict, self._refusal = stale, conflict, refusal
        self._stale = False
        self._conflicts = 0

    def again_or_refuse(self, error: Exception, *, late: bool) -> None:
        """Comes back when the call may be made once more: nothing of it can have been written. Else raises."""
        if late:
            raise out_of_time() from error
        if not self.committing:
            if self._is_stale(error) and not self._stale:
                self._stale = True
                return
            if self._is_conflict(error) and self._conflicts < CONFLICTS:
                self._conflicts += 1
                return
        refused = self._refusal(error)
        raise refused from (None if refused is error else error)
