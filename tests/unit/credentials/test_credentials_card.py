import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from limen.credentials.card import (
    CardFormat,
    CardNumber,
    from_bits,
    from_facility,
    from_hex,
    from_osdp_raw,
    from_text,
    parse_key,
    wiegand26,
)
from limen.errors import BadDataError

cards = st.integers(16, 256).flatmap(
    lambda length: st.builds(CardNumber, st.just(length), st.integers(0, (1 << length) - 1))
)
facilities, numbers = st.integers(0, 255), st.integers(0, 65535)


class TestKey:
    @pytest.mark.parametrize(
        ("card", "key"),
        [
            (CardNumber(26, 0x2468ACE), "26:02468ace"),
            (CardNumber(32, 0xFFFFFFFF), "32:ffffffff"),
            (CardNumber(37, 1), "37:0000000001"),
            (CardNumber(16, 0), "16:0000"),
        ],
    )
    def test_it_is_filled_up_to_whole_bytes(self, card: CardNumber, key: str) -> None:
        assert card.key == key

    @given(cards)
    def test_it_gives_the_card_back(self, card: CardNumber) -> None:
        assert parse_key(card.key) == card

    @given(cards, cards)
    def test_two_cards_never_share_one(self, one: CardNumber, other: CardNumber) -> None:
        assert (one.key == other.key) == (one == other)

    @pytest.mark.parametrize(
        "key",
        [
            "",
            "26",
            "26:2468ace",
            "26:02468ACE",
            "026:02468ace",
            "26:002468ace",
            "26:04000000",
            "15:0000",
            "8:00",
            "257:" + "0" * 66,
            " 26:02468ace",
            "26:02468ace\n",
            "٢٦:02468ace",
            "26:0_2468ac",
        ],
    )
    def test_there_is_one_way_to_write_it(self, key: str) -> None:
        with pytest.raises(BadDataError):
            parse_key(key)


@pytest.mark.parametrize(("length", "value"), [(15, 0), (257, 0), (26, 1 << 26), (26, -1)])
def test_bits_that_are_no_card(length: int, value: int) -> None:
    with pytest.raises(BadDataError):
        CardNumber(length, value)


class TestWiegand26:
    def test_a_card_by_hand(self) -> None:
        # 01111011 has six ones in its 8 bits and 1011 0010 0110 1110 three in its first four: nine, so the leading bit
        # is 1; the other twelve bits, 0010 0110 1110, have six, so the trailing bit is 1.
        bits = "1" + "01111011" + "1011001001101110" + "1"
        card = wiegand26(bits)
        assert (card.facility, card.number) == (123, 45678)
        assert card == from_facility(123, 45678) == wiegand26(int(bits, 2)) == from_bits(bits)

    @given(facilities, numbers)
    def test_facility_and_number_come_back(self, facility: int, number: int) -> None:
        card = wiegand26(from_facility(facility, number).value)
        assert (card.facility, card.number) == (facility, number)

    @given(facilities, numbers, st.integers(0, 25))
    def test_no_bit_may_flip(self, facility: int, number: int, place: int) -> None:
        flipped = from_facility(facility, number).value ^ 1 << 25 - place
        half = "leading" if place < 13 else "trailing"
        with pytest.raises(BadDataError, match=f"the {half} parity of a 26 bit card does not hold"):
            wiegand26(flipped)

    def test_both_parities(self) -> None:
        with pytest.raises(BadDataError, match="leading and trailing"):
            wiegand26(from_facility(1, 2).value ^ (1 << 25 | 1))

    @pytest.mark.parametrize("bits", ["0" * 26, "1" * 26])
    def test_a_dead_line_is_no_card(self, bits: str) -> None:
        with pytest.raises(BadDataError, match="parity"):
            wiegand26(bits)

    @pytest.mark.parametrize("bits", ["0" * 25, "0" * 34, "", "01x", "٠" * 26, "0" * 10_000])
    def test_something_else(self, bits: str) -> None:
        with pytest.raises(BadDataError):
            wiegand26(bits)

    @pytest.mark.parametrize(("facility", "number"), [(256, 0), (0, 65536), (-1, 0), (0, -1)])
    def test_numbers_that_do_not_fit(self, facility: int, number: int) -> None:
        with pytest.raises(BadDataError, match="0 to 255"):
            from_facility(facility, number)

    def test_other_lengths_have_neither_facility_nor_number(self) -> None:
        card = CardNumber(34, 12345)
        assert (card.facility, card.number) == (None, None)


