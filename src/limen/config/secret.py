"""Secrets from the settings, or from the files that they name."""

import stat
from pathlib import Path

from pydantic import SecretStr

from limen.errors import ConfigError


def secret_text(name: str, value: SecretStr, file: Path | None, *, at_least: int = 1) -> str:
    """The secret ``name``: ``value``, else the content of ``file``, without the line's end.

    Raises:
        ConfigError: neither is set, or both; the file cannot be read or others may read it; it is too short.
    """
    given = value.get_secret_value()
    if bool(given) == (file is not None):
        raise ConfigError(f"{name}: set either {name} or {name}_file, {'not both' if given else 'one is needed'}")
    text = given if file is None else _read(name, file)
    if len(text) < at_least:
        raise ConfigError(f"{name} has {len(text)} characters, at least {at_least} are needed: openssl rand -hex 32")
    return text


def _read(name: str, file: Path) -> str:
    try:
        if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigError(f"{name}_file: others may read {file}: chmod 600 {file}")
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name}_file: {file} cannot be read ({error})") from error
