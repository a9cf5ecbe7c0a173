import pytest

from limen.config import GreetingSettings
from limen.door.greeting import WORDS, Greeter, listed


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["Anna"], "Anna"),
        (["Anna", "Ben"], "Anna and Ben"),
        (["Anna", "Ben", "Cleo"], "Anna, Ben and Cleo"),
        (["A", "B", "C", "D"], "A, B, C and D"),
    ],
)
def test_names_stand_as_in_a_sentence(names: list[str], sentence: str) -> None:
    assert listed(names, "and") == sentence


def greeter(*, text: str = "", again_s: float = 300, language: str = "en") -> Greeter:
    return Greeter(GreetingSettings(text=text, wait_s=1, again_s=again_s), language)


def test_all_who_came_together_are_greeted_in_one_sentence() -> None:
    door = greeter()
    door.enter("Anna", 10)
    assert door.due(10.5) is None
    door.enter("Ben", 10.8)
    assert door.due(11.7) is None
    assert door.due(11.8) == "Welcome, Anna and Ben!"


def test_nobody_is_greeted_twice_in_a_while() -> None:
    door = greeter(again_s=60)
    door.enter("Anna", 10)
    door.enter("Anna", 10.1)
    assert door.due(20) == "Welcome, Anna!"
    door.enter("Anna", 70)
    assert door.due(80) is None
    assert door.finish() is None
    door.enter("Anna", 70.5)
    assert door.due(80) == "Welcome, Anna!"


def test_who_was_greeted_a_moment_ago_is_left_out_of_the_sentence_for_others() -> None:
    door = greeter()
    door.enter("Anna", 10)
    assert door.due(11) == "Welcome, Anna!"
    door.enter("Ben", 15)
    door.enter("Anna", 15.5)
    assert door.due(15.9) is None
    assert door.due(16) == "Welcome, Ben!"


def test_every_entry_is_greeted_where_that_is_set_but_once_a_sentence() -> None:
    door = greeter(again_s=0)
    door.enter("Anna", 10)
    door.enter("Anna", 10.5)
    assert door.due(11.5) == "Welcome, Anna!"
    door.enter("Anna", 11.6)
    assert door.due(12.6) == "Welcome, Anna!"


def test_a_crowd_that_keeps_coming_is_greeted_all_the_same() -> None:
    door = greeter()
    said = []
    for number in range(12):
        at_s = 10 + number * 0.5
        door.enter(f"P{number}", at_s)
        if sentence := door.due(at_s):
            said.append((at_s, sentence.count("P")))
    assert said == [(15.0, 11)]


def test_finishing_greets_without_waiting() -> None:
    door = greeter()
    door.enter("Anna", 10)
    assert door.finish() == "Welcome, Anna!"


def test_nobody_came() -> None:
    assert greeter().due(1e9) is None


def test_braces_in_names_and_in_the_text_are_only_text() -> None:
    door = greeter(text="{names} {0} {x!r} %s")
    door.enter("{names}{y}", 0)
    assert door.finish() == "{names}{y} {0} {x!r} %s"


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Welcome, Ana, Ben and Inés!"),
        ("de", "Willkommen, Ana, Ben und Inés!"),
        ("de-AT", "Willkommen, Ana, Ben und Inés!"),
        ("fr", "Bienvenue, Ana, Ben et Inés\u202f!"),
        ("es", "¡Hola, Ana, Ben e Inés!"),
        ("it", "Salve, Ana, Ben e Inés!"),
        ("nl", "Welkom, Ana, Ben en Inés!"),
        ("pt-BR", "Boas-vindas, Ana, Ben e Inés!"),
        ("pl", "Witamy, Ana, Ben i Inés!"),
        ("fi", "Welcome, Ana, Ben and Inés!"),
        ("nog", "Welcome, Ana, Ben and Inés!"),
    ],
)
def test_the_language_of_the_site(language: str, sentence: str) -> None:
    door = greeter(language=language)
    for name in ("Ana", "Ben", "Inés"):
        door.enter(name, 0)
    assert door.finish() == sentence


def test_own_words_keep_the_language_of_the_list() -> None:
    door = greeter(text="Grüß Gott, {names}.", language="de")
    door.enter("Anna", 0)
    door.enter("Ben", 0)
    assert door.finish() == "Grüß Gott, Anna und Ben."


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Íñigo", "Ana e Íñigo"),
        ("Hilario", "Ana e Hilario"),
        ("Hiero", "Ana y Hiero"),
        ("Yolanda", "Ana y Yolanda"),
        ("Hugo", "Ana y Hugo"),
    ],
)
def test_spanish_says_e_before_the_sound_of_i(name: str, sentence: str) -> None:
    assert listed(["Ana", name], "y") == sentence


def test_every_language_says_the_names() -> None:
    assert all(words.text.count("{names}") == 1 for words in WORDS.values())
