"""Which voice a machine speaks with."""

import shutil
import wave
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

import pytest
from voice_samples import Reports, program

from limen.config import GreetingSettings
from limen.errors import ConfigError
from limen.voice.choose import speaker_for, voices_here

Name = Literal["auto", "espeak-ng", "say", "file", "none"]

SAY = """
if sys.argv[1:] == ['-v', '?']:
    print('Alex                en_US    # Most people recognize me by my voice.')
    print('Bad News            en_US    # The light you see.')
    print('Anna                de_DE    # Hallo! Ich heisse Anna.')
    print('Eddy (German (Germany)) de_DE    # Hallo!')
    print('Daniel              en_GB    # Hello!')
else:
    open(os.path.join(os.path.dirname(sys.argv[0]), 'said'), 'w').write(' '.join(sys.argv[1:]) + '|' + sys.stdin.read())
"""
ESPEAK = """
if sys.argv[1:] == ['--voices']:
    print('Pty Language       Age/Gender VoiceName          File                 Other Languages')
    print(' 5  de              --/M      German             gmw/de               ')
    print(' 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)')
else:
    open(os.path.join(os.path.dirname(sys.argv[0]), 'said'), 'w').write(' '.join(sys.argv[1:]) + '|' + sys.stdin.read())
"""
PLAYER = "open(os.path.join(os.path.dirname(sys.argv[0]), 'said'), 'w').write(' '.join(sys.argv[1:]))"


def only(folder: Path) -> Callable[[str], str | None]:
    """A machine that has nothing but the programs in ``folder``."""
    return partial(shutil.which, path=str(folder))


def recording(folder: Path) -> Path:
    path = folder / "hello.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * 80)
    return path


def spoken(folder: Path, voice: Name = "auto", language: str = "en", file: Path | None = None) -> tuple[str, str]:
    """The voice's name, and what its program was handed: arguments, a bar, standard input."""
    speaker = speaker_for(GreetingSettings(voice=voice, file=file), language, Reports(), only(folder))
    assert speaker.speak_now("Hi [[x]] \x01 Anna\n!") is None
    speaker.close()
    return speaker.name, (folder / "said").read_text()


def refused(folder: Path, voice: Name, language: str = "en", file: Path | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        speaker_for(GreetingSettings(voice=voice, file=file), language, Reports(), only(folder))
    return str(caught.value)


def test_espeak_comes_first(tmp_path: Path) -> None:
    for name, code in (("espeak-ng", ESPEAK), ("say", SAY), ("aplay", PLAYER)):
        program(tmp_path, name, code)
    found = spoken(tmp_path, file=recording(tmp_path))
    assert found == ("espeak-ng", "-v en -b 1 --stdin|Hi ((x))   Anna !")


@pytest.mark.parametrize(
    ("language", "voice"), [("en", "Alex"), ("en-GB", "Daniel"), ("en-AU", "Alex"), ("de", "Anna"), ("de-AT", "Anna")]
)
def test_then_say_with_a_voice_of_the_language(tmp_path: Path, language: str, voice: str) -> None:
    program(tmp_path, "say", SAY)
    assert spoken(tmp_path, language=language) == ("say", f"-v {voice} -f -|Hi ((x))   Anna !")


@pytest.mark.parametrize(
    ("player", "options"),
    [("aplay", "-q "), ("paplay", ""), ("afplay", ""), ("ffplay", "-nodisp -autoexit -loglevel error ")],
)
def test_then_a_recording_with_whatever_plays_it(tmp_path: Path, player: str, options: str) -> None:
    program(tmp_path, player, PLAYER)
    file = recording(tmp_path)
    assert spoken(tmp_path, file=file) == ("file", f"{options}{file}")


def test_else_none(tmp_path: Path) -> None:
    reports = Reports()
    speaker = speaker_for(GreetingSettings(), "en", reports, only(tmp_path))
    speaker.say("Welcome!")
    why = speaker.speak_now("Welcome!")
    speaker.close()
    assert speaker.name == "none"
    assert why is not None
    assert why.startswith("this machine has no voice (espeak-ng: espeak-ng is not installed")


def test_none_when_asked_for(tmp_path: Path) -> None:
    program(tmp_path, "espeak-ng", ESPEAK)
    speaker = speaker_for(GreetingSettings(voice="none"), "en", Reports(), only(tmp_path))
    assert speaker.name == "none"
    assert speaker.speak_now("Welcome!") == 'greeting.voice = "none" says nothing aloud'


def test_a_voice_asked_for_by_name_is_there_or_refused(tmp_path: Path) -> None:
    assert "espeak-ng is not installed: install it, as with apt install espeak-ng" in refused(tmp_path, "espeak-ng")
    assert "say is not installed: macOS alone has it" in refused(tmp_path, "say")
    assert "greeting.file is not set: name a WAV file" in refused(tmp_path, "file")
    assert "alsa-utils" in refused(tmp_path, "file", file=recording(tmp_path))
    program(tmp_path, "say", SAY)
    assert spoken(tmp_path, "say")[0] == "say"


def test_a_recording_that_is_none(tmp_path: Path) -> None:
    program(tmp_path, "aplay", PLAYER)
    text = tmp_path / "hello.txt"
    text.write_text("no sound at all")
    assert "is no WAV file: convert it" in refused(tmp_path, "file", file=text)
    assert "cannot be read (No such file or directory)" in refused(tmp_path, "file", file=tmp_path / "absent.wav")


def test_a_language_without_a_voice(tmp_path: Path) -> None:
    program(tmp_path, "espeak-ng", ESPEAK)
    program(tmp_path, "say", SAY)
    assert "does not speak 'fr'; near it are de, en, en-gb" in refused(tmp_path, "espeak-ng", "fr")
    assert "macOS has no voice for 'fr'" in refused(tmp_path, "say", "fr")
    program(tmp_path, "aplay", PLAYER)
    assert spoken(tmp_path, language="fr", file=recording(tmp_path))[0] == "file"


def test_what_a_machine_could_speak_with(tmp_path: Path) -> None:
    program(tmp_path, "say", SAY)
    found = voices_here(GreetingSettings(), "en", only(tmp_path))
    assert [(one.voice, one.why_not is None) for one in found] == [("espeak-ng", False), ("say", True), ("file", False)]
