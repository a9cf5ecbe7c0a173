"""The words of the pages in the languages there are: English is the key, the others are catalogues beside this file."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from starlette.requests import HTTPConnection

LANGUAGES: Mapping[str, str] = {"en": "English", "de": "Deutsch"}
DEFAULT = "en"
COOKIE = "limen_language"
_IN_SCRIPTS = re.compile(r"""(?<![\w.])t\(\s*(["'`])((?:\\.|(?!\1).)+)\1""")


@dataclass(frozen=True, slots=True)
class Words:
    """Texts in one language; what no catalogue has stays English."""

    language: str
    _texts: Mapping[str, str] = field(repr=False)

    def __call__(self, text: str, /, **values: object) -> str:
        """``text`` in this language, with ``values`` where it has their names in braces."""
        found = self._texts.get(text, text)
        return found.format_map(values) if values else found

    def plural(self, one: str, other: str, n: int, **values: object) -> str:
        """The text for one or for any other number; ``{n}`` is the number."""
        return self(one if n == 1 else other, n=n, **values)

    @property
    def for_scripts(self) -> dict[str, str]:
        """The texts that the scripts use."""
        return {text: self._texts[text] for text in script_texts() if text in self._texts}


@cache
def words_in(language: str) -> Words:
    """The words of a language; English where there is no such language."""
    known = language if language in LANGUAGES else DEFAULT
    return Words(known, _catalogue(known))


def chosen(connection: HTTPConnection, own: str | None, site: str) -> Words:
    """The words for a browser: those of the account, or chosen before, or preferred by it, or of the site."""
    asked = [own, connection.cookies.get(COOKIE), *_accepted(connection.headers.get("accept-language", "")), site]
    return words_in(next((one for one in asked if one in LANGUAGES), DEFAULT) or DEFAULT)


@cache
def script_texts() -> frozenset[str]:
    """Every text that a script asks for."""
    scripts = (one for one in files("limen.web").joinpath("static").iterdir() if one.name.endswith(".js"))
    found = (match[2] for script in scripts for match in _IN_SCRIPTS.finditer(script.read_text("utf-8")))
    return frozenset(re.sub(r"\\(.)", r"\1", text) for text in found)


def _catalogue(language: str) -> dict[str, str]:
    folder = files("limen.web").joinpath("locales", language)
    if language == DEFAULT or not folder.is_dir():
        return {}
    texts: dict[str, str] = {}
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".json"):
            texts |= json.loads(file.read_text("utf-8"))
    return texts


def _accepted(header: str) -> list[str]:
    """The languages a browser prefers, without their regions, in its order."""
    return [part.split(";")[0].strip().split("-")[0].lower() for part in header.split(",")[:10]]
