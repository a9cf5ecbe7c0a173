import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image as Pillow

from limen.errors import BadDataError, StoreError
from limen.evaluation.plots import style
from limen.evaluation.plots.style import Caption, begin, check_picture_path, place_image, save_figure, styled

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def figure() -> Figure:
    with styled():
        page = begin(Caption("A title", "some data", "a-model:1", "2026-11-24"), 6.0, 2.0)
        random = np.random.default_rng(0)
        place_image(page.canvas(), random.integers(0, 256, (40, 40, 3), np.uint8), (1, 0.2, 2, 1.2))
    return page.figure


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_png_is_whole(figure: Figure, tmp_path: Path) -> None:
    save_figure(figure, tmp_path / "picture.png")
    with Pillow.open(tmp_path / "picture.png") as picture:
        picture.load()
        width, height = figure.get_size_inches()
        assert picture.format == "PNG"
        assert picture.size == pytest.approx((width * 150, height * 150), abs=1)
    assert names(tmp_path) == ["picture.png"]


def test_an_svg_is_whole_with_text_as_paths(figure: Figure, tmp_path: Path) -> None:
    save_figure(figure, tmp_path / "picture.SVG")
    root = ET.fromstring((tmp_path / "picture.SVG").read_text("utf-8"))
    assert root.tag == f"{SVG}svg"
    # A viewer without the font would set text at another width.
    assert not list(root.iter(f"{SVG}text"))
    assert len(list(root.iter(f"{SVG}use"))) >= len("Atitle")
    assert len(list(root.iter(f"{SVG}image"))) == 1
    assert names(tmp_path) == ["picture.SVG"]


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_the_same_figure_gives_the_same_file(figure: Figure, tmp_path: Path, suffix: str) -> None:
    one, two = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
    save_figure(figure, one)
    save_figure(figure, two)
    assert one.read_bytes() == two.read_bytes()
    assert b"Matplotlib" not in one.read_bytes()[:2000]


def test_a_picture_takes_the_place_of_the_one_before(figure: Figure, tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_text("old")
    save_figure(figure, tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["picture.jpg", "picture", ".png", "picture.png.txt", "picture.pdf"])
def test_another_suffix_is_refused(figure: Figure, tmp_path: Path, name: str) -> None:
    with pytest.raises(BadDataError, match=r"must end in \.png or \.svg"):
        save_figure(figure, tmp_path / name)
    assert names(tmp_path) == []


def test_a_folder_that_is_not_there_and_a_folder_as_file(figure: Figure, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no folder .*absent"):
        save_figure(figure, tmp_path / "absent" / "picture.png")
    (tmp_path / "picture.png").mkdir()
    with pytest.raises(BadDataError, match="is a folder: name a file"):
        check_picture_path(tmp_path / "picture.png")


def test_what_cannot_take_its_place_leaves_the_old_picture(
    figure: Figure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "picture.png").write_text("old")

    def full(path: Path, data: bytes) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(style, "replace_file", full)
    with pytest.raises(StoreError, match=r"picture\.png cannot be written \(No space left on device\)"):
        save_figure(figure, tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_text() == "old"
    assert names(tmp_path) == ["picture.png"]


def test_the_command_line_starts_without_matplotlib() -> None:
    code = "import limen.cli.app, sys; print([m for m in ('matplotlib', 'scipy', 'sklearn') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
