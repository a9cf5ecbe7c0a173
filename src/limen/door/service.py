"""What systemd is told of a running door."""

import os
import socket
import time
from collections.abc import Callable, Mapping

from limen.audit.events import AuditEvent, EventType
from limen.door.visit import Decided, Seen
from limen.types import Frame


class ServiceManager:
    """A ``DoorWatcher`` that speaks systemd's notification protocol; does nothing without ``NOTIFY_SOCKET``.

    No method raises or waits: a service manager that does not listen must not hold up a door.

    Source: systemd, sd_notify(3) and sd_watchdog_enabled(3).
    """

    def __init__(self, environment: Mapping[str, str], now_s: Callable[[], float] = time.monotonic) -> None:
        self._address = _address(environment.get("NOTIFY_SOCKET", ""))
        self._watchdog_s = _watchdog_s(environment)
        self._now_s = now_s
        self._fed_s = float("-inf")

    def happened(self, event: AuditEvent) -> None:
        """Tell that the door is in operation, or no longer."""
        if event.type is EventType.DOOR_STARTED:
            self.ready()
        elif event.type is EventType.DOOR_STOPPED:
            self.stopping()

    def greeted(self, sentence: str) -> None:
        """Greetings are not told."""

    def saw(self, frame: Frame, seen: list[Seen], decided: list[Decided]) -> None:
        """Frames are not told."""

    def ready(self) -> None:
        """The door is in operation."""
        self._tell("READY=1")

    def status(self, text: str) -> None:
        """One line for those who ask how the service is; it is kept in the journal, so it names nobody."""
        # A line each is an assignment of its own.
        self._tell(f"STATUS={' '.join(text.split())}")

    def alive(self) -> None:
        """The loop over the frames goes round; to be called each time, tells it three times within the watchdog's."""
        now_s = self._now_s()
        if self._watchdog_s is not None and now_s - self._fed_s >= self._watchdog_s / 3:
            self._fed_s = now_s
            self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """The door is being shut down."""
        self._tell("STOPPING=1")

    def _tell(self, message: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaking:
                speaking.setblocking(False)
                speaking.sendto(message.encode("utf-8", "replace"), self._address)
        except (OSError, ValueError):  # nobody listens, or the address is none
            return


def _address(name: str) -> str | None:
    """A path, or with ``@`` in place of the leading zero byte a name without one; anything else is not for us."""
    if name.startswith("@"):
        return f"\0{name[1:]}"
    return name if name.startswith("/") else None


def _watchdog_s(environment: Mapping[str, str]) -> float | None:
    """Within how many seconds the watchdog must be fed; ``None`` where none watches this process."""
    try:
        watched = int(environment.get("WATCHDOG_PID", os.getpid())) == os.getpid()
        seconds = int(environment["WATCHDOG_USEC"]) / 1e6
    except (KeyError, ValueError):
        return None
    return seconds if watched and seconds > 0 else None
