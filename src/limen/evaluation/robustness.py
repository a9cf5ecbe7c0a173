"""How similarity moves when a photo is changed: mirrored, turned, blurred, too dark, covered, small.

A photo of a person is changed, and goes the way of every photo: the face is looked for anew, aligned and embedded. It
is compared with itself as it was, and with another photo of the same person, which is what happens at a door. A photo
in which no face is found any more is a failure to acquire; its comparisons are not made, so they do not count as
non-matches. Source of the terms: ISO/IEC 19795-1.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from limen.camera.photo import load_photo
from limen.engine import Engine
from limen.errors import BadDataError
from limen.evaluation.changes import CHANGES, Change
from limen.evaluation.labelled import People
from limen.evaluation.metrics import Proportion
from limen.evaluation.photos import PhotoWork, embed_photo, find_and_embed, naming, on_engines
from limen.types import Embedding, Face, Image, ModelKey

UNCHANGED = Change("none", "Unchanged", "", (0,), 0, lambda image, face, strength: image)
_NO_FACE = -math.inf
_NOT_DONE = math.nan

Similarities = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Probe:
    """A photo to change, and another of the same ``person``, ``None`` where there is none."""

    person: str
    photo: Path
    other: Path | None


@dataclass(frozen=True, slots=True)
class Compared:
    """Similarities of changed photos: median, 5th and 95th percentile; how many are ``below`` the threshold."""

    median: float
    p5: float
    p95: float
    below: Proportion

    @classmethod
    def of(cls, similarities: Similarities, threshold: float) -> Self | None:
        """What finite ``similarities`` (n,) come to; ``None`` where there are none."""
        if not len(similarities):
            return None
        p5, median, p95 = np.percentile(similarities, (5, 50, 95)).tolist()
        return cls(median, p5, p95, Proportion(int((similarities < threshold).sum()), len(similarities)))


@dataclass(frozen=True, slots=True)
class Effect:
    """What one strength of a change did.

    ``same`` compares with the photo as it was, ``other`` with another photo of the person: what is below the threshold
    there is the false non-match rate. ``None`` where nothing could be compared.
    """

    strength: float
    failures_to_acquire: Proportion
    same: Compared | None
    other: Compared | None


@dataclass(frozen=True, slots=True)
class ChangeEffects:
    """What a change did, by rising strength; strengths that fit no photo are left out."""

    change: Change
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class RobustnessReport:
    """What a study came to.

    ``photos`` are those changed, ``with_other`` those of them whose person has another photo with a face, ``missed``
    those in which no face was found before anything was changed: they take no part. ``threshold`` is what the false
    match rate ``fmr`` stands for; faces below ``min_face_px`` are not looked for.
    """

    model: ModelKey
    fmr: float
    threshold: float
    min_face_px: float
    photos: int
    people: int
    with_other: int
    missed: tuple[Path, ...] = field(repr=False)
    unchanged: Effect
    changes: tuple[ChangeEffects, ...] = field(repr=False)


def choose_probes(people: People, count: int) -> list[Probe]:
    """At most ``count`` photos, spread evenly over ``people``, always the same.

    First comes one photo of each person, of those with several photos before those with one; then each second photo,
    and so on.
    """
    first = [_probe(name, photos, 0) for name, photos in people]
    rounds = [[one for one in first if one.other], [one for one in first if not one.other]]
    most = max(len(photos) for _, photos in people)
    rounds += [[_probe(name, photos, n) for name, photos in people if len(photos) > n] for n in range(1, most)]
    chosen: list[Probe] = []
    for probes in rounds:
        room = min(count - len(chosen), len(probes))
        chosen += [probes[place * len(probes) // room] for place in range(room)]
    return chosen


def study_robustness(
    probes: Sequence[Probe],
    work: PhotoWork,
    fmr: float,
    step: Callable[[], None] = lambda: None,
    changes: Sequence[Change] = CHANGES,
) -> RobustnessReport:
    """What ``changes`` do to ``probes``, judged at the threshold of ``fmr``; ``step`` is called after each photo.

    Raises:
        BadDataError: no photo shows a face, or a photo or network is bad.
        NoInputError: a photo cannot be read.
        ConfigError: the model has no thresholds.
    """
    engine = work.engines[0]
    threshold = engine.thresholds.at_fmr(fmr)
    done = (UNCHANGED, *changes)
    measured = on_engines(probes, work, lambda engine, probe: _measure(probe, engine, work.min_face_px, done), step)
    found = {probe: similarities for probe in probes if (similarities := measured[probe]) is not None}
    if not found:
        raise BadDataError(f"no face was found in any of the {len(probes)} photos: are they the right ones?")
    same, other = np.array(list(found.values())).transpose(1, 2, 0)
    effects = _effects(done, same, other, threshold)
    return RobustnessReport(
        model=engine.model,
        fmr=fmr,
        threshold=threshold,
        min_face_px=work.min_face_px,
        photos=len(found),
        people=len({probe.person for probe in found}),
        with_other=int((~np.isnan(other[0])).sum()),
        missed=tuple(probe.photo for probe in probes if probe not in found),
        unchanged=effects[0].effects[0],
        changes=effects[1:],
    )


def _probe(name: str, photos: Sequence[Path], number: int) -> Probe:
    return Probe(name, photos[number], photos[(number + 1) % len(photos)] if len(photos) > 1 else None)


def _measure(probe: Probe, engine: Engine, min_face_px: float, changes: Sequence[Change]) -> Similarities | None:
    """Similarities to the photo itself and to the other, of each strength of each change: float64 (2, strengths).

    ``None`` where the photo shows no face.
    """
    image = load_photo(probe.photo).image
    with naming(probe.photo):
        found = find_and_embed(image, engine, min_face_px)
        if found is None:
            return None
        face, embedding = found
        other = embed_photo(probe.other, engine, min_face_px) if probe.other else None
        images = (change.apply(image, face, strength) for change in changes for strength in change.strengths)
        return np.array([_compare(changed, (embedding, other), engine, min_face_px) for changed in images]).T


def _compare(
    changed: Image | None, with_: tuple[Embedding, Embedding | None], engine: Engine, min_face_px: float
) -> tuple[float, float]:
    """The two similarities of a changed photo: NaN where none was made, -inf where no face is found in it."""
    if changed is None:
        return _NOT_DONE, _NOT_DONE
    found: tuple[Face, Embedding] | None = find_and_embed(changed, engine, min_face_px)
    same, other = (
        _NOT_DONE if one is None else _NO_FACE if found is None else engine.compare(found[1], one) for one in with_
    )
    return same, other


def _effects(
    changes: Sequence[Change], same: Similarities, other: Similarities, threshold: float
) -> tuple[ChangeEffects, ...]:
    """The effects of ``changes``, whose strengths are the rows of ``same`` and ``other``, both (strengths, photos)."""
    rows = iter(zip(same, other, strict=True))
    measured = [(change, [(strength, *next(rows)) for strength in change.strengths]) for change in changes]
    return tuple(
        ChangeEffects(change, tuple(_effect(*one, threshold) for one in strengths if not np.isnan(one[1]).all()))
        for change, strengths in measured
    )


def _effect(strength: float, same: Similarities, other: Similarities, threshold: float) -> Effect:
    done = same[~np.isnan(same)]
    return Effect(
        strength,
        Proportion(int(np.isneginf(done).sum()), len(done)),
        Compared.of(same[np.isfinite(same)], threshold),
        Compared.of(other[np.isfinite(other)], threshold),
    )
