"""The dashboard in a real browser: it follows what happens, and its doors do what they are told."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from doors_site import Doors, doors_site
from limen.audit.events import AuditEvent, EventType
from limen.decision.reasons import Reason
from web_site import WebSite


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[WebSite, str]]:
    """A site that is served, and its address."""
    site = doors_site(tmp_path / "data")
    with site.served() as address:
        yield site, address
    site.close()


@pytest.fixture
def page(site: tuple[WebSite, str], chromium: Browser) -> Iterator[Page]:
    """The dashboard, for an attendant."""
    store, now = site[0].store, datetime.now(UTC)
    secret = store.sessions.start(
        store.users.add("otto", "attendant", "no hash").id, now, now + timedelta(hours=1), "a test"
    )
    context = chromium.new_context()
    context.add_cookies([{"name": "limen_session", "value": secret, "url": site[1]}])
    page = context.new_page()
    page.goto(site[1])
    expect(page.locator("#live")).to_have_text("Live")
    yield page
    context.close()


def test_the_dashboard_follows_and_orders(site: tuple[WebSite, str], page: Page) -> None:
    found, doors = site[0], site[0].house
    assert isinstance(doors, Doors)
    front = page.get_by_role("article", name="front")
    denied = AuditEvent(EventType.ACCESS_DENIED, datetime.now(UTC), "front", reason=Reason.UNKNOWN)
    found.store.events.append(denied)
    expect(front.locator("[data-is=last-words]")).to_have_text("Somebody unknown was turned away")
    expect(front.locator("[data-is=denied]")).to_have_text("1")

    hold = front.get_by_role("button", name="Hold to open")
    hold.click()  # a short touch opens nothing, and says what to do
    expect(page.locator("#toasts")).to_contain_text("Hold the button")
    assert doors.calls == []
    hold.focus()
    page.keyboard.down(" ")
    expect(front.get_by_role("button", name="The door is open")).to_be_visible()
    page.keyboard.up(" ")
    assert doors.calls == [("open_once", "front", "web")]

    front.get_by_role("button", name="Keep open for 10 minutes").click()
    expect(front.locator("[data-is=words]")).to_have_text("Kept open")
    expect(front.get_by_role("timer")).to_contain_text("09:")
    front.get_by_role("button", name="Close again").click()
    front.get_by_role("button", name="Lock down").click()
    page.get_by_role("dialog").get_by_role("button", name="Lock down").click()
    expect(front.locator("[data-is=words]")).to_have_text("Locked down")
    expect(front.locator("[data-do=open]")).to_be_disabled()
    page.get_by_role("button", name="End lockdown everywhere").click()
    expect(front.locator("[data-is=words]")).to_have_text("Door locked")
