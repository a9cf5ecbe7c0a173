import pytest

from limen.errors import BadDataError
from limen.store import clean_name


def test_composed_and_decomposed_letters_are_the_same_name() -> None:
    assert clean_name("Zoe\u0308") == "Zo\u00eb"


def test_spaces_around_a_name_are_dropped_and_those_inside_kept() -> None:
    assert clean_name(" \tAnn  Lee\n") == "Ann  Lee"


@pytest.mark.parametrize("name", ["a" * 200, "王小明", "O'Brien-Smith", "علی\u200cرضا", "unknown", "../x"])
def test_what_people_are_called_is_kept(name: str) -> None:
    assert clean_name(name) == name


@pytest.mark.parametrize("name", ["", "  ", "a" * 201])
def test_length_is_bounded(name: str) -> None:
    with pytest.raises(BadDataError, match="1 to 200 characters"):
        clean_name(name)


@pytest.mark.parametrize("name", ["a\nb", "a\x00b", "a\x1bb", "a\u202eb", "a\u2028b", "a\udc80b", "a\ufeffb"])
def test_characters_that_cannot_be_seen_are_refused(name: str) -> None:
    with pytest.raises(BadDataError, match="no control characters"):
        clean_name(name)
