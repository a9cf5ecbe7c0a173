"""Strangers who came to a door, put together by person from the pictures that are kept of them.

Their faces are compared in memory alone: nothing is written that anybody could be found by, and what is remembered of
a picture is forgotten when the picture is deleted or somebody says whom it shows.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from limen.config import QualityBounds
from limen.door.crop_faces import face_in_crop
from limen.door.engines import EnginePool
from limen.door.unknown_groups import SeenStranger, UnknownGroup, group_strangers
from limen.errors import BadDataError
from limen.matching.base import Method
from limen.matching.exact import ExactGallery
from limen.store import Store
from limen.store.crops import StrangerCrop
from limen.types import Embedding, Measure, ModelKey, PersonId, Template

MOST = 2000
"""So many pictures are looked at, the newest; each takes half a kilobyte of memory."""
_HINT_FPIR = 0.05
"""How often a stranger is taken for somebody in what is only a hint."""


@dataclass(frozen=True, slots=True)
class UnknownOverview:
    """All strangers at this moment; ``waiting`` pictures were not looked at yet, in ``unusable`` no face was found."""

    groups: tuple[UnknownGroup, ...]
    waiting: int = 0
    unusable: int = 0


@dataclass
class _Known:
    """What is remembered; ``None`` for a picture without a face."""

    model: ModelKey | None = None
    seen: dict[int, SeenStranger | None] = field(default_factory=dict)
    grouped: tuple[int, ...] = ()
    groups: tuple[UnknownGroup, ...] = ()
    revision: int = -1
    gallery: ExactGallery | None = None


class UnknownFaces:
    """Looks at pictures of strangers when asked to, for a while each time; safe to ask from several threads."""

    def __init__(
        self, store: Store, engines: Callable[[], EnginePool], bounds: Callable[[], QualityBounds], *, most: int = MOST
    ) -> None:
        self._store, self._engines, self._bounds, self._most = store, engines, bounds, most
        self._known = _Known()
        self._guard = threading.Lock()
        self._looking = threading.Lock()

    def overview(self, budget_s: float = 1.0) -> UnknownOverview:
        """The strangers, with at most about ``budget_s`` spent on pictures that are new; ask again for the others.

        Raises:
            LimenError: the store cannot be read, or there is no engine.
        """
        crops = self._store.crops.strangers(self._most)
        if not crops:
            with self._guard:
                self._known = _Known()
            return UnknownOverview(())
        engines = self._engines()
        model, measure = engines.model, engines.measure
        self._forget(crops, model)
        # Who comes while another looks is told what is known so far: pictures are looked at once.
        if self._looking.acquire(blocking=False):
            try:
                self._look(crops, engines, time.monotonic() + budget_s)
            finally:
                self._looking.release()
        with self._guard:
            known = {
                crop.sequence: self._known.seen[crop.sequence] for crop in crops if crop.sequence in self._known.seen
            }
            seen = [one for one in known.values() if one is not None]
            groups = self._grouped(seen, measure, engines)
        return UnknownOverview(groups, len(crops) - len(known), len(known) - len(seen))

    def group(self, group: int) -> UnknownGroup | None:
        """The group of this id, as far as pictures were looked at; ``None`` where there is none (any more)."""
        return next((one for one in self.overview(0.0).groups if one.id == group), None)

    def alike(self, groups: Sequence[UnknownGroup]) -> dict[int, PersonId]:
        """Who each group may be, by its id: only a hint, for one stranger in twenty is like somebody.

        Raises:
            LimenError: the store cannot be read, or there is no engine.
        """
        engines = self._engines()
        gallery = self._gallery(engines.model, engines.measure)
        if not gallery.people:
            return {}
        comparisons = gallery.comparisons(engines.thresholds.exponent(Method.NEAREST))
        threshold = engines.thresholds.for_search(_HINT_FPIR, comparisons)
        found = {}
        for group in groups:
            best = gallery.search(Embedding(group.typical, engines.model), Method.NEAREST, 1)
            if best and best[0].similarity >= threshold:
                found[group.id] = best[0].person
        return found

    def _forget(self, crops: Sequence[StrangerCrop], model: ModelKey) -> None:
        """Keep nothing of pictures that are gone, or were labelled, or were looked at by another model."""
        with self._guard:
            if self._known.model != model:
                self._known = _Known(model)
            there = {crop.sequence for crop in crops}
            for sequence in [one for one in self._known.seen if one not in there]:
                del self._known.seen[sequence]

    def _look(self, crops: Sequence[StrangerCrop], engines: EnginePool, until_s: float) -> None:
        for crop in crops:
            with self._guard:
                if crop.sequence in self._known.seen:
                    continue
            if time.monotonic() >= until_s:
                return
            found = self._seen(crop, engines)
            with self._guard:
                self._known.seen[crop.sequence] = found

    def _seen(self, crop: StrangerCrop, engines: EnginePool) -> SeenStranger | None:
        try:
            jpeg = self._store.crops.of(crop.sequence)
            if jpeg is None:
                return None
            # Borrowed for one picture at a time: doors must not wait for long.
            with engines.borrow() as engine:
                face = face_in_crop(engine, jpeg, f"the picture of event {crop.sequence}", self._bounds())
        except BadDataError:  # Altered, or no picture: the others can still be looked at.
            return None
        if face is None:
            return None
        return SeenStranger(crop, face.embedding.vector, face.quality.size_px, not face.flaws)

    def _grouped(self, seen: Sequence[SeenStranger], measure: Measure, engines: EnginePool) -> tuple[UnknownGroup, ...]:
        which = tuple(one.crop.sequence for one in seen)
        if which != self._known.grouped:
            self._known.groups = group_strangers(seen, measure, engines.thresholds)
            self._known.grouped = which
        return self._known.groups

    def _gallery(self, model: ModelKey, measure: Measure) -> ExactGallery:
        revision = self._store.revision()
        with self._guard:
            if self._known.gallery is None or self._known.revision != revision or self._known.gallery.model != model:
                templates: list[Template] = self._store.templates.load(model)
                self._known.gallery, self._known.revision = ExactGallery(templates, model, measure), revision
            return self._known.gallery
