"""Every setting of the application, read once from the environment.

Production is the default and makes nothing up: without keys it refuses to start. Development
(``APP_ENV=development``, or ``TWINLOCK_DEV_PHONE=1``) makes missing keys in the data folder.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from . import keys

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
REPOSITORY = Path(__file__).resolve().parents[3]
# The front end that all examples serve.
PAGES = REPOSITORY / "examples" / "pages"
# Any notation a host may use, and the driver that is installed (requirements.txt).
DRIVERS = {
    **dict.fromkeys(("postgres", "postgresql"), "postgresql+psycopg"),
    **dict.fromkeys(("mysql", "mariadb"), "mysql+pymysql"),
}
MINUTE = 60
DAY = 86_400


class SettingsError(Exception):
    """The person who starts the application must change something; the message says what."""


@dataclass(frozen=True)
class Settings:
    """How one instance of the application runs. Immutable; tests build their own."""

    data: Path
    """Folder of the two SQLite files (``users.db``, ``2fa.db``), if any, and of generated keys."""
    jwt_keys: Mapping[str, str] = field(repr=False)
    """Key id to secret of the access tokens. The first signs, all verify."""
    twinlock_keys: str = field(repr=False)
    """The key ring of the second factor, as ``TWINLOCK_KEYS`` writes it."""
    frontend_url: str
    """Origin of the front end: may call the API from a browser (CORS, bearer only)."""
    database_url: str | None = field(default=None, repr=False)
    """PostgreSQL, MariaDB or MySQL, in SQLAlchemy's notation; none: two SQLite files in ``data``."""
    development: bool = False
    dev_phone: bool = False
    """Shows the pretend phone. Never in production."""
    sign_in_limit: str = "30/minute;300/hour"
    """Sign-in attempts per address, in the notation of the ``limits`` library."""
    register_limit: str = "20/minute;100/hour"
    access_seconds: int = 15 * MINUTE
    refresh_seconds: int = 30 * DAY

    @property
    def secure_cookies(self) -> bool:
        """``__Host-`` cookies that only HTTPS carries; relaxed on plain-http loopback."""
        return urlsplit(self.frontend_url).scheme == "https"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the settings.

        Secrets (``JWT_KEYS``, ``TWINLOCK_KEYS``, ``DATABASE_URL``) may stand in a file that the same
        name with ``_FILE`` names, as containers have it.

        Raises SettingsError when production lacks a key, has the pretend phone switched on, or
        would serve cookies over plain http to anything but this machine.
        """
        env = os.environ if environ is None else environ
        dev_phone = env.get("TWINLOCK_DEV_PHONE", "") == "1"
        mode = env.get("APP_ENV", "development" if dev_phone else "production")
        if mode not in ("development", "production"):
            raise SettingsError("APP_ENV must be 'development' or 'production'")
        development = mode == "development"
        if dev_phone and not development:
            raise SettingsError("the pretend phone shows codes on screen: unset TWINLOCK_DEV_PHONE in production")
        data = Path(env.get("TWINLOCK_DEMO_DATA") or REPOSITORY / ".demo")
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(
            data=data,
            jwt_keys=_jwt_keys(env, data, development),
            twinlock_keys=_twinlock_keys(env, data, development),
            frontend_url=_frontend_url(env, development),
            database_url=_database_url(env),
            development=development,
            dev_phone=dev_phone,
            sign_in_limit=env.get("SIGN_IN_LIMIT") or cls.sign_in_limit,
            register_limit=env.get("REGISTER_LIMIT") or cls.register_limit,
        )


def _secret(env: Mapping[str, str], name: str) -> str:
    """The variable, else what stands in the file that ``name_FILE`` names; empty without either."""
    if env.get(name) or not env.get(f"{name}_FILE"):
        return env.get(name, "").strip()
    try:
        return Path(env[f"{name}_FILE"]).read_text().strip()
    except (OSError, ValueError):
        raise SettingsError(f"the file that {name}_FILE names cannot be read") from None


def _database_url(env: Mapping[str, str]) -> str | None:
    text = _secret(env, "DATABASE_URL")
    if not text:
        return None
    scheme, colon, rest = text.partition(":")
    driver = DRIVERS.get(scheme.partition("+")[0])
    # Never shown: it may hold a password.
    if driver is None or not colon:
        raise SettingsError(
            "DATABASE_URL must begin with postgresql://, mariadb:// or mysql://; without it SQLite is used"
        )
    return f"{driver}:{rest}"


def _frontend_url(env: Mapping[str, str], development: bool) -> str:
    url = env.get("FRONTEND_URL") or (f"http://127.0.0.1:{env.get('PORT') or 8000}" if development else "")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError("set FRONTEND_URL to the address people open, such as https://app.example.com")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS:
        raise SettingsError("FRONTEND_URL must be https:// for any address but this machine")
    return f"{parts.scheme}://{parts.netloc}"


def _jwt_keys(env: Mapping[str, str], data: Path, development: bool) -> Mapping[str, str]:
    text = _secret(env, "JWT_KEYS")
    if not text and development:
        text = keys.made_once(data / "jwt.keys", keys.new_jwt_keys)
    if not text:
        raise SettingsError(
            'no key signs the access tokens: set JWT_KEYS="2026a:<secret of 32 characters or more>" '
            "(an old key may follow after a comma), or try it out with: python -m app.demo"
        )
    pairs = [item.strip().partition(":") for item in text.split(",") if item.strip()]
    if any(not kid or len(secret.encode()) < 32 for kid, _, secret in pairs):
        raise SettingsError("each key in JWT_KEYS is written id:secret, and a secret has 32 characters or more")
    return {kid: secret for kid, _, secret in pairs}


def _twinlock_keys(env: Mapping[str, str], data: Path, development: bool) -> str:
    text = _secret(env, "TWINLOCK_KEYS")
    if not text and development:
        text = keys.made_once(data / "twinlock.keys", keys.new_twinlock_keys)
    if not text:
        raise SettingsError(
            "no key seals the second factors: set TWINLOCK_KEYS to what `twinlock keygen` prints, "
            "or try it out with: python -m app.demo"
        )
    return text
