"""What ``limen try`` serves, to whom, and how it ends."""

import http.client
import io
import json
import signal
import time
from pathlib import Path

import pytest
from PIL import Image as Pillow

from limen_program import limen
from served_page import Served, start, stop

STRICT = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
QUESTION = "fpir=0.02&strangers_a_day=20"


def get(served: Served, path: str, *, cookie: str = "", host: str | None = None) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
    connection.request("GET", path, headers={"Host": host or f"127.0.0.1:{served.port}", "Cookie": cookie})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


@pytest.fixture(scope="module")
def cookie(served: Served) -> str:
    return get(served, f"/?key={served.key}")[1]["set-cookie"].split(";")[0]


@pytest.fixture(scope="module")
def looked(served: Served, cookie: str) -> None:
    """Wait until all photos were looked at."""
    deadline_s = time.monotonic() + 60
    while json.loads(get(served, f"/judged?{QUESTION}", cookie=cookie)[2])["counts"]["looking"]:
        assert time.monotonic() < deadline_s
        time.sleep(0.2)


PATHS = ["/", "/trial", f"/judged?{QUESTION}", "/photos/0?fpir=0.02", "/photos/3/large.jpg", "/static/try.js"]


@pytest.mark.parametrize("path", PATHS)
def test_with_the_cookie_alone(served: Served, cookie: str, path: str) -> None:
    assert get(served, path)[0] == 403
    assert get(served, path, cookie=cookie, host="evil.example")[0] == 400
    status, headers, _ = get(served, path, cookie=cookie)
    assert status == 200
    assert STRICT.items() <= headers.items()
    assert "server" not in headers


def test_errors_are_strict_too(served: Served, cookie: str) -> None:
    for path, cookies, expected in (("/", "", 403), ("/absent", cookie, 404), ("/judged?fpir=2", cookie, 422)):
        status, headers, _ = get(served, path, cookie=cookies)
        assert status == expected
        assert STRICT.items() <= headers.items()


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_the_interface_is_not_described_to_strangers(served: Served, cookie: str, path: str) -> None:
    assert get(served, path, cookie=cookie)[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "/photos/../../../etc/passwd",
        "/photos/..%2f..%2f..%2fetc%2fpasswd/large.jpg",
        "/photos/%2fetc%2fpasswd/large.jpg",
        "/photos/-1/large.jpg",
        "/photos/5/large.jpg",
        "/photos/5?fpir=0.02",
        "/photos/5/small.jpg",
        "/static/../try_out.py",
        "/static/..%2ftry_out.py",
        "/static/%2e%2e/try_out.py",
        "/static//etc/passwd",
        "/static/",
    ],
)
def test_nothing_beyond_the_photos(served: Served, cookie: str, path: str) -> None:
    assert get(served, path, cookie=cookie)[0] in (404, 422)


def photos_folder_are_scaled_down_and_made_anew(served: Served, cookie: str, photos_folder: Path, looked: None) -> None:
    original = Pillow.open(photos_folder / "group.jpg")
    for size, longest in (("large", 1280), ("small", 128)):
        _, headers, body = get(served, f"/photos/3/{size}.jpg", cookie=cookie)
        shown = Pillow.open(io.BytesIO(body))
        assert headers["content-type"] == "image/jpeg"
        assert max(shown.size) == min(longest, max(original.size))
        assert shown.width / shown.height == pytest.approx(original.width / original.height, rel=0.02)
        assert not shown.getexif()


def test_a_broken_photo_is_a_picture_of_one(served: Served, cookie: str, looked: None) -> None:
    for size in ("large", "small"):
        status, headers, _ = get(served, f"/photos/2/{size}.jpg", cookie=cookie)
        assert (status, headers["location"]) == (307, "/static/broken.svg")
    shown = json.loads(get(served, "/photos/2?fpir=0.02", cookie=cookie)[2])
    assert (shown["state"], shown["faces"]) == ("locked", [])
    assert shown["why"].startswith("broken.jpg is broken or cut off")


def test_the_verdicts_are_those_of_identify(served: Served, cookie: str, photos_folder: Path, looked: None) -> None:
    shown = json.loads(get(served, "/photos/3?fpir=0.02", cookie=cookie)[2])
    found = limen("identify", photos_folder / "group.jpg", "--json", data=served.data).document()["faces"]
    assert {round(face["similarity"], 4) for face in shown["faces"]} == {face["similarity"] for face in found}
    assert {face["label"] for face in shown["faces"] if face["outcome"] == "matched"} == {"Barack Obama", "Joe Biden"}
    assert sorted(face["outcome"] for face in shown["faces"]) == sorted(face["reason"] for face in found)


def test_all_photos_are_counted_and_marked(served: Served, cookie: str, looked: None) -> None:
    judged = json.loads(get(served, f"/judged?{QUESTION}", cookie=cookie)[2])
    names = json.loads(get(served, "/trial", cookie=cookie)[2])["photos"]
    assert dict(zip(names, zip(judged["states"], judged["marks"], strict=True), strict=True)) == {
        "broken.jpg": ("locked", None),
        "group.jpg": ("unlocked", None),
        "Barack Obama/obama3.jpg": ("unlocked", "right"),
        "Barack Obama/obama_partial_face.jpg": ("unlocked", "right"),
        "strangers/AJ_Cook_0001.jpg": ("locked", "right"),
    }
    assert judged["counts"] == {"unlocked": 3, "locked": 2, "looking": 0}
    assert judged["false_entry_every"] == "2.5 days"
    strict = json.loads(get(served, "/judged?fpir=1e-6&strangers_a_day=20", cookie=cookie)[2])
    assert strict["counts"]["unlocked"] == 1
    assert strict["marked"] == {"right": 2, "false_entry": 0, "false_rejection": 1}


def test_who_is_enrolled_meanwhile_is_found_when_the_page_is_loaded_again(
    photos_folder: Path, shared: Path, data_dir: Path
) -> None:
    running = start(photos_folder, data_dir)
    cookie = get(running, f"/?key={running.key}")[1]["set-cookie"].split(";")[0]
    assert b"Nobody is enrolled yet" in get(running, "/", cookie=cookie)[2]
    assert limen("enrol", shared / "data" / "people" / "obama.jpg", data=data_dir).code == 0
    page = get(running, "/", cookie=cookie)[2]
    assert b"Nobody is enrolled yet" not in page
    assert b"5 photos, 1 enrolled" in page
    stop(running)


def test_an_interrupt_from_the_keyboard(photos_folder: Path, data_dir: Path) -> None:
    running = start(photos_folder, data_dir)
    running.process.send_signal(signal.SIGINT)
    out, err = running.process.communicate(timeout=30)
    assert (running.process.returncode, out) == (130, "")
    assert "Traceback" not in err


def test_a_port_of_ones_own_and_one_that_is_taken(served: Served, photos_folder: Path) -> None:
    done = limen("try", photos_folder, "--no-browser", "--port", str(served.port), "--json", data=served.data)
    assert (done.code, done.out) == (69, "")
    assert f"port {served.port} is taken" in done.err


def test_a_folder_without_photos(data_dir: Path, tmp_path: Path) -> None:
    for folder, said in ((tmp_path / "absent", "cannot be read"), (tmp_path, "holds no photos")):
        done = limen("try", folder, "--no-browser", "--json", data=data_dir)
        assert (done.code, done.out) == (66, "")
        assert said in done.err
