"""The display of a door in a real browser: without a camera, with a card and a PIN, and when the server goes away."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from kiosk_house import BROWSER, CARD, Builder, Inhabited, wait_for
from limen.door.desk import SettingsDesk
from limen.web.app import build_app, guarded
from limen.web.site import Site
from web_site import serving

_CARD_READER = """(typed) => {
  const down = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
  [...typed, "Enter"].forEach(down);
}"""
"""Types as no hand does."""


class Stage:
    """A site with one door, which can go away and come back at its address."""

    def __init__(self, folder: Path) -> None:
        (folder / "config.toml").write_text('[doors.front]\ncamera = "browser"\n', "utf-8")
        self.home = Inhabited(folder, {"front": BROWSER}, Builder())
        self.home.house.start()
        desk = SettingsDesk(folder, self.home.store.events.append)
        self.site = Site(self.home.store, self.home.house, desk, "123-456")
        self.port = 0

    @contextmanager
    def served(self) -> Iterator[str]:
        with serving(guarded(build_app(self.site), self.site), self.port) as self.port:
            yield f"http://localhost:{self.port}"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    assert wait_for(lambda: stage.home.house.view("front").running)
    yield stage
    stage.home.house.close()
    stage.home.store.close()


def displayed(stage: Stage, chromium: Browser, address: str) -> Page:
    """The display's page, once it hears from the server."""
    _, secret = stage.home.store.tokens.add("a display", "kiosk", door="front")
    context = chromium.new_context()
    context.add_cookies([{"name": "limen_display", "value": secret, "url": address}])
    page = context.new_page()
    page.goto(f"{address}/display")
    return page


def test_a_display_takes_cards_and_pins_says_what_is_amiss_and_recovers(stage: Stage, chromium: Browser) -> None:
    anna = stage.home.store.people.all()[0]
    number = stage.home.store.credentials.set_pin(anna.id, None, "8305")
    with stage.served() as address:
        page = displayed(stage, chromium, address)
        headline, state = page.locator("#headline"), page.locator("#main")
        expect(headline).to_have_text("No camera")
        expect(page.locator("#trouble-text")).to_contain_text("No camera was found.")

        page.get_by_role("button", name="Number and PIN").click()
        for digit in number:
            page.get_by_role("button", name=digit, exact=True).click()
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("heading", name="Your PIN")).to_be_visible()
        page.keyboard.type("8306", delay=60)
        expect(page.locator("#typed")).to_have_text("••••")
        page.keyboard.press("Enter")
        expect(headline).to_have_text("Not this time")
        expect(page.locator("#pad")).to_be_hidden()

        page.evaluate(_CARD_READER, f"{CARD.value:08X}")
        expect(headline).to_have_text("Welcome, Anna!")
        expect(state).to_have_attribute("data-state", "granted")
    expect(headline).to_have_text("Connecting …")
    with stage.served():
        expect(headline).not_to_have_text("Connecting …")
        expect(state).to_have_attribute("data-state", "offline")  # the door has no picture
        page.context.close()
