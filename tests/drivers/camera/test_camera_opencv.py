import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from limen.camera.capture import Capture
from limen.camera.clip import write_clip
from limen.camera.opencv import stream, usb_camera, video_file
from limen.errors import CameraError, ImageError, NoInputError

NOISE = [np.random.default_rng(index).integers(0, 255, (48, 64, 3), np.uint8) for index in range(40)]


def pictures_of(source):
    while (picture := source.read()) is not None:
        yield picture
    source.close()


class TestVideo:
    def test_missing(self, tmp_path):
        with pytest.raises(NoInputError, match=r"clip\.mp4 cannot be read as a video.*No such file"):
            video_file(tmp_path / "clip.mp4")

    def test_a_folder(self, tmp_path):
        with pytest.raises(NoInputError, match="cannot be read as a video"):
            video_file(tmp_path)

    def test_empty(self, tmp_path):
        (tmp_path / "clip.mp4").touch()
        with pytest.raises(ImageError, match="is empty"):
            video_file(tmp_path / "clip.mp4")

    def test_not_a_video(self, tmp_path):
        (tmp_path / "clip.mp4").write_text("no video at all " * 100)
        with pytest.raises(ImageError, match="is not a video"):
            video_file(tmp_path / "clip.mp4")

    def test_cut_before_its_index(self, tmp_path):
        path = tmp_path / "clip.mp4"
        write_clip(path, NOISE, fps=25)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(ImageError, match="is not a video that can be read, or is broken"):
            video_file(path)

    def test_cut_in_the_middle_ends_early(self, tmp_path):
        path = tmp_path / "clip.avi"
        write_clip(path, NOISE, fps=25)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with Capture(video_file(path), fast=True) as capture:
            frames = list(iter(lambda: capture.next_frame(0), None))
            assert 10 < len(frames) < 30
            assert capture.ended

    @pytest.mark.parametrize(("side", "message"), [(9000, "9000 × 9000 pixels, more"), (20_000, "far too large")])
    def test_a_photo_too_large(self, tmp_path, side, message):
        path = tmp_path / "clip.png"
        Image.new("1", (side, side)).save(path)
        with pytest.raises(ImageError, match=message):
            video_file(path)

    def test_pictures_too_large(self, tmp_path):
        path = tmp_path / "clip.y4m"
        path.write_bytes(b"YUV4MPEG2 W9000 H9000 F25:1 Ip A1:1 C420jpeg\nFRAME\n" + bytes(1000))
        with pytest.raises(ImageError, match="9000 × 9000 pixels, more than the 50,000,000"):
            video_file(path)

    @pytest.mark.parametrize("name", ["50%d.avi", "file:clip.avi", "höf.avi"])
    def test_names_are_only_names(self, name, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        write_clip(tmp_path / name, NOISE[:2], fps=25)
        source = video_file(Path(name))
        assert source.read().shape == (48, 64, 3)
        source.close()

    def test_a_frozen_video_is_found_in_its_own_time(self, tmp_path):
        path = tmp_path / "clip.avi"
        write_clip(path, NOISE[:5] + [NOISE[5]] * 30 + NOISE[6:9], fps=10)
        with Capture(video_file(path), fast=True) as capture:
            frozen = [frame.index for frame in iter(lambda: capture.next_frame(0), None) if capture.frozen]
        assert frozen == list(range(26, 35))

    def test_plays_at_its_own_speed(self, tmp_path):
        path = tmp_path / "clip.avi"
        write_clip(path, NOISE[:7], fps=20)
        start = time.monotonic()
        with Capture(video_file(path)) as capture:
            frames = list(iter(lambda: capture.next_frame(2), None))
        assert time.monotonic() - start >= 0.3
        assert all(frame.at_s - start >= 0.05 * frame.index for frame in frames)

    def test_a_real_clip(self, shared):
        path = shared / "data" / "people" / "short_hamilton_clip.mp4"
        with Capture(video_file(path), fast=True) as capture:
            frames = 0
            while capture.next_frame(0) is not None:
                frames += 1
                assert not capture.frozen
        assert frames > 50

    def test_a_real_animation(self, shared):
        animation = video_file(shared / "data" / "clips" / "live_head_turn.gif")
        assert animation.frame_interval_s == pytest.approx(0.08)
        assert len(list(pictures_of(animation))) == 23

    def test_nothing_but_errors_is_said(self, tmp_path):
        path = tmp_path / "clip.mp4"
        write_clip(path, NOISE, fps=25)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        program = (
            "import sys, pathlib\n"
            "from limen.camera.opencv import usb_camera, video_file\n"
            "for open_it, source in ((video_file, pathlib.Path(sys.argv[1])), (usb_camera, 99)):\n"
            "    try: open_it(source)\n"
            "    except Exception as error: print(type(error).__name__)\n"
        )
        done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
        assert done.stdout.split() == ["ImageError", "CameraError"]
        assert not done.stderr


def test_an_absent_usb_camera():
    with pytest.raises(CameraError, match="camera 99 cannot be opened"):
        usb_camera(99)


class Camera(BaseHTTPRequestHandler):
    """A network camera that sends the server's pictures, then hangs or leaves."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=picture")
        self.end_headers()
        try:
            for picture in NOISE:
                jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
                head = f"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                self.wfile.write(head.encode() + jpeg + b"\r\n")
            if self.path == "/hangs":
                self.server.released.wait(20)
        except OSError:
            pass  # the reader left

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Camera)
    server.released = threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


class TestStream:
    def test_delivers_then_fails_when_the_camera_leaves(self, server):
        source = stream(f"http://anna:secret@{server}/leaves", timeout_s=2)
        assert source.realtime
        assert source.frame_interval_s is None
        assert source.read().shape == (48, 64, 3)
        with pytest.raises(CameraError, match=r"http://anna:\*\*\*@.* no longer delivers") as caught:
            list(pictures_of(source))
        assert "secret" not in str(caught.value)
        source.close()

    def test_a_camera_that_hangs_fails_in_time(self, server):
        with Capture(stream(f"http://{server}/hangs", timeout_s=0.3)) as capture:
            start = time.monotonic()
            with pytest.raises(CameraError, match="no longer delivers"):
                list(iter(lambda: capture.next_frame(5), None))
            assert time.monotonic() - start < 3

    def test_closes_while_the_camera_hangs(self, server):
        capture = Capture(stream(f"http://{server}/hangs", timeout_s=0.5))
        while capture.next_frame(0.1) is not None:
            pass
        start = time.monotonic()
        capture.close()
        assert time.monotonic() - start < 3
        assert capture.ended

    @pytest.mark.parametrize("scheme", ["rtsp", "http"])
    def test_nobody_there(self, scheme):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        with pytest.raises(CameraError, match=r"anna:\*\*\*@127.0.0.1.* does not answer") as caught:
            stream(f"{scheme}://anna:secret@127.0.0.1:{port}/live")
        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize("scheme", ["rtsp", "http"])
    def test_somebody_who_never_answers(self, scheme):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            start = time.monotonic()
            with pytest.raises(CameraError, match=r"within 0\.3 s"):
                stream(f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/live", timeout_s=0.3)
            assert time.monotonic() - start < 3
