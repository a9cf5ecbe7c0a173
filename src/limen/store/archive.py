"""The file of a backup: a header in clear, then sections, each sealed with the key of the one it is about.

After the magic comes a line of JSON; each section is 16 bytes of label, 8 of length, and its sealed content. What is
about one person is one section, whose label and content only that person's key leads to; the others are sealed with a
key made from the store's. The last section holds the digest of everything before it. So nothing can be altered, moved,
left out or cut off unseen, also where a section can be read no longer because its person was deleted.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO

from sqlalchemy import Date, LargeBinary, RowMapping, Table

from limen.errors import BadDataError, DatabaseVersionError, TemplateError
from limen.store.schema import Moment
from limen.store.sealing import Sealer

FORMAT = 1

_MAGIC = b"limen backup\n"
_LABEL_BYTES, _LENGTH_BYTES, _MAX_HEADER = 16, 8, 4096
_OF_THE_STORE = bytes(_LABEL_BYTES)

Document = dict[str, object]


@dataclass(frozen=True, slots=True)
class Section:
    """A section as it stands in the file; ``content`` is ``None`` where nothing opens it any more."""

    of_person: bool
    content: Document | None


class ArchiveWriter:
    """Writes to ``file``, which is at its beginning; whole only after ``finish``."""

    def __init__(self, file: BinaryIO, store_key: bytes, revision: str) -> None:
        self._file, self._sealer, self._digest = file, Sealer(store_key), hashlib.sha256()
        self._archive, self._sections = secrets.token_hex(16), 0
        header = {
            "format": FORMAT,
            "database": revision,
            "archive": self._archive,
            "key": _key_mark(store_key, self._archive),
        }
        self._write(_MAGIC + json.dumps(header).encode() + b"\n")

    def add(self, content: Document) -> None:
        """A section that the store's key opens."""
        self._add(_OF_THE_STORE, self._sealer, content)

    def add_person(self, key: bytes, content: Document) -> None:
        """A section that only the person's ``key`` opens, or finds."""
        self._add(_label(key), Sealer(key), content)

    def finish(self) -> str:
        """Close the archive with the digest of what it holds; returns that of the whole file."""
        self.add({"end": self._digest.hexdigest()})
        return self._digest.hexdigest()

    def _add(self, label: bytes, sealer: Sealer, content: Document) -> None:
        sealed = sealer.seal(json.dumps(content).encode(), _row(self._archive, self._sections))
        self._write(label + len(sealed).to_bytes(_LENGTH_BYTES, "big") + sealed)
        self._sections += 1

    def _write(self, data: bytes) -> None:
        self._digest.update(data)
        self._file.write(data)


class ArchiveReader:
    """Reads ``file``; ``keys`` are those of people.

    Raises:
        BadDataError: it is no archive, or was made with another key of the store.
        DatabaseVersionError: another version made it.
    """

    def __init__(self, file: BinaryIO, store_key: bytes, revision: str, keys: list[bytes]) -> None:
        self._file, self._sealer, self._digest = file, Sealer(store_key), hashlib.sha256()
        self._people = {_label(key): Sealer(key) for key in keys}
        if self._read(len(_MAGIC)) != _MAGIC:
            raise BadDataError(f"{file.name} is no backup of limen")
        line = file.readline(_MAX_HEADER)
        self._digest.update(line)
        try:
            header = json.loads(line)
            self._archive, mark, versions = (
                str(header["archive"]),
                header["key"],
                (header["format"], header["database"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise self._damaged() from error
        if versions != (FORMAT, revision):
            raise DatabaseVersionError(
                f"{file.name} has format {versions[0]} and tables {versions[1]}, this version of limen reads format "
                f"{FORMAT} and tables {revision}: restore with the version that made it, then upgrade"
            )
        if mark != _key_mark(store_key, self._archive):
            raise BadDataError(
                f"{file.name} was made with another template.key than the one given: put the key that belongs to it "
                "in the data folder, or set LIMEN_TEMPLATE_KEY to it"
            )

    def sections(self) -> Iterator[Section]:
        """All sections but the last, in order; ends only where the archive is whole.

        Raises:
            BadDataError: it was altered or cut off.
        """
        number = 0
        while True:
            before = self._digest.hexdigest()
            label = self._read(_LABEL_BYTES)
            sealed = self._read(int.from_bytes(self._read(_LENGTH_BYTES), "big"))
            of_person = label != _OF_THE_STORE
            content = self._opened(label, sealed, number)
            if content is not None and not of_person and "end" in content:
                if content["end"] != before or self._file.read(1):
                    raise self._damaged()
                return
            yield Section(of_person, content)
            number += 1

    def _opened(self, label: bytes, sealed: bytes, number: int) -> Document | None:
        sealer = self._sealer if label == _OF_THE_STORE else self._people.get(label)
        if sealer is None:
            return None
        try:
            content = json.loads(sealer.open(sealed, _row(self._archive, number)))
        except (TemplateError, ValueError) as error:
            raise self._damaged() from error
        assert isinstance(content, dict)
        return content

    def _read(self, length: int) -> bytes:
        data = self._file.read(length) if length < 1 << 40 else b""
        if len(data) != length:
            raise self._damaged()
        self._digest.update(data)
        return data

    def _damaged(self) -> BadDataError:
        return BadDataError(f"{self._file.name} is damaged or cut off: use another backup")


def encoded(row: RowMapping) -> Document:
    """A row of a table as JSON has it."""
    return {column: _plain(value) for column, value in row.items()}


def decoded(table: Table, row: Mapping[str, object]) -> Document:
    """A row as ``table`` takes it."""
    return {name: _typed(table, name, value) for name, value in row.items()}


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, date) else value


def _typed(table: Table, name: str, value: object) -> object:
    kind = table.c[name].type
    if not isinstance(value, str):
        return value
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    if isinstance(kind, Moment):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value


def _label(key: bytes) -> bytes:
    return hmac.digest(key, b"limen backup", "sha256")[:_LABEL_BYTES]


def _key_mark(store_key: bytes, archive: str) -> str:
    """Tells whether a key is the right one, and nothing about it."""
    return hmac.digest(store_key, archive.encode(), "sha256").hex()


def _row(archive: str, number: int) -> str:
    return f"section {number} of {archive}"
