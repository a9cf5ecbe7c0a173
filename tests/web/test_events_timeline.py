"""The timeline in a real browser: it follows what happens, and whoever sees it says who that was, by keyboard alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from door_samples import FakeParts
from limen.audit.events import AuditEvent, EventType
from limen.door.engines import EnginePool
from limen.store.records import LabelKind
from web_site import FakeHouse, WebSite, make_site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[WebSite, str]]:
    """A site that is served, and its address."""
    site = make_site(tmp_path / "data", house=FakeHouse(engines=EnginePool(lambda: FakeParts().engine, 1)))
    with site.served() as address:
        yield site, address
    site.close()


@pytest.fixture
def page(site: tuple[WebSite, str], chromium: Browser) -> Iterator[Page]:
    """The visits, for an attendant with a small window."""
    store, now = site[0].store, datetime.now(UTC)
    user = store.users.add("otto", "attendant", "no hash")
    secret = store.sessions.start(user.id, now, now + timedelta(hours=1), "a test")
    context = chromium.new_context(viewport={"width": 360, "height": 700})
    context.add_cookies([{"name": "limen_session", "value": secret, "url": site[1]}])
    page = context.new_page()
    page.goto(f"{site[1]}/events?show=visits")
    expect(page.locator("#live")).to_have_text("Live")
    yield page
    context.close()


def denied(site: WebSite) -> None:
    site.store.events.append(AuditEvent(EventType.ACCESS_DENIED, datetime.now(UTC), "front", reason="unknown"))


def test_the_timeline_follows_and_a_visitor_is_named_by_keyboard(site: tuple[WebSite, str], page: Page) -> None:
    found, rows = site[0], page.locator("a.event")
    ann = found.store.people.add("Ann Example").id
    denied(found)
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("Somebody unknown was turned away")
    for _ in range(14):
        denied(found)
    expect(rows).to_have_count(15)
    page.mouse.wheel(0, 900)
    page.wait_for_function("scrollY > 200")
    for _ in range(3):
        denied(found)
    expect(page.get_by_role("button", name="3 new events")).to_be_visible()
    expect(rows).to_have_count(15)
    page.get_by_role("button", name="3 new events").click()
    expect(rows).to_have_count(18)

    expect(rows.first).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="This is").press("Enter")
    page.keyboard.type("exam")
    expect(page.locator("#who-search-list li")).to_have_text(["AAnn Example"])
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.locator("#details .badge")).to_have_text("this was Ann Example")
    page.keyboard.press("Escape")
    expect(rows.first).to_contain_text("this was Ann Example")
    (label,) = found.store.labels.of(range(99)).values()
    assert (label.kind, label.person) == (LabelKind.IS, ann)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
