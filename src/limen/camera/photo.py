"""Photos from files: decoded once, upright, RGB, and never larger than allowed.

Pillow decodes: it reads the size before the pixels, where ``cv2.imdecode`` spends 2.3 GB on a 48 kB file.
"""

import hashlib
import io
import os.path
import re
import struct
import unicodedata
import warnings
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from limen.errors import ImageError, NoInputError
from limen.types import Image, Size

_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")
_SUFFIXES = frozenset((".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif"))
_BROKEN = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, EOFError,
    MemoryError, RuntimeError, AssertionError, struct.error, Warning, Pillow.DecompressionBombError,
)  # fmt: skip
"""What Pillow's decoders raise on broken files."""
_HEIC_BRANDS = frozenset(
    (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1", b"avif", b"avis")
)
"""Source: ISO/IEC 23008-12, annex B, and the AVIF specification: brands of files that hold pictures."""
HEIC_WORDS = (
    "is a HEIC photo, which cannot be read: on the iPhone choose Settings, Camera, Formats, Most Compatible and take "
    "it again, or export it as JPEG (on a Mac in Photos: File, Export; or send it to yourself by e-mail)"
)
_PILLOW_PIXELS = 89_478_485
"""Where Pillow begins to warn of a decompression bomb."""

# Up to twice that Pillow only warns. The size in the header is checked here in any case.
warnings.simplefilter("error", Pillow.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class PhotoLimits:
    """How large a photo may be: in the file, and decoded."""

    max_bytes: int = 50_000_000
    max_pixels: int = 50_000_000

    def __post_init__(self) -> None:
        if not (self.max_bytes > 0 and 0 < self.max_pixels <= _PILLOW_PIXELS):
            raise ValueError(f"limits are positive, and at most {_PILLOW_PIXELS:,} pixels, got {self}")


DEFAULT_LIMITS = PhotoLimits()


@dataclass(frozen=True, slots=True)
class Photo:
    """A decoded photo: RGB uint8 (height, width, 3), upright, read-only.

    ``sha256`` is the hexadecimal digest of the file's bytes, ``format`` Pillow's name of the file's format.
    """

    image: Image = field(repr=False, compare=False)
    sha256: str
    format: str

    @property
    def width(self) -> int:
        """In pixels, upright."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """In pixels, upright."""
        return int(self.image.shape[0])


def load_photo(path: Path, limits: PhotoLimits = DEFAULT_LIMITS) -> Photo:
    """The photo in a file.

    Raises:
        NoInputError: there is no such file, or it cannot be read.
        ImageError: it is not a photo, is broken, or is larger than ``limits``.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limits.max_bytes + 1)
    except OSError as error:
        raise NoInputError(f"{path} cannot be read as a photo ({error.strerror}): check name and rights") from error
    return decode_photo(data, str(path), limits)


def decode_photo(data: bytes, name: str, limits: PhotoLimits = DEFAULT_LIMITS) -> Photo:
    """The photo in ``data``, the first picture where it is animated; ``name`` stands in messages.

    What is transparent becomes white, sixteen bits become their upper eight.

    Raises:
        ImageError: it is not a photo, is broken or cut off, or is larger than ``limits``.
    """
    if not data:
        raise ImageError(f"{name} is empty: copy it again or use another photo")
    if len(data) > limits.max_bytes:
        raise ImageError(f"{name} is larger than the {limits.max_bytes:,} bytes allowed: scale the photo down")
    try:
        with Pillow.open(io.BytesIO(data), formats=_FORMATS) as opened:
            _check_pixels(opened.size, name, limits)
            image, kind = _decoded(opened, name), str(opened.format)
    except ImageError:
        raise
    except UnidentifiedImageError as error:
        if is_heic(data):
            raise ImageError(f"{name} {HEIC_WORDS}") from error
        raise ImageError(f"{name} is not a photo: an intact JPEG, PNG, WebP, BMP, TIFF or GIF is expected") from error
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning) as error:
        raise ImageError(f"{name} has more than the {limits.max_pixels:,} pixels allowed: scale it down") from error
    except _BROKEN as error:
        raise ImageError(f"{name} is broken or cut off ({error}): copy it again or use another photo") from error
    return Photo(image, hashlib.sha256(data).hexdigest(), kind)


