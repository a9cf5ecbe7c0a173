"""Card numbers: the raw bits that a reader sees, however it writes them.

A card is known by all its bits and how many they are, parities included: two cards of different formats are never the
same. No error tells what was read, for a PIN may have been typed where a card was expected.
"""

import re
from dataclasses import dataclass
from typing import Literal

from limen.errors import BadDataError

LEAST_BITS, MOST_BITS = 16, 256
"""Less is a key of a keypad (4 or 8 bits), more no card that is known (PIV has up to 200)."""

CardFormat = Literal["auto", "hex", "decimal", "wiegand26"]

_W26_BITS = 26
_KEY = re.compile(r"([0-9]{2,3}):([0-9a-f]{4,64})")
_BITS = re.compile(r"[01]+")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){2,8}")
_DECIMAL = re.compile(r"[0-9]{10}")
_FACILITY_AND_NUMBER = re.compile(r"([0-9]{3}),?([0-9]{5})")
_EIGHT_DIGITS = re.compile(r"[0-9]{8}")


@dataclass(frozen=True, slots=True)
class CardNumber:
    """The ``length`` raw bits of a card, the first one read being the highest of ``value``.

    Raises:
        BadDataError: too few or too many bits, or a value that does not fit them.
    """

    length: int
    value: int

    def __post_init__(self) -> None:
        if not LEAST_BITS <= self.length <= MOST_BITS:
            raise BadDataError(f"a card has {LEAST_BITS} to {MOST_BITS} bits, not {self.length}")
        if not 0 <= self.value < 1 << self.length:
            raise BadDataError(f"the card's value does not fit its {self.length} bits")

    @property
    def key(self) -> str:
        """What the card is kept and looked up by: ``26:02468ace``, hexadecimal filled up to whole bytes."""
        return f"{self.length}:{self.value:0{_hex_digits(self.length)}x}"

    @property
    def facility(self) -> int | None:
        """The facility code of a card of 26 bits, 0 to 255; ``None`` for others."""
        return self.value >> 17 & 0xFF if self.length == _W26_BITS else None

    @property
    def number(self) -> int | None:
        """The number printed on a card of 26 bits, 0 to 65535; ``None`` for others."""
        return self.value >> 1 & 0xFFFF if self.length == _W26_BITS else None


def parse_key(key: str) -> CardNumber:
    """The card whose ``key`` this is.

    Raises:
        BadDataError: it is not written exactly as ``key`` writes it.
    """
    found = _KEY.fullmatch(key)
    card = CardNumber(int(found[1]), int(found[2], 16)) if found else None
    if card is None or card.key != key:
        raise BadDataError("a card's key is its number of bits, a colon and its value, as 26:02468ace")
    return card


def wiegand26(bits: str | int) -> CardNumber:
    """A card of 26 bits whose parities hold: even over the first 12 bits of data, odd over the last 12.

    ``bits`` are zeros and ones in the order they were read, or their value.

    Source: HID Global, "Understanding Card Data Formats", standard 26-bit format (H10301), after SIA AC-01.

    Raises:
        BadDataError: another number of bits, or a parity that does not hold.
    """
    card = CardNumber(_W26_BITS, bits) if isinstance(bits, int) else _unchecked(bits)
    if card.length != _W26_BITS:
        raise BadDataError(f"a Wiegand 26 card has 26 bits, not {card.length}")
    wrong = [
        name
        for name, half, odd in (("leading", card.value >> 13, 0), ("trailing", card.value & 0x1FFF, 1))
        if half.bit_count() % 2 != odd
    ]
    if wrong:
        raise BadDataError(f"the {' and '.join(wrong)} parity of a 26 bit card does not hold: read it again")
    return card


def from_facility(facility: int, number: int) -> CardNumber:
    """The Wiegand 26 card of a facility code (0 to 255) and a number (0 to 65535), its parities filled in.

    Raises:
        BadDataError: one of them does not fit.
    """
    if not (0 <= facility <= 0xFF and 0 <= number <= 0xFFFF):
        raise BadDataError("a Wiegand 26 card has a facility code of 0 to 255 and a number of 0 to 65535")
    data = facility << 16 | number
    leading = (data >> 12).bit_count() % 2
    trailing = 1 - (data & 0xFFF).bit_count() % 2
    return CardNumber(_W26_BITS, leading << 25 | data << 1 | trailing)


