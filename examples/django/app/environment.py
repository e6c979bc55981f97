"""What comes from outside: addresses, folders, keys. Production is the default and makes nothing up."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

REPOSITORY = Path(__file__).resolve().parents[3]
# The front end that all examples serve.
PAGES = REPOSITORY / "examples" / "pages"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

DEVELOPMENT = os.environ.get("APP_ENV", "production") == "development"
PHONE = os.environ.get("TWINLOCK_DEV_PHONE", "") == "1"
if PHONE and not DEVELOPMENT:
    raise ImproperlyConfigured("the pretend phone shows codes on screen: unset TWINLOCK_DEV_PHONE in production")

DATA = Path(os.environ.get("TWINLOCK_DEMO_DATA") or REPOSITORY / ".demo" / "django")
DATA.mkdir(parents=True, exist_ok=True, mode=0o700)


def address() -> str:
    """The origin that people open, `FRONTEND_URL`."""
    given = os.environ.get("FRONTEND_URL") or (
        f"http://127.0.0.1:{os.environ.get('PORT') or 8000}" if DEVELOPMENT else ""
    )
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ImproperlyConfigured("set FRONTEND_URL to the address people open, such as https://app.example.com")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ImproperlyConfigured("FRONTEND_URL must be https:// for any address but this machine")
    return f"{parts.scheme}://{parts.netloc}"


def secret_key() -> str:
    """Django's own key, `SECRET_KEY`."""
    return _key("SECRET_KEY", "secret.key", lambda: secrets.token_urlsafe(48))


def twinlock_keys() -> str:
    """The key ring of the second factor, `TWINLOCK_KEYS` or the file `TWINLOCK_KEYS_FILE`."""
    if path := os.environ.get("TWINLOCK_KEYS_FILE"):
        return Path(path).read_text("ascii").strip()
    return _key("TWINLOCK_KEYS", "twinlock.keys", lambda: f"demo:{base64.b64encode(secrets.token_bytes(32)).decode()}")


def _key(name: str, file: str, make: Callable[[], str]) -> str:
    if given := os.environ.get(name):
        return given
    if not DEVELOPMENT:
        raise ImproperlyConfigured(f"set {name}, or try the example out with: python -m app.demo")
    return _made_once(DATA / file, make)


def _made_once(path: Path, make: Callable[[], str]) -> str:
    """A file that only its owner may read; two processes that start together agree on who wrote it."""
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
