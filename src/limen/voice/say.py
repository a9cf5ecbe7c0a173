"""The voice of macOS."""

import re
from collections.abc import Callable

from limen.errors import ConfigError
from limen.voice.worker import Command, ProgramSpeaker, plain, printed_by

PROGRAM = "say"


class SaySpeaker(ProgramSpeaker):
    """Speaks ``language`` with the first voice that macOS has for it.

    Raises:
        ConfigError: there is no voice for the language, or ``say`` does not run.
    """

    name = PROGRAM

    def __init__(self, language: str, failed: Callable[[str], None], program: str = PROGRAM) -> None:
        self._argv = (program, "-v", _voice(language, program), "-f", "-")
        super().__init__(failed)

    def command(self, text: str) -> Command:
        """The text goes through standard input."""
        return Command(self._argv, plain(text).encode())


def _voice(language: str, program: str) -> str:
    voices = voices_in(printed_by(program, "-v", "?"))
    wanted = language.replace("-", "_")
    # Of the country asked for, else of any country of the language.
    of_country = [name for name, has in voices if has == wanted]
    of_language = [name for name, has in voices if has.partition("_")[0] == wanted.partition("_")[0]]
    if found := of_country + of_language:
        return found[0]
    raise ConfigError(
        f"macOS has no voice for {language!r}: add one in the system settings under spoken content, or set "
        'greeting.voice = "file" or "none"'
    )


def voices_in(listing: str) -> list[tuple[str, str]]:
    """Names and languages in what ``say -v ?`` prints: a line is ``Anna    de_DE    # Hallo! …``."""
    lines = (re.match(r"(.+?)\s+([a-z]{2,3}[_-][A-Za-z0-9_]+)\s+#", line) for line in listing.splitlines())
    return [(found[1], found[2].replace("-", "_")) for found in lines if found]
