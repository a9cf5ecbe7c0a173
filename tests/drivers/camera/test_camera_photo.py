import hashlib
import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from limen.camera.photo import PhotoLimits, decode_photo, load_photo, still_size
from limen.errors import ImageError, NoInputError

NOISE = np.random.default_rng(0).integers(0, 255, (64, 48, 3), np.uint8)
ORIENTATION = 0x0112


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png_of_zeros(width, height):
    """A PNG of one bit a pixel that packs thousands of times smaller than its pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(bytes(1 + (width + 7) // 8) * height, 9)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


class TestGoodPhotos:
    @pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP"])
    def test_pixels_are_those_of_the_file(self, kind):
        options = {"lossless": True} if kind == "WEBP" else {}
        photo = decode_photo(encoded(Image.fromarray(NOISE), kind, **options), "noise")
        np.testing.assert_array_equal(photo.image, NOISE)
        assert (photo.format, photo.width, photo.height) == (kind, 48, 64)

    def test_the_digest_is_that_of_the_file(self, tmp_path):
        path = tmp_path / "anna.jpg"
        Image.fromarray(NOISE).save(path)
        photo = load_photo(path)
        assert photo.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert photo.format == "JPEG"

    def test_a_photo_cannot_be_written_to(self):
        photo = decode_photo(encoded(Image.fromarray(NOISE), "PNG"), "noise")
        with pytest.raises(ValueError, match="read-only"):
            photo.image[0, 0] = 0

    def test_one_pixel(self):
        assert decode_photo(encoded(Image.new("RGB", (1, 1), "red"), "PNG"), "dot").image.tolist() == [[[255, 0, 0]]]

    def test_grey(self):
        photo = decode_photo(encoded(Image.fromarray(NOISE[..., 0]), "PNG"), "grey")
        np.testing.assert_array_equal(photo.image, np.dstack([NOISE[..., 0]] * 3))

    def test_black_and_white(self):
        photo = decode_photo(encoded(Image.new("1", (3, 2), 1), "PNG"), "white")
        assert photo.image.tolist() == [[[255] * 3] * 3] * 2

    @pytest.mark.parametrize("kind", ["PNG", "TIFF"])
    def test_sixteen_bits_are_scaled_not_clipped(self, kind):
        ramp = np.linspace(0, 65535, 600).astype(np.uint16).reshape(20, 30)
        photo = decode_photo(encoded(Image.fromarray(ramp), kind), "ramp")
        np.testing.assert_array_equal(photo.image[..., 1], ramp >> 8)
        assert photo.image.shape == (20, 30, 3)

    def test_sixteen_bits_in_thirty_two(self):
        ramp = np.linspace(0, 65535, 600).astype(np.int32).reshape(20, 30)
        photo = decode_photo(encoded(Image.fromarray(ramp), "TIFF"), "ramp")
        np.testing.assert_array_equal(photo.image[..., 2], ramp >> 8)

    @pytest.mark.parametrize("mode", ["LA", "RGBA"])
    def test_transparent_becomes_white(self, mode):
        photo = decode_photo(encoded(Image.new("RGBA", (2, 2), (0, 0, 0, 0)).convert(mode), "PNG"), "clear")
        assert (photo.image == 255).all()

    def test_half_transparent_black_becomes_grey(self):
        photo = decode_photo(encoded(Image.new("LA", (2, 2), (0, 128)), "PNG"), "half")
        assert (photo.image == 127).all()

    def test_palette_with_a_transparent_colour(self):
        image = Image.new("P", (2, 1))
        image.putpalette([255, 0, 0, 0, 0, 255])
        image.putpixel((1, 0), 1)
        photo = decode_photo(encoded(image, "PNG", transparency=1), "palette")
        assert photo.image.tolist() == [[[255, 0, 0], [255, 255, 255]]]

    def test_cmyk(self):
        red = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
        photo = decode_photo(encoded(red, "JPEG", quality=95), "print")
        assert np.abs(photo.image.astype(int) - [255, 0, 0]).max() < 6

    def test_the_first_picture_of_an_animation(self):
        red, blue = (Image.new("RGB", (8, 8), colour) for colour in ("red", "blue"))
        data = encoded(red, "GIF", save_all=True, append_images=[blue], duration=100)
        assert (decode_photo(data, "animated").image == [255, 0, 0]).all()

    def test_a_real_photo(self, shared):
        photo = load_photo(shared / "data" / "people" / "obama.jpg")
        assert photo.image.mean() > 20
        assert photo.format == "JPEG"


class TestOrientation:
    # What is stored so that a viewer who obeys the tag shows the picture upright.
    STORED = {  # noqa: RUF012 - a table
        1: lambda upright: upright,
        2: np.fliplr,
        3: lambda upright: np.rot90(upright, 2),
        4: np.flipud,
        5: lambda upright: upright.transpose(1, 0, 2),
        6: lambda upright: np.rot90(upright, 1),
        7: lambda upright: np.rot90(upright, 2).transpose(1, 0, 2),
        8: lambda upright: np.rot90(upright, -1),
    }

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
    @pytest.mark.parametrize("orientation", STORED)
    def test_photos_come_upright(self, kind, orientation):
        corners = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]], np.uint8)
        upright = corners.repeat(32, axis=0).repeat(16, axis=1)
        tags = Image.Exif()
        tags[ORIENTATION] = orientation
        stored = Image.fromarray(np.ascontiguousarray(self.STORED[orientation](upright)))
        quality = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"lossless": True}}.get(kind, {})
        photo = decode_photo(encoded(stored, kind, exif=tags, **quality), "turned")
        assert (photo.width, photo.height) == (32, 64)
        assert np.abs(photo.image.astype(int) - upright).max() < 12

    def test_sixteen_bits_turn_too(self):
        tags = Image.Exif()
        tags[ORIENTATION] = 6
        grey = Image.fromarray(np.array([[0, 65535, 0]], np.uint16))
        assert decode_photo(encoded(grey, "PNG", exif=tags), "turned").image.shape == (3, 1, 3)

    def test_broken_tags_leave_the_photo_as_it_is(self):
        data = encoded(Image.fromarray(NOISE), "JPEG", exif=b"Exif\x00\x00no tags at all")
        assert decode_photo(data, "tags").image.shape == NOISE.shape


class TestBadPhotos:
    def test_empty(self):
        with pytest.raises(ImageError, match=r"anna\.jpg is empty"):
            decode_photo(b"", "anna.jpg")

    @pytest.mark.parametrize(
        "data",
        [
            b"not an image at all",
            b"%PDF-1.7 1 0 obj",
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"P6 1 1 255 abc",
        ],
    )
    def test_other_formats(self, data):
        with pytest.raises(ImageError, match=r"anna\.jpg is not a photo.*JPEG"):
            decode_photo(data, "anna.jpg")

    def test_a_jpeg_cut_anywhere_before_its_last_pixels(self):
        data = encoded(Image.fromarray(NOISE), "JPEG", quality=90)
        for length in range(1, len(data) - 2, 7):
            with pytest.raises(ImageError, match=r"cut\.jpg"):
                decode_photo(data[:length], "cut.jpg")

    @pytest.mark.parametrize(
        ("kind", "options"),
        [
            ("JPEG", {"progressive": True}), ("PNG", {}), ("BMP", {}), ("WEBP", {}), ("GIF", {}), ("TIFF", {}),
            ("TIFF", {"compression": "tiff_adobe_deflate"}),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
    def test_cut_off(self, kind, options, share):
        data = encoded(Image.fromarray(NOISE), kind, **options)
        with pytest.raises(ImageError, match="cut"):
            decode_photo(data[: int(len(data) * share)], "cut")

    @pytest.mark.parametrize(
        ("grey", "message"),
        [(np.full((2, 2), 70_000, np.int32), "16 bits"), (np.full((2, 2), 0.5, np.float32), "floating-point")],
    )
    def test_more_bits_than_a_camera_has(self, grey, message):
        with pytest.raises(ImageError, match=message):
            decode_photo(encoded(Image.fromarray(grey), "TIFF"), "science")

    def test_too_many_pixels(self):
        data = encoded(Image.new("L", (30, 21)), "PNG")
        decode_photo(data, "just right", PhotoLimits(max_pixels=630))
        with pytest.raises(ImageError, match="30 × 21 pixels, more than the 629"):
            decode_photo(data, "wide", PhotoLimits(max_pixels=629))

    @pytest.mark.parametrize("side", [10_000, 20_000])
    def test_a_decompression_bomb(self, side):
        with pytest.raises(ImageError, match=r"bomb has .*50,000,000"):
            decode_photo(png_of_zeros(side, side), "bomb")

    @pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
    def test_a_decompression_bomb_takes_no_memory(self, tmp_path):
        path = tmp_path / "bomb.png"
        path.write_bytes(png_of_zeros(20_000, 20_000))
        assert path.stat().st_size < 100_000
        program = (
            "import re, sys, pathlib\n"
            "from limen.camera.photo import load_photo\n"
            "from limen.errors import ImageError\n"
            "def peak(): return int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
            "before = peak()\n"
            "try: load_photo(pathlib.Path(sys.argv[1]))\n"
            "except ImageError: print(peak() - before)\n"
        )
        done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
        assert int(done.stdout) < 20_000  # kB; decoded it would be 400,000 or more
        assert not done.stderr

    def test_too_many_bytes(self, tmp_path):
        path = tmp_path / "anna.bmp"
        Image.fromarray(NOISE).save(path)
        size = path.stat().st_size
        load_photo(path, PhotoLimits(max_bytes=size))
        with pytest.raises(ImageError, match="is larger than"):
            load_photo(path, PhotoLimits(max_bytes=size - 1))

    @pytest.mark.skipif(not Path("/dev/zero").exists(), reason="has no endless file")
    def test_a_file_without_end(self):
        with pytest.raises(ImageError, match="is larger than"):
            load_photo(Path("/dev/zero"), PhotoLimits(max_bytes=1000))


class TestNothingThere:
    def test_missing(self, tmp_path):
        with pytest.raises(NoInputError, match=r"anna\.jpg cannot be read.*No such file"):
            load_photo(tmp_path / "anna.jpg")

    def test_a_folder(self, tmp_path):
        with pytest.raises(NoInputError, match="cannot be read as a photo"):
            load_photo(tmp_path)

    @pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser reads everything")
    def test_unreadable(self, tmp_path):
        path = tmp_path / "anna.jpg"
        path.touch(mode=0o000)
        with pytest.raises(NoInputError, match="Permission denied"):
            load_photo(path)


class TestStillSize:
    def test_of_a_photo(self, tmp_path):
        path = tmp_path / "wide.png"
        path.write_bytes(png_of_zeros(9000, 8000))
        size = still_size(path)
        assert (size.width, size.height) == (9000, 8000)

    def test_of_anything_else(self, tmp_path):
        path = tmp_path / "notes.txt"
        path.write_text("no photo")
        assert still_size(path) is None
