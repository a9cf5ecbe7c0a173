"""``limen serve`` as people start it: the address, the code, HTTPS, and a stop that leaves nobody waiting."""

import json
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPSConnection, IncompleteRead
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from limen.store import open_store
from limen.web import tls
from limen_program import COMMAND, environment, with_models

DOOR = '[doors.front]\ncamera = "browser"\n'


@dataclass(frozen=True)
class Serving:
    """A running ``limen serve``, and what it printed."""

    process: "subprocess.Popen[str]"
    told: dict[str, Any]
    data: Path

    @property
    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.data / "tls" / "ca.crt"))

    @property
    def port(self) -> int:
        return int(self.told["url"].rstrip("/").rpartition(":")[2])

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = HTTPSConnection("localhost", self.port, context=self.trust, timeout=20)
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        connection.close()
        return found


@pytest.fixture
def serving(tmp_path: Path, models_folder: Path) -> Iterator[Serving]:
    data = with_models(tmp_path / "data", models_folder)
    (data / "config.toml").write_text(DOOR, "utf-8")
    tls.make(data / "tls", [], datetime.now(UTC))
    process = subprocess.Popen(
        [*COMMAND, "--json", "serve", "--listen", "127.0.0.1:0"],
        env=environment(data, {}), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    yield Serving(process, json.loads(process.stdout.readline()), data)
    process.kill()
    process.wait()
    process.stdout.close()
    assert process.stderr is not None
    process.stderr.close()


def test_it_starts_is_set_up_and_stops_with_everything_closed(serving: Serving) -> None:
    assert serving.told["url"].startswith("https://127.0.0.1:")
    assert serving.told["setup_url"].endswith(f"/setup#{serving.told['code']}")
    status, headers, page = serving.ask("GET", "/setup", Accept="text/html")
    assert status == 200
    assert len(page) < 150_000
    assert "server" not in headers
    assert headers["strict-transport-security"]

    asked = {"code": serving.told["code"], "name": "Anna", "password": "blue umbrella tuba"}
    status, headers, _ = serving.ask("POST", "/api/v1/setup", asked, **{"Content-Type": "application/json"})
    assert status == 201
    assert "Secure" in headers["set-cookie"]
    cookie = headers["set-cookie"].partition(";")[0]

    stream = HTTPSConnection("localhost", serving.port, context=serving.trust, timeout=20)
    stream.request("GET", "/api/v1/events/stream", headers={"Cookie": cookie, "Accept": "text/event-stream"})
    answer = stream.getresponse()
    assert answer.status == 200
    with _display(serving) as display, closing(stream):
        began_s = time.monotonic()
        serving.process.send_signal(signal.SIGTERM)
        with suppress(IncompleteRead):  # cut off: a browser connects again
            answer.read()
        with pytest.raises(ConnectionClosed) as closed:
            _listen(display)
        out, err = serving.process.communicate(timeout=20)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012
    assert (serving.process.returncode, out) == (0, "")
    assert "Traceback" not in err
    assert "ASGI" not in err
    assert time.monotonic() - began_s < 6  # three seconds on a machine that has nothing else to do
    with open_store(serving.data, environment={}) as store:
        types = [str(record.event.type) for record in store.events.latest(20)]
    assert "account.signed_in" in types
    assert "door.stopped" in types


def _listen(display: ClientConnection) -> None:
    while True:
        display.recv(timeout=5)


def _display(serving: Serving) -> ClientConnection:
    with open_store(serving.data, environment={}) as store:
        _, secret = store.tokens.add("a display", "kiosk", door="front")
    return connect(
        f"wss://localhost:{serving.port}/api/v1/doors/front/camera",
        ssl=serving.trust, additional_headers={"Authorization": f"Bearer {secret}"},
    )  # fmt: skip