class TestOsdp:
    def test_a_card_of_75_bits(self) -> None:
        # Source: libosdp-conformance, README, "Present card": the payload of the packet that it sends.
        payload = bytes.fromhex("00004b0009a4494aa3274cd52bc0")
        assert from_osdp_raw(payload) == CardNumber(75, 0x09A4494AA3274CD52BC0 >> 5)

    @given(cards.filter(lambda card: card.length != 26), st.integers(0, 255), st.integers(0, 1), st.integers(0, 127))
    def test_bits_are_on_the_left(self, card: CardNumber, reader: int, code: int, rubbish: int) -> None:
        spare = -card.length % 8
        data = (card.value << spare | rubbish & (1 << spare) - 1).to_bytes((card.length + spare) // 8, "big")
        payload = bytes([reader, code]) + card.length.to_bytes(2, "little") + data
        assert from_osdp_raw(payload) == card

    def test_parities_are_checked(self) -> None:
        card = from_facility(7, 4711)
        head, data = bytes([0, 1, 26, 0]), (card.value << 6).to_bytes(4, "big")
        assert from_osdp_raw(head + data) == card
        with pytest.raises(BadDataError, match="leading parity"):
            from_osdp_raw(head + bytes([data[0] ^ 0x80]) + data[1:])

    @given(st.binary(max_size=64))
    @example(b"")
    @example(bytes([0, 0, 26, 0, 1, 2, 3]))
    @example(bytes([0, 0, 255, 255, 0]))
    @example(bytes([0, 0, 0, 0]))
    def test_any_bytes_are_a_card_or_refused(self, payload: bytes) -> None:
        try:
            card = from_osdp_raw(payload)
        except BadDataError:
            return
        assert card.length == payload[2] | payload[3] << 8


class TestText:
    @pytest.mark.parametrize(
        ("text", "card_format", "card"),
        [
            ("04a3b2c1", "hex", CardNumber(32, 0x04A3B2C1)),
            ("04A3B2C1D2E380", "hex", CardNumber(56, 0x04A3B2C1D2E380)),
            ("12345678", "hex", CardNumber(32, 0x12345678)),
            ("0012345678", "hex", CardNumber(40, 0x12345678)),
            ("0012345678", "decimal", CardNumber(32, 12345678)),
            ("4294967295", "decimal", CardNumber(32, 0xFFFFFFFF)),
            ("123,45678", "wiegand26", from_facility(123, 45678)),
            ("12345678", "wiegand26", from_facility(123, 45678)),
            ("255,65535", "wiegand26", from_facility(255, 65535)),
            ("123,45678", "auto", from_facility(123, 45678)),
            ("0012345678", "auto", CardNumber(32, 12345678)),
            ("04a3b2c1", "auto", CardNumber(32, 0x04A3B2C1)),
            ("123456", "auto", CardNumber(24, 0x123456)),
        ],
    )
    def test_what_readers_write(self, text: str, card_format: CardFormat, card: CardNumber) -> None:
        assert from_text(text, card_format) == card

    @pytest.mark.parametrize(
        ("text", "card_format"),
        [
            ("", "auto"),
            ("abc", "hex"),
            ("ab", "hex"),
            ("0" * 18, "hex"),
            ("0x04a3b2", "hex"),
            ("04_a3_b2", "hex"),
            ("12345678", "decimal"),
            ("4294967296", "decimal"),
            ("+123456789", "decimal"),
            ("١٢٣٤٥٦٧٨٩٠", "decimal"),
            ("١٢٣٤٥٦٧٨٩٠", "auto"),
            ("256,00001", "wiegand26"),
            ("001,65536", "wiegand26"),
            ("1,1", "wiegand26"),
            ("123;45678", "auto"),
            ("04a3b2c1\n", "auto"),
            (" 04a3b2c1", "auto"),
            ("04a3b2c1\0", "auto"),
            ("'; DROP TABLE cards;--", "auto"),
            ("1' OR '1'='1", "auto"),
            ("a" * 1_000_000, "auto"),
            ("1" * 1_000_000, "decimal"),
        ],
    )
    def test_what_no_reader_writes(self, text: str, card_format: CardFormat) -> None:
        with pytest.raises(BadDataError) as raised:
            from_text(text, card_format)
        assert len(str(raised.value)) < 200
        assert len(text) < 3 or text not in str(raised.value)

    def test_eight_digits_may_be_two_cards(self) -> None:
        with pytest.raises(BadDataError, match=r"set reader\.format"):
            from_text("12345678", "auto")

    @settings(max_examples=300)
    @given(st.text() | st.text("0123456789abcdefABCDEF,xX\0 '\"٣", max_size=24), st.sampled_from(CardFormat.__args__))
    def test_any_text_is_a_card_or_refused(self, text: str, card_format: CardFormat) -> None:
        try:
            card = from_text(text, card_format)
        except BadDataError:
            return
        assert text.isascii()
        assert parse_key(card.key) == card

    @given(cards.filter(lambda card: card.length % 8 == 0 and card.length <= 64))
    def test_hex_says_all_bits(self, card: CardNumber) -> None:
        assert from_text(card.key.partition(":")[2], "hex") == card


class TestHexWithLength:
    @given(cards.filter(lambda card: card.length != 26))
    def test_as_in_the_key(self, card: CardNumber) -> None:
        digits = card.key.partition(":")[2]
        assert from_hex(digits, card.length) == from_hex(digits.upper(), card.length) == card

    def test_parities_are_checked(self) -> None:
        card = from_facility(1, 2)
        assert from_hex(f"{card.value:08x}", 26) == card
        with pytest.raises(BadDataError, match="trailing parity"):
            from_hex(f"{card.value ^ 1:08x}", 26)

    @pytest.mark.parametrize(
        ("digits", "length"), [("2468ace", 26), ("04000000", 26), ("0000", 1 << 70), ("0000", -16)]
    )
    def test_digits_that_do_not_fit(self, digits: str, length: int) -> None:
        with pytest.raises(BadDataError):
            from_hex(digits, length)
