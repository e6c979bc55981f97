"""What the server starts: ``python -m uvicorn app.main:app``."""

from .application import create_app
from .settings import Settings, SettingsError

try:
    app = create_app(Settings.from_env())
except SettingsError as error:
    # The message is for the person who starts it; a traceback would only hide it.
    raise SystemExit(f"cannot start: {error}") from None
