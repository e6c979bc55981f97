"""A Django project over the databases of the tests: each gets an alias of its own."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import django
import pymysql
from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.urls import path
from places import Place

pymysql.install_as_MySQLdb()
KEYS = "2026a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
_numbers = itertools.count()

if not settings.configured:
    settings.configure(
        SECRET_KEY="only for tests",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "twinlock.django"],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        TWINLOCK={"ISSUER": "Acme", "KEYS": KEYS},
        USE_TZ=True,
        ROOT_URLCONF="djangos",
        ALLOWED_HOSTS=["testserver"],
    )
    django.setup()

from twinlock.django import conf  # noqa: E402  # these want the settings
from twinlock.django.storage import DjangoStorage  # noqa: E402


@dataclass(frozen=True)
class Opener:
    """Opens storages on one database, in other processes too."""

    where: tuple[tuple[str, Any], ...]
    settings: tuple[tuple[str, Any], ...]

    def __call__(self) -> DjangoStorage:
        name = f"test-{next(_numbers)}"
        connections.databases[name] = connections.configure_settings({"default": dict(self.where)})["default"]
        return DjangoStorage(name, **dict(self.settings))


def guess(request: HttpRequest) -> HttpResponse:
    """A view that writes, takes a code, and fails whatever comes of it."""
    with connections[conf.settings().database].cursor() as cursor:
        cursor.execute("INSERT INTO notes (text) VALUES (%s)", [request.POST["code"]])
    two_factor = conf.two_factor()
    step = two_factor.after_first_factor(request.POST["user"])
    two_factor.verify(step.challenge or "", code=request.POST["code"])
    raise RuntimeError("the view failed after the code was right")


urlpatterns = [path("guess/", guess)]


def opener(place: Place, **settings: Any) -> Opener:
    """For that database; picklable."""
    return Opener(tuple(_where(place, None).items()), tuple(settings.items()))


def alias(place: Place, port: int | None = None, **options: Any) -> str:
    """A new alias for that database; through another port where one is given, e.g. a proxy's."""
    name = f"test-{next(_numbers)}"
    told = {"default": {**_where(place, port), "OPTIONS": options}}
    connections.databases[name] = connections.configure_settings(told)["default"]
    return name


def _where(place: Place, port: int | None) -> dict[str, Any]:
    if place.server is None:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": place.database}
    engine = {"postgres": "postgresql", "mariadb": "mysql"}[place.server.facts["kind"]]
    return {
        "ENGINE": f"django.db.backends.{engine}",
        "NAME": place.database,
        "USER": place.server.user,
        "PASSWORD": place.server.password,
        "HOST": place.server.host,
        "PORT": str(port or place.server.port),
    }
