"""The texts of the pages in other languages."""

from __future__ import annotations

import re
from gettext import GNUTranslations
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation

import twinlock.django as package
from twinlock.django._texts import text_of

FOLDER = Path(package.__file__).parent
LANGUAGES = sorted(path.name for path in (FOLDER / "locale").iterdir())
QUOTED = r'"((?:[^"\\]|\\.)*)"'


def compiled(language: str) -> dict[object, str]:
    with (FOLDER / "locale" / language / "LC_MESSAGES/django.mo").open("rb") as file:
        return dict(GNUTranslations(file)._catalog)  # type: ignore[attr-defined]


def source(language: str) -> str:
    return (FOLDER / "locale" / language / "LC_MESSAGES/django.po").read_text("utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    known = compiled(language)
    used: set[str] = set()
    for template in (FOLDER / "templates").rglob("*.html"):
        used |= {text for _, text in re.findall(r"""\{% translate (["'])(.+?)\1""", template.read_text("utf-8"))}
    for module in FOLDER.rglob("*.py"):
        used |= set(re.findall(r'\b_\("((?:[^"\\]|\\.)*)"\)', module.read_text("utf-8")))
    assert len(used) > 80
    assert not {text for text in used if not known.get(text)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    written = re.findall(rf"^msgid {QUOTED}\nmsgstr {QUOTED}$", source(language), re.MULTILINE)
    known = compiled(language)
    assert len(written) > 80
    for text, translated in written[1:]:
        assert known[text] == translated.replace('\\"', '"')


@pytest.mark.urls("pages_urls")
@pytest.mark.django_db
def test_pages_speak_the_language_of_the_visitor() -> None:
    with translation.override("de"):
        assert "Anmelden" in Client().get("/login/").content.decode()
        assert text_of({"code": "throttled", "retry_after": 1}).startswith(
            "Zu viele falsche Codes. Warten Sie 1 Sekunde "
        )
        assert text_of({"code": "throttled", "retry_after": 15}).endswith("drei Codes nacheinander ein.")


def test_a_refusal_that_is_for_programs_has_the_core_s_words() -> None:
    assert text_of({"code": "too_large", "detail": "send at most 10 kB"}) == "send at most 10 kB"
