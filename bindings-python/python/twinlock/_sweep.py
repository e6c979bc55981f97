"""Work over all records of a storage, for commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ._sync import TwoFactor
from .errors import ConfigurationError, TwoFactorError

PAGE = 500


def reseal_all(two_factor: TwoFactor, on_failure: Callable[[TwoFactorError], None]) -> Iterator[bool]:
    """Moves every record to the active key, one after the other; yields whether it had to be moved.

    It may be stopped at any time and begun again, and a second one may run beside it: what is done is no longer stale, and who
    comes second finds that. A record that cannot be moved is left as it is and told to `on_failure`.

    Raises `ConfigurationError` when the storage cannot tell which records are stale.
    """
    stale: Any = getattr(two_factor.storage, "stale", None)
    if stale is None:
        raise ConfigurationError("this storage has no method `stale`: see twinlock.storage.Reports")
    after = None
    while page := stale(two_factor.active_key_id, after, PAGE):
        for user in page:
            try:
                yield two_factor.reseal(user)
            except TwoFactorError as error:
                on_failure(error)
        after = page[-1]
