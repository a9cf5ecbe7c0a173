"""Downloads from a real server that misbehaves as mirrors do."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from limen.errors import DownloadError, ModelError, StoreError
from limen.models.catalogue import Catalogue, ModelEntry, ModelFile
from limen.models.download import download
from limen.models.library import ModelLibrary
from limen.models.progress import silent
from limen.models.sources import ModelStatus

CONTENT = bytes(range(256)) * 4000
"""Longer than one read, so that a cut comes in the middle of one."""
HALF = len(CONTENT) // 2


class Mirror:
    """A server on this machine; each path answers by its own rule and every request is kept."""

    def __init__(self) -> None:
        self.rules: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.ranges: list[tuple[str, str | None]] = []
        self.silence = Event()
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                mirror.ranges.append((self.path, self.headers.get("Range")))
                with suppress(ConnectionError):  # clients hang up on those who send too much
                    mirror.rules[self.path](self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def close(self) -> None:
        self.silence.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    mirror = Mirror()
    yield mirror
    mirror.close()


def answer(
    request: BaseHTTPRequestHandler, status: int, body: bytes = b"", announced: int | None = None, **headers: str
) -> None:
    request.send_response(status)
    if announced is not None:
        request.send_header("Content-Length", str(announced))
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(body)


def sends(content: bytes, cut: int | None = None, ranges: bool = True) -> Callable[[BaseHTTPRequestHandler], None]:
    """A rule: send ``content``, from where the client wishes; hang up after ``cut`` bytes of an answer."""

    def rule(request: BaseHTTPRequestHandler) -> None:
        asked = request.headers.get("Range")
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and ranges else 0
        if start >= len(content):
            answer(request, 416, announced=0)
        elif start:
            said = f"bytes {start}-{len(content) - 1}/{len(content)}"
            answer(request, 206, content[start:][:cut], len(content) - start, Content_Range=said)
        else:
            answer(request, 200, content[:cut], len(content))

    return rule


def fails(status: int) -> Callable[[BaseHTTPRequestHandler], None]:
    return lambda request: answer(request, status, announced=0)


def wanted(*urls: str, bytes_: int | None = len(CONTENT)) -> ModelFile:
    digest = hashlib.sha256(CONTENT).hexdigest()
    return ModelFile(name="net.onnx", sha256=digest, bytes=bytes_, urls=urls)


def test_a_file_arrives_and_its_progress_is_told(mirror: Mirror, tmp_path: Path) -> None:
    mirror.rules["/a"] = sends(CONTENT)
    told: list[tuple[str, int, int | None]] = []
    target = tmp_path / "deep" / "net.onnx"
    download(wanted(mirror.url("/a")), target, lambda *said: told.append(said))
    assert target.read_bytes() == CONTENT
    assert [path.name for path in target.parent.iterdir()] == ["net.onnx"]
    assert told[-1] == ("net.onnx", len(CONTENT), len(CONTENT))
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)


def test_what_an_earlier_run_left_is_carried_on(mirror: Mirror, tmp_path: Path) -> None:
    mirror.rules["/a"] = sends(CONTENT)
    (tmp_path / "net.onnx.part").write_bytes(CONTENT[:HALF])
    download(wanted(mirror.url("/a")), tmp_path / "net.onnx", silent)
    assert mirror.ranges == [("/a", f"bytes={HALF}-")]
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT


def test_a_complete_part_is_not_asked_for_again(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "net.onnx.part").write_bytes(CONTENT)
    download(wanted(mirror.url("/a")), tmp_path / "net.onnx", silent)
    assert mirror.ranges == []
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT


@pytest.mark.parametrize("size", [len(CONTENT), None])
def test_a_cut_connection_is_carried_on(mirror: Mirror, tmp_path: Path, size: int | None) -> None:
    mirror.rules["/a"] = sends(CONTENT, cut=HALF)
    download(wanted(mirror.url("/a"), bytes_=size), tmp_path / "net.onnx", silent)
    assert mirror.ranges == [("/a", None), ("/a", f"bytes={HALF}-")]
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT


def test_a_mirror_that_keeps_cutting_is_given_up_and_the_part_kept(mirror: Mirror, tmp_path: Path) -> None:
    mirror.rules["/a"] = sends(CONTENT, cut=1000)
    with pytest.raises(DownloadError, match=f"cut after 3000 of {len(CONTENT)} bytes"):
        download(wanted(mirror.url("/a")), tmp_path / "net.onnx", silent)
    assert (tmp_path / "net.onnx.part").read_bytes() == CONTENT[:3000]
    assert not (tmp_path / "net.onnx").exists()


def test_the_next_mirror_carries_on_what_the_first_began(mirror: Mirror, tmp_path: Path) -> None:
    mirror.rules |= {"/a": sends(CONTENT, cut=1000), "/b": sends(CONTENT)}
    download(wanted(mirror.url("/a"), mirror.url("/b")), tmp_path / "net.onnx", silent)
    assert mirror.ranges[-1] == ("/b", "bytes=3000-")


def test_a_mirror_that_cannot_carry_on_starts_again(mirror: Mirror, tmp_path: Path) -> None:
    mirror.rules["/a"] = sends(CONTENT, ranges=False)
    (tmp_path / "net.onnx.part").write_bytes(CONTENT[:HALF])
    download(wanted(mirror.url("/a")), tmp_path / "net.onnx", silent)
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT


@pytest.mark.parametrize("part", [b"spoilt", b"spoilt" * len(CONTENT)])
@pytest.mark.parametrize("size", [len(CONTENT), None])
def test_a_spoilt_part_is_thrown_away(mirror: Mirror, tmp_path: Path, part: bytes, size: int | None) -> None:
    mirror.rules["/a"] = sends(CONTENT)
    (tmp_path / "net.onnx.part").write_bytes(part)
    download(wanted(mirror.url("/a"), bytes_=size), tmp_path / "net.onnx", silent)
    assert mirror.ranges[-1] == ("/a", None)
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT


def test_other_bytes_than_asked_for_are_not_glued_on(mirror: Mirror, tmp_path: Path) -> None:
    def rule(request: BaseHTTPRequestHandler) -> None:
        said = f"bytes 0-{HALF - 1}/{len(CONTENT)}"
        if request.headers.get("Range"):
            answer(request, 206, CONTENT[:HALF], HALF, Content_Range=said)
        else:
            answer(request, 200, CONTENT, len(CONTENT))

    mirror.rules["/a"] = rule
    (tmp_path / "net.onnx.part").write_bytes(CONTENT[:HALF])
    download(wanted(mirror.url("/a")), tmp_path / "net.onnx", silent)
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT


def test_one_wrong_byte_is_refused(mirror: Mirror, tmp_path: Path) -> None:
    wrong = bytes([CONTENT[0] ^ 1]) + CONTENT[1:]
    mirror.rules["/a"] = sends(wrong)
    with pytest.raises(ModelError, match=hashlib.sha256(wrong).hexdigest()):
        download(wanted(mirror.url("/a")), tmp_path / "net.onnx", silent)
    assert list(tmp_path.iterdir()) == []


def test_after_wrong_content_and_an_absent_file_the_third_mirror_delivers(mirror: Mirror, tmp_path: Path) -> None:
    mirror.rules |= {"/a": sends(b"x" * len(CONTENT)), "/b": fails(404), "/c": sends(CONTENT)}
    urls = [mirror.url(path) for path in ("/a", "/b", "/c")]
    download(wanted(*urls), tmp_path / "net.onnx", silent)
    assert [path for path, _ in mirror.ranges] == ["/a", "/b", "/c"]
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT


def test_every_mirror_is_named_with_what_it_answered(mirror: Mirror, tmp_path: Path) -> None:
    mirror.rules |= {"/a": fails(404), "/b": fails(503)}
    nobody = "http://127.0.0.1:9/c"
    with pytest.raises(DownloadError) as caught:
        download(wanted(mirror.url("/a"), mirror.url("/b"), nobody), tmp_path / "net.onnx", silent)
    said = str(caught.value)
    assert f"{mirror.url('/a')}: answered 404" in said
    assert f"{mirror.url('/b')}: answered 503" in said
    assert f"{nobody}: does not answer" in said


def test_another_length_is_refused_before_anything_is_read(mirror: Mirror, tmp_path: Path) -> None:
    mirror.rules["/a"] = sends(CONTENT + b"x")
    told: list[int] = []
    with pytest.raises(ModelError, match=f"announces {len(CONTENT) + 1} bytes"):
        download(wanted(mirror.url("/a")), tmp_path / "net.onnx", lambda _, done, __: told.append(done))
    assert told == []


def test_a_mirror_that_never_stops_sending_is_stopped(mirror: Mirror, tmp_path: Path) -> None:
    def rule(request: BaseHTTPRequestHandler) -> None:
        answer(request, 200, CONTENT)  # announces no length
        while True:
            request.wfile.write(CONTENT)

    mirror.rules["/a"] = rule
    told: list[int] = []
    with pytest.raises(ModelError, match="sends more than"):
        download(wanted(mirror.url("/a")), tmp_path / "net.onnx", lambda _, done, __: told.append(done))
    assert max(told) <= len(CONTENT)
    assert list(tmp_path.iterdir()) == []


def test_a_silent_mirror_is_given_up(mirror: Mirror, tmp_path: Path) -> None:
    mirror.rules |= {"/a": lambda _: (mirror.silence.wait(10), None)[1], "/b": sends(CONTENT)}
    download(wanted(mirror.url("/a"), mirror.url("/b")), tmp_path / "net.onnx", silent, timeout_s=0.1)
    assert not mirror.silence.is_set()
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT


def test_redirections_are_followed_to_this_machine_and_not_to_plain_http_elsewhere(
    mirror: Mirror, tmp_path: Path
) -> None:
    mirror.rules |= {
        "/near": lambda request: answer(request, 302, announced=0, Location=mirror.url("/a")),
        "/far": lambda request: answer(request, 302, announced=0, Location="http://192.0.2.1/a"),
        "/a": sends(CONTENT),
    }
    download(wanted(mirror.url("/near")), tmp_path / "net.onnx", silent)
    assert (tmp_path / "net.onnx").read_bytes() == CONTENT
    with pytest.raises(DownloadError, match=r"'http://192\.0\.2\.1/a' is not an https address"):
        download(wanted(mirror.url("/far")), tmp_path / "far.onnx", silent)


def test_a_folder_that_cannot_be_written_is_not_the_mirrors_fault(mirror: Mirror, tmp_path: Path) -> None:
    mirror.rules["/a"] = sends(CONTENT)
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(StoreError, match="--data-dir"):
        download(wanted(mirror.url("/a")), tmp_path / "taken" / "net.onnx", silent)
    (tmp_path / "net.onnx.part").mkdir()
    with pytest.raises(StoreError, match="--data-dir"):
        download(wanted(mirror.url("/a")), tmp_path / "net.onnx", silent)


def test_a_library_pulls_checks_and_mends(mirror: Mirror, tmp_path: Path) -> None:
    mirror.rules["/a"] = sends(CONTENT)
    entry = ModelEntry.model_validate(
        {
            "id": "mine",
            "task": "detection",
            "licence": "MIT",
            "source": "https://example.org",
            "input": {"colour": "rgb", "mean": [0, 0, 0], "scale": 1},
            "accuracy": {"result": "unknown", "reference": "none"},
            "files": [wanted(mirror.url("/a")).model_dump()],
        }
    )
    library = ModelLibrary(Catalogue((entry,)), tmp_path / "models")
    assert library.status("mine") is ModelStatus.NOT_DOWNLOADED
    with pytest.raises(ModelError, match="limen models pull mine"):
        library.networks("mine")

    path = library.pull("mine").onnx["net"]
    assert path.read_bytes() == CONTENT
    assert library.networks("mine").digest == entry.digest
    assert library.status("mine") is ModelStatus.READY

    path.write_bytes(CONTENT[:-1] + b"x")
    assert library.status("mine") is ModelStatus.DAMAGED
    assert [check.ok for check in library.verify("mine")] == [False]
    with pytest.raises(ModelError, match=r"is not used\. Run: limen models pull mine"):
        library.networks("mine")

    assert library.pull("mine").onnx["net"].read_bytes() == CONTENT
    asked = len(mirror.ranges)
    library.pull("mine")
    assert len(mirror.ranges) == asked
