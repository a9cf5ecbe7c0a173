"""Reads a backup from end to end, without making anything of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from limen.errors import NoInputError
from limen.store.archive import ArchiveReader
from limen.store.key_copies import KEY_FILE, read_keys
from limen.store.person_keys import open_key
from limen.store.schema import events
from limen.store.sealing import Sealer
from limen.store.upgrade import HEAD
from limen.types import PersonId

INFO = "limen backup"
"""What the key of an archive is made for."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What is in a backup; ``erased`` people were deleted since, and can be read no longer."""

    people: int
    erased: int
    events: int


def check_backup(file: Path, sealer: Sealer) -> Checked:
    """What is in the backup, of which every byte was read and is as it was written.

    Raises:
        BadDataError: it, or the copy of keys beside it, is damaged or belongs to another store.
        DatabaseVersionError: another version made it.
        NoInputError: it, or the copy of keys, cannot be read.
    """
    people = erased = records = 0
    try:
        keys = read_keys(file.with_name(KEY_FILE), sealer)
        opened = [open_key(sealer, PersonId(person), sealed) for person, sealed in keys.items()]
        with file.open("rb") as content:
            for section in ArchiveReader(content, sealer.derived(INFO), HEAD, opened).sections():
                erased += section.content is None
                people += section.of_person and section.content is not None
                records += _events_in(section.content or {})
    except OSError as error:
        raise NoInputError(f"{file} or the {KEY_FILE} beside it cannot be read: {error.strerror}") from error
    return Checked(people, erased, records)


def _events_in(content: Mapping[str, object]) -> int:
    rows = content.get("rows") if content.get("table") == events.name else None
    return len(rows) if isinstance(rows, list) else 0
