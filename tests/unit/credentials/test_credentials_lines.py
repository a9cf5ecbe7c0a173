import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.credentials.base import Answer, Outcome, Reading
from limen.credentials.card import CardNumber, from_facility
from limen.credentials.keys import KeyLine
from limen.credentials.lines import never_raising, reading_of
from limen.errors import BadDataError, StoreError

CARD = CardNumber(32, 12345678)


@pytest.mark.parametrize(
    ("line", "reading"),
    [
        ("0012345678", Reading(card=CARD)),
        ("0012345678#", Reading(card=CARD)),
        ("123,45678", Reading(card=from_facility(123, 45678))),
        ("17*2580#", Reading(number="17", pin="2580")),
        ("17*2580", Reading(number="17", pin="2580")),
        ("*2580*0012345678", Reading(card=CARD, pin="2580")),
        ("*2580*0012345678#", Reading(card=CARD, pin="2580")),
    ],
)
def test_what_a_line_says(line: str, reading: Reading) -> None:
    assert reading_of(line, "auto") == reading


@pytest.mark.parametrize(
    "line",
    [
        "",
        "#",
        "*",
        "**",
        "17*",
        "*2580",
        "*2580*",
        "**0012345678",
        "17*2580##",
        "17*2580#17",
        "17*25*80",
        "17*2580*0012345678",
        "1a*2580",
        "17*25b0",
        "1٧*2580",
        "17 2580",
        "17*2580\0",
        "' OR 1=1 --",
        "1234567890123*2580",
        "17*1234567890123",
        "0" * 65,
    ],
)
def test_what_no_line_says(line: str) -> None:
    with pytest.raises(BadDataError) as raised:
        reading_of(line, "auto")
    assert "2580" not in str(raised.value)


@settings(max_examples=300)
@given(st.text() | st.text("0123456789*#abcdef,", max_size=40))
def test_any_line_is_a_reading_or_refused(line: str) -> None:
    try:
        reading_of(line, "auto")
    except BadDataError:
        return
    assert line.isascii()


class TestWhatIsDoneWhereAnAnswerFails:
    @pytest.mark.parametrize(
        ("error", "told"),
        [(StoreError("the disk is full"), "the disk is full"), (RuntimeError("card 4711"), "RuntimeError")],
    )
    def test_the_door_stays_shut(self, error: Exception, told: str, capsys: pytest.CaptureFixture[str]) -> None:
        def present(reading: Reading) -> Answer:
            raise error

        answer = never_raising(present)(Reading(card=CARD))
        assert answer.outcome is Outcome.SHUT
        said = capsys.readouterr().err
        assert told in said
        assert "4711" not in said

    def test_an_answer_goes_through(self) -> None:
        answer = Answer(Outcome.OPEN, "Come in.")
        assert never_raising(lambda _: answer)(Reading(card=CARD)) is answer


# The codes of an American keyboard. Source: Linux, include/uapi/linux/input-event-codes.h.
CODES = dict(zip("1234567890", range(2, 12), strict=True)) | dict(
    a=30, b=48, c=46, d=32, e=18, f=33, g=34, **{",": 51, "\n": 28, "*": 55, "#": 523}
)
ENTER, KEYPAD_ENTER, SHIFT, EIGHT, THREE, NUM_LOCK = 28, 96, 42, 9, 4, 69


class Keys:
    def __init__(self) -> None:
        self.line = KeyLine(patience_s=10)
        self.now_s = 0.0
        self.lines: list[str] = []

    def type(self, text: str, each_s: float = 0.1) -> list[str]:
        for key in text:
            self.tap(CODES[key])
            self.now_s += each_s
        return self.lines

    def tap(self, code: int) -> None:
        self.event(code, 1)
        self.event(code, 0)

    def event(self, code: int, value: int) -> None:
        line = self.line.press(code, value, self.now_s)
        if line is not None:
            self.lines.append(line)


class TestKeyLine:
    @pytest.mark.parametrize("end", [ENTER, KEYPAD_ENTER, CODES["#"]])
    def test_a_line_ends(self, end: int) -> None:
        keys = Keys()
        assert keys.type("04a3b2c1") == []
        keys.tap(end)
        assert keys.lines == ["04a3b2c1"]

    def test_lines_do_not_run_together(self) -> None:
        assert Keys().type("17*2580#\n0012345678\n*2580*0012345678\n") == ["17*2580", "0012345678", "*2580*0012345678"]

    def test_every_key(self) -> None:
        keys = Keys()
        for code in [82, 79, 80, 81, 75, 76, 77, 71, 72, 73, *range(512, 523), *range(2, 12)]:
            keys.tap(code)
        assert keys.type("abcdef,\n") == ["0123456789" + "0123456789*" + "1234567890" + "abcdef,"]

    def test_shift_makes_the_signs(self) -> None:
        keys = Keys()
        keys.type("17")
        keys.event(SHIFT, 1)
        keys.tap(EIGHT)
        keys.event(SHIFT, 0)
        keys.type("2580")
        keys.event(SHIFT, 1)
        keys.tap(THREE)
        keys.event(SHIFT, 0)
        assert keys.type("8\n") == ["17*2580", "8"]

    def test_capitals_are_the_same_letters(self) -> None:
        keys = Keys()
        keys.event(SHIFT, 1)
        keys.type("abcdef")
        keys.event(SHIFT, 0)
        assert keys.type("\n") == ["abcdef"]

    def test_a_key_held_down_counts_once(self) -> None:
        keys = Keys()
        keys.event(CODES["1"], 1)
        for _ in range(5):
            keys.event(CODES["1"], 2)
        keys.event(CODES["1"], 0)
        keys.tap(NUM_LOCK)
        assert keys.type("23\n") == ["123"]

    @pytest.mark.parametrize("spoiler", ["g", "1" * 65])
    def test_a_spoilt_line_is_no_reading_and_the_next_one_is_well(self, spoiler: str) -> None:
        spoilt, after = Keys().type(f"00{spoiler}12345678\n0012345678\n")
        with pytest.raises(BadDataError):
            reading_of(spoilt, "auto")
        assert after == "0012345678"

    def test_no_more_is_kept_than_a_line_has(self) -> None:
        assert Keys().type("1" * 65 + "\n") == ["?"]

    def test_shift_spoils_a_digit(self) -> None:
        keys = Keys()
        keys.event(SHIFT, 1)
        keys.type("1")
        keys.event(SHIFT, 0)
        assert keys.type("2345\n") == ["?"]

    def test_what_was_left_alone_is_forgotten(self) -> None:
        keys = Keys()
        keys.type("17*g")
        keys.now_s += 10
        assert keys.type("0012345678\n") == ["0012345678"]

    def test_slow_typing_is_one_line(self) -> None:
        assert Keys().type("17*2580#", each_s=9) == ["17*2580"]

    @given(st.lists(st.tuples(st.integers(0, 700), st.integers(-1, 3), st.floats(0, 100)), max_size=80))
    def test_any_keys_make_bounded_lines(self, events: list[tuple[int, int, float]]) -> None:
        line = KeyLine()
        for code, value, now_s in events:
            typed = line.press(code, value, now_s)
            assert typed is None or 1 <= len(typed) <= 64
