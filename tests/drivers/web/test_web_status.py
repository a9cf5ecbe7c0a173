"""Health, readiness and metrics, asked for as Prometheus and a load balancer do."""

import http.client
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from limen.audit.events import AuditEvent, EventType
from limen.decision.reasons import Reason
from limen.door.status import StatusBoard
from limen.errors import ConfigError, UnavailableError
from limen.types import Frame, PersonId
from limen.web.status import StatusServer

AT = datetime(2026, 11, 25, 8, tzinfo=UTC)
PERSON, NAME = "32bff9e4-ecf9-4194-ba46-15fcf1369391", "Anna Smith"


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def board(clock: Clock) -> StatusBoard:
    return StatusBoard("front", now_s=clock)


@pytest.fixture
def server(board: StatusBoard) -> Iterator[StatusServer]:
    with StatusServer("127.0.0.1:0", board) as running:
        yield running


def ask(server: StatusServer, path: str, method: str = "GET") -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection(server.address, timeout=60)
    connection.request(method, path)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


def happen(board: StatusBoard, kind: EventType, reason: str | None = None) -> None:
    board.happened(AuditEvent(kind, AT, "front", PersonId(PERSON), reason, 0.987654, 0.923456, NAME))


def samples(server: StatusServer) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    text = ask(server, "/metrics")[2]
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(server: StatusServer, name: str, **labels: str) -> float | None:
    return samples(server).get((name, frozenset({"door": "front", **labels}.items())))


def test_ready_follows_the_events(server: StatusServer, board: StatusBoard) -> None:
    def ready() -> tuple[int, list[str]]:
        status, _, body = ask(server, "/ready")
        document = json.loads(body)
        assert document["ready"] is (status == 200)
        return status, document["missing"]

    assert ready() == (503, ["door", "camera", "store"])
    happen(board, EventType.DOOR_STARTED)
    happen(board, EventType.CAMERA_ONLINE)
    assert ready() == (200, [])
    happen(board, EventType.CAMERA_OFFLINE)
    happen(board, EventType.LOCK_FAULT)
    happen(board, EventType.CLOCK_WRONG)
    happen(board, EventType.STORE_OFFLINE)
    assert ready() == (503, ["camera", "store", "lock", "clock"])
    for kind in (EventType.CAMERA_ONLINE, EventType.DOOR_LOCKED, EventType.CLOCK_RIGHT, EventType.STORE_ONLINE):
        happen(board, kind)
    assert ready() == (200, [])


def test_health_follows_the_loop(server: StatusServer, board: StatusBoard, clock: Clock) -> None:
    status, headers, body = ask(server, "/health")
    assert (status, json.loads(body)) == (200, {"alive": True, "seconds": 0})
    assert headers["content-type"] == "application/json"
    assert headers["cache-control"] == "no-store"
    clock.now_s += 11
    status, _, body = ask(server, "/health")
    assert (status, json.loads(body)) == (503, {"alive": False, "seconds": 11})
    board.alive()
    assert ask(server, "/health")[0] == 200


def test_metrics(server: StatusServer, board: StatusBoard) -> None:
    happen(board, EventType.DOOR_STARTED)
    for _ in range(3):
        happen(board, EventType.ACCESS_GRANTED, Reason.MATCHED)
    happen(board, EventType.ACCESS_DENIED, Reason.UNKNOWN)
    happen(board, EventType.DOOR_UNLOCKED)
    happen(board, EventType.CAMERA_ONLINE)
    happen(board, EventType.ALARM_TAILGATING)
    for seconds in (0.004, 0.03, 0.04, 9.0):
        board.saw(Frame(np.zeros((4, 4, 3), np.uint8), Clock.now_s - seconds, AT, index=0), [], [])
    assert value(server, "limen_decisions_total", outcome="granted", reason="matched") == 3
    assert value(server, "limen_decisions_total", outcome="denied", reason="unknown") == 1
    assert value(server, "limen_alarms_total", kind="tailgating") == 1
    assert value(server, "limen_frames_total") == 4
    assert value(server, "limen_frame_seconds_bucket", le="0.01") == 1
    assert value(server, "limen_frame_seconds_bucket", le="0.05") == 3
    assert value(server, "limen_frame_seconds_bucket", le="+Inf") == 4
    assert value(server, "limen_frame_seconds_count") == 4
    assert value(server, "limen_frame_seconds_sum") == pytest.approx(9.074)
    assert value(server, "limen_door_unlocked") == 1
    assert value(server, "limen_door_ready") == 1
    assert (
        value(server, "limen_camera_up") == value(server, "limen_store_up") == value(server, "limen_clock_right") == 1
    )
    assert value(server, "limen_lock_fault") == 0
    # Not known: no sample, and not a false zero.
    assert value(server, "limen_reader_up") is None
    happen(board, EventType.LOCK_FAULT)
    assert value(server, "limen_lock_fault") == 1
    assert value(server, "limen_door_ready") == 0


def test_nothing_personal_is_told(server: StatusServer, board: StatusBoard) -> None:
    for kind in EventType:
        happen(board, kind, NAME)
        happen(board, kind, Reason.MATCHED)
    board.greeted(f"Welcome, {NAME}!")
    told = "".join(str(ask(server, path)[1:]) for path in ("/health", "/ready", "/metrics"))
    assert "limen_decisions_total" in told
    for secret in (NAME, "Anna", "Smith", PERSON, PERSON[:8], "0.98", "0.92"):
        assert secret not in told


def test_nothing_else_is_there(server: StatusServer) -> None:
    assert ask(server, "/")[0] == 404
    assert ask(server, "/metrics/../../etc/passwd")[0] == 404
    assert ask(server, "/metrics", "POST")[0] == 405
    assert ask(server, "/health", "HEAD")[0] == 200


def test_a_caller_who_says_nothing_holds_up_nobody(server: StatusServer, board: StatusBoard) -> None:
    host, _, port = server.address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=30):
        assert ask(server, "/health")[0] == 200


def test_it_ends_and_lets_the_port_go(board: StatusBoard) -> None:
    server = StatusServer("127.0.0.1:0", board)
    address = server.address
    with pytest.raises(UnavailableError, match=f"status.listen {address} cannot be listened at"):
        StatusServer(address, board)
    server.close()
    server.close()
    StatusServer(address, board).close()


def test_version_six(board: StatusBoard) -> None:
    try:
        server = StatusServer("[::1]:0", board)
    except UnavailableError:
        pytest.skip("this machine has no IPv6")
    with server:
        assert server.address.startswith("[::1]:")
        assert ask(server, "/health")[0] == 200


@pytest.mark.parametrize("listen", ["", "9464", ":9464", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:x"])
def test_an_address_that_is_none(listen: str, board: StatusBoard) -> None:
    with pytest.raises(ConfigError, match="is an address and a port"):
        StatusServer(listen, board)


def test_an_address_of_another_machine(board: StatusBoard) -> None:
    with pytest.raises(UnavailableError, match=r"192\.0\.2\.1:9464 cannot be listened at"):
        StatusServer("192.0.2.1:9464", board)
