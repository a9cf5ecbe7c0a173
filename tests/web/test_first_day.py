"""The first day: setting up, enrolling, the door opens for somebody and not for a stranger; and the same on a phone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsers import BIDEN, OBAMA, film_of, with_camera
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from limen_program import with_models
from served_site import ServedSite, serve, stop

PASSWORD = "seven quiet harbours"
SIZES = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 360, "height": 740}}


@pytest.fixture(scope="module")
def films(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    people, folder = shared / "data" / "people", tmp_path_factory.mktemp("films")
    return (
        film_of(people / "obama.jpg", OBAMA, folder / "obama.mjpeg"),
        film_of(people / "biden.jpg", BIDEN, folder / "biden.mjpeg"),
    )


@pytest.fixture(scope="module")
def browsers(films: tuple[Path, Path]) -> Iterator[tuple[Browser, Browser]]:
    """One whose camera shows Obama, one whose camera shows Biden."""
    with (
        sync_playwright() as playwright,
        with_camera(playwright, films[0]) as one,
        with_camera(playwright, films[1]) as two,
    ):
        yield one, two


@pytest.fixture
def served(tmp_path: Path, models_folder: Path) -> Iterator[ServedSite]:
    served = serve(with_models(tmp_path / "data", models_folder))
    yield served
    stop(served)


@pytest.mark.parametrize("size", SIZES)
def test_first_day(served: ServedSite, browsers: tuple[Browser, Browser], size: str) -> None:
    known, stranger = browsers
    office = known.new_context(viewport=SIZES[size], locale="en-GB")
    page = office.new_page()
    set_up(page, served)
    enrol(page, "Barack Obama")
    events = watching_events(office, served)
    link = display_link(page, served)

    display = paired(known.new_context(viewport=SIZES[size], locale="en-GB"), link)
    expect(display.locator("main")).to_have_attribute("data-state", "granted", timeout=30_000)
    expect(display.locator("#headline")).to_contain_text("Barack Obama")
    expect(events.get_by_text("Barack Obama").first).to_be_visible()
    storage = display.context.storage_state()
    display.context.close()

    other = stranger.new_context(viewport=SIZES[size], locale="en-GB", storage_state=storage).new_page()
    other.goto(f"{served.url}/display")
    expect(other.locator("main")).to_have_attribute("data-state", "denied", timeout=30_000)
    expect(other.locator("#headline")).not_to_contain_text("Obama")
    expect(events.get_by_text(re.compile("turned away|denied", re.IGNORECASE)).first).to_be_visible()
    other.context.close()
    office.close()


def set_up(page: Page, served: ServedSite) -> None:
    """The first account, and every other step left out."""
    page.goto(served.url)
    page.get_by_label("One-time code").fill(served.code)
    page.get_by_label("Your name").fill("Anna")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    for step in ("Your site", "Camera", "Lock", "Privacy"):
        expect(page.get_by_role("heading", name=step, exact=True)).to_be_visible()
        page.get_by_role("button", name="Skip").locator("visible=true").click()
    page.get_by_role("link", name="Enrol yourself now").click()


def enrol(page: Page, name: str) -> None:
    """Enrol whoever sits before the camera, who cannot move the head."""
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Next").locator("visible=true").click()
    if page.locator("#agree").is_visible():
        page.locator("#agree").check()
        page.locator("#agreed").click()
    page.get_by_text("Without moving the head").click()
    page.get_by_role("button", name="Open the camera").click()
    page.locator("#save").click(timeout=40_000)
    expect(page.locator("#verdict")).to_contain_text(
        re.compile("recognised|yes|works|you", re.IGNORECASE), timeout=20_000
    )
    page.locator("#finish").click()
    expect(page.locator("#done-title")).to_be_visible()


def watching_events(office: BrowserContext, served: ServedSite) -> Page:
    page = office.new_page()
    page.goto(f"{served.url}/events")
    return page


def display_link(page: Page, served: ServedSite) -> str:
    page.goto(f"{served.url}/doors/front/displays")
    page.get_by_role("button", name="Add a display").click()
    url = page.locator("#url")
    expect(url).to_contain_text("/pair/")
    return url.inner_text()


def paired(context: BrowserContext, link: str) -> Page:
    """The display that a device becomes."""
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button", name="Make it the display").click()
    return page
