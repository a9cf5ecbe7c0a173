"""The sections of the settings that are the same for every door."""

from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

Rate = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]
Pixels = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Level = Annotated[float, Field(ge=0, le=255, allow_inf_nan=False)]
Degrees = Annotated[float, Field(gt=0, le=90, allow_inf_nan=False)]
Days = Annotated[int, Field(ge=1, le=36500)]
Port = Annotated[int, Field(ge=1, le=65535)]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("a time zone of the IANA database is expected, as Europe/Berlin") from error
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]


class Section(BaseModel):
    """A part of the settings: cannot be changed, and knows all of its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelSettings(Section):
    """Which networks are used."""

    detection: str = "mtcnn"
    embedding: str = "dlib-resnet"
    catalogues: tuple[Path, ...] = ()
    """Further catalogue files."""
    mirrored: bool = True
    """Whether the embedding of the mirrored face is averaged in: more accurate, and twice the work."""
    threads: Annotated[int, Field(ge=1, le=64)] = 1
    """Threads of each network."""


class QualityBounds(Section):
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


class EnrolmentSettings(Section):
    """What is asked of a photo before it becomes a template."""

    min_face_px: Annotated[float, Field(ge=20)] = 40
    quality: QualityBounds = QualityBounds(
        min_size_px=60, min_inside=0.9, min_brightness=40, max_brightness=225, min_sharpness=4.0,
        max_yaw_deg=40, max_pitch_deg=35,
    )  # fmt: skip
    keep_photos: bool = False
    """Whether the photos themselves are kept, encrypted, beside the templates."""
    fresh_days: Days = 1095
    """A person whose newest template is older is asked for a fresh look."""


class MatchingSettings(Section):
    """How alike is alike enough, as error rates."""

    fmr: Rate = 2e-3
    """False match rate of a 1:1 comparison."""
    fpir: Rate = 2e-2
    """False positive identification rate of a 1:K search: the number compared rises with the people enrolled."""
    margin: Share = 0.015
    """By how much the best person's similarity must exceed the second's: closer is ambiguous."""


class DoorSettings(Section):
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
    claim_s: Seconds = 15.0
    """How long a card or PIN waits for the face that belongs to it."""
    open_s: Seconds = 5.0
    """How long the lock opens for."""
    held_open_s: Seconds = 30.0
    """A door that stands open for longer, counted from when it opened, raises an alarm."""
    freeze_s: Seconds = 1.5
    """A camera whose picture stays exactly the same for so long counts as frozen."""
    stall_s: Seconds = 1.5
    """A camera that delivers nothing for so long counts as offline."""
    dark_s: Seconds = 1.5
    """A camera that shows nothing but black, or nothing but one colour, for so long counts as covered."""
    clock_s: Annotated[float, Field(ge=2, le=3600, allow_inf_nan=False)] = 30.0
    """A clock of the machine that jumps by more is not believed, and nobody is let in until it is right again."""
    quality: QualityBounds = QualityBounds(
        min_size_px=60, min_inside=0.8, min_brightness=40, max_brightness=235, min_sharpness=2.0,
        max_yaw_deg=40, max_pitch_deg=35,
    )  # fmt: skip

    @model_validator(mode="after")
    def _patient(self) -> "DoorSettings":
        if self.unknown_frames < self.agreeing_frames:
            raise ValueError("unknown_frames must be at least agreeing_frames, or nobody is ever let in")
        return self


class ThrottleSettings(Section):
    """How those who are turned away again and again are slowed down."""

    failures: Annotated[int, Field(ge=1, le=50)] = 5
    """So many denials in a row, without liveness; the face is then not looked at for a while."""
    failures_with_liveness: Annotated[int, Field(ge=1, le=100)] = 10
    wait_s: Annotated[float, Field(ge=30, le=3600, allow_inf_nan=False)] = 30.0
    """The first wait; each further denial doubles it."""
    longest_wait_s: Annotated[float, Field(ge=30, le=86400, allow_inf_nan=False)] = 900.0


class SiteSettings(Section):
    """The place the doors belong to."""

    name: str = "Limen"
    time_zone: Zone = "UTC"
    """Schedules and holidays are in this zone's time."""
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")] = "en"


