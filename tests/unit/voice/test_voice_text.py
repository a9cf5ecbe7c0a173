"""What is handed to voices, and what they list."""

import pytest

from limen.voice.espeak import languages_in
from limen.voice.fake import FakeSpeaker
from limen.voice.say import voices_in
from limen.voice.worker import plain


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Welcome, Zoë O'Neil-Łaś!", "Welcome, Zoë O'Neil-Łaś!"),
        ("[[slnc 9999]]", "((slnc 9999))"),
        ("\x01100S\x00 a\nb\tc\x7f\x85", " 100S  a b c  "),
        ("نام\u200cها", "نام\u200cها"),
        ("\ud800", " "),
        ("x" * 5000, "x" * 1000),
    ],
)
def test_plain_text(text: str, spoken: str) -> None:
    assert plain(text) == spoken


def test_languages_of_espeak() -> None:
    listing = (
        "Pty Language       Age/Gender VoiceName          File                 Other Languages\n"
        " 5  fr-be           --/M      French_(Belgium)   roa/fr-BE            (fr 8)\n"
        " 5  en-gb-x-rp      --/M      English_(RP)       gmw/en-GB-x-rp       (en-gb 4)(en 5)\n"
        " 5  cmn             --/M      Chinese            sit/cmn              (zh-cmn 5)(zh 5)\n"
        " 5  sq              --/M      Albanian           ine/sq\n"
        "\n"
    )
    assert languages_in(listing) == {"fr-be", "fr", "en-gb-x-rp", "en-gb", "en", "cmn", "zh-cmn", "zh", "sq"}
    assert languages_in("") == set()


def test_voices_of_macos() -> None:
    listing = (
        "Albert              en_US    # Hello! My name is Albert.\n"
        "Eddy (German (Germany)) de_DE    # Hallo! Ich heiße Eddy.\n"
        "Majed               ar_001   # مرحبًا! اسمي ماجد.\n"
        "Fiona               en-scotland # Hello, my name is Fiona.\n"
        "\n"
    )
    assert voices_in(listing) == [
        ("Albert", "en_US"),
        ("Eddy (German (Germany))", "de_DE"),
        ("Majed", "ar_001"),
        ("Fiona", "en_scotland"),
    ]


def test_the_fake_keeps_what_it_was_told() -> None:
    speaker = FakeSpeaker()
    speaker.say("one")
    speaker.say("two")
    speaker.close()
    assert (speaker.said, speaker.closed) == (["one", "two"], True)
