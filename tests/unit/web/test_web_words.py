"""Every text of the pages and scripts can be read in every language."""

import ast
import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest
from jinja2 import Environment, nodes

from limen.decision.levels import Level
from limen.decision.reasons import Reason
from limen.web.pages import MENU
from limen.web.words import DEFAULT, LANGUAGES, script_texts, words_in

WEB = Path(str(files("limen.web")))
OTHERS = [language for language in LANGUAGES if language != DEFAULT]
ASKED = ("_", "_n")


def in_templates() -> Iterator[str]:
    """The texts that templates ask for, and in words of their own scripts."""
    for template in sorted((WEB / "templates").glob("*.html")):
        tree = Environment(autoescape=True).parse(template.read_text("utf-8"))
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in ASKED:
                yield from (
                    one.value for one in call.args[:2] if isinstance(one, nodes.Const) and isinstance(one.value, str)
                )


def in_python() -> Iterator[str]:
    """The texts that modules ask for, by ``words("…")`` or ``words.plural("…", "…", n)``."""
    for module in sorted(WEB.rglob("*.py")):
        for call in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith(("words", "words.plural")):
                yield from (
                    one.value for one in call.args[:2] if isinstance(one, ast.Constant) and isinstance(one.value, str)
                )


TEXTS = sorted(
    {
        *in_templates(),
        *in_python(),
        *script_texts(),
        *(link.text for link in MENU),
        *(one.for_visitor for one in Reason),
    }
    | {one.gives for one in Level}
)


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_there_are_texts() -> None:
    assert len(TEXTS) > 300
    assert "Hold still" in TEXTS


@pytest.mark.parametrize("language", OTHERS)
class TestLanguage:
    def test_has_every_text(self, language: str) -> None:
        words = words_in(language)
        assert [text for text in TEXTS if text not in words._texts] == []

    def test_keeps_the_values(self, language: str) -> None:
        texts = words_in(language)._texts
        assert [text for text, other in texts.items() if names(text) != names(other)] == []

    def test_says_everything_once(self, language: str) -> None:
        """The same text in two files means the same."""
        found: dict[str, str] = {}
        for file in sorted((WEB / "locales" / language).glob("*.json")):
            texts = json.loads(file.read_text("utf-8"))
            assert [text for text in texts if found.get(text, texts[text]) != texts[text]] == [], file.name
            found |= texts

    def test_has_no_text_that_nobody_asks_for(self, language: str) -> None:
        files = [file for file in WEB.parent.rglob("*") if file.suffix in (".py", ".html", ".js")]
        everything = " ".join(file.read_text("utf-8") for file in files)
        plain = re.sub(r"\\(.)", r"\1", re.sub(r'"\s*\n\s*"', "", everything))
        known = (
            {one.for_visitor for one in Reason} | {one.for_operator for one in Reason} | {one.gives for one in Level}
        )
        assert [text for text in words_in(language)._texts if text not in plain and text not in known] == []


def test_other_languages_are_english() -> None:
    assert words_in("xx").language == DEFAULT
    assert words_in("de")("Doors") == "Türen"
    assert words_in("de").plural("{n} person", "{n} people", 1)
