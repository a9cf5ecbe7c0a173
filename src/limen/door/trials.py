"""Tries a camera, a lock or a broker before its settings are kept, and says in words what happened."""

import secrets
import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import cv2

from limen.audit.events import AuditEvent, EventType
from limen.camera.browser import BROWSER
from limen.camera.capture import Capture
from limen.camera.clock import SYSTEM_CLOCK, Clock
from limen.camera.dark import DarkWatch
from limen.config import DoorConfig, Settings
from limen.door.build_door import build_lock, open_capture
from limen.errors import CameraError, ConfigError, LimenError, LockError
from limen.locks.mqtt_link import MqttLink
from limen.store.webhooks import is_forbidden
from limen.types import Frame, Image

_FIRST_FRAME_S = 6.0
"""Cameras take their time until they see anything, and streams until the first whole picture."""
_COUNTED_S = 1.0
_OPEN_S = 2.0
_BROKER_S = 5.0
_LONGEST_PX = 960
_QUALITY = 80


@dataclass(frozen=True, slots=True)
class Pictured:
    """What a camera shows: a JPEG, the size of its pictures, how many come in a second; ``dark``: of one colour."""

    jpeg: bytes
    width: int
    height: int
    fps: float
    dark: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """What a lock did, a step a line; ``failure`` says what went wrong."""

    steps: tuple[str, ...]
    failure: str | None = None


def try_camera(settings: Settings, camera: str, clock: Clock = SYSTEM_CLOCK) -> Pictured:
    """What the camera shows now.

    Raises:
        CameraError: it shows nothing in time, or does not open.
        ConfigError: it is that of a display, or no address that a camera has.
        ImageError: the file is not a video.
        NoInputError: there is no such file or folder.
    """
    if camera == BROWSER:
        raise ConfigError("the display's own camera is tried on the display: open its link there")
    _check_address(camera)
    with open_capture(camera, settings, fast=False) as capture:
        first, dark = _first(capture, clock)
        start_s, counted = clock.monotonic_s(), capture.captured
        newest = first
        while clock.monotonic_s() - start_s < _COUNTED_S and not capture.ended:
            newest = capture.next_frame(_COUNTED_S) or newest
        took_s = max(clock.monotonic_s() - start_s, 1e-3)
        height, width = newest.image.shape[:2]
        return Pictured(_jpeg(newest.image), width, height, (capture.captured - counted) / took_s, dark)


def try_lock(
    settings: Settings, name: str, config: DoorConfig, record: Callable[[AuditEvent], None], clock: Clock = SYSTEM_CLOCK
) -> Moved:
    """What happens as the lock opens and locks again; that it does is on record before.

    Raises:
        StoreError: it could not be put on record; nothing moved.
    """
    record(AuditEvent(EventType.DOOR_OPENED_BY_OPERATOR, datetime.now(UTC), name, reason="test"))
    steps: list[str] = []
    try:
        with ExitStack() as closing:
            link = _link(settings, closing) if config.lock == "mqtt" else None
            lock = build_lock(name, config, clock, link, settings.mqtt.topic)
            closing.callback(lock.close)
            steps.append(f"reached, {lock.state()}")
            lock.open_for(_OPEN_S)
            steps.append(f"told to open: {lock.state()}")
            lock.lock()
            steps.append(f"told to lock: {lock.state()}")
    except LimenError as error:
        return Moved(tuple(steps), str(error))
    return Moved(tuple(steps))


def _check_address(camera: str) -> None:
    """Refuse an address that no camera has: where clouds hand out secrets, or none at all; a name may lead there."""
    if "://" not in camera:
        return
    try:
        host = urlsplit(camera).hostname or ""
        leads_to = [str(address[0]) for *_, address in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except socket.gaierror as error:
        raise CameraError(f"there is no {host!r} in the network: check the address of the camera") from error
    except ValueError as error:
        raise ConfigError(f"{camera}: no camera is at such an address") from error
    if not host or any(map(is_forbidden, leads_to)):
        raise ConfigError(f"{camera}: no camera is at such an address")


def _first(capture: Capture, clock: Clock) -> tuple[Frame, bool]:
    """The first picture that shows something, else the last that does not."""
    dark, until_s, found = DarkWatch(0.0), clock.monotonic_s() + _FIRST_FRAME_S, None
    while (left_s := until_s - clock.monotonic_s()) > 0 and not capture.ended:
        frame = capture.next_frame(left_s)
        if frame is None:
            continue
        found = frame
        # The first pictures of a camera may be black while it gets used to the light.
        if not dark.see(frame.image, frame.at_s):
            return frame, False
    if found is None:
        raise CameraError(f"no picture came within {_FIRST_FRAME_S:g} s: check its cable, power and network")
    return found, True


def _jpeg(image: Image) -> bytes:
    scale = min(1.0, _LONGEST_PX / max(image.shape[:2]))
    size = (max(round(image.shape[1] * scale), 1), max(round(image.shape[0] * scale), 1))
    small = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), size, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise CameraError("the picture cannot be shown: try another resolution of the camera")
    return data.tobytes()


def _link(settings: Settings, closing: ExitStack) -> MqttLink:
    """A connection to the broker under a name that no door has."""
    link = MqttLink(settings.mqtt, f"limen-test-{secrets.token_hex(4)}")
    closing.callback(link.close)
    if not link.start(wait_s=_BROKER_S):
        raise LockError(f"the broker {settings.mqtt.host} does not answer: test it under MQTT first")
    return link
