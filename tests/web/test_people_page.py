"""People in a real browser: found, added, deleted and back again, by keyboard where that is quicker."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from door_samples import FakeParts
from limen.door.engines import EnginePool
from limen.store.people_edit import PersonFacts
from web_site import FakeHouse, WebSite, make_site

CONFIG = '[site]\ntime_zone = "Europe/Berlin"\n'


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[WebSite, str]]:
    """A site that is served, and its address."""
    site = make_site(tmp_path / "data", CONFIG, FakeHouse(engines=EnginePool(lambda: FakeParts().engine, 1)))
    for name in ("Zoë", "Ömer", "Anna"):
        site.store.people_edits.add(PersonFacts(name))
    with site.served() as address:
        yield site, address
    site.close()


@pytest.fixture
def page(site: tuple[WebSite, str], chromium: Browser) -> Iterator[Page]:
    """The people, for an owner."""
    store, now = site[0].store, datetime.now(UTC)
    owner = store.users.add("olga", "owner", "no hash")
    secret = store.sessions.start(owner.id, now, now + timedelta(hours=1), "a test")
    context = chromium.new_context()
    context.add_cookies([{"name": "limen_session", "value": secret, "url": site[1]}])
    page = context.new_page()
    page.goto(f"{site[1]}/people")
    yield page
    context.close()


def test_people_are_found_added_and_deleted(site: tuple[WebSite, str], page: Page) -> None:
    names = page.locator(".person .name")
    expect(names).to_have_text(["Anna", "Ömer", "Zoë"])
    page.keyboard.press("/")
    page.keyboard.type("OMER")
    expect(names).to_have_text(["Ömer"])
    page.get_by_label("Choose Ömer").check()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator(".toast")).to_contain_text("1 deleted")
    omer = site[0].store.people.find("Ömer")
    assert omer is not None
    assert omer.disabled
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("Undone")
    assert site[0].store.removals.all() == []

    page.get_by_role("button", name="Add a person").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Anna")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("already somebody")
    dialog.get_by_label("Name").fill("Ben")
    dialog.get_by_label("Last day").fill("2030-03-31")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ben")
    ben = site[0].store.people.find("Ben")
    assert ben is not None
    # The day ends when the next one begins at the site, where the clocks were changed that very night.
    assert ben.valid_until == datetime(2030, 3, 31, 22, tzinfo=UTC)
    expect(page.get_by_label("Last day").first).to_have_value("2030-03-31")
