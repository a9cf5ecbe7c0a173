"""Health, readiness and metrics of a running door, for whoever watches over it: no names, and nothing to change."""

import json
import socket
import threading
from collections.abc import Iterator
from http import HTTPStatus
from types import TracebackType
from typing import Self

import uvicorn
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from limen.door.status import BOUNDS_S, DoorStatus, StatusBoard
from limen.errors import ConfigError, UnavailableError

_STOP_S = 5.0


class DoorMetrics(Collector):
    """The board's numbers in the words of Prometheus; every label is a word of Limen's own or the door's name."""

    def __init__(self, board: StatusBoard) -> None:
        self._board = board

    def collect(self) -> Iterator[Metric]:
        """All metrics of this moment; a state that is not known has no sample."""
        status = self._board.status()
        yield from _counts(status)
        yield _frame_seconds(status)
        yield from _states(status)


class StatusServer:
    """Serves ``/health``, ``/ready`` and ``/metrics`` of ``board`` at ``listen``, as 127.0.0.1:9464, until ``close``.

    It runs in a thread of its own; port 0 takes any free one, which ``address`` tells.

    Raises:
        ConfigError: ``listen`` is no address.
        UnavailableError: the address is taken, or not of this machine.
    """

    def __init__(self, listen: str, board: StatusBoard) -> None:
        self._listener = _listening(listen)
        config = uvicorn.Config(
            status_app(board),
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            limit_concurrency=32,
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}, name="limen-status", daemon=True
        )
        host, port = self._listener.getsockname()[:2]
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._thread.start()

    def close(self) -> None:
        """Stop serving; safe to call twice."""
        self._server.should_exit = True
        self._thread.join(_STOP_S)
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def status_app(board: StatusBoard) -> Starlette:
    """The three addresses."""
    registry = CollectorRegistry()
    registry.register(DoorMetrics(board))

    async def health(request: Request) -> Response:
        status = board.status()
        return _answer(status.alive, {"alive": status.alive, "seconds": round(status.since_alive_s, 3)})

    async def ready(request: Request) -> Response:
        missing = list(board.status().missing)
        return _answer(not missing, {"ready": not missing, "missing": missing})

    async def metrics(request: Request) -> Response:
        return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_PLAIN_0_0_4, **_HEADERS})

    return Starlette(routes=[Route("/health", health), Route("/ready", ready), Route("/metrics", metrics)])


_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def _answer(good: bool, document: dict[str, object]) -> Response:
    code = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
    return Response(json.dumps(document), code, headers={"content-type": "application/json", **_HEADERS})


def _counts(status: DoorStatus) -> Iterator[Metric]:
    decisions = CounterMetricFamily(
        "limen_decisions", "Decisions, by outcome and reason.", labels=("door", "outcome", "reason")
    )
    for (outcome, reason), count in sorted(status.decisions.items()):
        decisions.add_metric((status.door, outcome, reason), count)
    yield decisions
    alarms = CounterMetricFamily("limen_alarms", "Alarms, by kind.", labels=("door", "kind"))
    for kind, count in sorted(status.alarms.items()):
        alarms.add_metric((status.door, kind), count)
    yield alarms
    frames = CounterMetricFamily("limen_frames", "Frames that were looked at.", labels=("door",))
    frames.add_metric((status.door,), status.frames)
    yield frames


def _frame_seconds(status: DoorStatus) -> Metric:
    family = HistogramMetricFamily("limen_frame_seconds", "How long a look at a frame takes.", labels=("door",))
    buckets, total = [], 0
    for bound, count in zip((*map(str, BOUNDS_S), "+Inf"), status.looks, strict=True):
        total += count
        buckets.append((bound, float(total)))
    family.add_metric((status.door,), buckets, status.looks_s)
    return family


def _states(status: DoorStatus) -> Iterator[Metric]:
    states: tuple[tuple[str, str, float | None], ...] = (
        ("limen_door_unlocked", "Whether the lock is open.", status.unlocked),
        ("limen_door_ready", "Whether nothing keeps the door from letting people in.", not status.missing),
        ("limen_camera_up", "Whether the camera delivers pictures that can be used.", status.camera_up),
        ("limen_reader_up", "Whether the reader of cards and PINs answers.", status.reader_up),
        ("limen_lock_fault", "Whether the lock does not obey.", status.lock_fault),
        ("limen_store_up", "Whether the database answers.", status.store_up),
        ("limen_clock_right", "Whether the machine's clock is believed.", status.clock_right),
    )
    for name, meaning, value in states:
        family = GaugeMetricFamily(name, meaning, labels=("door",))
        if value is not None:
            family.add_metric((status.door,), float(value))
        yield family


def _listening(listen: str) -> socket.socket:
    host, _, port = listen.rpartition(":")
    if not (host and port.isdecimal() and int(port) < 65536):
        raise ConfigError(f"status.listen is an address and a port up to 65535, as 127.0.0.1:9464, got {listen!r}")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)[0]
        return _bound(socket.socket(family, kind), address)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise UnavailableError(
            f"status.listen {listen} cannot be listened at ({why}): name an address of this machine and a free port"
        ) from error


def _bound(listener: socket.socket, address: object) -> socket.socket:
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)  # type: ignore[arg-type]  # what getaddrinfo gives fits its own family
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener
