"""Whether a lock is set up and answers; nothing here moves one, nor touches its pins."""

import os
import secrets
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from limen.config import DoorConfig, GpioSettings, MqttLockSettings, MqttSettings, WebhookSettings, secret_text
from limen.door.checks.addresses import here_only, reach
from limen.door.checks.base import Check, fault, ok, warning
from limen.errors import ConfigError, LimenError
from limen.locks.mqtt_link import MqttLink

_BROKER_S = 5.0


def check_lock(name: str, config: DoorConfig, mqtt: MqttSettings) -> Check:
    """Whether the lock's driver is set up, and what it speaks to answers."""
    try:
        if config.lock == "gpio":
            return check_gpio(name, config.gpio, Path(f"/dev/gpiochip{config.gpio.chip}"))
        if config.lock == "webhook":
            return _webhook(name, config.webhook)
        if config.lock == "mqtt":
            return _mqtt(name, config.mqtt, mqtt)
    except LimenError as error:
        return fault(name, str(error), f"correct the settings, or see that it answers: docs/locks.md, {config.lock}")
    return warning(name, "the lock is simulated: nothing moves", "set lock to gpio, mqtt or webhook")


def check_broker(settings: MqttSettings) -> Check:
    """Whether the broker takes this program in, with the encryption, name and password of the settings."""
    name = "mqtt"
    if not settings.host:
        return ok(name, "no broker is set")
    try:
        _connect(settings)
    except LimenError as error:
        return fault(name, str(error), "see that the broker runs, and correct the settings of mqtt")
    detail = f"{settings.host}, port {settings.port}, answers"
    if not settings.tls and not here_only(settings.host):
        return warning(name, f"{detail}, unencrypted", "set mqtt.tls = true: passwords and names can be read")
    return ok(name, detail)


def check_gpio(name: str, settings: GpioSettings, chip: Path) -> Check:
    """Whether the pins of ``chip`` can be used; none is touched."""
    if missing := [library for library in ("gpiozero", "lgpio") if find_spec(library) is None]:
        return fault(name, f"{' and '.join(missing)} not installed", "pip install 'limen[gpio]'")
    if not chip.exists():
        return fault(name, f"there is no {chip}", "set gpio.chip to the number of a /dev/gpiochip*")
    if not os.access(chip, os.R_OK | os.W_OK):
        return fault(name, f"this user may not use {chip}", "add the user to the group gpio")
    return ok(name, f"{chip} can be used, relay at pin {settings.relay_pin}; the pin was not touched")


def _webhook(name: str, settings: WebhookSettings) -> Check:
    url = urlsplit(settings.url)
    try:
        port = url.port or {"http": 80, "https": 443}[url.scheme]
    except (KeyError, ValueError) as error:
        raise ConfigError(
            f"webhook.url is {settings.url!r}, an address as https://lock.example was expected"
        ) from error
    secret_text("webhook.secret", settings.secret, settings.secret_file, at_least=16)
    if settings.ca_file is not None and not settings.ca_file.is_file():
        raise ConfigError(f"webhook.ca_file: there is no {settings.ca_file}")
    host = url.hostname or ""
    reach(host, port)
    if url.scheme == "http" and not here_only(host):
        return warning(name, f"{host}, port {port}, answers, unencrypted", "use an https address")
    return ok(name, f"{host}, port {port}, takes connections; nothing was sent")


def _mqtt(name: str, settings: MqttLockSettings, broker: MqttSettings) -> Check:
    secret_text("mqtt.secret", settings.secret, settings.secret_file, at_least=32)
    if not broker.host:
        raise ConfigError("lock = mqtt needs a broker: set mqtt.host")
    return ok(name, f"reached by the broker {broker.host}; nothing was sent")


def _connect(settings: MqttSettings) -> None:
    """Return if the broker takes this program in, under a name that no door has.

    Raises:
        ConfigError: the settings are not enough.
        LockError: it does not.
    """
    link = MqttLink(settings, f"limen-doctor-{secrets.token_hex(4)}")
    try:
        if not link.start(wait_s=_BROKER_S):
            # Says why; what it would send goes nowhere without a connection.
            link.publish(f"{settings.topic}/doctor", b"", timeout_s=_BROKER_S)
    finally:
        link.close()
