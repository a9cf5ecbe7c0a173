"""The chain of records: each is hashed with the one before it, and days are sealed with a signature."""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

HASH_BYTES = 32
GENESIS = bytes(HASH_BYTES)
"""What stands for the hash before the first record."""

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode
_TEXT = (str, type(None))


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """An event as it is kept and hashed; ``subject`` stands for a person on one day.

    Raises:
        ValueError: a field is of a kind that is never kept, so the record was altered.
    """

    sequence: int
    type: str
    at: datetime
    door: str | None
    subject: bytes | None
    reason: str | None
    similarity: float | None
    threshold: float | None
    detail: str | None
    actor: str | None = None

    def __post_init__(self) -> None:
        text: tuple[object, ...] = (self.door, self.reason, self.detail, self.actor)
        others: tuple[object, ...] = (self.type, self.subject or b"")
        if (
            not all(isinstance(value, _TEXT) for value in text)
            or [type(value) for value in others] != [str, bytes]
            or not (_is_number(self.similarity) and _is_number(self.threshold))
            or self.at.utcoffset() != timedelta(0)
        ):
            raise ValueError(f"record {self.sequence} holds what no record can: it was altered")


@dataclass(frozen=True, slots=True)
class Linked:
    """A record, and the hash kept with it."""

    record: AuditRecord
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends: the number and the hash of its last record; ``Head(0, GENESIS)`` before the first."""

    sequence: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash.hex()}"


@dataclass(frozen=True, slots=True)
class Seal:
    """A signature over all records up to ``sequence``, whose last is of ``day`` (UTC) and has ``hash``."""

    sequence: int
    hash: bytes
    day: date
    signature: bytes


class What(StrEnum):
    """How a chain is broken."""

    ALTERED = "altered"
    REMOVED = "removed"
    REORDERED = "reordered"
    SEAL_MISSING = "seal_missing"
    SEAL_WRONG = "seal_wrong"
    HEAD_WRONG = "head_wrong"
    KEPT_HEAD_WRONG = "kept_head_wrong"

    @property
    def text(self) -> str:
        """What it means, in words."""
        return _TEXTS[self]


_TEXTS = {
    What.ALTERED: "it was altered or put in, or one beside it was taken out and the numbers were closed up",
    What.REMOVED: "it was removed, or the database was set back to before it",
    What.REORDERED: "it stands at another place now",
    What.SEAL_MISSING: "it is the last of its day, and the seal of that day is gone",
    What.SEAL_WRONG: "the seal over it does not fit: it or the records up to it were made anew with another key",
    What.HEAD_WRONG: "the end of the chain is not signed with this database's key: "
    "records behind it were removed, or all of them were made anew",
    What.KEPT_HEAD_WRONG: "it is not the record that was the last one when the head was kept",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """The first record that does not fit, by its number, and what is wrong with it."""

    sequence: int
    what: What

    def __str__(self) -> str:
        return f"record {self.sequence}: {self.what.text}"


def plain(record: AuditRecord) -> dict[str, str | int | float | None]:
    """The record as JSON has it: the time in ISO 8601 with microseconds, the subject in hexadecimal digits.

    ``actor`` stands there only where there is one: records from before there were any keep their hash.
    """
    words: dict[str, str | int | float | None] = {
        "sequence": record.sequence,
        "type": record.type,
        "at": record.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "door": record.door,
        "subject": None if record.subject is None else record.subject.hex(),
        "reason": record.reason,
        "similarity": record.similarity,
        "threshold": record.threshold,
        "detail": record.detail,
    }
    return words if record.actor is None else words | {"actor": record.actor}


def canonical(record: AuditRecord) -> bytes:
    """The one way to write the record: ``plain`` as ASCII JSON, keys in order, no spaces, the shortest floats."""
    return _encode(plain(record)).encode("ascii")


def link(previous: bytes, record: AuditRecord) -> bytes:
    """The hash of ``record`` behind one with the hash ``previous``: SHA-256 of that and ``canonical``."""
    return hashlib.sha256(previous + canonical(record)).digest()


def signed_text(sequence: int, hash_: bytes, day: date) -> bytes:
    """What a seal signs."""
    return _encode({"sequence": sequence, "hash": hash_.hex(), "day": day.isoformat()}).encode("ascii")


def first_broken(
    records: Iterable[Linked | None],
    seals: Iterable[Seal],
    head: Head,
    is_signed: Callable[[Seal], bool],
    kept: Head | None = None,
) -> Finding | None:
    """The first thing that does not fit, or ``None`` where all of it does; reads no further than it must.

    ``records`` and ``seals`` come in the order of their numbers; ``None`` is a record that cannot be read. ``head``
    is where the chain must end, ``kept`` what it must go through. Whether ``head`` itself is genuine is not asked.
    """
    walk = _Walk(iter(seals), is_signed, kept)
    rest = iter(records)
    for linked in rest:
        if finding := walk.step(linked, rest):
            return finding
    return walk.end(head)


class _Walk:
    """How far the chain was followed, and what is still to come."""

    def __init__(self, seals: Iterator[Seal], is_signed: Callable[[Seal], bool], kept: Head | None) -> None:
        self._seals, self._is_signed, self._kept = seals, is_signed, kept
        self._at = Head(0, GENESIS)
        self._day: date | None = None
        self._next_seal = next(seals, None)
        self._sealed_up_to = 0

    def step(self, linked: Linked | None, rest: Iterator[Linked | None]) -> Finding | None:
        number = self._at.sequence + 1
        if linked is None or linked.record.sequence < number:
            return Finding(number, What.ALTERED)
        if linked.record.sequence > number:
            return Finding(number, What.REMOVED)
        if linked.hash != link(self._at.hash, linked.record):
            return Finding(number, What.REORDERED if self._comes_later(rest) else What.ALTERED)
        day = linked.record.at.date()
        if self._day is not None and day > self._day and self._sealed_up_to != self._at.sequence:
            return Finding(self._at.sequence, What.SEAL_MISSING)
        self._at, self._day = Head(number, linked.hash), day
        return self._broken_seal(day) or self._broken_promise()

    def end(self, head: Head) -> Finding | None:
        last = self._at.sequence
        kept = 0 if self._kept is None else self._kept.sequence
        if self._next_seal is not None or max(head.sequence, kept) > last:
            return Finding(last + 1, What.REMOVED)
        return None if head == self._at else Finding(last, What.HEAD_WRONG)

    def _comes_later(self, rest: Iterator[Linked | None]) -> bool:
        """Whether the record that belongs here stands further behind, under another number."""
        number = self._at.sequence + 1
        return any(
            later is not None and later.hash == link(self._at.hash, replace(later.record, sequence=number))
            for later in rest
        )

    def _broken_seal(self, day: date) -> Finding | None:
        seal = self._next_seal
        if seal is None or seal.sequence > self._at.sequence:
            return None
        if (seal.sequence, seal.hash, seal.day) != (self._at.sequence, self._at.hash, day) or not self._is_signed(seal):
            return Finding(self._at.sequence, What.SEAL_WRONG)
        self._sealed_up_to, self._next_seal = seal.sequence, next(self._seals, None)
        return None

    def _broken_promise(self) -> Finding | None:
        if self._kept is None or self._kept.sequence != self._at.sequence or self._kept == self._at:
            return None
        return Finding(self._at.sequence, What.KEPT_HEAD_WRONG)


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isfinite(value))
