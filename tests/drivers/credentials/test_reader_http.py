import http.client
import json
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
from pydantic import SecretStr

from limen.config.doors import ReaderSettings
from limen.credentials.base import Answer, Outcome, Reading
from limen.credentials.http import MOST_BODY_BYTES, MOST_CONNECTIONS, HttpReader
from limen.errors import ConfigError, ReaderError

TOKEN = "a-token-of-the-reader"
NOW_S = 1_700_000_000.0
ENOUGH_S = 60
SETTINGS = ReaderSettings(driver="http", listen="127.0.0.1:0", token=SecretStr(TOKEN))
NUMBERS = count()


class Site:
    """An HTTP reader at a clock that stands still, and what was presented to it."""

    def __init__(self, request_s: float = ENOUGH_S) -> None:
        self.readings: list[Reading] = []
        self.health: list[str | None] = []
        self.hold = threading.Event()
        self.hold.set()
        self.presented = threading.Semaphore(0)
        self.reader = HttpReader(SETTINGS, now_s=lambda: NOW_S, request_s=request_s)
        self.reader.start(self.present, self.health.append)

    def present(self, reading: Reading) -> Answer:
        self.readings.append(reading)
        self.presented.release()
        assert self.hold.wait(ENOUGH_S)
        if reading.number == "666":
            raise RuntimeError("broken")
        # 9517 is the duress PIN of 2580.
        outcome = Outcome.OPEN if reading.pin in {"2580", "9517"} else Outcome.SHUT
        return Answer(outcome, "Come in." if outcome is Outcome.OPEN else "Please ask for help.")

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.reader.port), timeout=ENOUGH_S)

    def exchange(self, request: bytes) -> bytes:
        """All that comes back; nothing where the connection was refused at once."""
        with self.connect() as connection:
            with suppress(ConnectionError):
                connection.sendall(request)
            return received(connection)


