"""The pages beside the contract: the module, its style sheet and its catalogues, which hold nothing of any user."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import pytest
from twinlock_http import Client, problem

TYPES = {".js": "text/javascript", ".css": "text/css"}
BUILT = Path(__file__).parents[2] / "web" / "dist"
ELEMENTS = {"twinlock.js", "twinlock.css"}
# Whatever is built has to be served: a language that one server leaves out would be English there.
PAGES = sorted(ELEMENTS | {file.name for file in BUILT.glob("*")})


def page(client: Client, name: str, **headers: str) -> httpx.Response:
    answer = client.raw("GET", f"/web/{name}", headers=headers)
    if answer.status_code == 404:
        problem(answer, 404, "not_found")
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up("this package was built without its pages")
    return answer


def test_the_build_has_the_languages_that_are_promised() -> None:
    if not BUILT.is_dir():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("the pages are not built")
    catalogues = {f"twinlock.{language}.js" for language in ("ar", "de", "es", "fr", "ja", "pt", "zh")}
    assert set(PAGES) == ELEMENTS | catalogues


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_for_everybody_and_asks_each_time_whether_it_changed(client: Client, name: str) -> None:
    answer = page(client, name)
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == TYPES[Path(name).suffix]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-cache"
    assert "set-cookie" not in answer.headers
    again = page(client, name, **{"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == answer.headers["etag"]
    assert page(client, name, **{"If-None-Match": '"another"'}).content == answer.content


@pytest.mark.parametrize("name", PAGES)
def test_a_page_from_another_site_is_no_call(client: Client, name: str) -> None:
    answer = page(client, name, **{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/web/",
        "/web/twinlock.js.map",
        "/web/twinlock.xx.js",
        "/web/twinlock..js",
        "/web/twinlock.DE.js",
        "/web/twinlock.de.css",
        "/web/twinlock.de.js/..%2ftwinlock.d.ts",
        "/web/twinlock.d.ts",
        "/web/index.html",
        "/web/../contract.json",
        "/web/..%2f..%2fpackage.json",
        "/web/%2e%2e/%2e%2e/package.json",
        "/web/....//....//etc/passwd",
        "/web//etc/passwd",
        "/web/twinlock.js%00.css",
        "/web/twinlock.js/../../status",
        "/web\\..\\package.json",
    ],
)
def test_no_other_file_is_served(bearer: Client, path: str) -> None:
    assert 300 <= bearer.literal("GET", path) < 500
