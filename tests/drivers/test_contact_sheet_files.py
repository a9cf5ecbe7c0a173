from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from limen.errors import StoreError
from limen.evaluation.contact_sheet import ContactSheet, SheetRow, Shot, Verdict, write_contact_sheet

SHOT = Shot(np.full((48, 64, 3), 90, np.uint8), 0.0, Verdict.NOBODY, "nobody", "nobody is there")
SHEET = ContactSheet("A door", "a day", (SheetRow("a row", (SHOT,)),), ("a footer",))


def test_a_sheet_is_a_png_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_contact_sheet(tmp_path / "sheet.png", SHEET)
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.png"]
    with Image.open(tmp_path / "sheet.png") as picture:
        assert (picture.format, picture.width) == ("PNG", 420 + 2 * 48)


def test_a_sheet_replaces_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "sheet.png").write_text("old")
    write_contact_sheet(tmp_path / "sheet.png", SHEET)
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"sheet\.png cannot be written.*check folder"):
        write_contact_sheet(tmp_path / "absent" / "sheet.png", SHEET)


def test_a_sheet_that_cannot_take_its_place_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "sheet.png").mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        write_contact_sheet(tmp_path / "sheet.png", SHEET)
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.png"]