def is_heic(data: bytes) -> bool:
    """Whether the file is a HEIC photo, as iPhones take them, or another picture in the same kind of file."""
    return data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS


def still_size(path: Path) -> Size | None:
    """The size that a photo's header gives; ``None`` for any file that is not a photo.

    Raises:
        ImageError: there are more pixels than Pillow agrees to count.
    """
    try:
        with Pillow.open(path, formats=_FORMATS) as opened:
            return Size(*opened.size)
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning) as error:
        raise ImageError(f"{path} is far too large: {error}") from error
    except _BROKEN:
        return None


def photos_in(folder: Path) -> list[Path]:
    """The photos, by suffix, that lie in ``folder`` itself, in the order of their names; no hidden files.

    Raises:
        NoInputError: the folder does not exist, cannot be read or holds no photos.
    """
    photos = [path for path in _visible(folder) if _is_photo(path)]
    if not photos:
        raise NoInputError(f"{folder} holds no photos: JPEG, PNG, WebP, BMP, TIFF or GIF files are expected in it")
    return photos


def people_in(folder: Path) -> list[tuple[str, list[Path]]]:
    """Each person's name and photos.

    Photos in ``folder`` itself are named after their person, sub-folders after theirs.

    Raises:
        NoInputError: the folder does not exist, it or a sub-folder cannot be read, or none holds a photo.
    """
    people: defaultdict[str, list[Path]] = defaultdict(list)
    for path in _visible(folder):
        if os.path.isdir(path):
            people[_spaced(path.name)] += [photo for photo in _visible(path) if _is_photo(photo)]
        elif _is_photo(path):
            people[person_of(path)].append(path)
    found = sorted((name, photos) for name, photos in people.items() if photos)
    if not found:
        raise NoInputError(
            f"{folder} holds no photos: photos named after their person, or a folder of photos for each "
            "person, are expected in it"
        )
    return found


def person_of(photo: Path) -> str:
    """Whom a photo is named after: ``Anna_Smith_0001.jpg`` and ``Anna Smith-2.png`` are of Anna Smith."""
    return _spaced(re.sub(r"[_-]\d+$", "", photo.stem)) or photo.stem


def _check_pixels(size: tuple[int, int], name: str, limits: PhotoLimits) -> None:
    width, height = size
    if width * height > limits.max_pixels:
        raise ImageError(
            f"{name} has {width} × {height} pixels, more than the {limits.max_pixels:,} allowed: scale it down"
        )


def _decoded(opened: Pillow.Image, name: str) -> Image:
    opened.load()
    upright = _upright(opened)
    if upright.mode == "F":
        raise ImageError(f"{name} holds floating-point pixels: save it with 8 or 16 bits a channel")
    if upright.mode.startswith("I"):
        return _from_sixteen_bits(np.asarray(upright), name)
    return np.asarray(_rgb(upright))


def _upright(opened: Pillow.Image) -> Pillow.Image:
    """The image as its EXIF orientation says; as it is where that cannot be read."""
    try:
        turned = opened.getexif().get(0x0112, 1) != 1
    except _BROKEN:
        return opened
    return ImageOps.exif_transpose(opened) if turned else opened


def _from_sixteen_bits(grey: np.ndarray, name: str) -> Image:
    if grey.min() < 0 or grey.max() > 0xFFFF:
        raise ImageError(f"{name} holds grey values beyond 16 bits: save it with 8 or 16 bits a channel")
    image = np.repeat((grey >> 8).astype(np.uint8)[..., None], 3, axis=2)
    image.flags.writeable = False
    return image


def _rgb(image: Pillow.Image) -> Pillow.Image:
    if not image.has_transparency_data:
        return image if image.mode == "RGB" else image.convert("RGB")
    transparent = image.convert("RGBA")
    white = Pillow.new("RGB", image.size, "white")
    white.paste(transparent, mask=transparent)
    return white


def _spaced(name: str) -> str:
    """A file's name as a person's: spaces for underscores, accents composed as people type them."""
    return unicodedata.normalize("NFC", name.replace("_", " ")).strip()


def _visible(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise NoInputError(f"{folder} cannot be read as a folder ({error.strerror}): check name and rights") from error


def _is_photo(path: Path) -> bool:
    return path.suffix.lower() in _SUFFIXES and os.path.isfile(path)
