"""One door: what its level asks for, its camera and its reader."""

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from limen.camera.browser import BROWSER
from limen.camera.capture import Capture
from limen.camera.clock import Clock
from limen.camera.dark import DarkWatch
from limen.config import DoorConfig, LivenessSettings, ReaderSettings, secret_text
from limen.decision.levels import Level, lacking
from limen.door.checks.addresses import here_only, host_and_port
from limen.door.checks.base import Check, fault, ok, warning
from limen.errors import LimenError

_FRAME_S = 4.0
"""Cameras take their time until they see anything, and streams until the first whole picture."""


def check_level(name: str, config: DoorConfig, liveness: LivenessSettings) -> Check:
    """Whether the door has what its level asks for, and what the level gives."""
    level = Level(config.level)
    missing = lacking(
        level.asks, camera=bool(config.camera), reader=config.reader.driver != "none" or config.camera == BROWSER,
        passive=liveness.passive != "none", challenge=liveness.challenge != "none",
    )  # fmt: skip
    if missing:
        lacks = f"level {level} lacks {' and '.join(missing)}: the door does not start"
        return fault(name, lacks, f"set it up, or choose another level: {', '.join(Level)}")
    if level is Level.FACE:
        return warning(name, f"level {level}: {level.gives}", "liveness or a card make it harder: another level")
    return ok(name, f"level {level}: {level.gives}")


def check_camera(
    name: str, config: DoorConfig, open_capture: Callable[[], Capture], clock: Clock, *, running: bool
) -> Check:
    """Whether the camera opens and shows something; one that a ``running`` door holds need not open."""
    if not config.camera:
        return ok(name, "none is set")
    if config.camera == BROWSER:
        return ok(name, "that of the door's display, which limen serve pairs")
    try:
        with open_capture() as capture:
            return _looked_through(name, capture, clock)
    except LimenError as error:
        if running:
            return warning(name, f"{error}; the door seems to run, and to hold it", "ask again while it is stopped")
        return fault(name, str(error), f"mend that, or correct {name} in the settings")


def _looked_through(name: str, capture: Capture, clock: Clock) -> Check:
    dark, shape, until_s = DarkWatch(0.0), None, clock.monotonic_s() + _FRAME_S
    while (left_s := until_s - clock.monotonic_s()) > 0 and not capture.ended:
        frame = capture.next_frame(left_s)
        if frame is None:
            continue
        shape = frame.image.shape
        # The first pictures of a camera may be black while it gets used to the light.
        if not dark.see(frame.image, frame.at_s):
            return ok(name, f"it delivers pictures of {shape[1]} × {shape[0]} pixels")
    if shape is None:
        return fault(name, f"no picture came within {_FRAME_S:g} s", "check its cable, power and network")
    dark_s = f"pictures of {shape[1]} × {shape[0]} pixels show nothing but one colour"
    return fault(name, dark_s, "take off what covers it, or switch on a light")


def check_reader(name: str, reader: ReaderSettings) -> Check:
    """Whether the reader of cards and PINs is set up; it is not opened, for a running door holds it."""
    if reader.driver == "none":
        return ok(name, "none is set")
    if reader.driver == "stdin":
        return ok(name, "cards and PINs are typed at the program; a service has nobody who types")
    return _evdev(name, reader) if reader.driver == "evdev" else _http(name, reader)


def _evdev(name: str, reader: ReaderSettings) -> Check:
    if find_spec("evdev") is None:
        return fault(name, "evdev is not installed", "pip install 'limen[evdev]'")
    if not reader.device or not Path(reader.device).exists():
        there = f"there is no input device {reader.device!r}"
        return fault(name, there, "plug it in; set reader.device to one of /dev/input/by-id/*-kbd")
    if not os.access(reader.device, os.R_OK):
        return fault(name, f"this user may not read {reader.device}", "add the user to the group input")
    return ok(name, f"{reader.device} can be read")


def _http(name: str, reader: ReaderSettings) -> Check:
    secret_text("reader.token", reader.token, reader.token_file, at_least=16)
    host, port = host_and_port(reader.listen)
    if not here_only(host):
        told = f"readings come over plain HTTP to {host}, port {port}, where others on the network can read them"
        return warning(name, told, "listen at 127.0.0.1 behind a proxy that encrypts")
    return ok(name, f"readings come to {host}, port {port}")
