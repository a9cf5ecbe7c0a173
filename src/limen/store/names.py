"""What may be a person's name."""

import unicodedata

from limen.errors import BadDataError

MAX_LENGTH = 200

_JOINERS = "\u200c\u200d"
"""Invisible, but part of how names are written in Persian and the scripts of India."""
_INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode's categories: control, formatting, halves of characters, ends of lines and of paragraphs."""


def clean_name(name: str) -> str:
    """``name`` without spaces around it, in Unicode's normal form C: equal names are then equal text.

    Raises:
        BadDataError: nothing is left, more than 200 characters are, or one of them cannot be seen.
    """
    clean = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(clean) <= MAX_LENGTH:
        raise BadDataError(f"a name has 1 to {MAX_LENGTH} characters, got {len(clean)}")
    for character in clean:
        if unicodedata.category(character) in _INVISIBLE and character not in _JOINERS:
            raise BadDataError(f"a name has no control characters, got {name!r}: leave {character!r} out")
    return clean
