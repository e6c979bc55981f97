"""The pages: they work without JavaScript, under a strict Content-Security-Policy, and their templates can be overridden."""

from .home import EventsView, HomeView
from .setup import SetupView
from .verify import VerifyView

__all__ = ["EventsView", "HomeView", "SetupView", "VerifyView"]
