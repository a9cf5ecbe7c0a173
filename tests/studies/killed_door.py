"""A door before which somebody always stands and cards are shown, killed at a moment, and what is left of it."""

import json
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path
from typing import IO

import cv2
import numpy as np

from limen.audit.events import EventType
from limen.camera.clip import write_clip
from limen.camera.photo import load_photo
from limen.camera.walk import with_noise
from limen.errors import LimenError
from limen.store import Store, open_store
from limen.store.events import EventRecord
from limen.types import Image, PersonId
from limen_program import COMMAND, Document, environment, limen, with_models

OPENINGS = frozenset((EventType.ACCESS_GRANTED, EventType.DOOR_OPENED_BY_OPERATOR, EventType.DOOR_EXIT))
"""Records after which a lock may move."""
KNOWN_CARD, NOBODYS_CARD = "3735928559", "1122334455"

_PEOPLE, _FRAMES_EACH, _FILM_FRAMES, _FPS = 6, 3, 600, 10
_GIVE_UP_S = 60.0
_STEP_S, _CARD_S = 0.005, 0.08
_PAGE = 10_000
_CONFIG = """
[doors.front]
camera = {film}
simulator_log = {log}
reader.driver = "stdin"
reader.format = "decimal"

[door]
agreeing_frames = 1
unknown_frames = 3
pause_s = 0.3
open_s = 0.05

[greeting]
voice = "none"
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """When the door is killed: ``seconds`` after its process was made, or after it said that it started."""

    seconds: float
    once_started: bool


@dataclass(frozen=True, slots=True)
class Died:
    """What the process ended with, and the time of day at which it was killed."""

    code: int
    at: float


@dataclass(frozen=True, slots=True)
class Round:
    """What a kill came to. ``faults`` are what must not be, in words; nobody is named in them.

    ``visit``: the camera was on, so that somebody stood before it. ``cut_off``: an opening was on record, and the lock
    had not moved yet. ``stood_open``: the lock had been opened, and its time was not over.
    """

    number: int
    visit: bool
    records: int
    printed: int
    unlocks: int
    cut_off: bool
    stood_open: bool
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unlock:
    """A line of the lock's log."""

    at: datetime
    seconds: float


def prepare(folder: Path, shared: Path, models: Path) -> Path:
    """A data folder with six people, one of whom has a card, and a film in which they and a stranger take turns."""
    data = with_models(folder / "site", models)
    photos = _photos(shared / "data" / "lfw")
    album = folder / "album"
    album.mkdir()
    for number, (enrolled, _) in enumerate(photos[:_PEOPLE]):
        shutil.copyfile(enrolled, album / f"visitor {number}.jpg")
    _must("enrol", album, data=data)
    _must("cards", "add", "visitor 0", "--number", KNOWN_CARD, "--format", "decimal", data=data)
    faces = [_scene(filmed) for _, filmed in photos]
    turns = (face for face in cycle(faces) for _ in range(_FRAMES_EACH))
    frames = (next(turns) for _ in range(_FILM_FRAMES))
    write_clip(folder / "film.mp4", with_noise(frames, seed=11), fps=_FPS)
    return data


