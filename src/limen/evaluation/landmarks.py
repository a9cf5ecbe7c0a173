"""How far the detector's five landmarks lie from the true ones.

True points come in the layout of Kaggle's facial keypoints: grey pictures of 96 × 96 pixels that a face fills, and a
table with the x and y of fifteen points, whose left and right are the person's; those of a face's landmarks are the
picture's. Distances count in distances between the true eyes. Source of the measure: Jesorsky et al., Robust Face
Detection Using the Hausdorff Distance, 2001; of its mean over points: Sagonas et al., 300 Faces in-the-Wild, 2013.
"""

import csv
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from limen.camera.photo import load_photo
from limen.engine import Engine, main_face
from limen.errors import BadDataError, NoInputError
from limen.evaluation.metrics import Proportion
from limen.evaluation.photos import PhotoWork, naming, on_engines
from limen.types import Box, Image

SIDE_PX = 96
KEY = "face_images"
KEYPOINTS = (
    "left_eye_center", "right_eye_center", "left_eye_inner_corner", "left_eye_outer_corner", "right_eye_inner_corner",
    "right_eye_outer_corner", "left_eyebrow_inner_end", "left_eyebrow_outer_end", "right_eyebrow_inner_end",
    "right_eyebrow_outer_end", "nose_tip", "mouth_left_corner", "mouth_right_corner", "mouth_center_top_lip",
    "mouth_center_bottom_lip",
)  # fmt: skip
LANDMARKS = ("left eye", "right eye", "nose", "left corner of the mouth", "right corner of the mouth")
"""The five of a face, in their order; left and right are the picture's."""
COMMON = tuple(
    KEYPOINTS.index(name)
    for name in ("right_eye_center", "left_eye_center", "nose_tip", "mouth_right_corner", "mouth_left_corner")
)
"""Where each of ``LANDMARKS`` stands in ``KEYPOINTS``."""
FAR = 0.1
"""From this error on, a tenth of the distance between the eyes, a face counts as badly met."""

_ZOOM, _BORDER_PX, _MIN_FACE_PX = 3, 48, 30
"""A face that fills so small a picture is found, and its points well met, in a larger one with something around it."""
_AROUND = 0.35
"""How much of a photo is kept around a face, in sides of its box."""

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MarkedFace:
    """A picture of a face, RGB, and its points in pixels.

    ``predicted`` is float64 (5, 2), ``None`` where no face was found; ``true`` is float64 (15, 2), NaN where a point is
    not known, ``None`` where none is.
    """

    name: str
    image: Image = field(repr=False)
    predicted: Points | None = field(repr=False)
    true: Points | None = field(default=None, repr=False)

    @property
    def errors(self) -> Points:
        """The distance of each landmark from the true one, in distances between the true eyes: (5,), NaN if unknown."""
        if self.predicted is None or self.true is None:
            return np.full(len(LANDMARKS), np.nan)
        true = self.true[list(COMMON)]
        eyes = np.linalg.norm(true[0] - true[1])
        return np.asarray(np.linalg.norm(self.predicted - true, axis=1) / (eyes if eyes > 0 else np.nan))

    @property
    def nme(self) -> float | None:
        """The mean of ``errors`` over the points that are known; ``None`` where none is."""
        known = self.errors[~np.isnan(self.errors)]
        return float(known.mean()) if len(known) else None


@dataclass(frozen=True, slots=True)
class LandmarkReport:
    """What the errors of many faces come to.

    ``nme`` are median, mean and 95th percentile over the ``measured`` faces, ``points`` the median of each landmark;
    ``far`` counts faces with an error above ``FAR``. All are ``None`` or empty where no true points are known.
    """

    failures_to_acquire: Proportion
    measured: int
    nme: tuple[float, float, float] | None
    far: Proportion | None
    points: tuple[tuple[str, float], ...]


