"""How many displays one server carries: ``python -m studies.displays`` in the folder of the tests.

``limen serve`` runs as a program with a door for each display, and this one plays the displays: each sends pictures of
real faces over a WebSocket of its own, whether or not the server keeps up, while cards and PINs are shown at doors.
"""

import argparse
import asyncio
import io
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

import httpx2
import numpy as np
from PIL import Image as Pillow
from websockets.asyncio.client import ClientConnection, connect

from limen.camera.photo import load_photo
from limen.config import load_settings
from limen.credentials.card import CardNumber
from limen.door.build import build_engine, match_policy
from limen.door.enrolment import Enrolment
from limen.door.response import film
from limen.engine import Engine
from limen.store import Store, open_store
from limen_program import environment

_SEED = 7
_PEOPLE = 4
"""So many people stand before the displays in turn; half of them are enrolled."""
_WARM_S = 4.0
_PAUSE_S = (0.1, 0.2)
_QUALITY = 85


@dataclass(slots=True)
class Played:
    """What one display did and heard."""

    sent: int = 0
    answers: int = 0
    looks: int = 0
    oldest_ms: int = 0
    states: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Load:
    """What the server bore: looks a second and display, ages and answers in milliseconds, memory in megabytes."""

    displays: int
    fps: float
    seconds: float
    looks_least: float
    looks_median: float
    sent_median: float
    oldest_ms: int
    not_looked_at: float
    """The part of the pictures that a newer one replaced."""
    states: tuple[str, ...]
    asked: int
    opened: int
    p50_ms: float
    p95_ms: float
    worst_ms: float
    memory_mb: float
    growth_mb: float
    server_cores: float
    others_cores: float
    """What everything else on this machine used meanwhile, this study included."""


def _door(number: int) -> str:
    return f"door-{number}"


def _config(displays: int) -> str:
    doors = "".join(
        f'[doors.{_door(number)}]\ncamera = "browser"\nreader.format = "hex"\n' for number in range(displays)
    )
    return f'[greeting]\nvoice = "none"\n[door]\npause_s = 3\nopen_s = 1\n{doors}'


def _photos(shared: Path) -> list[Path]:
    """A photo of each of some people, always the same."""
    folders = sorted(folder for folder in (shared / "data" / "lfw").iterdir() if len(list(folder.glob("*.jpg"))) > 3)
    return [sorted(folder.glob("*.jpg"))[0] for folder in random.Random(_SEED).sample(folders, 40)]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A data folder, the displays' secrets by door, and what is typed there; ``films`` are JPEGs by person."""

    data: Path
    tokens: tuple[str, ...]
    typed: tuple[tuple[dict[str, str], ...], ...]
    films: tuple[tuple[bytes, ...], ...]


def prepare(data: Path, shared: Path, displays: int) -> Prepared:
    """Make a data folder whose doors have people, cards, PINs and displays."""
    data.mkdir(parents=True)
    (data / "config.toml").write_text(_config(displays), "utf-8")
    settings = load_settings(data)
    engine = build_engine(settings)
    with open_store(data, environment={}) as store:
        films = tuple(_films(engine, _photos(shared)))
        enrolment = Enrolment(engine, store, settings.enrolment, match_policy(settings, engine))
        known = [(path.parent.name.replace("_", " "), [path]) for path, _ in films[::2]]
        enrolment.run(known, lambda: None)
        tokens = tuple(store.tokens.add(f"display {n}", "kiosk", door=_door(n))[1] for n in range(displays))
        typed = tuple(_typed(store, number) for number in range(displays))
    return Prepared(data, tokens, typed, tuple(frames for _, frames in films))


def _films(engine: Engine, photos: Sequence[Path]) -> list[tuple[Path, tuple[bytes, ...]]]:
    found: list[tuple[Path, tuple[bytes, ...]]] = []
    for path in photos:
        image = load_photo(path).image
        if len(found) < _PEOPLE and len(engine.find_faces(image)) == 1:
            found.append((path, tuple(_jpeg(frame) for frame in film(image, engine)[24::2])))
    return found


def _jpeg(frame: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(frame).save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()


def _typed(store: Store, number: int) -> tuple[dict[str, str], ...]:
    """A card, and a number with its PIN, of somebody of their own."""
    person = store.people.add(f"Visitor {number}").id
    card = CardNumber(32, 0xC0FFEE00 + number)
    store.credentials.add_card(person, card)
    digits = store.credentials.set_pin(person, None, pin := f"27{number:02}95")
    return {"card": f"{card.value:08X}"}, {"number": digits, "pin": pin}


class Server:
    """``limen serve`` as a program."""

    def __init__(self, data: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "limen",
            "--data-dir",
            str(data),
            "serve",
            "--listen",
            f"127.0.0.1:{self.port}",
        ]
        self.log = data / "serve.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment(data, {}))
        self._wait()

    def _wait(self) -> None:
        until_s = time.monotonic() + 60
        while time.monotonic() < until_s and self.process.poll() is None:
            with suppress(httpx2.HTTPError):
                httpx2.get(f"http://127.0.0.1:{self.port}/display", timeout=1)
                return
            time.sleep(0.1)
        raise SystemExit(f"the server does not come up:\n{self.log.read_text()}")

    def memory_mb(self) -> float:
        """What it holds in memory now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def used_s(self) -> float:
        """Seconds of a processor that it used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(20)


def _all_used_s() -> float:
    """Seconds of all processors that were used so far, by anybody."""
    user, nice, system, _, _, irq, soft, *_ = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:])
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