def from_bits(bits: str) -> CardNumber:
    """The card of zeros and ones in the order they were read; 26 of them must be a Wiegand 26 card.

    Raises:
        BadDataError: something else than zeros and ones, a wrong number of them, or a parity that does not hold.
    """
    return _checked(_unchecked(bits))


def from_hex(digits: str, length: int) -> CardNumber:
    """The card of ``length`` bits whose value is written in hexadecimal, filled up to whole bytes as in ``key``.

    Raises:
        BadDataError: another number of digits, a value that does not fit, or a parity that does not hold.
    """
    return _checked(parse_key(f"{length}:{digits.lower()}"))


def from_osdp_raw(payload: bytes) -> CardNumber:
    """The card in the data of an OSDP reply osdp_RAW (0x50).

    Reader number, format code, number of bits (two bytes, the low one first), then the bits: the first one read is the
    highest of the first byte, and what the last byte has too many is left out.

    Source: SIA OSDP 2.2 (IEC 60839-11-5), reply osdp_RAW; as decoded by libosdp, src/osdp_cp.c.

    Raises:
        BadDataError: too short or too long for the bits it announces, or a parity that does not hold.
    """
    if len(payload) < 4:
        raise BadDataError(f"an osdp_RAW reply has at least 4 bytes, not {len(payload)}")
    length = int.from_bytes(payload[2:4], "little")
    data = payload[4:]
    if len(data) != (length + 7) // 8:
        raise BadDataError(f"an osdp_RAW reply of {length} bits has {(length + 7) // 8} bytes of data, not {len(data)}")
    return _checked(CardNumber(length, int.from_bytes(data, "big") >> (len(data) * 8 - length)))


def from_text(text: str, card_format: CardFormat) -> CardNumber:
    """The card that a keyboard reader wrote.

    ``hex``: 4 to 16 hexadecimal digits, an even number, four bits each. ``decimal``: ten digits, 32 bits.
    ``wiegand26``: a facility code of three digits and a number of five, with or without a comma: 123,45678 or 12345678.
    ``auto``: with a comma Wiegand 26, ten digits decimal, else hex; eight digits may be either, and are refused.

    Raises:
        BadDataError: not written so.
    """
    if card_format == "decimal" or (card_format == "auto" and _DECIMAL.fullmatch(text)):
        return _from_decimal(text)
    if card_format == "wiegand26" or (card_format == "auto" and "," in text):
        return _from_facility_text(text)
    if card_format == "auto" and _EIGHT_DIGITS.fullmatch(text):
        raise BadDataError("eight digits may be hexadecimal or Wiegand 26: set reader.format to hex or wiegand26")
    if not _HEX.fullmatch(text):
        raise BadDataError(f"a card in hexadecimal has 4 to 16 digits, an even number; {_given(text)}")
    return CardNumber(len(text) * 4, int(text, 16))


def _from_decimal(text: str) -> CardNumber:
    if not _DECIMAL.fullmatch(text) or int(text) >= 1 << 32:
        raise BadDataError(f"a card in decimal has ten digits, at most 4294967295; {_given(text)}")
    return CardNumber(32, int(text))


def _from_facility_text(text: str) -> CardNumber:
    found = _FACILITY_AND_NUMBER.fullmatch(text)
    if not found:
        raise BadDataError(f"a Wiegand 26 card is written as 123,45678 or 12345678; {_given(text)}")
    return from_facility(int(found[1]), int(found[2]))


def _unchecked(bits: str) -> CardNumber:
    if len(bits) > MOST_BITS or not _BITS.fullmatch(bits):
        raise BadDataError(f"a card's bits are up to {MOST_BITS} zeros and ones; {_given(bits)}")
    return CardNumber(len(bits), int(bits, 2))


def _checked(card: CardNumber) -> CardNumber:
    return wiegand26(card.value) if card.length == _W26_BITS else card


def _hex_digits(length: int) -> int:
    return (length + 7) // 8 * 2


def _given(text: str) -> str:
    return f"{len(text)} characters were given"
