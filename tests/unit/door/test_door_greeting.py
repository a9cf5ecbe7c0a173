import pytest

from limen.door.greeting import Greeter, listed


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
    assert listed(names) == sentence


def greeter() -> Greeter:
    return Greeter("Welcome, {names}!", wait_s=1)


def test_all_who_came_together_are_greeted_in_one_sentence() -> None:
    door = greeter()
    door.enter("Anna", 10)
    assert door.due(10.5) is None
    door.enter("Ben", 10.8)
    assert door.due(11.7) is None
    assert door.due(11.8) == "Welcome, Anna and Ben!"


def test_nobody_is_greeted_twice() -> None:
    door = greeter()
    door.enter("Anna", 10)
    door.enter("Anna", 10.1)
    assert door.due(20) == "Welcome, Anna!"
    assert door.due(30) is None
    assert door.finish() is None


def test_who_comes_later_gets_their_own_sentence() -> None:
    door = greeter()
    door.enter("Anna", 10)
    assert door.due(11) == "Welcome, Anna!"
    door.enter("Ben", 15)
    assert door.due(15.9) is None
    assert door.due(16) == "Welcome, Ben!"


def test_finishing_greets_without_waiting() -> None:
    door = greeter()
    door.enter("Anna", 10)
    assert door.finish() == "Welcome, Anna!"


def test_nobody_came() -> None:
    assert greeter().due(1e9) is None


def test_braces_in_names_and_templates_are_only_text() -> None:
    door = Greeter("{names} {0} {x!r}", wait_s=1)
    door.enter("{names}{y}", 0)
    assert door.finish() == "{names}{y} {0} {x!r}"
