"""Access tokens (JWT, 15 minutes) and refresh tokens (opaque, 30 days, rotated).

A *family* is one sign-in and everything that came of it by rotation. A refresh token works once:
when a used one comes back, two parties hold it, one of them a thief, and the whole family ends.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import jwt
from sqlalchemy import ColumnElement, CursorResult, delete, select, update
from sqlalchemy.orm import Session

from .db import Database, hold
from .models import RefreshToken, RevokedToken, User
from .settings import Settings

ALGORITHM = "HS256"
ISSUER = "twinlock-example"


class SessionEnded(Exception):
    """The refresh token is unknown, expired, signed out or was used before."""


@dataclass(frozen=True)
class Proof:
    """How the user proved who they are; an access token says it as ``amr`` and ``tfa``."""

    amr: tuple[str, ...] = ("pwd",)
    tfa: str | None = field(default=None, repr=False)
    """Twinlock's assurance: sealed, checked by Twinlock only."""


@dataclass(frozen=True)
class Claims:
    """What a valid access token says."""

    user_id: str
    family: str
    jti: str
    expires_at: int
    proof: Proof


@dataclass(frozen=True)
class Pair:
    """The tokens of a sign-in or a refresh."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    family: str
    expires_in: int


class Tokens:
    """Makes, reads and ends tokens. All methods block: call them in a worker thread."""

    def __init__(self, settings: Settings, database: Database, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock

    def _now(self) -> int:
        return int(self._clock())

    def issue(self, user_id: str, proof: Proof) -> Pair:
        """Begin a family: somebody has just signed in."""
        family = str(uuid.uuid4())
        with self._database.begin() as db:
            hold(db, user_id)
            refresh = self._add_refresh(db, user_id, family, proof)
        return Pair(self.access(user_id, family, proof), refresh, family, self._settings.access_seconds)

    def rotate(self, refresh: str) -> Pair:
        """A new pair with the same proof for a refresh token, which is used up by it.

        Raises SessionEnded; if the token was used before, its family is over, too.
        """
        token_hash = _hash(refresh)
        with self._database.begin() as db:
            _hold_owner(db, RefreshToken.token_hash == token_hash)
            used = db.execute(
                update(RefreshToken)
                .where(
                    RefreshToken.token_hash == token_hash,
                    RefreshToken.used_at.is_(None),
                    RefreshToken.expires_at > self._now(),
                )
                .values(used_at=self._now())
            )
            won = cast("CursorResult[object]", used).rowcount == 1
            row = db.get(RefreshToken, token_hash)
            pair = self._successor(db, row) if row and won else None
            if row and not won and row.used_at is not None:
                self._end(db, [row.family])
        if pair is None:
            raise SessionEnded
        return pair

    def _successor(self, db: Session, row: RefreshToken) -> Pair:
        proof = Proof(tuple(row.amr.split()), row.tfa)
        refresh = self._add_refresh(db, row.user_id, row.family, proof)
        return Pair(
            self.access(row.user_id, row.family, proof),
            refresh,
            row.family,
            self._settings.access_seconds,
        )

    def prove(self, family: str, proof: Proof) -> None:
        """Let the family's next access tokens carry a fresh proof."""
        with self._database.begin() as db:
            _hold_owner(db, RefreshToken.family == family)
            db.execute(
                update(RefreshToken).where(RefreshToken.family == family).values(amr=" ".join(proof.amr), tfa=proof.tfa)
            )

    def end_family(self, refresh: str | None = None, claims: Claims | None = None) -> None:
        """Sign out: the refresh tokens are deleted, the access token is revoked by its ``jti``."""
        with self._database.begin() as db:
            if claims:
                hold(db, claims.user_id)
                db.merge(RevokedToken(jti=claims.jti, expires_at=claims.expires_at))
                self._end(db, [claims.family])
            if refresh:
                _hold_owner(db, RefreshToken.token_hash == _hash(refresh))
            row = db.get(RefreshToken, _hash(refresh)) if refresh else None
            if row:
                self._end(db, [row.family])

    def end_others(self, user_id: str, family: str | None, *, unproven_only: bool = False) -> None:
        """End every family of the user but one; or only those that never proved a second factor."""
        with self._database.begin() as db:
            hold(db, user_id)
            families = select(RefreshToken.family).where(RefreshToken.user_id == user_id)
            if family:
                families = families.where(RefreshToken.family != family)
            if unproven_only:
                families = families.where(RefreshToken.tfa.is_(None))
            self._end(db, list(db.scalars(families.distinct())))

    def _end(self, db: Session, families: list[str]) -> None:
        # The id of the family goes where jti's go, until the last of its access tokens has expired.
        for family in families:
            db.merge(RevokedToken(jti=family, expires_at=self._now() + self._settings.access_seconds))
        db.execute(delete(RefreshToken).where(RefreshToken.family.in_(families)))

    def purge(self) -> None:
        """Drop what has expired."""
        with self._database.begin() as db:
            db.execute(delete(RefreshToken).where(RefreshToken.expires_at <= self._now()))
            db.execute(delete(RevokedToken).where(RevokedToken.expires_at <= self._now()))

    def access(self, user_id: str, family: str, proof: Proof) -> str:
        """A signed access token."""
        kid, secret = next(iter(self._settings.jwt_keys.items()))
        claims = {
            "iss": ISSUER,
            "sub": user_id,
            "sid": family,
            "jti": str(uuid.uuid4()),
            "iat": self._now(),
            "exp": self._now() + self._settings.access_seconds,
            "amr": list(proof.amr),
        }
        if proof.tfa:
            claims["tfa"] = proof.tfa
        return jwt.encode(claims, secret, algorithm=ALGORITHM, headers={"kid": kid})

    def read(self, access: str) -> Claims | None:
        """What the token says, if it is ours and has not expired. Does not know of sign-outs."""
        try:
            secret = self._settings.jwt_keys[jwt.get_unverified_header(access).get("kid", "")]
            claims = jwt.decode(
                access,
                secret,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                # Time is checked below, by the clock of the application.
                options={
                    "require": ["sub", "sid", "jti", "exp", "amr"],
                    "verify_exp": False,
                    "verify_iat": False,
                },
            )
        except (jwt.InvalidTokenError, KeyError, TypeError):
            return None
        if claims["exp"] <= self._now():
            return None
        proof = Proof(tuple(claims["amr"]), claims.get("tfa"))
        return Claims(claims["sub"], claims["sid"], claims["jti"], claims["exp"], proof)

    def owner(self, claims: Claims) -> User | None:
        """The user of the token, unless it was signed out or the account is closed."""
        with self._database() as db:
            if db.scalars(select(RevokedToken.jti).where(RevokedToken.jti.in_([claims.jti, claims.family]))).first():
                return None
            return db.scalars(select(User).where(User.id == claims.user_id, User.closed_at.is_(None))).first()

    def _add_refresh(self, db: Session, user_id: str, family: str, proof: Proof) -> str:
        refresh = secrets.token_urlsafe(32)
        db.add(
            RefreshToken(
                token_hash=_hash(refresh),
                family=family,
                user_id=user_id,
                amr=" ".join(proof.amr),
                tfa=proof.tfa,
                expires_at=self._now() + self._settings.refresh_seconds,
            )
        )
        return refresh


def _hold_owner(db: Session, tokens: ColumnElement[bool]) -> None:
    owner = db.scalars(select(RefreshToken.user_id).where(tokens)).first()
    if owner is not None:
        hold(db, owner)


def _hash(refresh: str) -> str:
    # 256 random bits need no slow hash.
    return hashlib.sha256(refresh.encode()).hexdigest()
