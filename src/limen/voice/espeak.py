"""The voice of espeak-ng: over a hundred languages, and no network."""

import difflib
from collections.abc import Callable

from limen.errors import ConfigError
from limen.voice.worker import Command, ProgramSpeaker, plain, printed_by

PROGRAM = "espeak-ng"


class EspeakSpeaker(ProgramSpeaker):
    """Speaks ``language``, as en or pt-BR.

    Raises:
        ConfigError: espeak-ng does not speak the language, or does not run.
    """

    name = PROGRAM

    def __init__(self, language: str, failed: Callable[[str], None], program: str = PROGRAM) -> None:
        self._argv = (
            program,
            "-v",
            _voice(language, languages_in(printed_by(program, "--voices"))),
            "-b",
            "1",
            "--stdin",
        )
        super().__init__(failed)

    def command(self, text: str) -> Command:
        """The text goes through standard input, as UTF-8 (``-b 1``); without ``-m`` there is no markup in it."""
        return Command(self._argv, plain(text).encode())

    def fault(self, code: int, messages: str) -> str | None:
        """Why nothing was heard.

        Without a sound device espeak-ng 1.51 ends with 0 all the same, and says ``error: …`` on standard error.
        """
        broken = [line.strip() for line in messages.splitlines() if line.startswith("error: ")]
        if code == 0 and broken:
            return f"{PROGRAM} could not reach a sound device ({broken[-1].removeprefix('error: ')})"
        return super().fault(code, messages)


def languages_in(listing: str) -> frozenset[str]:
    """The languages in what ``espeak-ng --voices`` prints.

    A line is priority, language, age and gender, name, file, and then further languages as ``(en 2)(en-gb 3)``.
    """
    found = set()
    for line in listing.splitlines()[1:]:
        fields = line.split(maxsplit=5)
        if len(fields) > 1:
            others = fields[5].replace("(", " ").replace(")", " ").split()[::2] if len(fields) > 5 else []
            found |= {fields[1].lower(), *(other.lower() for other in others)}
    return frozenset(found)


def _voice(language: str, known: frozenset[str]) -> str:
    """The language as espeak-ng has it: with its country where that is known, else without."""
    wanted = language.lower()
    for one in (wanted, wanted.partition("-")[0]):
        if one in known:
            return one
    near = difflib.get_close_matches(wanted, sorted(known), n=5, cutoff=0.5) or sorted(known)[:5]
    raise ConfigError(
        f"{PROGRAM} does not speak {language!r}; near it are {', '.join(near)}: set site.language to one that "
        f'`{PROGRAM} --voices` lists, or greeting.voice = "file" or "none"'
    )
