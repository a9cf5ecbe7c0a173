"""systemd's notification protocol, against a socket as systemd opens it."""

import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from limen.door.service import ServiceManager


class Listening:
    """Systemd's end."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(30)

    def heard(self) -> list[str]:
        """All that came up to now."""
        found = []
        self.socket.setblocking(False)
        while True:
            try:
                found.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return found


@pytest.fixture(params=["path", "abstract"])
def listening(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Listening]]:
    name = str(tmp_path / "notify") if request.param == "path" else f"@limen-test-{os.getpid()}-{tmp_path.name}"
    listener = Listening(name.replace("@", "\0", 1) if request.param == "abstract" else name)
    yield name, listener
    listener.socket.close()


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_whole_life(listening: tuple[str, Listening]) -> None:
    name, systemd = listening
    service = ServiceManager({"NOTIFY_SOCKET": name})
    service.ready()
    service.status("watching\nWATCHDOG=trigger  the door\n")
    service.stopping()
    assert systemd.heard() == ["READY=1", "STATUS=watching WATCHDOG=trigger the door", "STOPPING=1"]


def test_the_watchdog_is_fed_three_times_within_its_time(listening: tuple[str, Listening]) -> None:
    name, systemd = listening
    clock = Clock()
    environment = {"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}
    service = ServiceManager(environment, clock)
    fed = 0
    for step in range(901):  # 30 s of 30 frames a second
        clock.now_s = 100 + step / 30
        service.alive()
        fed += systemd.heard().count("WATCHDOG=1")
    assert fed == 4  # at 0, 10, 20 and 30 s


@pytest.mark.parametrize(
    "watchdog",
    [{}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}],
)
def test_no_watchdog(watchdog: Mapping[str, str], tmp_path: Path) -> None:
    systemd = Listening(str(tmp_path / "notify"))
    service = ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "notify"), **watchdog})
    service.alive()
    assert systemd.heard() == []
    service.ready()
    assert systemd.heard() == ["READY=1"]
    systemd.socket.close()


@pytest.mark.parametrize("name", ["", "relative", "vsock:2:1234", "/nonexistent/notify", "@limen-nobody-listens"])
def test_nobody_listens(name: str) -> None:
    service = ServiceManager({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "1"})
    service.ready()
    service.status("x")
    service.alive()
    service.stopping()


def test_outside_systemd() -> None:
    ServiceManager({}).ready()


def test_an_address_that_is_too_long_or_broken() -> None:
    ServiceManager({"NOTIFY_SOCKET": "/" + "x" * 500}).ready()
    ServiceManager({"NOTIFY_SOCKET": "/x\0y"}).ready()


def test_systemd_that_does_not_read_holds_nobody_up(tmp_path: Path) -> None:
    systemd = Listening(str(tmp_path / "notify"))
    service = ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "notify")})
    for _ in range(5000):  # more than the socket takes
        service.status("x" * 100)
    assert 0 < len(systemd.heard()) < 5000
    systemd.socket.close()
