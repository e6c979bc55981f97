"""``/docs``: Swagger UI from our own address, so that no foreign script runs where our cookies live."""

from __future__ import annotations

from importlib.resources import files

from fastapi import FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from .settings import PAGES


def install(app: FastAPI) -> None:
    """Serve the page and, from the package ``fastapi-offline``, the files of Swagger UI."""
    app.mount("/docs/ui", StaticFiles(directory=str(files("fastapi_offline") / "static")))

    @app.get("/docs", include_in_schema=False)
    def docs() -> FileResponse:
        return FileResponse(PAGES / "templates" / "docs.html", media_type="text/html")
