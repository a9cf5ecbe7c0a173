"""``limen voice``, with the real espeak-ng: a sound device that takes everything, or none at all."""

import os
import shutil
from pathlib import Path

import pytest

from limen_program import limen


@pytest.fixture(autouse=True, scope="module")
def espeak() -> None:
    if shutil.which("espeak-ng") is None:
        reason = "espeak-ng is not installed"
        pytest.fail(reason) if os.environ.get("LIMEN_REQUIRE_ALL") == "1" else pytest.skip(reason)


def device(folder: Path, alsa: str) -> dict[str, str]:
    """A sound device of ALSA's own configuration, and no other."""
    config = folder / "asound.conf"
    config.write_text(alsa)
    return {"PULSE_SERVER": "unix:/nonexistent", "ALSA_CONFIG_PATH": str(config)}


def test_a_greeting_is_spoken_in_the_language_of_the_site(tmp_path: Path) -> None:
    sound = device(tmp_path, "pcm.!default { type null }\n")
    ran = limen("voice", "test", "--json", data=tmp_path, LIMEN_SITE__LANGUAGE="de", **sound)
    assert (ran.code, ran.err) == (0, "")
    assert ran.document() == {
        "voice": "espeak-ng",
        "language": "de",
        "text": "Willkommen, Anna!",
        "spoken": True,
        "why": None,
    }


def test_a_machine_without_a_sound_device_says_so(tmp_path: Path) -> None:
    ran = limen("voice", "test", "--text", "Hello", "--json", data=tmp_path, **device(tmp_path, ""))
    assert ran.code == 69
    assert ran.document() == {
        "voice": "espeak-ng",
        "language": "en",
        "text": "Hello",
        "spoken": False,
        "why": "espeak-ng could not reach a sound device (No such file or directory)",
    }
    ran = limen("voice", "test", data=tmp_path, **device(tmp_path, ""))
    assert (ran.code, ran.out) == (
        69,
        "espeak-ng: espeak-ng could not reach a sound device (No such file or directory)\n",
    )


def test_a_voice_that_cannot_be_used_is_a_matter_of_the_settings(tmp_path: Path) -> None:
    ran = limen("voice", "test", data=tmp_path, LIMEN_SITE__LANGUAGE="qqq", LIMEN_GREETING__VOICE="espeak-ng")
    assert (ran.code, ran.out) == (78, "")
    assert "espeak-ng does not speak 'qqq'" in ran.err
    assert limen("voice", "test", data=tmp_path, LIMEN_GREETING__VOICE="file").code == 78


def test_no_voice_is_not_spoken(tmp_path: Path) -> None:
    ran = limen("voice", "test", "--json", data=tmp_path, LIMEN_GREETING__VOICE="none")
    assert ran.code == 69
    assert (ran.document()["voice"], ran.document()["spoken"]) == ("none", False)


def test_what_this_machine_could_speak_with(tmp_path: Path) -> None:
    ran = limen("voice", "list", "--json", data=tmp_path)
    assert ran.code == 0
    rows = {row["voice"]: row for row in ran.document()["voices"]}
    assert rows["espeak-ng"] == {"voice": "espeak-ng", "usable": True, "in_use": True, "why": None}
    assert (rows["file"]["usable"], rows["file"]["in_use"]) == (False, False)
    assert "greeting.file is not set" in rows["file"]["why"]
    ran = limen("voice", "list", data=tmp_path)
    assert ran.out.splitlines()[0].split() == ["*", "espeak-ng", "usable"]