class GreetingSettings(Section):
    """What those who enter are told, and how."""

    text: str = ""
    """``{names}`` is where the names go; empty: the words of the site's language."""
    wait_s: Seconds = 1.0
    """Who enters within this time of another is greeted in the same sentence."""
    again_s: Annotated[float, Field(ge=0, le=86400, allow_inf_nan=False)] = 300.0
    """Nobody is greeted twice within this time."""
    voice: Literal["auto", "espeak-ng", "say", "file", "none"] = "auto"
    """What speaks: ``auto`` takes what the machine has, and the text alone where it has nothing."""
    file: Path | None = None
    """A WAV file that is played instead of a voice."""


class LivenessSettings(Section):
    """Telling a living face from a picture of one."""

    passive: Literal["none", "simulated"] = "none"
    challenge: Literal["none", "simulated"] = "none"
    simulated_says: Literal["live", "spoof", "unsure"] = "live"
    """What the simulated checks find, whoever is there: for tests alone."""


class MqttSettings(Section):
    """The broker that locks and Home Assistant are reached by."""

    host: str = ""
    """Empty: there is no broker."""
    port: Port = 1883
    username: str = ""
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    tls: bool = False
    ca_file: Path | None = None
    client_certificate_file: Path | None = None
    client_key_file: Path | None = None
    topic: Annotated[str, Field(pattern=r"^[^+#/\x00][^+#\x00]*$")] = "limen"
    """All topics begin with it."""
    home_assistant: bool = False
    """Whether doors announce themselves to Home Assistant."""
    discovery_topic: str = "homeassistant"
    commands: bool = False
    """Whether doors may be opened by a message, with the code of ``command_code``."""
    command_code: SecretStr = SecretStr("")
    command_code_file: Path | None = None


class PrivacySettings(Section):
    """What is kept of people, and for how long."""

    consent_text_version: str = ""
    """The version of the text that people agree to; with one set, nobody is enrolled without ``--consent``."""
    keep_crops: bool = False
    """Whether the face that a decision was about is kept, encrypted."""
    crop_days: Days = 7
    """After so many days it is deleted."""
    unused_days: Days = 1095
    """Whoever was not let in anywhere for so many days is deleted."""
    delete_unused: bool = False


class StatusSettings(Section):
    """Where a running door says how it is: health, readiness and metrics, without names."""

    listen: Annotated[str, Field(pattern=r"^$|^[^\s:]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$")] = ""
    """Address and port, as 127.0.0.1:9464; empty: nowhere."""


class WebSettings(Section):
    """The pages and the API, where they are served."""

    listen: Annotated[str, Field(pattern=r"^[^\s:]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$")] = "127.0.0.1:8300"
    """Address and port; 0.0.0.0 is every address of the machine."""
    public_url: Annotated[str, Field(pattern=r"^$|^https?://[^/\s?#]+$")] = ""
    """How phones and displays reach it, as https://limen.lan:8300; empty: as the browser that asks does."""
    hosts: tuple[str, ...] = ()
    """Further names that browsers may ask for; addresses, this machine's name and that of ``public_url`` are known."""
    certificate_file: Path | None = None
    """With ``key_file``: HTTPS. ``limen tls init`` makes both, and they are found without being set."""
    key_file: Path | None = None
    idle_minutes: Annotated[int, Field(ge=5, le=43200)] = 720
    """Who does nothing for so long must sign in again."""
    session_days: Annotated[int, Field(ge=1, le=365)] = 30
    """Everybody must sign in again after so many days."""
    undo_s: Annotated[int, Field(ge=5, le=86400)] = 30
    """How long deleting a person can be undone; then they are erased."""
    invitation_hours: Annotated[int, Field(ge=1, le=720)] = 72
    """How long a link to enrol oneself holds."""
