"""Serving pages to the browser of this machine, and to nobody else."""

import errno
import signal
import socket

import uvicorn
from starlette.types import ASGIApp

from limen.errors import UnavailableError

LOCAL = "127.0.0.1"


def listen(port: int) -> socket.socket:
    """A socket that takes connections from this machine alone, on ``port``, or on any free one where that is 0.

    Raises:
        UnavailableError: the port is taken, or not for everybody to use.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOCAL, port))
        listener.listen()
    except OSError as error:
        listener.close()
        why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise UnavailableError(f"port {port} {why}: name another with --port, or none for any free one") from error
    return listener


def serve(app: ASGIApp, listener: socket.socket) -> None:
    """Serve ``app`` until SIGTERM, after which this returns, or until an interrupt from the keyboard, which goes on."""
    # uvicorn sends itself again, once it has stopped, the signal that stopped it: to this handler.
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        config = uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, ws="none", timeout_graceful_shutdown=2
        )
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        signal.signal(signal.SIGTERM, before)
        listener.close()
