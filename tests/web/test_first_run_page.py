"""The first run in a real browser on a phone: from the code to the doors; and signing in."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from web_site import FakeHouse, WebSite, make_site

PASSWORD = "blue umbrella tuba"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[WebSite, str]]:
    """A site that is served, and its address."""
    site = make_site(tmp_path / "data", house=FakeHouse(answers={"open_once": True}))
    with site.served() as address:
        yield site, address
    site.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 360, "height": 740}, timezone_id="Europe/Berlin")
    yield context.new_page()
    context.close()


def step(page: Page, name: str) -> None:
    expect(page.locator(f'section[data-step="{name}"]')).to_be_visible()
    expect(page).to_have_url(re.compile(f"#{name}$"))


def forward(page: Page, name: str, button: str = "Next") -> None:
    page.locator(f'section[data-step="{name}"]').get_by_role("button", name=button).click()


def test_the_first_run_leads_from_the_code_to_a_door(site: tuple[WebSite, str], page: Page) -> None:
    server, address = site
    page.goto(address)
    page.get_by_label("One-time code").fill(server.site.setup_code)
    page.get_by_label("Your name").fill("Anna")
    page.get_by_label("Password", exact=True).fill("limen-2026!")
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_role("alert")).to_contain_text("guessed first")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password", exact=True).press("Enter")

    step(page, "site")
    page.get_by_label("Name of the site").fill("Maple Street 5")
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Berlin")
    forward(page, "site")
    step(page, "camera")
    page.reload()
    step(page, "camera")
    forward(page, "camera", "Skip")
    step(page, "lock")
    page.get_by_role("button", name="Test the lock").click()
    expect(page.locator("#lock-result")).to_have_attribute("data-tone", "good")
    forward(page, "lock")
    step(page, "privacy")
    page.get_by_label("The photos of enrolment").check()
    forward(page, "privacy")
    step(page, "enrol")
    forward(page, "enrol", "Later")
    step(page, "done")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="To the doors").click()
    expect(page).to_have_url(f"{address}/")

    settings = server.desk.settings
    assert (settings.site.name, settings.site.time_zone) == ("Maple Street 5", "Europe/Berlin")
    assert settings.enrolment.keep_photos
    assert list(settings.doors) == ["front"]


def test_signing_in_tells_what_is_wrong_and_goes_where_one_wanted(site: tuple[WebSite, str], page: Page) -> None:
    server, address = site
    asked = {"code": server.site.setup_code, "name": "anna", "password": PASSWORD}
    assert server.anonymous().post("/api/v1/setup", json=asked).status_code == 201
    page.goto(f"{address}/account")
    page.get_by_label("Name").fill("anna")
    page.get_by_label("Password", exact=True).fill("another password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("no account of that name with this password")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}/account")
    page.goto(f"{address}/sign-in?next=https://evil.example/")
    page.get_by_label("Name").fill("anna")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}/")
