"""The tables of the application. Nothing of the second factor is in here: Twinlock has its own."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# MySQL and MariaDB would otherwise take "Ada" for "ada" and "é" for "e", in tokens too.
_EXACT = {"charset": "utf8mb4", "collate": "utf8mb4_bin"}


class Base(DeclarativeBase):
    """All tables of the application."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {int: BigInteger}
    __table_args__ = {f"{name}_{option}": value for name in ("mysql", "mariadb") for option, value in _EXACT.items()}


class User(Base):
    """An account. Its id never changes and never comes back, so Twinlock's record can hang on it."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid.uuid4()))
    username: Mapped[str] = mapped_column(String(32))
    username_key: Mapped[str] = mapped_column(String(128), unique=True)
    """The user name folded, so that Ada and ADA cannot both exist."""
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(16), default="user")
    created_at: Mapped[int]
    closed_at: Mapped[int | None] = mapped_column(default=None)
    """Set first when an account is deleted: nobody signs in any more, whatever fails afterwards."""

    @property
    def account_name(self) -> str:
        """What the authenticator app shows beside the issuer; Twinlock takes up to 128 bytes."""
        return self.email if len(self.email.encode()) <= 128 else self.username

    @property
    def is_admin(self) -> bool:
        """Whether the user may see the admin page."""
        return self.role == "admin"


class RefreshToken(Base):
    """One refresh token, by its hash. Used ones stay until they expire, to notice a thief."""

    __tablename__ = "refresh_tokens"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    family: Mapped[str] = mapped_column(String(36), index=True)
    """One sign-in: every token that came of it by rotation has the same family."""
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    amr: Mapped[str] = mapped_column(String(64))
    """How the user proved who they are: ``pwd`` or ``pwd otp``."""
    tfa: Mapped[str | None] = mapped_column(String(512), default=None)
    """Twinlock's assurance, handed on to the next access token."""
    expires_at: Mapped[int] = mapped_column(index=True)
    used_at: Mapped[int | None] = mapped_column(default=None)


class RevokedToken(Base):
    """An access token that was signed out before it expired."""

    __tablename__ = "revoked_tokens"

    jti: Mapped[str] = mapped_column(String(36), primary_key=True)
    expires_at: Mapped[int] = mapped_column(index=True)
