"""The accounts themselves: making, finding, checking, closing them. All functions block."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, Field
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from .db import Database
from .models import User
from .passwords import MAX_LENGTH, MIN_LENGTH, check_password, hash_password
from .problems import Problem

_USERNAME = re.compile(r"[\w.\-]{3,32}")
# Only a letter sent there proves an address; this keeps out what cannot be one.
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f.]+(\.[^@\s\x00-\x1f\x7f.]+)*")


def _username(value: str) -> str:
    value = unicodedata.normalize("NFKC", value.strip())
    if not _USERNAME.fullmatch(value):
        raise ValueError("3 to 32 letters, digits, dots, dashes or underscores")
    return value


def _email(value: str) -> str:
    value = value.strip()
    # Folding may lengthen it.
    if not _EMAIL.fullmatch(value) or len(fold(value)) > 254:
        raise ValueError("an e-mail address such as ada@example.com")
    return value


Username = Annotated[str, Field(max_length=64), AfterValidator(_username)]
"""Has no ``@``, so a user name is never somebody's e-mail address."""
Email = Annotated[str, Field(max_length=254), AfterValidator(_email)]
# SP 800-63B-4: length matters, composition rules do not.
NewPassword = Annotated[str, Field(min_length=MIN_LENGTH, max_length=MAX_LENGTH)]


def fold(name: str) -> str:
    """The form in which names and addresses are compared."""
    return unicodedata.normalize("NFKC", name.strip()).casefold()


def create(
    database: Database,
    clock: Callable[[], float],
    username: str,
    email: str,
    password: str,
    role: str = "user",
) -> User:
    """A new account.

    Raises Problem ``username_taken`` or ``email_taken``.
    """
    user = User(
        username=username,
        username_key=fold(username),
        email=email,
        email_key=fold(email),
        password_hash=hash_password(password),
        role=role,
        created_at=int(clock()),
    )
    try:
        with database.begin() as db:
            db.add(user)
    except IntegrityError:
        with database() as db:
            taken = db.scalars(select(User.id).where(User.username_key == user.username_key)).first()
        raise Problem("username_taken" if taken else "email_taken") from None
    return user


def find(database: Database, name: str) -> User | None:
    """The account of a user name or an e-mail address."""
    key = fold(name)
    if "\0" in key:
        return None  # nobody is called so, and PostgreSQL does not even ask
    with database() as db:
        return db.scalars(
            select(User).where(or_(User.username_key == key, User.email_key == key), User.closed_at.is_(None))
        ).first()


def authenticate(database: Database, name: str, password: str) -> User | None:
    """The user if the password is right. An outdated hash is replaced on the way."""
    user = find(database, name)
    right, newer = check_password(password, user.password_hash if user else None)
    if not user or not right:
        return None
    if newer:
        with database.begin() as db:
            # Only over the hash just checked: a password changed meanwhile stays changed.
            db.execute(
                update(User)
                .where(User.id == user.id, User.password_hash == user.password_hash)
                .values(password_hash=newer)
            )
    return user


def change_password(database: Database, user: User, password: str) -> None:
    """Store a new password."""
    with database.begin() as db:
        db.execute(update(User).where(User.id == user.id).values(password_hash=hash_password(password)))


def close(database: Database, clock: Callable[[], float], user_id: str) -> None:
    """From now on nobody signs in to the account; ``remove`` finishes."""
    with database.begin() as db:
        db.execute(update(User).where(User.id == user_id).values(closed_at=int(clock())))


def remove(database: Database, user_id: str) -> None:
    """Delete a closed account with its tokens."""
    with database.begin() as db:
        db.execute(delete(User).where(User.id == user_id, User.closed_at.is_not(None)))


def closed(database: Database) -> list[str]:
    """Ids of accounts whose deletion was begun and not finished."""
    with database() as db:
        return list(db.scalars(select(User.id).where(User.closed_at.is_not(None))))


def count(database: Database) -> int:
    """How many accounts there are."""
    with database() as db:
        return db.scalar(select(func.count()).select_from(User).where(User.closed_at.is_(None))) or 0


def search(database: Database, text: str, limit: int = 50) -> list[User]:
    """Accounts whose name or address contains the text, oldest first."""
    key = fold(text).replace("\0", "")
    with database() as db:
        return list(
            db.scalars(
                select(User)
                .where(
                    User.closed_at.is_(None),
                    or_(
                        User.username_key.contains(key, autoescape=True),
                        User.email_key.contains(key, autoescape=True),
                    ),
                )
                .order_by(User.created_at, User.id)
                .limit(limit)
            )
        )


def make_admin(database: Database, name: str) -> bool:
    """Give an account the role ``admin``; false if there is no such account."""
    user = find(database, name)
    if user is None:
        return False
    with database.begin() as db:
        db.execute(update(User).where(User.id == user.id).values(role="admin"))
    return True
