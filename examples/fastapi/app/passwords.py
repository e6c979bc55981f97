"""Passwords: argon2id; bcrypt hashes of an earlier system are accepted and replaced."""

from __future__ import annotations

import secrets

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

MIN_LENGTH = 8
MAX_LENGTH = 256
BCRYPT_BYTES = 72


class LegacyBcryptHasher(BcryptHasher):
    """bcrypt reads 72 bytes. Old libraries cut silently, today's raise: cut, so that old hashes open."""

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:
        raw = password.encode() if isinstance(password, str) else password
        return super().verify(raw[:BCRYPT_BYTES], hash)


# OWASP's password storage cheat sheet: argon2id with 19 MiB, two passes, one lane.
_hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1), LegacyBcryptHasher()))
_nobody = _hasher.hash(secrets.token_urlsafe(16))


def hash_password(password: str) -> str:
    """The hash to store."""
    return _hasher.hash(password)


def check_password(password: str, stored: str | None) -> tuple[bool, str | None]:
    """Whether the password is right, and the new hash to store if the old one is outdated.

    ``stored`` is none for an unknown user: the same work is done, so that the time of the answer
    does not tell who has an account.
    """
    try:
        right, newer = _hasher.verify_and_update(password, stored or _nobody)
    except UnknownHashError:
        return False, None
    return (right, newer) if stored else (False, None)
