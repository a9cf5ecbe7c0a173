"""Copies of people's keys outside the database: one file beside the backups of a folder, rewritten at each erasure.

Archives hold no keys. So whoever is deleted here can be read in no archive any more, wherever it was carried.
"""

import base64
import binascii
import json
import os
import secrets
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, select

from limen.errors import BadDataError, TemplateError
from limen.store.schema import people
from limen.store.sealing import Sealer

KEY_FILE = "people.keys"

_MAGIC = b"limen people keys 1\n"
_ROW = "people.keys"

SealedKeys = dict[str, bytes]
"""By the person's id: their key as it stands in the database."""


def sealed_keys(connection: Connection) -> SealedKeys:
    """The keys of everybody who is there."""
    rows = connection.execute(select(people.c.id, people.c.sealed_key).where(people.c.sealed_key.is_not(None)))
    return dict(rows.all())


def read_keys(path: Path, sealer: Sealer) -> SealedKeys:
    """The keys of a copy.

    Raises:
        BadDataError: it is no copy of keys, is damaged, or belongs to a database with another key.
        OSError: it cannot be read.
    """
    content = path.read_bytes()
    if not content.startswith(_MAGIC):
        raise BadDataError(f"{path} holds no people's keys: name the {KEY_FILE} that lies beside the backup")
    try:
        found = json.loads(_own(sealer).open(content[len(_MAGIC) :], _ROW))
        return {person: base64.b64decode(key, validate=True) for person, key in found.items()}
    except (TemplateError, ValueError, AttributeError, binascii.Error) as error:
        raise BadDataError(
            f"{path} was made with another template.key, or is damaged: set the key that belongs to it, "
            "or choose another folder"
        ) from error


def draft_keys(path: Path, sealer: Sealer, keys: SealedKeys) -> Path:
    """A new file beside ``path``, on the disk, that ``replace_keys`` can put in its place.

    Raises:
        OSError: it cannot be written.
    """
    text = json.dumps({person: base64.b64encode(key).decode() for person, key in keys.items()})
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(_MAGIC + _own(sealer).seal(text.encode(), _ROW))
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    return draft


def replace_keys(draft: Path, path: Path) -> None:
    """Put ``draft`` in the place of ``path``, and overwrite what was there: it holds keys that must die.

    Raises:
        OSError: one of them cannot be written.
    """
    old = os.open(path, os.O_RDWR) if path.exists() else None
    try:
        os.replace(draft, path)
        sync_folder(path.parent)
        if old is not None:
            os.write(old, bytes(os.fstat(old).st_size))
            os.fsync(old)
    finally:
        if old is not None:
            os.close(old)


def sync_folder(folder: Path) -> None:
    """Return once the names in ``folder`` are on the disk."""
    if os.name == "posix":  # Elsewhere a folder cannot be opened to be synced.
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _own(sealer: Sealer) -> Sealer:
    return Sealer(sealer.derived("limen people keys"))
