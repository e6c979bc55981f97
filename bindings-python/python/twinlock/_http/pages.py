"""The built custom elements, in the package's data: `twinlock.js`, `twinlock.css` and, one file a language, `twinlock.de.js`.

They hold nothing of any user, so they may be kept by browsers, which ask each time whether they changed.
"""

from __future__ import annotations

import hashlib
import logging
import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

_ELEMENTS = ("twinlock.js", "twinlock.css")
_CATALOGUE = re.compile(r"twinlock\.[a-z]+\.js")
_MEDIA_TYPES = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}


@dataclass(frozen=True)
class Page:
    """One file; `content` is none when this build of the package has no pages."""

    name: str
    media_type: str
    content: bytes | None = field(repr=False)
    tag: str

    @property
    def headers(self) -> dict[str, str]:
        """What goes with it."""
        return {"ETag": self.tag, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}

    def unchanged(self, if_none_match: str) -> bool:
        """Whether the browser that sent this header has it already."""
        return self.tag in if_none_match


@cache
def pages() -> dict[str, Page]:
    """Every page by its name."""
    folder = files("twinlock") / "web"
    built = (file.name for file in folder.iterdir()) if folder.is_dir() else ()
    return {name: _page(name) for name in (*_ELEMENTS, *sorted(filter(_CATALOGUE.fullmatch, built)))}


def warn_of_missing(log: logging.Logger) -> None:
    """Say once in the log when this build of the package has none."""
    missing = [page.name for page in pages().values() if page.content is None]
    if missing:
        log.warning(
            "this package was built without its pages (%s): build web/ with Node to have them", ", ".join(missing)
        )


def _page(name: str) -> Page:
    media_type = _MEDIA_TYPES[name.rpartition(".")[2]]
    file = files("twinlock") / "web" / name
    content = file.read_bytes() if file.is_file() else None
    return Page(name, media_type, content, f'"{hashlib.sha256(content or b"").hexdigest()[:32]}"')
