"""Keys made on the first start of a development instance, kept in its data folder."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path


def made_once(path: Path, make: Callable[[], str]) -> str:
    """The text of the file; when there is none, a new one that only its owner may read.

    Two processes that start together agree: the file appears whole under its name or not at all,
    and who comes second reads what the first wrote.
    """
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(make() + "\n")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


def new_jwt_keys() -> str:
    """One signing key in the notation of ``JWT_KEYS``."""
    return f"demo:{secrets.token_urlsafe(32)}"


def new_twinlock_keys() -> str:
    """One sealing key in the notation of ``TWINLOCK_KEYS``."""
    return f"demo:{base64.b64encode(secrets.token_bytes(32)).decode()}"
