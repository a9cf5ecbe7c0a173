"""The pictures of a report, as PNG files in memory."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from limen.errors import BadDataError
from limen.evaluation.labelled import LabelledFaces
from limen.evaluation.plots.curves import curve_of, det, roc
from limen.evaluation.plots.histogram import histogram
from limen.evaluation.plots.projection import projection_map
from limen.evaluation.plots.robustness import robustness
from limen.evaluation.plots.similarity import similarity_map
from limen.evaluation.plots.style import Caption, save_figure
from limen.evaluation.plots.threshold import Threshold
from limen.evaluation.projection import ProjectionMethod, project
from limen.evaluation.robustness import RobustnessReport
from limen.evaluation.scores import AllPairs
from limen.matching.thresholds import Thresholds
from limen.types import Image

_MARKED = (1e-2, 1e-3, 1e-4)
_SHOWN_FMR = 1e-3
_SAMPLE_PEOPLE, _SAMPLE_PHOTOS = 10, 4


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and what it shows, in a sentence or two; ``has_faces`` where people can be recognised in it."""

    title: str
    about: str
    png: bytes = field(repr=False)
    has_faces: bool = False


def curves(
    faces: LabelledFaces, pairs: AllPairs, thresholds: Thresholds, data: str, left_out: list[str]
) -> Iterator[Picture]:
    """How alike people are, and how the two errors trade against each other; nothing where nobody has two photos."""
    if not pairs.genuine.total:
        left_out.append("Curves were not drawn: nobody has two photos, so nothing is known of photos of one person.")
        return
    marked = [Threshold(fmr, thresholds.at_fmr(fmr)) for fmr in _MARKED]
    curve = curve_of(faces.model.partition(":")[0], pairs)
    caption = _captions(faces, data)
    yield _picture(
        histogram(pairs, marked, caption("How alike photos of one person, and of two people, are")),
        "How alike",
        "Two hills: photos of two people, and photos of one person. The further apart, the better the model. Each line "
        "is a threshold; what lies on its wrong side is an error.",
    )
    yield _picture(
        det([curve], caption("Detection error trade-off (DET)")),
        "The two errors against each other",
        "Each point is a threshold. To the left fewer strangers match, downwards fewer of the right people are turned "
        "away: the nearer to the lower left corner, the better. Normal distributions give a straight line here.",
    )
    yield _picture(
        roc([curve], caption("Receiver operating characteristic (ROC)")),
        "The same as an ROC curve",
        "How many comparisons of one person match, at each false match rate.",
    )


def faces_shown(
    faces: LabelledFaces, thresholds: Thresholds, data: str, cut: Callable[[LabelledFaces], Sequence[Image]]
) -> Iterator[Picture]:
    """A sample of the faces against each other, and on a plane; ``cut`` gives a small picture of each."""
    shown = sample(faces)
    if len(shown) < 3:
        return
    pictures = list(cut(shown))
    caption = _captions(faces, f"{len(shown)} photos of {len(shown.names)} people out of {data}")
    threshold = Threshold(_SHOWN_FMR, thresholds.at_fmr(_SHOWN_FMR))
    people = f"{len(shown.names)} people"
    yield _picture(
        similarity_map(shown, pictures, threshold, caption("How alike some faces are to each other")),
        "Face by face",
        f"{people} with most photos, each face against each other. Orange is alike enough to match at a false match "
        "rate of 0.1 %: that should be so within the squares, and nowhere else.",
        has_faces=True,
    )
    try:
        laid = project(shown.vectors, ProjectionMethod.PCA)
    except BadDataError:  # all are one and the same face to the model
        return
    yield _picture(
        projection_map(shown, laid, dict(enumerate(pictures)), caption("How these faces lie to each other")),
        "On a plane",
        f"The same {people}, in the two directions in which their faces differ most: what is near each other is alike. "
        "Two directions of so many hold a part of the differences only.",
        has_faces=True,
    )


def robustness_picture(report: RobustnessReport, data: str) -> Picture:
    """What changes of a photo do to similarity."""
    caption = Caption("What changes of a photo do to similarity", data, _short(report.model), "")
    return _picture(
        robustness(report, caption),
        "What changes of a photo do",
        f"{report.photos:,} photos were mirrored, turned, blurred, darkened, covered and shrunk, and compared with "
        "themselves and with another photo of the person.",
    )


def sample(faces: LabelledFaces) -> LabelledFaces:
    """The people with most photos, the first of their photos each: few enough to be looked at one by one."""
    most = np.argsort(-faces.counts, kind="stable")[:_SAMPLE_PEOPLE]
    kept = np.sort(np.concatenate([np.flatnonzero(faces.owner == person)[:_SAMPLE_PHOTOS] for person in most]))
    people, owner = np.unique(faces.owner[kept], return_inverse=True)
    return LabelledFaces(
        faces.vectors[kept],
        owner.astype(np.intp),
        tuple(faces.names[person] for person in people),
        faces.model,
        faces.measure,
        tuple(faces.photos[index] for index in kept) if faces.photos else (),
    )


def _captions(faces: LabelledFaces, data: str) -> Callable[[str], Caption]:
    """Titles to captions; the day stands at the head of the report."""
    return lambda title: Caption(title, data, _short(faces.model), "")


def _short(model: str) -> str:
    name, colon, digest = model.partition(":")
    return f"{name}{colon}{digest[:8]}"


def _picture(figure: Figure, title: str, about: str, *, has_faces: bool = False) -> Picture:
    with tempfile.TemporaryDirectory(prefix="limen-report-") as folder:
        path = Path(folder) / "picture.png"
        save_figure(figure, path)
        return Picture(title, about, path.read_bytes(), has_faces)
