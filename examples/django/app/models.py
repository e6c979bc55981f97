"""The users: Django's, with an id that never comes back."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models


class User(AbstractUser):
    """An account. Nothing of the second factor is kept here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(
        max_length=32, unique=True, validators=[RegexValidator(r"\A[A-Za-z0-9._-]{3,32}\Z", "letters, digits, . - _")]
    )
    email = models.EmailField(unique=True)

    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    @property
    def role(self) -> str:
        """As the pages call it."""
        return "admin" if self.is_staff else "user"
