"""Everybody who came in together, in one sentence."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from limen.config import GreetingSettings

_LONGEST_WAITS = 5
"""A crowd that keeps coming is greeted after so many times ``wait_s`` all the same."""


@dataclass(frozen=True, slots=True)
class Words:
    """A greeting in one language: ``{names}`` is where the names go, and ``last`` stands before the last of several."""

    text: str
    last: str


# Words that fit one person and several, whoever they are.
WORDS = {
    "en": Words("Welcome, {names}!", "and"),
    "de": Words("Willkommen, {names}!", "und"),
    "es": Words("¡Hola, {names}!", "y"),
    "fr": Words("Bienvenue, {names}\u202f!", "et"),
    "it": Words("Salve, {names}!", "e"),
    "nl": Words("Welkom, {names}!", "en"),
    "pl": Words("Witamy, {names}!", "i"),
    "pt": Words("Boas-vindas, {names}!", "e"),
}


class Greeter:
    """Waits after each person who enters for others to come along, then gives one sentence for all.

    Nobody stands in two sentences within ``again_s``. A ``language`` without words of its own is greeted in English.
    """

    def __init__(self, settings: GreetingSettings, language: str) -> None:
        self._words = WORDS.get(language.partition("-")[0], WORDS["en"])
        self._text = settings.text or self._words.text
        self._wait_s, self._again_s = settings.wait_s, settings.again_s
        self._names: list[str] = []
        self._greeted_s: dict[str, float] = {}
        self._due_s = self._latest_s = float("inf")

    def enter(self, name: str, now_s: float) -> None:
        """Somebody was let in."""
        self._greeted_s = {one: at_s for one, at_s in self._greeted_s.items() if now_s - at_s < self._again_s}
        if name not in self._names:
            if name in self._greeted_s:
                return
            if not self._names:
                self._latest_s = now_s + _LONGEST_WAITS * self._wait_s
            self._names.append(name)
        self._greeted_s[name] = now_s
        self._due_s = min(now_s + self._wait_s, self._latest_s)

    def due(self, now_s: float) -> str | None:
        """The sentence, once nobody else came for a while."""
        return self.finish() if now_s >= self._due_s else None

    def finish(self) -> str | None:
        """The sentence for those who are waiting for one, without waiting any longer."""
        if not self._names:
            return None
        # Names are put in as they are: nothing in them is looked for.
        sentence = self._text.replace("{names}", listed(self._names, self._words.last))
        self._names, self._due_s = [], float("inf")
        return sentence


def listed(names: Sequence[str], last: str) -> str:
    """Names as a sentence has them: A; A and B; A, B and C."""
    *others, final = names
    return f"{', '.join(others)} {_before(final, last)} {final}" if others else final


def _before(name: str, last: str) -> str:
    """Spanish says e for y before the sound of i, but not before hie or hia.

    Source: Real Academia Española, Diccionario panhispánico de dudas, "y".
    """
    return "e" if last == "y" and re.match(r"[ií]|h[ií](?![aeo])", name.lower()) else last
