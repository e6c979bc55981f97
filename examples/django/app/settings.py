"""Django's settings. What Twinlock needs is marked with a star."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from . import environment

FRONTEND_URL = environment.address()
SECRET_KEY = environment.secret_key()
DEBUG = False
ALLOWED_HOSTS = [urlsplit(FRONTEND_URL).hostname or "", "127.0.0.1", "localhost"]
ROOT_URLCONF = "app.urls"
ASGI_APPLICATION = "app.asgi.application"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"

INSTALLED_APPS = [
    "twinlock.django.apps.TwoFactorAdminConfig",  # * in the place of "django.contrib.admin": staff need a second factor
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "twinlock.django",  # *
    "app",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "app.headers.ContentPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "twinlock.django.TwoFactorMiddleware",  # *
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TWINLOCK = {  # *
    "ISSUER": "Twinlock Demo" if environment.DEVELOPMENT else "Twinlock Example",
    "KEYS": environment.twinlock_keys(),
    "LOGIN_URL": "/accounts/login/",
    "REQUIRED_FOR": "app.twofactor.is_staff",
}

AUTH_USER_MODEL = "app.User"
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/2fa/"
LOGOUT_REDIRECT_URL = "/accounts/login/"
AUTH_PASSWORD_VALIDATORS = [{"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"}]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": environment.DATA / "app.db",
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [environment.PAGES / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "/static/"
STATIC_ROOT = environment.DATA / "static"
STATICFILES_DIRS = [environment.PAGES / "static"]

# The scripts of the pages send this cookie back as a header.
CSRF_COOKIE_NAME = "csrf"
CSRF_HEADER_NAME = "HTTP_X_CSRF_TOKEN"
CSRF_TRUSTED_ORIGINS = [FRONTEND_URL]
SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
if FRONTEND_URL.startswith("https:"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_SSL_REDIRECT = True
    SESSION_COOKIE_NAME = "__Host-session"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    # * Whoever has a second factor must have proved it, in every view that says nothing else.
    "DEFAULT_PERMISSION_CLASSES": ["twinlock.django.drf.TwoFactorIfEnabled"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.ScopedRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "sign_in": os.environ.get("SIGN_IN_LIMIT") or "30/minute",
        "register": os.environ.get("REGISTER_LIMIT") or "20/minute",
        "password": "10/minute",
    },
    "EXCEPTION_HANDLER": "app.problems.answer",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    # Nothing stands in front of a demonstration; behind a proxy, say how many.
    "NUM_PROXIES": 0,
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s:     %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"app": {"handlers": ["console"], "level": "INFO"}},
}
