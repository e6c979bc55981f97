"""Users that exist as soon as they are named, in no database."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models


class Person(AbstractBaseUser):
    """A user whose name is the id."""

    name = models.CharField(primary_key=True, max_length=255)
    password = ""
    last_login = None
    is_active = True

    USERNAME_FIELD = "name"
