"""What the store says of a photo, a template and a person, without any vector."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from limen.errors import BadDataError
from limen.types import ModelKey, Person, Size, TemplateId

PhotoId = NewType("PhotoId", str)


class TakenFrom(StrEnum):
    """Where a photo came from."""

    FILE = "file"
    CAMERA = "camera"
    BROWSER = "browser"


class LabelKind(StrEnum):
    """What somebody said of an event: it was this person, it was not this person, it is of no matter."""

    IS = "is"
    WRONG = "wrong"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class PhotoSource:
    """Where a template came from.

    ``sha256`` is the digest of the photo's file, 64 lower-case hexadecimal digits; ``quality`` what was
    measured on the face, by name.
    """

    file_name: str
    sha256: str
    size: Size
    taken_from: TakenFrom
    quality: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not re.fullmatch("[0-9a-f]{64}", self.sha256):
            raise BadDataError(f"sha256 must be 64 lower-case hexadecimal digits, got {self.sha256!r}")
        if self.size.width < 1 or self.size.height < 1:
            raise BadDataError(f"a photo has at least 1 × 1 pixels, got {self.size}")
        for name, value in self.quality.items():
            if not math.isfinite(value):
                raise BadDataError(f"a quality must be finite, got {name} = {value}: leave out what was not measured")


@dataclass(frozen=True, slots=True)
class TemplateRecord:
    """That there is a template, of which model and since when."""

    id: TemplateId
    model: ModelKey
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PhotoRecord:
    """A photo somebody was enrolled from, and its templates; ``kept`` if its bytes are in the store."""

    id: PhotoId
    source: PhotoSource
    created_at: datetime
    kept: bool
    templates: tuple[TemplateRecord, ...]


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """All that is kept of a person beside vectors, photos and events; the oldest photo first."""

    person: Person
    created_at: datetime
    photos: tuple[PhotoRecord, ...]
