"""``limen report``: one file, opened in a real browser that has no network."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from limen_program import Document, limen, with_models


@pytest.fixture(scope="module")
def few(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two photos each of four people."""
    folder, lfw = tmp_path_factory.mktemp("report") / "four people", shared / "data" / "lfw"
    several = (person for person in sorted(lfw.iterdir()) if len(list(person.iterdir())) > 1)
    for person, _ in zip(several, range(4), strict=False):
        (folder / person.name).mkdir(parents=True)
        for photo in sorted(person.iterdir())[:2]:
            shutil.copy(photo, folder / person.name)
    return folder


@pytest.fixture(scope="module")
def data(models_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_models(tmp_path_factory.mktemp("data"), models_folder)


@pytest.fixture(scope="module")
def document(few: Path, data: Path) -> Document:
    done = limen("--json", "report", few, "--out", few.parent / "report.html", "--strangers-a-day", "5", data=data)
    assert done.code == 0, done.err
    return done.document()


@pytest.fixture
def page(chromium: Browser, document: Document) -> Iterator[Page]:
    """The report; it must ask for nothing, and nothing may go wrong on it."""
    context = chromium.new_context(offline=True)
    opened = context.new_page()
    told: list[str] = []
    opened.on("console", lambda message: told.append(message.text))
    opened.on("request", lambda request: told.append(request.url))
    opened.goto(Path(document["file"]).as_uri())
    yield opened
    context.close()
    assert [text for text in told if not text.startswith(("data:image/png;", "file://"))] == []
    assert len([text for text in told if text.startswith("file://")]) == 1


def test_the_answer(document: Document, few: Path) -> None:
    assert document["data"] == "four people: 8 photos of 4 people"
    assert (document["photos"], document["people"], document["photos_without_face"]) == (8, 4, 0)
    assert document["calibrated"] is False
    assert [row["fmr"] for row in document["rates"]] == [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6]
    assert document["pictures"] == 5
    assert document["left_out"][0].startswith("Thresholds were not measured: not enough data")
    assert sorted(path.name for path in few.parent.iterdir()) == ["four people", "report.html"]


def test_it_opens_without_a_network(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("dlib-resnet")
    expect(page.locator("#short .warn")).to_have_count(3)
    expect(page.locator("#short .big")).to_contain_text("At 5 strangers a day that is one false entry in 10 days")
    for heading in ("In short", "Thresholds and error rates", "At a door", "Pictures", "Limits"):
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    row = page.get_by_role("row", name=re.compile("^0.1 % 1 in 1,000 "))
    expect(row).to_contain_text(re.compile(r"0\.9\d\d\d"))


def test_all_pictures_are_there(page: Page) -> None:
    images = page.get_by_role("img")
    expect(images).to_have_count(5)
    for index in range(5):
        width = images.nth(index).evaluate("async image => { await image.decode(); return image.naturalWidth; }")
        assert width > 800


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits(page: Page, width: int, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_bad_input_is_told_and_nothing_written(few: Path, data: Path, tmp_path: Path) -> None:
    one = shutil.copytree(next(few.iterdir()), tmp_path / "photos" / "one person").parent
    out = tmp_path / "report.html"
    for folder, place, code, said in (
        (tmp_path / "absent", out, 66, "cannot be read"),
        (one, out, 65, "show one person, one person"),
        (few, tmp_path / "report.pdf", 65, "ends in .html"),
        (few, tmp_path / "absent" / "report.html", 69, "there is no folder"),
    ):
        done = limen("--json", "report", folder, "--out", place, data=data)
        assert (done.code, done.out) == (code, "")
        assert said in done.err
        assert "Traceback" not in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]
