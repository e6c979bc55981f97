"""What the calls take."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.password_validation import validate_password
from rest_framework import serializers

from .models import User
from .problems import Problem


class Registration(serializers.ModelSerializer[User]):
    """A new account."""

    password = serializers.CharField(write_only=True, max_length=256, trim_whitespace=False)

    class Meta:
        model = User
        fields = ("id", "username", "email", "password")
        # Taken names are a refusal of their own.
        extra_kwargs: ClassVar[dict[str, dict[str, Any]]] = {
            "username": {"validators": []},
            "email": {"validators": []},
        }

    def validate_username(self, name: str) -> str:
        for check in User._meta.get_field("username").validators:
            check(name)
        return name

    def validate_password(self, password: str) -> str:
        validate_password(password)
        return password

    def create(self, validated_data: dict[str, Any]) -> User:
        if User.objects.filter(username__iexact=validated_data["username"]).exists():
            raise Problem("username_taken")
        if User.objects.filter(email__iexact=validated_data["email"]).exists():
            raise Problem("email_taken")
        return User.objects.create_user(**validated_data)


class Credentials(serializers.Serializer[Any]):
    """A user name or address, and the password."""

    username = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=256, trim_whitespace=False)
    remember = serializers.BooleanField(default=False)


class PasswordChange(serializers.Serializer[Any]):
    """The old and the new password."""

    password = serializers.CharField(max_length=256, trim_whitespace=False)
    new_password = serializers.CharField(max_length=256, trim_whitespace=False)

    def validate_new_password(self, password: str) -> str:
        validate_password(password)
        return password


class Account(serializers.ModelSerializer[User]):
    """What is told of an account."""

    class Meta:
        model = User
        fields = ("id", "username", "email", "role")
