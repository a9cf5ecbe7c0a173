"""The settings of one door: what it is made of, and what it asks of those who come."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from limen.config.sections import Seconds, Section

Pin = Annotated[int, Field(ge=0, le=1023)]


class GpioSettings(Section):
    """The pins of the computer that the door's relay and contacts hang on (BCM numbers)."""

    relay_pin: Pin | None = None
    active_low: bool = True
    """Whether the relay pulls where the pin is low, as most relay boards do."""
    contact_pin: Pin | None = None
    """The door's contact: closed to ground while the door is closed."""
    exit_pin: Pin | None = None
    """The exit button: closed to ground while it is pressed."""
    chip: Annotated[int, Field(ge=0, le=15)] = 0


class WebhookSettings(Section):
    """A lock that is moved by an HTTP request."""

    url: str = ""
    secret: SecretStr = SecretStr("")
    secret_file: Path | None = None
    """What requests are signed with (HMAC-SHA256), at least 16 characters."""
    timeout_s: Seconds = 2.0
    attempts: Annotated[int, Field(ge=1, le=10)] = 3
    ca_file: Path | None = None


class MqttLockSettings(Section):
    """A lock that speaks Limen's own protocol over MQTT."""

    secret: SecretStr = SecretStr("")
    secret_file: Path | None = None
    """The key that the lock shares with this door, at least 32 characters."""
    timeout_s: Seconds = 2.0
    """How long the lock may take to confirm."""


class ReaderSettings(Section):
    """What reads cards and PINs at the door."""

    driver: Literal["none", "stdin", "evdev", "http"] = "none"
    device: str = ""
    """The input device of ``evdev``, as /dev/input/by-id/…-kbd."""
    format: Literal["auto", "hex", "decimal", "wiegand26"] = "auto"
    """What the reader writes for a card."""
    listen: str = "127.0.0.1:8790"
    """Address and port of ``http``."""
    token: SecretStr = SecretStr("")
    token_file: Path | None = None
    """What the reader must send as bearer token, at least 16 characters."""


class DoorConfig(Section):
    """One door."""

    camera: str = ""
    """A USB camera's number, an rtsp:// address, a video, a folder; ``browser``: that of the door's display; empty:
    none, for doors of level ``card``."""
    lock: Literal["simulator", "gpio", "mqtt", "webhook"] = "simulator"
    level: Literal["face", "convenience", "standard", "secure", "card"] = "face"
    """What it takes to come in."""
    zone: str = ""
    """What the door leads into."""
    purpose: str = "access"
    """Why faces are looked at here, for the notice at the door and for people's exports."""
    direction: Literal["in", "out"] = "in"
    """Whether those who pass come into the zone or leave it."""
    anti_passback: bool = False
    """Whether who is in the zone must leave it before they may come in again."""
    passback_s: Annotated[float, Field(ge=60, le=604800, allow_inf_nan=False)] = 43200.0
    """After so long somebody counts as outside again."""
    fmr: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] | None = None
    """This door's own ``matching.fmr`` (1:1)."""
    fpir: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] | None = None
    """This door's own ``matching.fpir`` (1:K)."""
    simulator_log: Path | None = None
    """A file in which the simulated lock writes a line for each movement."""
    gpio: GpioSettings = GpioSettings()
    webhook: WebhookSettings = WebhookSettings()
    mqtt: MqttLockSettings = MqttLockSettings()
    reader: ReaderSettings = ReaderSettings()

    @model_validator(mode="after")
    def _complete(self) -> "DoorConfig":
        if self.lock == "gpio" and self.gpio.relay_pin is None:
            raise ValueError("lock = gpio needs gpio.relay_pin")
        if self.lock == "webhook" and not self.webhook.url:
            raise ValueError("lock = webhook needs webhook.url")
        if self.level in ("secure", "card") and self.reader.driver == "none" and self.camera != "browser":
            raise ValueError(f"level {self.level} needs a reader of cards or PINs: set reader.driver")
        if self.anti_passback and not self.zone:
            raise ValueError("anti_passback needs a zone")
        return self
