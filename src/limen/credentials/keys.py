"""What is typed on a keyboard reader, as lines."""

from limen.credentials.lines import MOST_CHARACTERS

# The codes of keys. Source: Linux, include/uapi/linux/input-event-codes.h; the letters and signs are those of the
# American layout, which keyboard readers are set to when they are sold.
_DIGITS = dict(zip(range(2, 12), "1234567890", strict=True))
_KEYPAD = {71: "7", 72: "8", 73: "9", 75: "4", 76: "5", 77: "6", 79: "1", 80: "2", 81: "3", 82: "0", 55: "*"}
_NUMERIC = dict(zip(range(512, 524), "0123456789*#", strict=True))
_LETTERS = {30: "a", 48: "b", 46: "c", 32: "d", 18: "e", 33: "f"}
_PLAIN = _DIGITS | _KEYPAD | _NUMERIC | _LETTERS | {51: ",", 121: ","}
_SHIFTED = _LETTERS | {9: "*", 4: "#"}
_ENTER = {28, 96}
_SHIFT = {42, 54}
_NUM_LOCK = 69

UP, DOWN = 0, 1


class KeyLine:
    """Puts pressed keys together to lines.

    A line ends with Enter or #. One that holds another key, is too long, or was left alone for ``patience_s`` is lost:
    what somebody began to type never goes before the card of the next.
    """

    def __init__(self, patience_s: float = 10.0) -> None:
        self._patience_s = patience_s
        self._typed = ""
        self._spoilt = False
        self._shifts: set[int] = set()
        self._last_s = float("-inf")

    def press(self, code: int, value: int, now_s: float) -> str | None:
        """The line, without its end, that the key ``code`` ends; ``None`` while there is none.

        ``value`` is 1 where the key goes down, 0 up, 2 while it is held down. A line that was spoilt comes as one
        that no reading is, for the reader to say so.
        """
        if code in _SHIFT:
            (self._shifts.add if value != UP else self._shifts.discard)(code)
        if value != DOWN or code in _SHIFT or code == _NUM_LOCK:
            return None
        if now_s - self._last_s > self._patience_s:
            self._typed, self._spoilt = "", False
        self._last_s = now_s
        key = "#" if code in _ENTER else (_SHIFTED if self._shifts else _PLAIN).get(code)
        if key == "#":
            return self._end()
        self._spoilt = self._spoilt or key is None or len(self._typed) >= MOST_CHARACTERS
        if not self._spoilt:
            self._typed += key or ""
        return None

    def _end(self) -> str | None:
        line = "?" if self._spoilt else self._typed
        self._typed, self._spoilt = "", False
        return line or None