class KilledDoor:
    """A copy of the prepared folder, on which doors are started and killed one after the other."""

    def __init__(self, prepared: Path, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        self.data = shutil.copytree(prepared, folder, symlinks=True)
        self.log, self.printed, self.said = folder / "lock.log", folder / "printed.jsonl", folder / "said.txt"
        film = prepared.parent / "film.mp4"
        config = _CONFIG.format(film=json.dumps(str(film)), log=json.dumps(str(self.log)))
        (folder / "config.toml").write_text(config, "utf-8")
        self.log.touch()
        with self.store() as store:
            self._last = store.events.latest(1)[0].sequence
        self._log_end = 0

    def store(self) -> Store:
        """The store, opened by this process."""
        return open_store(self.data, environment={})

    def kill(self, number: int, moment: Moment, *, by_program: bool = False) -> Round:
        """Run the door until ``moment``, kill it, and look at what is left; ``by_program`` with the program first."""
        died = self.run_until(moment)
        return self.look(number, died, self._verified_by_program() if by_program else [])

    def run_until(self, moment: Moment) -> Died:
        """Run the door until ``moment``, and kill it."""
        with (
            self.printed.open("wb") as out, self.said.open("wb") as err,
            subprocess.Popen(
                [*COMMAND, "--json", "door", "run", "front"], env=environment(self.data, {}),
                stdin=subprocess.PIPE, stdout=out, stderr=err,
            ) as process,
        ):  # fmt: skip
            self._show_cards(process, moment)
            killed_at = time.time()
            process.send_signal(signal.SIGKILL)
            return Died(process.wait(), killed_at)

    def look(self, number: int, died: Died, faults: Sequence[str] = ()) -> Round:
        """What the run left since the last look, with the ``faults`` that were found already."""
        found = [*faults]
        if died.code != -signal.SIGKILL:
            found.append(f"it ended by itself with {died.code}: {self.said.read_text('utf-8')[-500:]}")
        try:
            return self._left(number, died.at, found)
        except (LimenError, sqlite3.Error) as error:
            found.append(f"the database does not open: {error}")
            return Round(number, False, 0, 0, 0, False, False, tuple(found))

    def _show_cards(self, process: subprocess.Popen[bytes], moment: Moment) -> None:
        """Show one card after the other until ``moment``."""
        started = not moment.once_started
        kill_at_s = time.monotonic() + (moment.seconds if started else _GIVE_UP_S)
        cards, next_card_s = cycle((KNOWN_CARD, KNOWN_CARD, NOBODYS_CARD)), 0.0
        while (now_s := time.monotonic()) < kill_at_s and process.poll() is None:
            if not started and EventType.DOOR_STARTED.value.encode() in self.printed.read_bytes():
                started, kill_at_s = True, now_s + moment.seconds
            if started and now_s >= next_card_s:
                _write(process.stdin, next(cards))
                next_card_s = now_s + _CARD_S
            time.sleep(max(min(_STEP_S, kill_at_s - time.monotonic()), 0))

    def _verified_by_program(self) -> list[str]:
        ran = limen("audit", "verify", "--json", data=self.data)
        return [] if ran.code == 0 and ran.document()["verified"] else [f"limen audit verify: {ran.out}{ran.err}"]

    def _left(self, number: int, killed_at: float, faults: list[str]) -> Round:
        with self.store() as store:
            found = store.events.verify()
            if found.first_broken is not None:
                faults.append(f"the audit is broken: {found.first_broken}")
            records = store.events.oldest(_PAGE, after=self._last)
            names = {person.id: person.name for person in store.people.all()}
        with closing(sqlite3.connect(self.data / "limen.db")) as database:
            if (check := database.execute("PRAGMA integrity_check").fetchall()) != [("ok",)]:
                faults.append(f"integrity_check: {check}")
        kept = Counter(_key(_printed(record, names)) for record in records)
        printed = list(_whole_lines(self.printed.read_bytes()))
        if lost := Counter(map(_key, printed)) - kept:
            faults.append(f"{lost.total()} printed lines are not on record, as {next(iter(lost))[0]}")
        unlocks = self._unlocks()
        faults += unlock_faults(records, [unlock.at for unlock in unlocks])
        self._last = records[-1].sequence if records else self._last
        opened = sum(record.event.type in OPENINGS for record in records)
        return Round(
            number,
            visit=any(record.event.type is EventType.CAMERA_ONLINE for record in records),
            records=len(records), printed=len(printed), unlocks=len(unlocks), cut_off=opened > len(unlocks),
            stood_open=any(unlock.at.timestamp() + unlock.seconds > killed_at for unlock in unlocks),
            faults=tuple(faults),
        )  # fmt: skip

    def _unlocks(self) -> list[Unlock]:
        """The new openings in the lock's log."""
        log = self.log.read_bytes()
        new, self._log_end = log[self._log_end :], len(log)
        lines = [json.loads(line) for line in new.splitlines()]
        return [
            Unlock(datetime.fromisoformat(line["at"]), line["seconds"]) for line in lines if line["moved"] == "unlock"
        ]


def unlock_faults(records: Iterable[EventRecord], unlocks: Iterable[datetime]) -> list[str]:
    """What is wrong with the unlocks of one run: each needs an opening of its own on record before it.

    None may come before the run itself is on record: the lock is locked when it starts.
    """
    events = [record.event for record in records]
    started = min((event.at for event in events if event.type is EventType.DOOR_STARTED), default=None)
    openings = iter(sorted(event.at for event in events if event.type in OPENINGS))
    faults = []
    for at in sorted(unlocks):
        if started is None or at < started:
            faults.append("an unlock came before the door's start")
        opening = next(openings, None)
        if opening is None or opening > at:
            faults.append("an unlock has no record before it")
    return faults


def _printed(record: EventRecord, names: Mapping[PersonId, str]) -> Document:
    """The record as the door prints it."""
    event = record.event
    who = None if event.person is None else names.get(event.person, event.person)
    return {"type": event.type.value, "door": event.door, "person": who, "reason": event.reason,
            "at": event.at.isoformat()}  # fmt: skip


def _key(line: Document) -> tuple[object, ...]:
    return tuple(line[name] for name in ("type", "door", "person", "reason", "at"))


def _whole_lines(printed: bytes) -> Iterator[Document]:
    """What was printed to the end of its line."""
    yield from (json.loads(line) for line in printed.splitlines(keepends=True) if line.endswith(b"\n"))


def _write(stream: IO[bytes] | None, card: str) -> None:
    assert stream is not None
    try:
        stream.write(f"{card}\n".encode())
        stream.flush()
    except BrokenPipeError:
        pass  # it ended by itself, which whoever waits for it will see


def _photos(lfw: Path) -> list[tuple[Path, Path]]:
    """Two photos each of those who are enrolled, and of a stranger as the last."""
    found = (sorted(folder.glob("*.jpg"))[:2] for folder in sorted(lfw.iterdir()))
    pairs = ((photos[0], photos[1]) for photos in found if len(photos) > 1)
    return list(islice(pairs, _PEOPLE + 1))


def _scene(photo: Path) -> Image:
    """The photo as a camera of 320 × 240 sees it."""
    image = load_photo(photo).image
    scene = np.full((240, 320, 3), 90, np.uint8)
    scene[:, 40:280] = cv2.resize(image, (240, 240), interpolation=cv2.INTER_AREA)
    return scene


def _must(*arguments: str | Path, data: Path) -> None:
    ran = limen(*arguments, data=data)
    if ran.code != 0:
        raise RuntimeError(f"limen {' '.join(map(str, arguments))}: {ran.err}")
