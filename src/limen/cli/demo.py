"""``limen demo``: the whole way, from a photo to an open door, on photos that come with installed packages."""

import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from itertools import chain, repeat
from pathlib import Path
from typing import Annotated

import typer

from limen.camera.clip import write_clip
from limen.camera.photo import load_photo
from limen.camera.walk import Walk, empty_hall, walk_up, with_noise
from limen.cli.context import Context, note, progress
from limen.cli.recorder import Recorder
from limen.config import DoorConfig, Settings
from limen.door.build import build_engine, match_policy
from limen.door.build_door import Surroundings, build_door, open_capture
from limen.door.build_store import build_store
from limen.door.enrolment import Enrolment, face_to_enrol
from limen.engine import Engine
from limen.errors import ConfigError, StoreError
from limen.evaluation.contact_sheet import ContactSheet, SheetRow, write_contact_sheet
from limen.store import Store
from limen.types import Image, Size

_FPS = 15
_SIZE = Size(640, 480)
_WALK = Walk(frames=58, from_px=46, to_px=140)
_HALL_FRAMES = (8, 22, 9)
"""How long nobody is there: before the first visitor; between the two, so that the lock has locked; afterwards."""
_FRAMES = 2 * _WALK.frames + sum(_HALL_FRAMES)
_SEED = 20


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who comes to the door, where an installed package keeps their photo, and how to get that package."""

    name: str
    package: str
    file: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Act:
    """``newcomer`` is enrolled, and the film is shown to the door; ``enter`` are those who must come in, in order."""

    title: str
    newcomer: Visitor
    enter: tuple[Visitor, ...]
    strangers: int


COLLINS = Visitor("Eileen Collins", "skimage", "data/astronaut.png", "pip install 'limen[demo]'")
HOPPER = Visitor(
    "Grace Hopper", "matplotlib", "mpl-data/sample_data/grace_hopper.jpg", "pip install --force-reinstall matplotlib"
)
ACTS = (
    Act("Act 1: Eileen Collins is enrolled, Grace Hopper is a stranger", COLLINS, (COLLINS,), strangers=1),
    Act("Act 2: the same film, and now Grace Hopper is enrolled, too", HOPPER, (COLLINS, HOPPER), strangers=0),
)

_OPENING = """\
Limen demo: the whole way, from a photo to an open door.

Photos  Eileen Collins (NASA, comes with scikit-image) and Grace Hopper (US Navy, comes with Matplotlib),
        both in the public domain.
Film    {video}: {seconds:.0f} s, made from these two photos. Collins walks up to the camera, the hall is
        empty for a moment, Hopper walks up. No third face comes with the packages, so the stranger of
        act 1 is Grace Hopper before she is enrolled. It is watched as fast as this machine can; the times
        below are those of the film.
Lock    simulated."""
_CLOSING = """
As it should be: {summary}.

Look at {sheet} (what the door saw, and why it decided so) and {video}.
The people of this demonstration are forgotten again; your own were not touched.

