"""Threads that a door needs beside the one that looks at pictures."""

import threading
from collections.abc import Callable


class Repeated:
    """Calls ``work`` every ``period_s`` in a thread of its own; an error ends it and is handed to ``broke``."""

    def __init__(
        self, name: str, work: Callable[[], None], period_s: float, broke: Callable[[Exception], None]
    ) -> None:
        self._work, self._period_s, self._broke = work, period_s, broke
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"limen-{name}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop; waits for the work under way."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._work()
            while not self._stop.wait(self._period_s):
                self._work()
        except Exception as error:  # noqa: BLE001 - the top of a thread: whoever runs the door locks it and reports
            self._broke(error)
