"""The real espeak-ng."""

import io
import os
import subprocess
import wave

import numpy as np
import pytest
from voice_samples import Reports, espeak

from limen.errors import ConfigError
from limen.voice.espeak import EspeakSpeaker


def speaker(language: str) -> EspeakSpeaker:
    return EspeakSpeaker(language, Reports(), espeak())


def sound(text: str, language: str = "en") -> np.ndarray:
    """The samples that are played, by the command that plays them and one more option."""
    voice = speaker(language)
    voice.close()
    command = voice.command(text)
    done = subprocess.run([*command.argv, "--stdout"], input=command.stdin, capture_output=True, check=True, timeout=60)
    with wave.open(io.BytesIO(done.stdout)) as file:
        # Written to a pipe, the header cannot know how many samples follow.
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 22050)
    return np.frombuffer(done.stdout[44:], np.int16)


def seconds(samples: np.ndarray) -> float:
    return len(samples) / 22050


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Welcome, Anna and Ben!"),
        ("de-AT", "Willkommen, Jürgen und Zoë!"),
        ("pt-BR", "Boas-vindas, João e Inês!"),
        ("zh", "欢迎"),
    ],
)
def test_there_is_sound_in_it(language: str, text: str) -> None:
    samples = sound(text, language)
    assert 0.4 < seconds(samples) < 5
    assert np.abs(samples.astype(int)).max() > 3000


def test_languages_differ() -> None:
    assert not np.array_equal(sound("Willkommen", "de"), sound("Willkommen", "en"))


@pytest.mark.parametrize(
    "name",
    [
        '<break time="20s"/>',
        "<audio src='/etc/passwd'/>",
        "[[h@l'oU w3:ld]]",
        "\x01100S\x01A",
        "-w out.wav --help",
        "{names} %s\n\n\nBen",
    ],
)
def test_a_name_gives_no_orders(name: str) -> None:
    """It takes no longer than its letters do, and what follows is still spoken."""
    alone, after = seconds(sound("Welcome, Anna!")), seconds(sound(f"Welcome, {name}, Anna!"))
    assert alone < after < alone + 8


def test_phonemes_are_read_as_letters() -> None:
    voice = speaker("en")
    voice.close()
    spelled = subprocess.run(
        [*voice.command("").argv, "-q", "-x"],
        input=voice.command("[[w'Vn]]").stdin, capture_output=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    raw = subprocess.run(
        [*voice.command("").argv, "-q", "-x"], input=b"[[w'Vn]]", capture_output=True, check=True, timeout=60
    ).stdout
    assert raw.split() == [b"w'Vn"]
    assert spelled.split() != raw.split()


def test_a_language_it_does_not_have() -> None:
    with pytest.raises(ConfigError, match=r"does not speak 'xt'; near it are tt, .*set site\.language"):
        speaker("xt")
    with pytest.raises(ConfigError, match=r"does not speak 'qqq'; near it are \w+"):
        speaker("qqq")


def test_a_program_that_is_not_espeak() -> None:
    with pytest.raises(ConfigError, match="/bin/false --voices does not run"):
        EspeakSpeaker("en", Reports(), "/bin/false")


def test_nothing_of_a_text_is_an_argument() -> None:
    voice = speaker("en")
    voice.close()
    assert "secret" not in " ".join(voice.command("secret").argv)
    assert voice.command("secret").stdin == b"secret"
    assert os.path.isabs(voice.command("").argv[0])
