import pytest

from limen.camera.photo import decode_photo, is_heic
from limen.errors import ImageError


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"avif"])
def test_a_photo_of_an_iphone_is_known_and_explained(brand: bytes) -> None:
    data = b"\0\0\0\x18ftyp" + brand + bytes(40)
    assert is_heic(data)
    with pytest.raises(ImageError, match="Most Compatible"):
        decode_photo(data, "IMG_0001.HEIC")


def test_other_files_are_not_taken_for_one() -> None:
    for data in (b"", b"\0\0\0\x18ftypisom" + bytes(40), b"\xff\xd8\xff\xe0" + bytes(40), b"heic"):
        assert not is_heic(data)
