"""A project that runs django-otp, django-two-factor-auth and allauth's mfa, and has just added Twinlock."""

SECRET_KEY = "only for tests: nothing is sealed with it"
USE_TZ = True
ROOT_URLCONF = "oldsite.urls"
AUTH_USER_MODEL = "oldsite.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Made as it is: what reads the old tables must not depend on this site's migrations.
MIGRATION_MODULES = {"oldsite": None}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "two_factor",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "oldsite",
    "twinlock.django",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
TWINLOCK = {
    "ISSUER": "Acme",
    "KEYS": "2026a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "CLOCK": "oldsite.clock.now",
}