def read_face_images(path: Path) -> NDArray[np.uint8]:
    """The grey pictures in an ``.npz`` file: uint8 (n, 96, 96).

    Raises:
        NoInputError: the file cannot be read.
        BadDataError: it is no such file, or its pictures have another shape or other values.
    """
    try:
        with path.open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile) or KEY not in archive:
                raise BadDataError(f"{path} holds no array {KEY!r}: an .npz file with one is expected")
            images = archive[KEY]
    except BadDataError:
        raise
    except (ValueError, EOFError, MemoryError, zipfile.BadZipFile, zlib.error, TypeError) as error:
        raise BadDataError(f"{path} is broken, or no .npz file with an array of numbers ({error})") from error
    except OSError as error:
        raise NoInputError(f"{path} cannot be read ({error.strerror or error}): check name and rights") from error
    if images.ndim != 3 or images.shape[:2] != (SIDE_PX, SIDE_PX) or not images.shape[2]:
        raise BadDataError(f"{path}: {KEY} has shape {images.shape}, ({SIDE_PX}, {SIDE_PX}, n) is expected")
    return np.ascontiguousarray(_grey(images, path).transpose(2, 0, 1))


def read_keypoints(path: Path, count: int) -> Points:
    """The true points of ``count`` pictures: float64 (count, 15, 2), NaN where a point is not known.

    Raises:
        NoInputError: the file cannot be read.
        BadDataError: it is no such table, or has another number of rows.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file, strict=True))
    except OSError as error:
        raise NoInputError(f"{path} cannot be read ({error.strerror}): check name and rights") from error
    except (ValueError, csv.Error) as error:
        raise BadDataError(f"{path} is no table of comma-separated values ({error})") from error
    header, body = (rows[0], rows[1:]) if rows else ([], [])
    order = _columns(header, path)
    if len(body) != count:
        raise BadDataError(
            f"{path} has {len(body):,} rows below its header, there are {count:,} pictures: one for each"
        )
    numbers = [_numbers(row, f"{path}, row {number}") for number, row in enumerate(body, 2)]
    points = np.array(numbers, np.float64)[:, order].reshape(count, len(KEYPOINTS), 2)
    points[np.isnan(points).any(axis=2)] = np.nan
    return points


def mark_pictures(
    pictures: NDArray[np.uint8], true: Points | None, work: PhotoWork, step: Callable[[], None] = lambda: None
) -> list[MarkedFace]:
    """The faces in grey ``pictures`` (n, 96, 96) with the detector's landmarks, and the ``true`` points (n, 15, 2)."""
    found = on_engines(range(len(pictures)), work, lambda engine, index: _in_picture(pictures[index], engine), step)
    return [
        MarkedFace(f"picture {index + 1}", _rgb(pictures[index]), found[index], None if true is None else true[index])
        for index in range(len(pictures))
    ]


def mark_photos(photos: Sequence[Path], work: PhotoWork, step: Callable[[], None] = lambda: None) -> list[MarkedFace]:
    """Every face in ``photos``, cut out, with the detector's landmarks; a photo without a face as a whole.

    Raises:
        NoInputError: a photo cannot be read.
        ImageError: a photo is broken.
    """
    found = on_engines(photos, work, lambda engine, photo: _in_photo(photo, engine, work.min_face_px), step)
    return [face for photo in photos for face in found[photo]]


def summarise(faces: Sequence[MarkedFace]) -> LandmarkReport:
    """What ``faces``, at least one, come to."""
    missed = Proportion(sum(face.predicted is None for face in faces), len({face.name for face in faces}))
    measured = [face for face in faces if face.nme is not None]
    if not measured:
        return LandmarkReport(missed, 0, None, None, ())
    nme = np.array([face.nme for face in measured], np.float64)
    each = np.array([face.errors for face in measured])
    known = ((name, errors[~np.isnan(errors)]) for name, errors in zip(LANDMARKS, each.T, strict=True))
    return LandmarkReport(
        failures_to_acquire=missed,
        measured=len(measured),
        nme=(float(np.median(nme)), float(nme.mean()), float(np.percentile(nme, 95))),
        far=Proportion(int((nme > FAR).sum()), len(nme)),
        points=tuple((name, float(np.median(errors))) for name, errors in known if len(errors)),
    )