Next, with photos and a camera of your own:
  limen enrol Anna_Smith.jpg
  limen door run front --camera 0"""
_SUMMARY = "Collins came in twice, Hopper only once she was enrolled"
_UNEXPECTED = """
That was not as it should be: {summary} was expected.
Look at {sheet} and {video}, and at your settings: the demonstration uses them."""
_FOOTER = (
    "What is simulated: the lock, and the visit. The film is made from two photos that come with installed packages, "
    "in the public domain: Eileen Collins (NASA), Grace Hopper (US Navy).",
    "A face alone opens this door, as these photos did. Telling a living face from a photo comes later: until then, "
    "for trying out and for doors inside.",
)


def demo(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(help="The folder for the film and the contact sheet.", file_okay=False)] = Path(
        "limen-demo"
    ),
) -> None:
    """Show the whole way on two photos: enrol people, watch a door, say who may enter and why."""
    context: Context = ctx.obj
    photos = {visitor: photo_of(visitor) for visitor in (COLLINS, HOPPER)}
    with _folder_for_people(out) as people:
        engine = build_engine(context.settings)
        # The models' own cache stays where it is, so that the next start is quick; people are kept apart.
        stage = _Stage(context, engine, context.settings.model_copy(update={"data_dir": people}), out / "visit.mp4")
        stage.tell(_OPENING.format(video=stage.video, seconds=_FRAMES / _FPS))
        stage.film([photos[COLLINS], photos[HOPPER]])
        with build_store(stage.settings) as store:
            played = [stage.play(act, photos[act.newcomer], store) for act in ACTS]
    sheet = out / "contact-sheet.png"
    write_contact_sheet(sheet, _contact_sheet(played, context.settings))
    right = all(one.as_expected for one in played)
    text = (_CLOSING if right else _UNEXPECTED).format(summary=_SUMMARY, sheet=sheet, video=stage.video)
    acts = [{"enrolled": list(one.enrolled), "events": one.recorder.events} for one in played]
    context.answer({"acts": acts, "contact_sheet": str(sheet), "video": str(stage.video)}, text)
    raise typer.Exit(0 if right else 1)


def photo_of(visitor: Visitor) -> Path:
    """Where the visitor's photo lies; found without importing the package, which would take seconds.

    Raises:
        ConfigError: the package is not installed, or came without its pictures.
    """
    spec = find_spec(visitor.package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    photos = [Path(folder) / visitor.file for folder in folders]
    if found := next((photo for photo in photos if photo.is_file()), None):
        return found
    raise ConfigError(
        f"the demonstration needs the photo of {visitor.name} that comes with the package {visitor.package} "
        f"({visitor.file}), and it is not there: run {visitor.remedy}"
    )


@dataclass(frozen=True, slots=True)
class _Played:
    """An act, and what came of it."""

    act: Act
    enrolled: tuple[str, ...]
    recorder: Recorder

    @property
    def as_expected(self) -> bool:
        """Whether the right people came in, in their order, and strangers did not."""
        decisions = [event for event in self.recorder.events if str(event["type"]).startswith("access.")]
        entered = [(event["type"], event["person"], event["reason"]) for event in decisions]
        return entered == [
            *(("access.granted", visitor.name, "matched") for visitor in self.act.enter),
            *[("access.denied", None, "unknown")] * self.act.strangers,
        ]


@dataclass(frozen=True, slots=True)
class _Stage:
    """What the acts share."""

    context: Context
    engine: Engine
    settings: Settings
    video: Path

    def tell(self, text: str) -> None:
        """Print a line for people; nothing with ``--json``, whose document comes at the end."""
        if not self.context.json:
            typer.echo(text)

    def film(self, photos: Sequence[Path]) -> None:
        """Make the video: the people of ``photos`` one after the other, and the empty hall around them."""
        hall = empty_hall(_SIZE)
        before, between, after = (repeat(hall, frames) for frames in _HALL_FRAMES)
        first, second = (self._walk(path, hall) for path in photos)
        frames = with_noise(chain(before, first, between, second, after), _SEED)
        with progress("Make the film", _FRAMES) as step:
            write_clip(self.video, _counted(frames, step), _FPS)

    def play(self, act: Act, photo: Path, store: Store) -> _Played:
        """Enrol the newcomer, and show the film to the door."""
        self.tell(f"\n{act.title}")
        policy = match_policy(self.settings, self.engine)
        enrolment = Enrolment(self.engine, store, self.settings.enrolment, policy)
        report = enrolment.run([(act.newcomer.name, [photo])], lambda: None)
        for enrolled in report.enrolled:
            self.tell(f"  enrolled from one photo, {photo.name}: {enrolled.person}")
        for remark in (*report.refused, *report.warnings):
            note(f"{remark.file}: {remark.reason}")
        with progress("Watch the film", _FRAMES) as step:
            recorder = Recorder(store, step, self.settings.door.open_s)
            config = DoorConfig(camera=str(self.video))
            around = Surroundings(store, self.engine, (recorder,), note, fast=True)
            with ExitStack() as closing:
                door = build_door(self.settings, "demo", config, around, closing)
                door.run(lambda: open_capture(config.camera, self.settings, fast=True), threading.Event())
        for line in recorder.lines:
            self.tell(f"  {line}")
        return _Played(act, tuple(person.name for person in store.people.all()), recorder)

    def _walk(self, path: Path, hall: Image) -> Iterator[Image]:
        photo = load_photo(path)
        face, _ = face_to_enrol(self.engine, photo, self.settings.enrolment)
        return walk_up(photo.image, face.box, hall, _WALK)


def _counted(frames: Iterator[Image], step: Callable[[], None]) -> Iterator[Image]:
    for frame in frames:
        yield frame
        step()


@contextmanager
def _folder_for_people(out: Path) -> Iterator[Path]:
    """A folder in ``out`` that is gone afterwards.

    Raises:
        StoreError: ``out`` cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(prefix=".people-", dir=out.absolute())
    except OSError as error:
        raise StoreError(f"{out} cannot be written ({error.strerror}): name another folder with --out") from error
    with folder as name:
        yield Path(name)


def _contact_sheet(played: Sequence[_Played], settings: Settings) -> ContactSheet:
    models = f"{settings.models.detection} finds faces, {settings.models.embedding} recognises them"
    return ContactSheet(
        "Limen demo: two visitors at a door",
        f"{datetime.now(UTC):%Y-%m-%d}   |   models: {models}",
        tuple(SheetRow(one.act.title, tuple(one.recorder.shots)) for one in played),
        _FOOTER,
    )
