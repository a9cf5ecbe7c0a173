"""A recording in place of a voice."""

from collections.abc import Callable
from pathlib import Path

from limen.errors import ConfigError
from limen.voice.worker import Command, ProgramSpeaker

PLAYERS = {
    "aplay": ("-q",),
    "paplay": (),
    "afplay": (),
    "ffplay": ("-nodisp", "-autoexit", "-loglevel", "error"),
}
"""Programs that play a WAV file, and the options they need to do nothing else; the first that is there is taken."""


class SoundFileSpeaker(ProgramSpeaker):
    """Plays ``file`` whatever the sentence, with ``player``: one of ``PLAYERS``, or a path to it.

    Raises:
        ConfigError: the file cannot be read, or is no WAV file.
    """

    name = "file"

    def __init__(self, file: Path, player: str, failed: Callable[[str], None]) -> None:
        _check(file)
        # An absolute path never begins with a hyphen, and so is never taken for an option.
        self._command = Command((player, *PLAYERS[Path(player).name], str(file.absolute())))
        super().__init__(failed)

    def command(self, text: str) -> Command:
        """The player and its file."""
        return self._command


def _check(file: Path) -> None:
    try:
        with file.open("rb") as opened:
            head = opened.read(12)
    except OSError as error:
        raise ConfigError(f"greeting.file {file} cannot be read ({error.strerror}): name a WAV file") from error
    if (head[:4], head[8:]) != (b"RIFF", b"WAVE"):
        raise ConfigError(f"greeting.file {file} is no WAV file: convert it, as with ffmpeg -i IN OUT.wav")
