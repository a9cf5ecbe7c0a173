"""Which voice speaks: the one that is set, or the first that this machine has."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass

from limen.config import GreetingSettings
from limen.errors import ConfigError
from limen.voice.espeak import PROGRAM as ESPEAK
from limen.voice.espeak import EspeakSpeaker
from limen.voice.say import PROGRAM as SAY
from limen.voice.say import SaySpeaker
from limen.voice.sound_file import PLAYERS, SoundFileSpeaker
from limen.voice.worker import ProgramSpeaker

VOICES = (ESPEAK, SAY, "file")
"""In the order in which they are tried."""

Failed = Callable[[str], None]
Which = Callable[[str], str | None]


class SilentSpeaker:
    """Says nothing; ``why`` tells the reason."""

    name = "none"

    def __init__(self, why: str) -> None:
        self.why = why

    def say(self, text: str) -> None:
        """Say nothing."""

    def speak_now(self, text: str) -> str | None:
        """Why nothing is said."""
        return self.why

    def close(self) -> None:
        """There is nothing to stop."""


@dataclass(frozen=True, slots=True)
class VoiceFound:
    """A voice, and why this machine cannot speak with it; ``None`` where it can."""

    voice: str
    why_not: str | None


def speaker_for(
    settings: GreetingSettings, language: str, failed: Failed, which: Which = shutil.which
) -> ProgramSpeaker | SilentSpeaker:
    """The voice that ``settings`` ask for.

    With ``auto`` a voice that cannot be used is passed over: a greeting is not worth a door that does not start.

    Raises:
        ConfigError: the voice was set by name, and cannot be used here.
    """
    if settings.voice == "none":
        return SilentSpeaker('greeting.voice = "none" says nothing aloud')
    if settings.voice != "auto":
        return _speaker(settings.voice, settings, language, failed, which)
    reasons = []
    for voice in VOICES:
        try:
            return _speaker(voice, settings, language, failed, which)
        except ConfigError as error:
            reasons.append(f"{voice}: {error}")
    return SilentSpeaker(f"this machine has no voice ({'; '.join(reasons)})")


def voices_here(settings: GreetingSettings, language: str, which: Which = shutil.which) -> list[VoiceFound]:
    """Every voice, in the order in which they are tried."""
    found = []
    for voice in VOICES:
        try:
            _speaker(voice, settings, language, lambda why: None, which).close()
        except ConfigError as error:
            found.append(VoiceFound(voice, str(error)))
        else:
            found.append(VoiceFound(voice, None))
    return found


def _speaker(voice: str, settings: GreetingSettings, language: str, failed: Failed, which: Which) -> ProgramSpeaker:
    if voice == "file":
        return _sound_file(settings, failed, which)
    if (program := which(voice)) is None:
        install = "macOS alone has it" if voice == SAY else f"install it, as with apt install {ESPEAK}"
        raise ConfigError(f"{voice} is not installed: {install}, or set greeting.voice to another voice")
    return EspeakSpeaker(language, failed, program) if voice == ESPEAK else SaySpeaker(language, failed, program)


def _sound_file(settings: GreetingSettings, failed: Failed, which: Which) -> ProgramSpeaker:
    if settings.file is None:
        raise ConfigError("greeting.file is not set: name a WAV file to play")
    player = next((path for path in map(which, PLAYERS) if path), None)
    if player is None:
        raise ConfigError(
            f"none of {', '.join(PLAYERS)} is installed, which play greeting.file: install one, as with apt install "
            "alsa-utils"
        )
    return SoundFileSpeaker(settings.file, player, failed)
