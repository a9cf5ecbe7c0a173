"""The page of ``limen try``: test photos one by one, whether each would unlock the door, and why."""

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, PackageLoader

from limen.camera.photo import load_photo
from limen.config import Settings
from limen.door.build import build_gallery, match_policy
from limen.engine import Engine
from limen.errors import BadDataError, LimenError, NoInputError
from limen.evaluation.rate_words import false_entry_every
from limen.store import Store
from limen.types import PersonId
from limen.version import __version__
from limen.web.access import Access
from limen.web.looking import Looker, scaled_jpeg
from limen.web.rates import Step, steps
from limen.web.verdicts import Mark, Named, PhotoShown, Search, State, mark_of, named_after, photo_shown, state_of

_LARGEST_PX = 1280
_AT_A_TIME = 2
"""So many photos are decoded at once: a large one takes 150 MB."""

Fpir = Annotated[float, Query(gt=0, lt=1)]
StrangersADay = Annotated[float, Query(gt=0, le=1e6)]


@dataclass(frozen=True, slots=True)
class TrialShown:
    """What the page needs once.

    The names of the photos, the ``steps`` of the slider and the one to ``start`` at, the ends of the similarity scale.
    """

    photos: tuple[str, ...]
    steps: tuple[Step, ...]
    start: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Judged:
    """All photos at one error rate: a state and a mark each, and how many there are of each."""

    states: tuple[State, ...]
    marks: tuple[Mark | None, ...]
    counts: dict[State, int]
    marked: dict[Mark, int]
    false_entry_every: str


class Trial:
    """Test photos and the people enrolled, as they are now."""

    def __init__(
        self, folder: Path, photos: Sequence[Path], looker: Looker, parts: tuple[Engine, Store, Settings]
    ) -> None:
        """Read who is enrolled.

        Raises:
            TemplateError: all are enrolled with another model.
        """
        self.folder, self.photos, self.looker = folder, photos, looker
        self.engine, self._store, self.settings = parts
        self._lock = threading.Lock()
        self._revision = -1
        self._found: list[tuple[State, frozenset[PersonId]]] = []
        self._found_by: Search | None = None
        self.refresh()

    def refresh(self) -> None:
        """Read again who is enrolled, where that has changed."""
        with self._lock:
            revision = self._store.revision()
            if revision == self._revision:
                return
            names = {person.id: person.name for person in self._store.people.all() if not person.disabled}
            policy = match_policy(self.settings, self.engine)
            self.search = Search(build_gallery(self._store, self.engine), names, policy)
            self.named = self._named()
            self._revision = revision

    def at(self, fpir: float) -> Search:
        """The search at an error rate."""
        return replace(self.search, policy=replace(self.search.policy, fpir=fpir))

    def shown(self) -> TrialShown:
        """What the page needs once.

        Raises:
            ConfigError: the model has no thresholds.
        """
        thresholds, own = self.engine.thresholds, self.settings.matching.fpir
        found = steps(thresholds, self.search.gallery.comparisons(thresholds.exponent(self.search.policy.method)), own)
        start = min(range(len(found)), key=lambda index: abs(found[index].fpir - own))
        # Half of all pairs of two people are less alike than the middle: most strangers lie around it.
        middle = thresholds.at_fmr(0.5)
        names = tuple(_printable(photo.relative_to(self.folder)) for photo in self.photos)
        return TrialShown(names, found, start, low=middle - (1 - middle) / 2, high=1.0)

    def judged(self, fpir: float, strangers_a_day: float) -> Judged:
        """All photos at an error rate."""
        found = self._states(self.at(fpir))
        marks = [mark_of(*each, named) for each, named in zip(found, self.named, strict=True)]
        states = [state for state, _ in found]
        return Judged(
            tuple(states),
            tuple(marks),
            {state: states.count(state) for state in State},
            {mark: marks.count(mark) for mark in Mark},
            false_entry_every(fpir, strangers_a_day),
        )

    def photo(self, index: int, fpir: float) -> PhotoShown:
        """One photo at an error rate."""
        return photo_shown(self.looker.ask(index), self.at(fpir), self.named[index])

    def _states(self, search: Search) -> list[tuple[State, frozenset[PersonId]]]:
        """What each photo does, and whom it lets in; kept while the page asks on and on."""
        with self._lock:
            if self._found_by != search:
                self._found_by, self._found = search, [(State.LOOKING, frozenset())] * len(self.photos)
            looked = enumerate(self.looker.looked)
            new = {i: state_of(one, search) for i, one in looked if self._found[i][0] is State.LOOKING}
            self._found = [new.get(i, known) for i, known in enumerate(self._found)]
            return self._found

    def _named(self) -> tuple[Named | None, ...]:
        """Whom each photo is said to show; nobody says so where not one is named after somebody enrolled."""
        named = tuple(named_after(photo, self.folder, self.search.names) for photo in self.photos)
        return named if any(one and one.person for one in named) else (None,) * len(named)


def _jpeg(data: bytes | None) -> Response:
    """A picture; that of a broken one where there is none: why it is broken stands beside it."""
    return RedirectResponse("/static/broken.svg") if data is None else Response(data, media_type="image/jpeg")


def _printable(path: Path) -> str:
    """The path as text, also where its name is no UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")


def build_app(trial: Trial, key: str) -> Access:
    """The page, for whoever has ``key``."""
    app = FastAPI(title="Limen", docs_url=None, redoc_url=None, openapi_url=None)
    pages = Jinja2Templates(env=Environment(loader=PackageLoader("limen.web"), autoescape=True))
    decoding = threading.BoundedSemaphore(_AT_A_TIME)
    app.mount("/static", StaticFiles(packages=[("limen.web", "static")]))

    @app.exception_handler(LimenError)
    def failed(_: Request, error: LimenError) -> Response:
        return PlainTextResponse(str(error), HTTPStatus.SERVICE_UNAVAILABLE)

    @app.get("/", response_class=HTMLResponse)
    def page(request: Request) -> Response:
        trial.refresh()
        return pages.TemplateResponse(request, "try.html", {"trial": trial, "version": __version__})

    @app.get("/trial")
    def shown() -> TrialShown:
        return trial.shown()

    @app.get("/judged")
    def judged(fpir: Fpir, strangers_a_day: StrangersADay) -> Judged:
        return trial.judged(fpir, strangers_a_day)

    @app.get("/photos/{index}")
    def photo(index: int, fpir: Fpir) -> PhotoShown:
        _check(index)
        return trial.photo(index, fpir)

    @app.get("/photos/{index}/small.jpg")
    def small(index: int) -> Response:
        _check(index)
        looked = trial.looker.looked[index]
        return _jpeg(looked.thumbnail if looked else None)

    @app.get("/photos/{index}/large.jpg")
    def large(index: int) -> Response:
        _check(index)
        with decoding, suppress(BadDataError, NoInputError):
            return _jpeg(scaled_jpeg(load_photo(trial.photos[index]).image, _LARGEST_PX))
        return _jpeg(None)

    def _check(index: int) -> None:
        if not 0 <= index < len(trial.photos):
            raise HTTPException(HTTPStatus.NOT_FOUND, f"there are {len(trial.photos)} photos, from 0 on")

    return Access(app, key)
