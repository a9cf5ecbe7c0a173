"""A program that serves its pages, and a browser to look at them."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from limen_program import limen, with_models
from served_page import Served, start, stop

expect.set_options(timeout=20_000)  # several tests at once may keep a small machine busy


@pytest.fixture(scope="module")
def photos_folder(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In order: one who is enrolled, the same cut off, a broken photo, two who are enrolled, a stranger."""
    folder, data = tmp_path_factory.mktemp("photos"), shared / "data"
    (folder / "broken.jpg").write_bytes((data / "people" / "biden.jpg").read_bytes()[:3000])
    shutil.copy(data / "people" / "obama_and_biden.jpg", folder / "group.jpg")
    for person, photo in (
        ("Barack Obama", data / "people" / "obama_partial_face.jpg"),
        ("Barack Obama", data / "people" / "obama3.jpg"),
        ("strangers", data / "lfw" / "AJ_Cook" / "AJ_Cook_0001.jpg"),
    ):
        (folder / person).mkdir(exist_ok=True)
        shutil.copy(photo, folder / person)
    return folder


@pytest.fixture(scope="module")
def served(
    shared: Path, photos_folder: Path, models_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """The page on these photos, with two people enrolled."""
    data, people = with_models(tmp_path_factory.mktemp("hall"), models_folder), shared / "data" / "people"
    assert limen("enrol", people / "obama.jpg", "--name", "Barack Obama", data=data).code == 0
    assert limen("enrol", people / "biden.jpg", "--name", "Joe Biden", data=data).code == 0
    running = start(photos_folder, data)
    yield running
    stop(running)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser, without a window."""
    program = shutil.which("chromium")
    if program is None:
        reason = "no browser: install chromium"
        pytest.fail(reason) if os.environ.get("LIMEN_REQUIRE_ALL") == "1" else pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()
