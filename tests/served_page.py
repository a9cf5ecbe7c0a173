"""A program that serves a page, as people start it."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from limen_program import COMMAND, environment


@dataclass(frozen=True)
class Served:
    """A running ``limen try``: the address it printed, and where its people are kept."""

    url: str
    data: Path
    process: "subprocess.Popen[str]"

    @property
    def port(self) -> int:
        port = urlsplit(self.url).port
        assert port is not None
        return port

    @property
    def key(self) -> str:
        return parse_qs(urlsplit(self.url).query)["key"][0]


def start(folder: Path, data: Path, *options: str) -> Served:
    command = [*COMMAND, "--json", "try", str(folder), "--no-browser", *options]
    process = subprocess.Popen(
        command, env=environment(data, {}), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return Served(json.loads(process.stdout.readline())["url"], data, process)


def stop(served: Served) -> None:
    """End it as a service manager does, and see that it says nothing but its address, and no error."""
    served.process.terminate()
    out, err = served.process.communicate(timeout=30)
    assert (served.process.returncode, out) == (0, ""), err
    assert "Traceback" not in err
