"""The tree of all settings, and where its values come from."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from limen.config.doors import DoorConfig
from limen.config.sections import (
    DoorSettings,
    EnrolmentSettings,
    GreetingSettings,
    LivenessSettings,
    MatchingSettings,
    ModelSettings,
    MqttSettings,
    PrivacySettings,
    SiteSettings,
    StatusSettings,
    ThrottleSettings,
)
from limen.errors import ConfigError, StoreError

CONFIG_FILE = "config.toml"
_PREFIX = "LIMEN_"
_DOOR_NAME = r"[a-z0-9][a-z0-9-]{0,39}"
_OTHER_VARIABLES = frozenset(
    ("LIMEN_TEMPLATE_KEY", "LIMEN_TEMPLATE_KEY_FILE", "LIMEN_SHARED", "LIMEN_REQUIRE_ALL")
)  # the key is read by the store, the last two by tests


def _named(doors: dict[str, DoorConfig]) -> dict[str, DoorConfig]:
    for name in doors:
        if not re.fullmatch(_DOOR_NAME, name):
            raise ValueError(f"a door's name is small letters, digits and hyphens, as main-entrance, got {name!r}")
    return doors


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_nested_delimiter="__",
        frozen=True,
        extra="forbid",
        nested_model_default_partial_update=True,
    )

    data_dir: Path = Field(default_factory=lambda: default_data_dir(os.environ))
    models: ModelSettings = ModelSettings()
    enrolment: EnrolmentSettings = EnrolmentSettings()
    matching: MatchingSettings = MatchingSettings()
    door: DoorSettings = DoorSettings()
    """A visit, at every door."""
    doors: Annotated[dict[str, DoorConfig], AfterValidator(_named)] = Field(default_factory=dict)
    """The doors by their names."""
    site: SiteSettings = SiteSettings()
    throttle: ThrottleSettings = ThrottleSettings()
    greeting: GreetingSettings = GreetingSettings()
    liveness: LivenessSettings = LivenessSettings()
    mqtt: MqttSettings = MqttSettings()
    privacy: PrivacySettings = PrivacySettings()
    status: StatusSettings = StatusSettings()


def default_data_dir(environment: Mapping[str, str]) -> Path:
    """Where everything is kept unless told otherwise: ``$XDG_DATA_HOME/limen``, else ``~/.local/share/limen``."""
    base = environment.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "limen"


def load_settings(data_dir: Path | None = None) -> Settings:
    """The settings in force, with ``config.toml`` read from the data folder.

    Raises:
        ConfigError: a key does not exist, a value is out of its range, or the file is not TOML.
        StoreError: the data folder cannot be read.
    """
    folder = data_dir or Path(os.environ.get("LIMEN_DATA_DIR") or default_data_dir(os.environ))
    file = folder / CONFIG_FILE
    values = _read(file)
    if "data_dir" in values:
        raise ConfigError(f"{file}: 'data_dir' cannot be set in the data folder; use --data-dir or LIMEN_DATA_DIR")
    _check_names(os.environ)

    class _FromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (init_settings, env_settings, InitSettingsSource(settings_cls, init_kwargs=values))

    try:
        return _FromFile(data_dir=folder.absolute())
    except (ValidationError, SettingsError) as error:
        raise ConfigError(f"settings ({file} and the environment): {_explained(error)}") from error


def _check_names(environment: Mapping[str, str]) -> None:
    """Refuse a variable of ours that sets nothing: it was meant to set something.

    Raises:
        ConfigError: a variable begins with ``LIMEN_`` and names no setting.
    """
    for name in environment:
        setting = name.removeprefix(_PREFIX).partition("__")[0].lower()
        if name.startswith(_PREFIX) and name not in _OTHER_VARIABLES and setting not in Settings.model_fields:
            known = ", ".join(f"{_PREFIX}{field.upper()}" for field in Settings.model_fields)
            raise ConfigError(
                f"the environment variable {name} sets nothing; there are: {known}, and __ for what is below"
            )


def _read(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StoreError(f"{file} cannot be read ({error.strerror}): check the data folder and its rights") from error
    except ValueError as error:
        raise ConfigError(f"{file} cannot be read as TOML: {error}") from error


def _explained(error: ValidationError | SettingsError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}, got {e['input']!r}" for e in error.errors())
