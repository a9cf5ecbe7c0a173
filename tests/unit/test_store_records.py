import pytest

from limen.errors import BadDataError
from limen.store import PhotoSource, TakenFrom
from limen.types import Size

DIGEST = "0123456789abcdef" * 4


def source(sha256: str = DIGEST, size: Size | None = None, quality: dict[str, float] | None = None) -> PhotoSource:
    return PhotoSource("a.jpg", sha256, size or Size(4, 3), TakenFrom.CAMERA, quality or {})


def test_a_photo_source_keeps_what_it_is_given() -> None:
    assert source(quality={"sharpness": 0.0}).quality == {"sharpness": 0.0}


@pytest.mark.parametrize("sha256", ["", DIGEST[1:], DIGEST.upper(), DIGEST + "\n"])
def test_a_digest_is_64_lower_case_digits(sha256: str) -> None:
    with pytest.raises(BadDataError, match="64 lower-case"):
        source(sha256)


@pytest.mark.parametrize("size", [Size(0, 3), Size(4, -1)])
def test_a_photo_has_pixels(size: Size) -> None:
    with pytest.raises(BadDataError, match="at least 1 × 1"):
        source(size=size)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_was_not_measured_is_not_a_quality(value: float) -> None:
    with pytest.raises(BadDataError, match="sharpness"):
        source(quality={"sharpness": value})
