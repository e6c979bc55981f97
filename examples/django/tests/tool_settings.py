"""The settings in a folder of their own, for development: for the tests and the type checker."""

import os
import tempfile

os.environ["APP_ENV"] = "development"
os.environ["TWINLOCK_DEMO_DATA"] = tempfile.mkdtemp(prefix="twinlock-django-")

from app.settings import *  # noqa: F403
