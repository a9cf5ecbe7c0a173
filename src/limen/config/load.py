"""The tree of all settings, and where its values come from."""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
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
    WebSettings,
)
from limen.config.written import WRITTEN_FILE, written
from limen.errors import ConfigError, StoreError

CONFIG_FILE = "config.toml"
_PREFIX = "LIMEN_"
_DOOR_NAME = r"[a-z0-9][a-z0-9-]{0,39}"
_SECRETS = frozenset(("secret", "password", "token", "command_code"))
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
    web: WebSettings = WebSettings()


def default_data_dir(environment: Mapping[str, str]) -> Path:
    """Where everything is kept unless told otherwise: ``$XDG_DATA_HOME/limen``, else ``~/.local/share/limen``."""
    base = environment.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "limen"


class Source(StrEnum):
    """Where a value comes from, the strongest first."""

    ENVIRONMENT = "environment"
    FILE = "config.toml"
    WRITTEN = "settings.json"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Layers:
    """What is set, and where: ``written`` on the pages, ``file`` in config.toml, ``environment`` there."""

    folder: Path
    environment: Mapping[str, object]
    file: Mapping[str, object]
    written: Mapping[str, object]

    def source(self, path: Sequence[str]) -> Source:
        """Where the value at ``path``, as ``("door", "open_s")``, comes from; of a section: of anything in it."""
        for source, values in self._named():
            if _holds(values, path):
                return source
        return Source.DEFAULT

    def fixed(self, path: Sequence[str]) -> Source | None:
        """What sets the value so that the pages cannot; ``None`` where they can."""
        source = self.source(path)
        return source if source in (Source.ENVIRONMENT, Source.FILE) else None

    def settings(self) -> "Settings":
        """The settings that these come to.

        Raises:
            BadSettingsError: a key does not exist, or a value is out of its range.
        """
        values = [dict(layer) for layer in (self.file, self.written)]

        class _FromFiles(Settings):
            @classmethod
            def settings_customise_sources(
                cls,
                settings_cls: type[BaseSettings],
                init_settings: PydanticBaseSettingsSource,
                env_settings: PydanticBaseSettingsSource,
                dotenv_settings: PydanticBaseSettingsSource,
                file_secret_settings: PydanticBaseSettingsSource,
            ) -> tuple[PydanticBaseSettingsSource, ...]:
                files = (InitSettingsSource(settings_cls, init_kwargs=layer) for layer in values)
                return (init_settings, env_settings, *files)

        try:
            return _FromFiles(data_dir=self.folder)
        except ValidationError as error:
            raise BadSettingsError(self._places(), self._problems(error)) from error
        except SettingsError as error:
            raise ConfigError(f"settings ({self._places()}): {error}") from error

    def _named(self) -> tuple[tuple[Source, Mapping[str, object]], ...]:
        return (
            (Source.ENVIRONMENT, self.environment),
            (Source.FILE, self.file),
            (Source.WRITTEN, self.written),
        )

    def _places(self) -> str:
        files = [str(self.folder / CONFIG_FILE), *([str(self.folder / WRITTEN_FILE)] if self.written else [])]
        return f"{', '.join(files)} and the environment"

    def _problems(self, error: ValidationError) -> tuple["BadSetting", ...]:
        return tuple(self._problem(one) for one in error.errors(include_url=False))

    def _problem(self, error: ErrorDetails) -> "BadSetting":
        path = tuple(map(str, error["loc"]))
        place = self.folder / WRITTEN_FILE if self.source(path) is Source.WRITTEN else None
        given = error["input"]
        # A section as a whole may hold secrets, and so may what is given for one.
        shown = None if isinstance(given, dict | BaseModel | SecretStr) or is_secret(path) else repr(given)
        return BadSetting(path, error["msg"].removeprefix("Value error, "), shown, place)


@dataclass(frozen=True, slots=True)
class BadSetting:
    """A value that cannot be: ``given`` as it was written, unless it is secret; ``file`` where the pages set it."""

    path: tuple[str, ...]
    message: str
    given: str | None = None
    file: Path | None = None

    def __str__(self) -> str:
        got = "" if self.given is None else f", got {self.given}"
        return f"{'.'.join(self.path)}: {self.message}{got}{f' (in {self.file})' if self.file else ''}"


class BadSettingsError(ConfigError):
    """Values that cannot be, each with the key that it was given for."""

    def __init__(self, places: str, problems: Sequence[BadSetting]) -> None:
        super().__init__(f"settings ({places}): {'; '.join(map(str, problems))}")
        self.problems = tuple(problems)


def is_secret(path: Sequence[str]) -> bool:
    """Whether a secret stands at ``path``, by its name."""
    return bool(path) and path[-1] in _SECRETS


def load_settings(data_dir: Path | None = None) -> Settings:
    """The settings in force, with ``config.toml`` and ``settings.json`` read from the data folder.

    Raises:
        ConfigError: a key does not exist, a value is out of its range, or a file is not TOML or JSON.
        StoreError: the data folder cannot be read.
    """
    return load_layers(data_dir).settings()


def load_layers(data_dir: Path | None = None) -> Layers:
    """What is set in the environment and in the data folder's files.

    Raises:
        ConfigError: a variable names no setting, or a file is not TOML or JSON.
        StoreError: the data folder cannot be read.
    """
    folder = data_dir or Path(os.environ.get("LIMEN_DATA_DIR") or default_data_dir(os.environ))
    file = folder / CONFIG_FILE
    values, on_pages = _read(file), written(folder)
    for place, found in ((file, values), (folder / WRITTEN_FILE, on_pages)):
        if "data_dir" in found:
            raise ConfigError(f"{place}: 'data_dir' cannot be set in the data folder; use --data-dir or LIMEN_DATA_DIR")
    _check_names(os.environ)
    try:
        environment = EnvSettingsSource(Settings)()
    except SettingsError as error:
        raise ConfigError(f"settings (the environment): {error}") from error
    return Layers(folder.absolute(), environment, values, on_pages)


def _holds(values: object, path: Sequence[str]) -> bool:
    for key in path:
        if not isinstance(values, Mapping) or key not in values:
            return False
        values = values[key]
    return True


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
