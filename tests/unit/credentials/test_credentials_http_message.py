import json
from http import HTTPStatus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.credentials.base import Answer, Outcome, Reading
from limen.credentials.card import CardNumber, from_facility
from limen.credentials.http_message import SeenIds, Sent, answer_body, is_fresh, parse, problem_body
from limen.errors import BadDataError

CARD = from_facility(123, 45678)
REST = {"id": "a1", "at": 1000}


@pytest.mark.parametrize(
    ("said", "reading"),
    [
        ({"card": {"bits": f"{CARD.value:026b}"}}, Reading(card=CARD)),
        ({"card": {"hex": f"{CARD.value:08x}", "length": 26}}, Reading(card=CARD)),
        ({"card": {"text": "123,45678"}}, Reading(card=CARD)),
        ({"card": {"bits": "01" * 17}, "pin": "2580"}, Reading(card=CardNumber(34, int("01" * 17, 2)), pin="2580")),
        ({"number": "17", "pin": "2580", "card": None}, Reading(number="17", pin="2580")),
    ],
)
def test_what_a_reader_sends(said: dict[str, object], reading: Reading) -> None:
    assert parse(json.dumps(said | REST).encode(), "auto") == Sent(reading, "a1", 1000.0)


BAD = [
    {"number": "17"},
    {"pin": "2580"},
    {"number": "17", "pin": "2580", "card": {"text": "123,45678"}},
    {"number": 17, "pin": "2580"},
    {"number": "17", "pin": 2580},
    {"number": "17", "pin": "２５８０"},
    {"number": "17' OR '1'='1", "pin": "2580"},
    {"number": "17\0", "pin": "2580"},
    {"number": "17", "pin": "2580", "door": "main"},
    {"card": "123,45678"},
    {"card": {}},
    {"card": {"text": "123,45678", "bits": "0" * 34}},
    {"card": {"bits": 101}},
    {"card": {"bits": "0" * 26}},
    {"card": {"bits": "0" * 1000}},
    {"card": {"hex": "2468ace", "length": 26}},
    {"card": {"hex": "0000", "length": True}},
    {"card": {"hex": "0000", "length": 16.0}},
    {"card": {"text": "4294967296"}},
    {"number": "17", "pin": "2580", "id": ""},
    {"number": "17", "pin": "2580", "id": "x" * 65},
    {"number": "17", "pin": "2580", "id": "ü"},
    {"number": "17", "pin": "2580", "id": "a\nb"},
    {"number": "17", "pin": "2580", "id": 1},
    {"number": "17", "pin": "2580", "id": None},
    {"number": "17", "pin": "2580", "at": None},
    {"number": "17", "pin": "2580", "at": "1000"},
    {"number": "17", "pin": "2580", "at": True},
    {"number": "17", "pin": "2580", "at": -1},
    {"number": "17", "pin": "2580", "at": 10**400},
]


@pytest.mark.parametrize("said", BAD)
def test_what_is_no_reading(said: dict[str, object]) -> None:
    with pytest.raises(BadDataError) as raised:
        parse(json.dumps(REST | said).encode(), "auto")
    assert "2580" not in str(raised.value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"17",
        b"\xff\xfe",
        b"[" * 4000,
        b'{"a":' * 800,
        b"9" * 4096,
        b'{"number": "17", "pin": "2580", "id": "a1", "at": NaN}',
        b'{"number": "17", "pin": "2580", "id": "a1", "at": 1e999}',
        b'{"number": "17", "number": "18", "pin": "2580", "id": "a1", "at": 1000}',
        b'{"number": "17", "pin": "2580", "id": "\\ud800", "at": 1000}',
    ],
)
def test_what_is_no_message(body: bytes) -> None:
    with pytest.raises(BadDataError):
        parse(body, "auto")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200).map(bytes)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.fixed_dictionaries({}, optional=dict.fromkeys(("card", "number", "pin", "id", "at"), JSON)).map(
        lambda value: json.dumps(value).encode()
    )
)
def test_any_body_is_a_reading_or_refused(body: bytes) -> None:
    try:
        sent = parse(body, "auto")
    except BadDataError:
        return
    assert isinstance(sent, Sent)


@pytest.mark.parametrize(("age_s", "fresh"), [(0, True), (5, True), (5.1, False), (-1, True), (-1.1, False)])
def test_how_old_a_reading_may_be(age_s: float, fresh: bool) -> None:
    assert is_fresh(1000.0, 1000.0 + age_s) is fresh


class TestSeenIds:
    def test_an_id_counts_once(self) -> None:
        seen = SeenIds()
        assert [seen.first("a", 1000, 1000), seen.first("a", 1000, 1000), seen.first("b", 1000, 1000)] == [
            True,
            False,
            True,
        ]

    def test_a_clock_that_was_set_back_makes_none_new(self) -> None:
        seen = SeenIds()
        seen.first("a", 1000, 1000)
        seen.first("b", 90_000, 90_000)
        assert seen.first("a", 1000, 1000) is False

    def test_only_what_is_too_old_is_forgotten(self) -> None:
        seen = SeenIds(most=2)
        seen.first("a", 1000, 1000)
        seen.first("b", 1003, 1003)
        assert seen.first("c", 1005, 1005) is None
        assert seen.first("a", 1000, 1005) is False
        assert seen.first("c", 1006, 1006) is True
        assert seen.first("b", 1003, 1006) is False

    def test_a_clock_that_was_set_back_does_not_shut_the_reader_up(self) -> None:
        seen = SeenIds(most=1)
        seen.first("a", 90_000, 90_000)
        assert seen.first("b", 1000, 1000) is True


def test_outcomes_differ_in_their_words_alone() -> None:
    answers = [json.loads(answer_body(Answer(outcome, "Türe"))) for outcome in Outcome]
    assert answers == [{"outcome": outcome.value, "text": "Türe"} for outcome in Outcome]


def test_a_problem() -> None:
    assert json.loads(problem_body(HTTPStatus.CONFLICT, "twice")) == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "twice",
    }