def choose_faces(faces: Sequence[MarkedFace], count: int, *, failures: bool) -> list[MarkedFace]:
    """At most ``count`` of ``faces``, spread evenly from the least error to the largest.

    Where no true points are known, all count as equal, and keep their order; where some are, faces without an error
    are left out. With ``failures`` a third of the places are for pictures in which no face was found.
    """
    missed = [face for face in faces if face.predicted is None] if failures else []
    measured = sorted((face for face in faces if face.nme is not None), key=lambda face: face.nme or 0.0)
    shown = measured or [face for face in faces if face.predicted is not None]
    last = _evenly(missed, max(count // 3, count - len(shown), 1))
    return [*_evenly(shown, count - len(last)), *last]


def _evenly(faces: Sequence[MarkedFace], count: int) -> list[MarkedFace]:
    """The first, the last, and what lies evenly between them."""
    count = min(count, len(faces))
    return [faces[round(place * (len(faces) - 1) / max(count - 1, 1))] for place in range(count)]


def _grey(images: NDArray[np.generic], path: Path) -> NDArray[np.uint8]:
    if images.dtype == np.uint8:
        return np.asarray(images, np.uint8)
    if images.dtype.kind not in "fiu":
        raise BadDataError(f"{path}: {KEY} holds {images.dtype}, grey values 0 to 255 or 0 to 1 are expected")
    low, high = float(images.min()), float(images.max())
    if not (np.isfinite(low + high) and low >= 0 and high <= 255):
        raise BadDataError(f"{path}: {KEY} holds values from {low:g} to {high:g}, 0 to 255 or 0 to 1 are expected")
    scale = 255 if images.dtype.kind == "f" and high <= 1 else 1
    return np.asarray(np.rint(images.astype(np.float32) * scale), np.uint8)


def _columns(header: Sequence[str], path: Path) -> list[int]:
    """Where the columns of ``KEYPOINTS`` stand."""
    expected = [f"{name}_{axis}" for name in KEYPOINTS for axis in "xy"]
    missing = [name for name in expected if name not in header]
    others = [name for name in header if name not in expected]
    if missing or others or len(header) != len(expected):
        faults = [f"{len(missing)} of them missing, the first is {missing[0]}"] if missing else []
        faults += [f"{len(others)} unknown, the first is {others[0]!r}"] if others else []
        told = "; ".join(faults) or "some of them twice"
        raise BadDataError(f"{path}: the {len(expected)} columns of facial keypoints are expected ({told})")
    return [header.index(name) for name in expected]


def _numbers(row: Sequence[str], where: str) -> list[float]:
    if len(row) != 2 * len(KEYPOINTS):
        raise BadDataError(f"{where} has {len(row)} cells, {2 * len(KEYPOINTS)} are expected")
    try:
        numbers = [float(cell) if cell.strip() else np.nan for cell in row]
    except ValueError as error:
        raise BadDataError(f"{where}: {error}; a number or nothing is expected") from error
    if np.isinf(numbers).any():
        raise BadDataError(f"{where} holds an infinite number; a number or nothing is expected")
    return numbers


def _in_picture(picture: NDArray[np.uint8], engine: Engine) -> Points | None:
    """The landmarks of the face that a small grey picture shows, in its own pixels."""
    wide = np.pad(picture, _BORDER_PX, constant_values=128)
    large = _rgb(np.asarray(cv2.resize(wide, None, fx=_ZOOM, fy=_ZOOM, interpolation=cv2.INTER_LINEAR), np.uint8))
    faces = engine.find_faces(large, _MIN_FACE_PX * _ZOOM)
    if not faces:
        return None
    # A pixel's coordinates are those of its centre, which zooming moves.
    return (main_face(large, faces).landmarks.astype(np.float64) + 0.5) / _ZOOM - 0.5 - _BORDER_PX


def _in_photo(path: Path, engine: Engine, min_face_px: float) -> list[MarkedFace]:
    image = load_photo(path).image
    with naming(path):
        faces = engine.find_faces(image, min_face_px)
    if not faces:
        return [MarkedFace(path.name, image, None)]
    return [_cut_out(path.name, image, face.box, face.landmarks.astype(np.float64)) for face in faces]


def _cut_out(name: str, image: Image, box: Box, landmarks: Points) -> MarkedFace:
    around = _AROUND * max(box.width, box.height)
    left, top = (max(int(edge - around), 0) for edge in (box.x1, box.y1))
    right, bottom = (max(int(edge + around), 1) for edge in (box.x2, box.y2))
    part = image[top:bottom, left:right]
    # A box may lie beside its picture.
    return MarkedFace(name, part, landmarks - (left, top)) if part.size else MarkedFace(name, image, landmarks)


def _rgb(grey: NDArray[np.uint8]) -> Image:
    return np.repeat(grey[:, :, None], 3, axis=2)
