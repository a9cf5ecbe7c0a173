"""The key that templates are encrypted with: 32 bytes, written as base64 wherever it is kept."""

import base64
import binascii
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

from limen.errors import ConfigError, StoreError

KEY_BYTES = 32
VARIABLE = "LIMEN_TEMPLATE_KEY"
FILE_VARIABLE = "LIMEN_TEMPLATE_KEY_FILE"


def load_or_create_key(path: Path, environment: Mapping[str, str], *, may_create: bool = True) -> bytes:
    """The 32 bytes of the key: from ``environment``, else from the file at ``path``.

    A missing file is made, with a new random key, only where ``may_create``: pass ``False`` as soon as
    anything is encrypted, for a new key would not open it.

    Raises:
        ConfigError: there is no key where one is needed, it is not 32 bytes, others may read its file, or
            both variables are set.
        StoreError: the new key cannot be written.
    """
    if VARIABLE in environment and FILE_VARIABLE in environment:
        raise ConfigError(f"both {VARIABLE} and {FILE_VARIABLE} are set: keep one of them")
    if VARIABLE in environment:
        return _decoded(environment[VARIABLE], VARIABLE)
    if FILE_VARIABLE in environment:
        path = Path(environment[FILE_VARIABLE])
        # systemd gives the service its credentials by an access list, which the file's mode shows as others' rights.
        guarded = path.parent == Path(environment.get("CREDENTIALS_DIRECTORY", "/nowhere"))
        return _read(path, f"the file that {FILE_VARIABLE} names", guarded=guarded)
    if may_create and not path.exists():
        _create(path)
    return _read(path, "the key that this database's templates are encrypted with")


def _decoded(text: str, source: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        # Without the original error: it must never show a part of the key.
        raise ConfigError(f"{source} must hold {KEY_BYTES} bytes as base64, got something else") from None
    if len(key) != KEY_BYTES:
        raise ConfigError(f"{source} must hold {KEY_BYTES} bytes as base64, got {len(key)} bytes")
    return key


def _read(path: Path, meaning: str, *, guarded: bool = False) -> bytes:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            text = file.read(1024)
    except FileNotFoundError as error:
        raise ConfigError(
            f"{path} is missing, {meaning}: put it back from a backup or set {VARIABLE}; "
            "if the key is lost, delete the database and enrol everybody again"
        ) from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read, {meaning}: {error.strerror}") from error
    if os.name == "posix" and mode & 0o077 and not guarded:
        raise ConfigError(f"{path} has mode {mode:04o}, others may read the key: run chmod 600 {path}")
    return _decoded(text.decode("ascii", "replace"), str(path))


def _create(path: Path) -> None:
    """Write a new key, whole or not at all; a key that another process just wrote stays."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        _publish(draft, path)
    except OSError as error:
        raise StoreError(
            f"no key could be written to {path}: {error.strerror}; make the folder writable or set {VARIABLE}"
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def _publish(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)  # A rename would overwrite the key of a process that was faster.
    except FileExistsError:
        return
    if os.name == "posix":  # Elsewhere a folder cannot be opened to be synced.
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