async def _listen(line: ClientConnection, played: Played) -> None:
    async for text in line:
        told = json.loads(text)
        played.answers += 1
        played.looks = told["looks"]
        played.oldest_ms = max(played.oldest_ms, told["age_ms"])
        played.states.add(told["state"])


async def _play(server: Server, prepared: Prepared, number: int, fps: float, played: Played) -> None:
    """Be a display that sends its pictures whether or not they are answered; ends when it is cancelled."""
    uri = f"ws://127.0.0.1:{server.port}/api/v1/doors/{_door(number)}/camera"
    headers = {"Authorization": f"Bearer {prepared.tokens[number]}"}
    dice = random.Random(number)
    async with connect(uri, additional_headers=headers, compression=None) as line:
        hearing = asyncio.create_task(_listen(line, played))
        start_s, shown = time.monotonic() + dice.random() / fps, 0
        try:
            while not hearing.done():
                await asyncio.sleep(max(start_s + shown / fps - time.monotonic(), 0))
                frames = prepared.films[(number + shown // 30) % len(prepared.films)]
                await line.send(frames[shown % len(frames)])
                shown += 1
                played.sent += 1
            raise SystemExit(f"display {number} was thrown out: {line.close_code} {line.close_reason}")
        finally:
            hearing.cancel()


async def _ask(server: Server, prepared: Prepared, times_ms: list[float], opened: list[bool]) -> None:
    """Show cards and PINs at any doors, one after the other; ends when it is cancelled."""
    dice = random.Random(_SEED)
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{server.port}/api/v1", timeout=20) as client:
        while True:
            await asyncio.sleep(dice.uniform(*_PAUSE_S))
            number = dice.randrange(len(prepared.tokens))
            headers = {"Authorization": f"Bearer {prepared.tokens[number]}"}
            typed, start_s = dice.choice(prepared.typed[number]), time.perf_counter()
            answer = await client.post(f"/doors/{_door(number)}/credentials", json=typed, headers=headers)
            times_ms.append((time.perf_counter() - start_s) * 1e3)
            opened.append(answer.json().get("outcome") == "open")


async def _bear(server: Server, prepared: Prepared, fps: float, seconds: float) -> Load:
    displays = [Played() for _ in prepared.tokens]
    times_ms: list[float] = []
    opened: list[bool] = []
    tasks = [asyncio.create_task(_play(server, prepared, n, fps, one)) for n, one in enumerate(displays)]
    await asyncio.sleep(_WARM_S)
    tasks.append(asyncio.create_task(_ask(server, prepared, times_ms, opened)))
    before = [(one.looks, one.sent) for one in displays]
    for one in displays:
        one.oldest_ms = 0
    memory, used_s, all_s, start_s = [server.memory_mb()], server.used_s(), _all_used_s(), time.monotonic()
    while time.monotonic() < start_s + seconds:
        await asyncio.sleep(0.5)
        memory.append(server.memory_mb())
        for task in tasks:
            if task.done():
                task.result()
    took_s = time.monotonic() - start_s
    used_s, all_s = server.used_s() - used_s, _all_used_s() - all_s
    looks = [(one.looks - first) / took_s for one, (first, _) in zip(displays, before, strict=True)]
    sent = [(one.sent - first) / took_s for one, (_, first) in zip(displays, before, strict=True)]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    p50, p95 = np.percentile(times_ms, (50, 95))
    return Load(
        len(displays), fps, round(took_s, 1), round(min(looks), 2), round(median(looks), 2), round(median(sent), 2),
        max(one.oldest_ms for one in displays), round(1 - sum(looks) / sum(sent), 3),
        tuple(sorted(set[str]().union(*(one.states for one in displays)))), len(times_ms), sum(opened),
        round(float(p50), 1), round(float(p95), 1), round(max(times_ms), 1), round(max(memory), 1),
        round(memory[-1] - memory[0], 1), round(used_s / took_s, 2), round((all_s - used_s) / took_s, 2),
    )  # fmt: skip


def study(folder: Path, shared: Path, displays: int, fps: float, seconds: float) -> Load:
    """What the server bore."""
    prepared = prepare(folder / "data", shared, displays)
    server = Server(prepared.data)
    try:
        return asyncio.run(_bear(server, prepared, fps, seconds))
    finally:
        server.stop()


def _main() -> int:
    parser = argparse.ArgumentParser(prog="python -m studies.displays", description=__doc__)
    parser.add_argument("--displays", type=int, default=20)
    parser.add_argument("--fps", type=float, default=5, help="pictures a second that each display sends")
    parser.add_argument("--seconds", type=float, default=20)
    default = Path(os.environ.get("LIMEN_SHARED", Path(__file__).parents[2].parent / "shared"))
    parser.add_argument("--shared", type=Path, default=default, help="the folder of photos, as the tests use it")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="limen-displays-") as name:
        found = study(Path(name), wanted.shared.resolve(), wanted.displays, wanted.fps, wanted.seconds)
    sys.stdout.write(json.dumps(asdict(found), indent=1) + "\n")
    return 0 if found.looks_least >= 1 and found.p95_ms < 200 else 1


if __name__ == "__main__":
    raise SystemExit(_main())
