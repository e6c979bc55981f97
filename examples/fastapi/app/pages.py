"""The pages: plain HTML around a few small scripts, and Twinlock's custom elements."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from . import sessions, twofactor
from .settings import PAGES, Settings

TITLES = {
    "home": "A second lock on the door",
    "register": "Create an account",
    "login": "Sign in",
    "account": "Your account",
    "admin": "Administration",
}


def install(app: FastAPI, settings: Settings) -> None:
    """Serve the pages and their files; the pretend phone in development only."""
    templates = Jinja2Templates(PAGES / "templates")
    pages = APIRouter(include_in_schema=False)

    def page(request: Request) -> HTMLResponse:
        name = request.url.path.strip("/") or "home"
        session = sessions.read_cookie(request, "refresh") is not None
        context = {
            "page": name,
            "title": TITLES[name],
            "base": twofactor.BASE,
            "dev_phone": settings.dev_phone,
            "docs": True,
            "session": session,
        }
        return templates.TemplateResponse(request, f"{name}.html", context)

    for name in TITLES:
        pages.add_api_route("/" if name == "home" else f"/{name}", page, response_class=HTMLResponse)

    @pages.get("/favicon.ico")
    def favicon() -> Response:
        return Response(status_code=308, headers={"Location": "/static/icon.svg"})

    app.include_router(pages)
    app.mount("/static", StaticFiles(directory=PAGES / "static"))
    if settings.dev_phone:
        app.mount("/dev", StaticFiles(directory=PAGES / "dev"))
