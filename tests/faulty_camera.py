"""A network camera whose faults a test decides: pictures as a stream of JPEGs over HTTP."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle

import cv2
import numpy as np

from limen.camera.walk import with_noise
from limen.types import Image

_INTERVAL_S = 0.1
_SHEETS = 30


class Shows(Enum):
    """What the camera does."""

    VISITOR = auto()
    STILL = auto()
    """One picture of the visitor, over and over."""
    BLACK = auto()
    """A sensor's noise, and nothing else."""
    NOTHING = auto()
    """No picture comes, and the connection stays."""
    GONE = auto()
    """Connections are closed, and so is each new one."""


class FaultyCamera:
    """Serves pictures of ``visitor`` at ``address``, ten a second; each is told from the last by noise."""

    def __init__(self, visitor: Image) -> None:
        self._shows = Shows.VISITOR
        self._pictures = {
            Shows.VISITOR: _jpegs(visitor),
            Shows.STILL: _jpegs(visitor)[:1],
            Shows.BLACK: _jpegs(np.full_like(visitor, 2)),
        }
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/"

    def show(self, what: Shows) -> float:
        """Show that from now on; the monotonic time at which it began."""
        self._shows = what
        return time.monotonic()

    def stream(self) -> Iterator[bytes]:
        """The pictures for one connection, while it is to stay."""
        endless = {what: cycle(pictures) for what, pictures in self._pictures.items()}
        while self._shows is not Shows.GONE:
            if self._shows in endless:
                yield next(endless[self._shows])
            time.sleep(_INTERVAL_S)

    def close(self) -> None:
        """Leave; waits for those who still look."""
        self._shows = Shows.GONE
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, camera: FaultyCamera) -> None:
        self.camera = camera
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        pictures = self.server.camera.stream()
        with suppress(OSError):  # whoever looked left
            for count, jpeg in enumerate(pictures):
                if count == 0:
                    self.send_response(200)
                    self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=picture")
                    self.end_headers()
                head = f"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                self.wfile.write(head.encode() + jpeg + b"\r\n")

    def log_message(self, *_: object) -> None:
        """Nothing."""


def _jpegs(picture: Image) -> Sequence[bytes]:
    noisy = with_noise([picture] * _SHEETS, seed=3)
    return [cv2.imencode(".jpg", cv2.cvtColor(one, cv2.COLOR_RGB2BGR))[1].tobytes() for one in noisy]
