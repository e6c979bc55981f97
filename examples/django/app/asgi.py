"""What the server runs: `python -m uvicorn app.asgi:application`."""

import os

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "app.settings")

application = get_asgi_application()
if os.environ.get("APP_ENV") == "development":
    # For real, `manage.py collectstatic` and a server that serves files.
    application = ASGIStaticFilesHandler(application)
