from pathlib import Path

import pytest

from limen.camera.opencv import masked
from limen.camera.photo import PhotoLimits, person_of


@pytest.mark.parametrize(
    ("file", "person"),
    [
        ("Anna_Smith.jpg", "Anna Smith"),
        ("Anna Smith.png", "Anna Smith"),
        ("Anna_Smith_0001.jpg", "Anna Smith"),
        ("Anna_Smith-2.jpg", "Anna Smith"),
        ("Al-Tikriti_Abid_0003.jpg", "Al-Tikriti Abid"),
        ("Henry_8th.jpg", "Henry 8th"),
        ("agent47.jpg", "agent47"),
        ("007.jpg", "007"),
        ("_0001.jpg", "_0001"),
        ("Zoe\u0308_Muller.jpg", "Zo\u00eb Muller"),
    ],
)
def test_a_photo_is_named_after_its_person(file, person):
    assert person_of(Path("anywhere") / file) == person


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://admin:secret@10.0.0.5:554/live", "rtsp://admin:***@10.0.0.5:554/live"),
        ("rtsp://admin:p@ss/wo:rd@camera/live", "rtsp://admin:***@camera/live"),
        ("rtsp://admin:what?@camera/live", "rtsp://admin:***@camera/live"),
        ("http://camera/video.cgi?user=admin&pwd=secret", "http://camera/video.cgi?***"),
        ("rtsp://camera:554/live", "rtsp://camera:554/live"),
        ("http://camera/", "http://camera/"),
    ],
)
def test_passwords_are_never_shown(address, shown):
    assert masked(address) == shown


@pytest.mark.parametrize("limits", [{"max_bytes": 0}, {"max_pixels": 0}, {"max_pixels": 100_000_000}])
def test_limits_that_do_not_limit_are_refused(limits):
    with pytest.raises(ValueError, match="limits are positive"):
        PhotoLimits(**limits)
