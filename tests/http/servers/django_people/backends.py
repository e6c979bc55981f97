"""Who knows them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend

from .models import Person


class Everybody(BaseBackend):
    """Knows whoever is named."""

    def authenticate(self, request: Any, username: str | None = None, password: str | None = None, **_: Any) -> Any:
        """The user, for the right password."""
        return Person(name=username) if password == f"password of {username}" else None

    def get_user(self, user_id: Any) -> Person:
        """The user."""
        return Person(name=user_id)
