"""What was set on the pages: one JSON file in the data folder, changed by the program alone."""

import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from limen.errors import ConfigError, StoreError

WRITTEN_FILE = "settings.json"
_DOORS = "doors"

Document = dict[str, object]


def written(folder: Path) -> Document:
    """What is set in ``settings.json``; nothing where there is no such file.

    Raises:
        ConfigError: it is not a JSON object.
        StoreError: it cannot be read.
    """
    file = folder / WRITTEN_FILE
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StoreError(f"{file} cannot be read ({error.strerror}): check the data folder and its rights") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{file} cannot be read as JSON ({error}): restore it from a backup, or delete it") from error
    if not isinstance(document, dict):
        raise ConfigError(f"{file} holds no JSON object: restore it from a backup, or delete it")
    return document


def write(folder: Path, document: Mapping[str, object]) -> None:
    """Put ``document`` in the place of what was set, on the disk and wholly, or not at all.

    Raises:
        StoreError: it cannot be written.
    """
    file = folder / WRITTEN_FILE
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
            json.dump(document, opened, indent=2, sort_keys=True, ensure_ascii=False)
            opened.write("\n")
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(draft, file)
        _sync(folder)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise StoreError(f"{file} cannot be written ({error.strerror}): free some space or check its rights") from error


def patched(document: Mapping[str, object], patch: Mapping[str, object]) -> Document:
    """``document`` with the values of ``patch`` in it, key by key; ``None`` takes a key out.

    A section that holds nothing any more is left out; a door that holds nothing is a door all the same.
    """
    return _patched(document, patch, ())


def _patched(document: Mapping[str, object], patch: Mapping[str, object], path: tuple[str, ...]) -> Document:
    result = dict(document)
    for key, value in patch.items():
        here = (*path, key)
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            before = result.get(key)
            below = _patched(before if isinstance(before, Mapping) else {}, value, here)
            is_door = len(here) == 2 and path == (_DOORS,)
            if below or is_door:
                result[key] = below
            else:
                result.pop(key, None)
        else:
            result[key] = value
    return result


def _sync(folder: Path) -> None:
    """Return once the names in ``folder`` are on the disk."""
    if os.name == "posix":  # Elsewhere a folder cannot be opened to be synced.
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
