"""Everything about one model, measured on labelled photos: what a report tells."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil, isclose

from limen.errors import BadDataError
from limen.evaluation.calibrate import calibrate
from limen.evaluation.clustering import ClusteringReport, evaluate_clusters
from limen.evaluation.labelled import LabelledFaces
from limen.evaluation.metrics import ERRORS_NEEDED, Proportion
from limen.evaluation.report_pictures import Picture, curves, faces_shown
from limen.evaluation.scores import AllPairs, all_pairs
from limen.evaluation.search import SearchPlan, SearchRow, evaluate_search
from limen.matching.base import Method
from limen.matching.calibration import Calibration
from limen.matching.clusters import rate_for
from limen.matching.thresholds import Thresholds
from limen.types import Image

STEPS = 5
"""How often ``measure`` calls its ``step``."""
GALLERIES = (1, 10, 100, 1000)
_RATES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
_SEARCH_RATES = (1e-1, 1e-2, 1e-3, 1e-4)
_SEARCH_PHOTOS = (1, 3)
_CLUSTER_PHOTOS = 3


@dataclass(frozen=True, slots=True)
class ReportPlan:
    """What is told beside what is measured.

    ``data`` are the photos in words, ``in_force`` the thresholds that are used here, told where the photos are too few
    to measure any; ``fpir`` and ``margin`` are those that are set here.
    """

    data: str
    detector: str
    made_at: datetime
    in_force: Thresholds
    fpir: float
    margin: float
    strangers_a_day: float


@dataclass(frozen=True, slots=True)
class RateRow:
    """A false match rate with its threshold, and what was counted of it in these photos.

    ``matches`` are the comparisons of two people that reached it, ``missed`` those of one person that did not; ``fnmr``
    is the rate of these with each person counted once, ``None`` where fewer than thirty did. ``interval`` is that of
    the false match rate, ``None`` where it was not counted: ``pairs_needed`` pairs of people would do for that.
    """

    fmr: float
    similarity: float
    fitted: bool
    matches: Proportion
    interval: tuple[float, float] | None
    missed: Proportion | None
    fnmr: float | None
    pairs_needed: int


@dataclass(frozen=True, slots=True)
class SearchThreshold:
    """What a search among so many ``people`` needs, and how many photos of the right person it then turns away."""

    people: int
    similarity: float
    fnmr: float | None
    fitted: bool


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A false positive identification rate, and what it takes in galleries of ``GALLERIES`` people."""

    fpir: float
    thresholds: tuple[SearchThreshold, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured. ``calibration`` is ``None`` where the photos are too few; ``left_out`` says what, and why."""

    plan: ReportPlan
    faces: LabelledFaces
    calibration: Calibration | None
    pairs: AllPairs
    rates: tuple[RateRow, ...]
    entries: tuple[EntryRow, ...]
    searches: tuple[SearchRow, ...]
    clusters: ClusteringReport | None
    pictures: tuple[Picture, ...]
    left_out: tuple[str, ...]

    @property
    def thresholds(self) -> Thresholds:
        """Those measured here, else those in force."""
        return self.calibration.thresholds if self.calibration else self.plan.in_force


def measure(
    faces: LabelledFaces, plan: ReportPlan, cut: Callable[[LabelledFaces], Sequence[Image]], step: Callable[[], None]
) -> Report:
    """The report on the model that embedded ``faces``; ``cut`` gives a small picture of each of some faces.

    Raises:
        BadDataError: all photos show one person.
        ConfigError: the photos are too few to measure thresholds, and the model has none.
    """
    left_out: list[str] = []
    calibration = _calibration(faces, plan, left_out)
    thresholds = calibration.thresholds if calibration else plan.in_force
    pairs = all_pairs(faces)
    rates = tuple(_rates(thresholds, calibration, pairs))
    entries = tuple(_entries(thresholds, pairs, plan.fpir))
    step()
    searches = _searches(faces, plan, left_out)
    step()
    clusters = _clusters(faces, thresholds, left_out)
    step()
    pictures = [*curves(faces, pairs, thresholds, plan.data, left_out)]
    step()
    pictures += faces_shown(faces, thresholds, plan.data, cut)
    step()
    return Report(plan, faces, calibration, pairs, rates, entries, searches, clusters, tuple(pictures), tuple(left_out))


def _calibration(faces: LabelledFaces, plan: ReportPlan, left_out: list[str]) -> Calibration | None:
    if len(faces.names) < 2:
        raise BadDataError(
            f"all {len(faces)} photos show one person, {faces.names[0]}: a report needs photos of different people, "
            "named after their person, or in a folder a person"
        )
    try:
        return calibrate(faces, plan.data, plan.made_at)
    except BadDataError as error:
        left_out.append(f"Thresholds were not measured: {error}. Those that are used here are told instead.")
        return None


def _rates(thresholds: Thresholds, calibration: Calibration | None, pairs: AllPairs) -> Iterator[RateRow]:
    points = calibration.false_matches if calibration else ()
    for rate in _RATES:
        similarity = thresholds.at_fmr(rate)
        counted = next((point for point in points if isclose(point.fmr, rate)), None)
        reaching = pairs.genuine.reaching(similarity) if pairs.genuine.total else None
        yield RateRow(
            rate,
            similarity,
            thresholds.is_fitted(rate),
            pairs.impostor.reaching(similarity),
            counted.interval if counted else None,
            reaching and Proportion(reaching.total - reaching.count, reaching.total),
            fnmr(pairs, similarity),
            ceil(ERRORS_NEEDED / rate),
        )


def _entries(thresholds: Thresholds, pairs: AllPairs, own_fpir: float) -> Iterator[EntryRow]:
    for fpir in sorted({*_SEARCH_RATES, own_fpir}, reverse=True):
        found = [(people, thresholds.for_search(fpir, people)) for people in GALLERIES]
        yield EntryRow(
            fpir,
            tuple(
                SearchThreshold(
                    people, similarity, fnmr(pairs, similarity), thresholds.is_fitted(thresholds.fmr_at(similarity))
                )
                for people, similarity in found
            ),
        )


def fnmr(pairs: AllPairs, similarity: float) -> float | None:
    """The part of comparisons of one person below ``similarity``, each person counted once.

    ``None`` where fewer than thirty were counted: too few to tell a rate from.
    """
    if (
        not pairs.genuine.total
        or (reaching := pairs.genuine.reaching(similarity)).total - reaching.count < ERRORS_NEEDED
    ):
        return None
    return 1 - pairs.genuine.rate(similarity)


def _searches(faces: LabelledFaces, plan: ReportPlan, left_out: list[str]) -> tuple[SearchRow, ...]:
    people = [size for size in GALLERIES[1:] if size < len(faces.names) // 2]
    if not people:
        left_out.append(
            f"Searches were not measured: {len(faces.names)} people are too few to enrol {GALLERIES[1]} and to have as "
            "many strangers, twice."
        )
        return ()
    methods = (Method.NEAREST, Method.CENTROID)
    try:
        return evaluate_search(faces, SearchPlan(methods, _SEARCH_PHOTOS, people, plan.fpir, plan.margin))
    except BadDataError as error:
        left_out.append(f"Searches were not measured: {error}.")
        return ()


def _clusters(faces: LabelledFaces, thresholds: Thresholds, left_out: list[str]) -> ClusteringReport | None:
    enough = faces.counts >= _CLUSTER_PHOTOS
    if enough.sum() < 2:
        left_out.append(f"Clusters were not measured: two people with {_CLUSTER_PHOTOS} photos or more are needed.")
        return None
    chosen = faces.of_people(enough)
    return evaluate_clusters(chosen, thresholds.at_fmr(rate_for(len(chosen))))
