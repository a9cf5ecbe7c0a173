"""A calibration: the map from similarity to error rate of one model, as it is kept in a file."""

import json
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from limen.errors import BadDataError, NoInputError
from limen.matching.base import Method
from limen.matching.thresholds import SearchCurve, Tail, Thresholds
from limen.models.catalogue import Preset
from limen.types import ModelKey

_CERTAIN = 0.999
"""A search that finds somebody for nearly every stranger says nothing of a threshold."""

Rate = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FalseMatches(_Part):
    """The part ``fmr`` of comparisons of two people reaches ``similarity``; ``pairs`` of photos did, when counted.

    ``interval`` is where the rate of people at large lies with 95 % confidence.
    """

    fmr: Rate
    similarity: float
    pairs: Count
    interval: tuple[float, float]


class FalseNonMatches(_Part):
    """The part ``fnmr`` of comparisons of one person stays below ``similarity``."""

    fnmr: Rate
    similarity: float


class FittedTail(_Part):
    """A generalised Pareto distribution of what exceeds ``similarity``, which the part ``fmr`` of comparisons does."""

    similarity: float
    fmr: Rate
    shape: Annotated[float, Field(gt=-5, lt=1)]
    scale: Annotated[float, Field(gt=0)]
    pairs: Count


class Search(_Part):
    """How often a stranger reaches somebody among so many ``people`` with one photo each.

    ``fpir`` has a rate for the similarity of each point of ``false_matches``.
    """

    people: Annotated[int, Field(ge=1)]
    fpir: tuple[Annotated[float, Field(ge=0, le=1)], ...]


class PhotosExponent(_Part):
    """``n`` photos of a person match a stranger as often as n to the power ``exponent`` people with one photo each."""

    method: Method
    exponent: Annotated[float, Field(ge=0, le=3)]


class Calibration(_Part):
    """What was measured of one model, and on what.

    In all rates each two people count once, however many photos they have; so does each person in those of one person.
    ``false_matches`` end at the last rate with at least thirty pairs of people; what lies below comes from ``tail``.
    """

    format: Literal[1] = 1
    model: ModelKey
    data: str
    """The data set, in words."""
    made_at: AwareDatetime
    photos: Count
    photos_without_face: Count
    people: Count
    impostor_pairs: Count
    """Comparisons of photos of two people."""
    people_pairs: Count
    """Pairs of people."""
    genuine_pairs: Count
    """Comparisons of photos of one person."""
    false_matches: Annotated[tuple[FalseMatches, ...], Field(min_length=2)]
    searches: tuple[Search, ...] = ()
    """By rising numbers of people."""
    false_non_matches: tuple[FalseNonMatches, ...] = ()
    tail: FittedTail | None = None
    exponents: tuple[PhotosExponent, ...] = ()

    @model_validator(mode="after")
    def _monotone(self) -> Self:
        ordered = sorted(self.false_matches, key=lambda point: point.fmr)
        for low, high in pairwise(ordered):
            if low.fmr == high.fmr or low.similarity <= high.similarity:
                raise ValueError(f"a smaller false match rate needs a larger similarity, got {low} and {high}")
        if any(len(search.fpir) != len(self.false_matches) for search in self.searches):
            raise ValueError(f"each search needs {len(self.false_matches)} rates, one for each false match rate")
        return self

    @property
    def thresholds(self) -> Thresholds:
        """What matching compares with."""
        tail = self.tail and Tail(self.tail.similarity, self.tail.fmr, self.tail.shape, self.tail.scale)
        defaults = dict(Thresholds(()).exponents)
        measured = {entry.method: entry.exponent for entry in self.exponents}
        return Thresholds(
            tuple(Preset(fmr=point.fmr, similarity=point.similarity) for point in self.false_matches),
            tail or None,
            tuple(self._curve(search) for search in self.searches),
            tuple((defaults | measured).items()),
            f"calibration of {self.made_at:%Y-%m-%d} on {self.data}",
        )

    def _curve(self, search: Search) -> SearchCurve:
        """The points of a search whose rate says something of a threshold: falling, and neither 0 nor nearly 1."""
        points: list[Preset] = []
        for fpir, at in sorted(zip(search.fpir, self.false_matches, strict=True), key=lambda pair: pair[1].similarity):
            if 0 < fpir < (points[-1].fmr if points else _CERTAIN):
                points.append(Preset(fmr=fpir, similarity=at.similarity))
        return SearchCurve(search.people, tuple(points))

    def fnmr_at(self, similarity: float) -> float | None:
        """How often one person's photos are less alike than ``similarity``; ``None`` where too few were counted.

        A straight line between two measured rates.
        """
        known = sorted((point.similarity, point.fnmr) for point in self.false_non_matches)
        for (low, below), (high, above) in pairwise(known):
            if low <= similarity <= high:
                share = (similarity - low) / (high - low) if high > low else 1.0
                return below + share * (above - below)
        return None

    def to_json(self) -> str:
        """The text of the file."""
        return self.model_dump_json(indent=1) + "\n"


def days_between_false_entries(fpir: float, strangers_a_day: float) -> float:
    """After how many days one of so many strangers a day, each searched for once, is taken for somebody, on average."""
    return 1 / (fpir * strangers_a_day)


def file_name(model: ModelKey) -> str:
    """What the file of a model's calibration is called."""
    return f"{model.replace(':', '-')}.json"


def load_calibration(path: Path, model: ModelKey) -> Calibration:
    """The calibration of ``model`` in a file.

    Raises:
        NoInputError: the file cannot be read.
        BadDataError: it is no calibration, or one of another model.
    """
    try:
        return parse_calibration(path.read_text("utf-8"), str(path), model)
    except OSError as error:
        raise NoInputError(f"the calibration {path} cannot be read ({error.strerror}): check its rights") from error
    except UnicodeDecodeError as error:
        raise BadDataError(f"{path} is no calibration: text in UTF-8 is expected. {_REMEDY}") from error


def shipped_calibration(model: ModelKey) -> Calibration | None:
    """The calibration that comes with Limen for ``model``, if one does."""
    resource = files("limen.matching") / "calibrations" / file_name(model)
    if not resource.is_file():
        return None
    return parse_calibration(resource.read_text("utf-8"), str(resource), model)


def parse_calibration(text: str, name: str, model: ModelKey) -> Calibration:
    """The calibration of ``model`` in ``text``; ``name`` stands in messages.

    Raises:
        BadDataError: it is no calibration, or one of another model.
    """
    try:
        calibration = Calibration.model_validate(json.loads(text))
    except ValidationError as error:
        first = error.errors()[0]
        fault = f"{'.'.join(map(str, first['loc'])) or 'the whole'}: {first['msg']}"
        raise BadDataError(f"{name} is no calibration ({fault}). {_REMEDY}") from error
    except ValueError as error:
        raise BadDataError(f"{name} is no calibration ({error}). {_REMEDY}") from error
    if calibration.model != model:
        raise BadDataError(f"{name} is a calibration of {calibration.model}, one of {model} was expected. {_REMEDY}")
    return calibration


_REMEDY = "Make it anew (limen calibrate), or remove it"
