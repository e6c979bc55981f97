"""Users of an old site, with each kind of primary key that Django's projects have, and a column of pyotp's secrets."""

import os
import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models

_KEYS = {
    "int": lambda: models.BigAutoField(primary_key=True),
    "uuid": lambda: models.UUIDField(primary_key=True, default=uuid.uuid4),
    "text": lambda: models.CharField(primary_key=True, max_length=40, default=new_key),
}


def new_key() -> str:
    return f"user-{uuid.uuid4().hex[:8]}"


class User(AbstractUser):
    id = _KEYS[os.environ.get("OLD_KEYS", "int")]()


class Profile(models.Model):
    user = models.OneToOneField(User, on_delete=models.CASCADE)
    otp_secret = models.CharField(max_length=64, blank=True)
    otp_enabled = models.BooleanField(default=True)
    otp_used_at = models.DateTimeField(null=True)
