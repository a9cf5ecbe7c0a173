"""Settings: one typed, frozen tree.

Command line over environment (``LIMEN_`` and ``__`` for nesting) over ``config.toml`` over the defaults below. Unknown
keys are refused.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from limen.errors import ConfigError, StoreError

CONFIG_FILE = "config.toml"
_PREFIX = "LIMEN_"
_OTHER_VARIABLES = frozenset(
    ("LIMEN_TEMPLATE_KEY", "LIMEN_TEMPLATE_KEY_FILE", "LIMEN_SHARED", "LIMEN_REQUIRE_ALL")
)  # the key is read by the store, the last two by tests

Rate = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]
Pixels = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Level = Annotated[float, Field(ge=0, le=255, allow_inf_nan=False)]
Degrees = Annotated[float, Field(gt=0, le=90, allow_inf_nan=False)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelSettings(_Section):
    """Which networks are used."""

    detection: str = "mtcnn"
    embedding: str = "dlib-resnet"
    catalogues: tuple[Path, ...] = ()
    """Further catalogue files."""
    mirrored: bool = True
    """Whether the embedding of the mirrored face is averaged in: more accurate, and twice the work."""
    threads: Annotated[int, Field(ge=1, le=64)] = 1
    """Threads of each network."""


class QualityBounds(_Section):
    """What a face must at least be like to be used; every bound can be set."""

    min_size_px: Pixels
    min_inside: Share
    """The part of the face's box that lies within the picture."""
    min_brightness: Level
    max_brightness: Level
    min_sharpness: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    """Variance of the Laplacian of the face, scaled to 100 × 100 pixels, contrast evened out."""
    max_yaw_deg: Degrees
    max_pitch_deg: Degrees

    @model_validator(mode="after")
    def _ordered(self) -> "QualityBounds":
        if self.min_brightness >= self.max_brightness:
            raise ValueError("min_brightness must be below max_brightness")
        return self


class EnrolmentSettings(_Section):
    """What is asked of a photo before it becomes a template."""

    min_face_px: Annotated[float, Field(ge=20)] = 40
    quality: QualityBounds = QualityBounds(
        min_size_px=60, min_inside=0.9, min_brightness=40, max_brightness=225, min_sharpness=4.0,
        max_yaw_deg=40, max_pitch_deg=35,
    )  # fmt: skip
    keep_photos: bool = False
    """Whether the photos themselves are kept, encrypted, beside the templates."""


class MatchingSettings(_Section):
    """How alike is alike enough, as error rates."""

    fmr: Rate = 2e-3
    """False match rate of a 1:1 comparison."""
    fpir: Rate = 2e-2
    """False positive identification rate of a 1:K search: the number compared rises with the people enrolled."""
    margin: Share = 0.015
    """By how much the best person's similarity must exceed the second's: closer is ambiguous."""


class DoorSettings(_Section):
    """A visit at a door."""

    min_face_px: Annotated[float, Field(ge=20)] = 60
    """The smallest face that matters, in pixels of the camera's picture."""
    agreeing_frames: Annotated[int, Field(ge=1, le=50)] = 3
    """So many frames in a row must say the same person."""
    unknown_frames: Annotated[int, Field(ge=1, le=200)] = 12
    """After so many usable frames without a person the visitor is turned away."""
    freshness_s: Seconds = 1.0
    """The newest matched frame must not be older."""
    pause_s: Seconds = 10.0
    """After a decision about a person, the next one about the same person comes no sooner."""
    open_s: Seconds = 5.0
    """How long the lock opens for."""
    freeze_s: Seconds = 2.0
    """A camera whose picture stays exactly the same for so long counts as frozen."""
    stall_s: Seconds = 2.0
    """A camera that delivers nothing for so long counts as offline."""
    greeting_wait_s: Seconds = 1.0
    """Who enters within this time of another is greeted in the same sentence."""
    greeting: str = "Welcome, {names}!"
    quality: QualityBounds = QualityBounds(
        min_size_px=60, min_inside=0.8, min_brightness=40, max_brightness=235, min_sharpness=2.0,
        max_yaw_deg=40, max_pitch_deg=35,
    )  # fmt: skip

    @model_validator(mode="after")
    def _patient(self) -> "DoorSettings":
        if self.unknown_frames < self.agreeing_frames:
            raise ValueError("unknown_frames must be at least agreeing_frames, or nobody is ever let in")
        return self


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