def received(connection: socket.socket) -> bytes:
    parts = []
    with suppress(ConnectionError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def message(**fields: object) -> dict[str, object]:
    return {"number": "17", "pin": "2580", "id": f"id-{next(NUMBERS)}", "at": NOW_S} | fields


def request(body: bytes | dict[str, object], token: str = TOKEN, *more: str) -> bytes:
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = ["POST /reading HTTP/1.1", "Host: limen", f"Authorization: Bearer {token}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, *more, "", ""]).encode() + body


def status(reply: bytes) -> int:
    """The status of a reply; of an error also that it is problem JSON."""
    head, _, body = reply.partition(b"\r\n\r\n")
    code = int(head.split()[1])
    if code >= 400:
        assert b"Content-Type: application/problem+json" in head
        assert json.loads(body)["status"] == code
    return code


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.hold.set()
    site.reader.close()


def test_a_reading_is_presented_and_answered(site: Site) -> None:
    client = http.client.HTTPConnection("127.0.0.1", site.reader.port, timeout=ENOUGH_S)
    body = json.dumps(message(number=None, card={"text": "123,45678"}))
    client.request("POST", "/reading", body, {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"})
    reply = client.getresponse()
    assert reply.status == 200
    assert json.load(reply) == {"outcome": "open", "text": "Come in."}
    assert reply.getheaders() == [
        ("Content-Type", "application/json"),
        ("Content-Length", "39"),
        ("Cache-Control", "no-store"),
        ("Connection", "close"),
    ]
    client.close()
    (reading,) = site.readings
    assert reading.card is not None
    assert (reading.card.number, reading.pin) == (45678, "2580")
    assert site.health == [None]


def test_a_duress_pin_is_answered_with_the_same_bytes(site: Site) -> None:
    normal, duress = site.exchange(request(message())), site.exchange(request(message(pin="9517")))
    assert status(normal) == 200
    assert b'"outcome": "open"' in normal
    assert normal == duress
    assert [reading.pin for reading in site.readings] == ["2580", "9517"]


def test_all_outcomes_have_the_same_headers(site: Site) -> None:
    heads = [site.exchange(request(message(pin=pin))).partition(b"\r\n\r\n")[0] for pin in ("2580", "1111")]
    names = [[line.partition(b":")[0] for line in head.split(b"\r\n")] for head in heads]
    assert (
        names[0]
        == names[1]
        == [b"HTTP/1.1 200 OK", b"Content-Type", b"Content-Length", b"Cache-Control", b"Connection"]
    )


def test_an_answer_that_fails_shuts(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    reply = site.exchange(request(message(number="666")))
    assert status(reply) == 200
    assert json.loads(reply.partition(b"\r\n\r\n")[2])["outcome"] == "shut"
    assert "RuntimeError" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (request(message(), token="a-token-of-another"), 401),
        (request(message(), token=""), 401),
        (request(message(), token=TOKEN + "ü"), 401),
        (request(message()).replace(b"Authorization", b"X-Authorization"), 401),
        (request(message()).replace(b"Bearer", b"Basic"), 401),
        (request(message(at=NOW_S - 5.1)), 401),
        (request(message(at=NOW_S + 1.1)), 401),
        (request(message(pin=None)), 400),
        (request(b"{"), 400),
        (request(b""), 400),
        (request(message()).replace(b"/reading", b"/"), 404),
        (request(message()).replace(b"/reading", b"/reading?at=0"), 404),
        (request(message()).replace(b"POST", b"GET"), 405),
        (request(message()).replace(b"HTTP/1.1", b"HTTP/x"), 400),
        (request(message()).replace(b" HTTP/1.1", b""), 400),
        (request(message()).replace(b"HTTP/1.1", b"HTTP/2.0"), 505),
        (bytes(range(128, 256)) + b"\r\n\r\n", 400),
        (request(message()).replace(b"Content-Length", b"X-Length"), 411),
        (request(message(), TOKEN, "Content-Length: 1"), 411),
        (request(message(), TOKEN, "Transfer-Encoding: chunked"), 411),
        (request(message()).replace(b"Content-Length: ", b"Content-Length: -"), 400),
        (request(message()).replace(b"Content-Length: ", b"Content-Length: +"), 400),
        (request(b" " * (MOST_BODY_BYTES + 1)), 413),
        (request(b" " * 60_000), 413),
        (request(b"").replace(b"Content-Length: 0", b"Content-Length: " + b"9" * 5000), 413),
        (request(message(), TOKEN, *(f"X-{i}: 1" for i in range(200))), 431),
        (request(message(), TOKEN, "X: " + "x" * 70_000), 431),
    ],
)
def test_what_is_refused(site: Site, sent: bytes, code: int) -> None:
    reply = site.exchange(sent)
    assert status(reply) == code
    assert b"2580" not in reply
    assert site.readings == []


def test_the_largest_body_is_taken(site: Site) -> None:
    body = json.dumps(message()).encode()
    assert status(site.exchange(request(body + b" " * (MOST_BODY_BYTES - len(body))))) == 200


def test_a_body_that_ends_early_is_refused(site: Site) -> None:
    with site.connect() as connection:
        # All of the JSON, but not all that was announced.
        connection.sendall(request(json.dumps(message()).encode() + b" ")[:-1])
        connection.shutdown(socket.SHUT_WR)
        assert status(received(connection)) == 400
    assert site.readings == []


def test_a_refusal_does_not_break_off_what_is_still_sent(site: Site) -> None:
    sent = request(b" " * 60_000)
    with site.connect() as connection:
        connection.sendall(sent[:1000])
        assert status(received(connection)) == 413
        for place in range(1000, len(sent), 100):
            connection.sendall(sent[place : place + 100])


def test_of_a_hundred_same_readings_one_counts(site: Site) -> None:
    sent = request(message())

    def code(_: int) -> int:
        # Beyond so many at once some are turned away, and ask again.
        while True:
            reply = site.exchange(sent)
            if reply and status(reply) != 503:
                return status(reply)

    with ThreadPoolExecutor(MOST_CONNECTIONS * 3) as pool:
        assert Counter(pool.map(code, range(100))) == {200: 1, 409: 99}
    assert len(site.readings) == 1


def test_a_refused_reading_may_be_sent_again(site: Site) -> None:
    sent = message(at=NOW_S - 60)
    assert status(site.exchange(request(sent))) == 401
    assert status(site.exchange(request(sent | {"at": NOW_S}))) == 200


def test_so_many_connections_at_once_and_no_more(site: Site) -> None:
    site.hold.clear()
    held = [site.connect() for _ in range(MOST_CONNECTIONS)]
    for connection in held:
        connection.sendall(request(message()))
    for _ in held:
        assert site.presented.acquire(timeout=ENOUGH_S)
    assert status(site.exchange(b"")) == 503
    site.hold.set()
    assert [status(received(connection)) for connection in held] == [200] * MOST_CONNECTIONS
    for connection in held:
        connection.close()
    while b" 200 " not in site.exchange(request(message())):  # until the places are free again
        pass


@pytest.fixture
def hasty() -> Iterator[Site]:
    site = Site(request_s=1.0)
    yield site
    site.reader.close()


@pytest.mark.parametrize(
    "start",
    [b"", request(message())[:30], request(b" " * MOST_BODY_BYTES)[:-4000]],
    ids=["nothing", "half a head", "half a body"],
)
def test_a_slow_client_is_cut_off(hasty: Site, start: bytes) -> None:
    """It sends a byte now and then, as slowloris does, and would go on for as long as it is let."""
    with hasty.connect() as connection:
        connection.settimeout(0.1)
        with suppress(ConnectionError):
            connection.sendall(start)
            for _ in range(ENOUGH_S * 10):
                with suppress(TimeoutError):
                    if not connection.recv(65536):
                        break
                connection.sendall(b"x")
            else:
                pytest.fail("it was let go on")
    assert hasty.readings == []


@pytest.mark.parametrize("start", [b"", request(message())[:30]], ids=["nothing", "half a head"])
def test_a_silent_client_is_cut_off(hasty: Site, start: bytes) -> None:
    with hasty.connect() as connection:
        connection.sendall(start)
        assert b" 200 " not in received(connection)
    assert hasty.readings == []


def test_close_frees_the_port(site: Site) -> None:
    site.reader.close()
    site.reader.close()
    with pytest.raises(ConnectionRefusedError):
        site.connect()


class TestStart:
    def test_the_port_is_taken(self, site: Site) -> None:
        settings = SETTINGS.model_copy(update={"listen": f"127.0.0.1:{site.reader.port}"})
        with pytest.raises(ReaderError, match=f"cannot listen at 127.0.0.1, port {site.reader.port}"):
            HttpReader(settings).start(site.present, site.health.append)

    @pytest.mark.parametrize("listen", ["", "8790", ":8790", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:x"])
    def test_no_address(self, listen: str) -> None:
        with pytest.raises(ConfigError, match=r"reader\.listen"):
            HttpReader(SETTINGS.model_copy(update={"listen": listen}))

    def test_an_address_that_is_not_here(self, site: Site) -> None:
        with pytest.raises(ReaderError, match="choose another"):
            HttpReader(SETTINGS.model_copy(update={"listen": "203.0.113.1:8790"})).start(
                site.present, site.health.append
            )

    @pytest.mark.parametrize("token", ["", "short"])
    def test_no_good_token(self, token: str) -> None:
        with pytest.raises(ConfigError, match=r"reader\.token"):
            HttpReader(SETTINGS.model_copy(update={"token": SecretStr(token)}))

    def test_the_token_may_be_in_a_file(self, tmp_path: Path) -> None:
        file = tmp_path / "token"
        file.touch(0o600)
        file.write_text(TOKEN + "\n")
        reader = HttpReader(SETTINGS.model_copy(update={"token": SecretStr(""), "token_file": file}))
        reader.close()
