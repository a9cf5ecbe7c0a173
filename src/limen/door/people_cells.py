"""The cells of a table of people: what stands in each column, and how it is written."""

import csv
import io
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from limen.credentials.card import CardFormat, CardNumber, from_hex, from_text
from limen.errors import BadDataError
from limen.store.credentials import checked_number
from limen.store.names import clean_name
from limen.store.people_table import CardEntry, PersonEntry

COLUMNS = ("name", "groups", "valid_from", "valid_until", "disabled", "faceless", "cards", "number")

_GUARDED = re.compile(r"'*[=+\-@\t\r]")
_GUARD = re.compile(r"'+[=+\-@\t\r]")
_ANSWERS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_CARD = re.compile(r"(?P<card>\S+)(?P<off> off)?(?: until (?P<until>\S+))?")


def guarded(cell: str) -> str:
    """``cell`` with an apostrophe before it where a spreadsheet would take it for a formula.

    Source: OWASP, "CSV Injection". Apostrophes before such a beginning count too, or ``unguarded`` would not give
    them back.
    """
    return f"'{cell}" if _GUARDED.match(cell) else cell


def unguarded(cell: str) -> str:
    """What ``guarded`` was given."""
    return cell[1:] if _GUARD.match(cell) else cell


def first_moment(text: str, zone: ZoneInfo) -> datetime:
    """When something begins: an ISO time, or the first moment of a day; what names no zone is in ``zone``.

    Raises:
        BadDataError: it is neither.
    """
    return _moment(text, zone, days_after=0)


def end_moment(text: str, zone: ZoneInfo) -> datetime:
    """When something ends: an ISO time, or the first moment after a day; what names no zone is in ``zone``.

    Raises:
        BadDataError: it is neither.
    """
    return _moment(text, zone, days_after=1)


def card_of(text: str, card_format: CardFormat = "auto") -> CardNumber:
    """The card that somebody wrote: its key, as 26:02468ace, or what a reader would write for it.

    Raises:
        BadDataError: it is neither.
    """
    length, colon, digits = text.partition(":")
    if not colon:
        return from_text(text, card_format)
    if not (length.isascii() and length.isdigit() and len(length) <= 3):
        raise BadDataError("a card's key is its number of bits, a colon and its value, as 26:02468ace")
    return from_hex(digits, int(length))


@dataclass(frozen=True, slots=True)
class Cells:
    """Reads and writes cells for a site in ``zone``."""

    zone: ZoneInfo

    def read(self, column: str, cell: str) -> object:
        """The value of ``PersonEntry`` that a cell of this column stands for.

        Raises:
            BadDataError: it stands for none.
        """
        readers: dict[str, Callable[[str], object]] = {
            "name": clean_name,
            "groups": lambda text: frozenset(clean_name(name) for name in _parts(text)),
            "valid_from": lambda text: first_moment(text, self.zone) if text else None,
            "valid_until": lambda text: end_moment(text, self.zone) if text else None,
            "disabled": _yes_or_no,
            "faceless": _yes_or_no,
            "cards": self._cards,
            "number": lambda text: checked_number(text) if text else None,
        }
        return readers[column](cell.strip())

    def write(self, entry: PersonEntry) -> list[str]:
        """The cells of a row, in the order of ``COLUMNS``, not guarded."""
        return [
            entry.name,
            _joined(sorted(entry.groups)),
            self._written(entry.valid_from, first_moment),
            self._written(entry.valid_until, end_moment),
            "yes" if entry.disabled else "no",
            "yes" if entry.faceless else "no",
            _joined(sorted(self._card(card) for card in entry.cards)),
            entry.number or "",
        ]

    def _cards(self, text: str) -> frozenset[CardEntry]:
        entries = [self._card_entry(part) for part in _parts(text)]
        if len({entry.card for entry in entries}) < len(entries):
            raise BadDataError("the same card stands there twice: name it once")
        return frozenset(entries)

    def _card_entry(self, text: str) -> CardEntry:
        found = _CARD.fullmatch(text)
        if found is None:
            raise BadDataError("a card is written as 26:02468ace, with ' off' or ' until 2026-12-31' behind it")
        until = found["until"]
        return CardEntry(card_of(found["card"]), bool(found["off"]), end_moment(until, self.zone) if until else None)

    def _card(self, entry: CardEntry) -> str:
        until = f" until {self._written(entry.valid_until, end_moment)}" if entry.valid_until else ""
        return f"{entry.card.key}{' off' if entry.disabled else ''}{until}"

    def _written(self, moment: datetime | None, read: Callable[[str, ZoneInfo], datetime]) -> str:
        """The day that ``read`` makes this moment of, where there is one, else the moment in the site's time."""
        if moment is None:
            return ""
        # What was kept otherwise may lie at the end of all time, where other zones have no name for it.
        with suppress(OverflowError):
            local = moment.astimezone(self.zone)
            for day in (local.date(), local.date() - timedelta(days=1)):
                with suppress(BadDataError):
                    if read(day.isoformat(), self.zone) == moment:
                        return day.isoformat()
            return local.isoformat()
        return moment.isoformat()


def _moment(text: str, zone: ZoneInfo, *, days_after: int) -> datetime:
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            moment = datetime.combine(date.fromisoformat(text) + timedelta(days=days_after), time(), zone)
        else:
            read = datetime.fromisoformat(text)
            moment = read if read.tzinfo else read.replace(tzinfo=zone)
        # UTC: times that a change of the clock makes ambiguous equal no other in their own zone.
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        moment = datetime.min.replace(tzinfo=UTC)
    if moment.year < 1970:
        raise BadDataError(f"a day as 2026-12-31 or a time as 2026-12-31T18:00 was expected, got {text!r}")
    return moment


def _yes_or_no(text: str) -> bool:
    answer = _ANSWERS.get(text.lower())
    if answer is None:
        raise BadDataError(f"yes or no was expected, got {text!r}")
    return answer


def _parts(text: str) -> list[str]:
    """What stands between the semicolons; a part that has one itself is quoted."""
    try:
        rows = list(csv.reader([text], delimiter=";", strict=True, skipinitialspace=True))
    except csv.Error as error:
        raise BadDataError(f"the quotes in {text!r} do not fit: {error}") from error
    return [part.strip() for row in rows for part in row if part.strip()]


def _joined(parts: Iterable[str]) -> str:
    cell = io.StringIO()
    csv.writer(cell, delimiter=";", lineterminator="").writerow(parts)
    return cell.getvalue()
