"""The hours of a schedule in a real browser: drawn, dragged, moved by keyboard and typed, all in step."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from limen.decision.rules import Effect, Rule
from limen.store.hours import hours_from_text, hours_text
from web_site import WebSite, make_site

CONFIG = '[site]\ntime_zone = "Europe/Berlin"\n[doors.front]\n'


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[WebSite, str]]:
    site = make_site(tmp_path_factory.mktemp("data"), CONFIG)
    with site.served() as address:
        yield site, address
    site.close()


@pytest.fixture
def page(served: tuple[WebSite, str], chromium: Browser) -> Iterator[Page]:
    store, now = served[0].store, datetime.now(UTC)
    owner = store.users.find("olga") or store.users.add("olga", "owner", "no hash")
    secret = store.sessions.start(owner.id, now, now + timedelta(hours=1), "a test")
    context = chromium.new_context(base_url=served[1])
    context.add_cookies([{"name": "limen_session", "value": secret, "url": served[1]}])
    yield context.new_page()
    context.close()


def drag(page: Page, track: Locator, start: float, end: float) -> None:
    """With the mouse, from one hour to another."""
    track.scroll_into_view_if_needed()
    box = track.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * start / 24, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * (start + end) / 48, y)
    page.mouse.move(box["x"] + box["width"] * end / 24, y)
    page.mouse.up()


def test_hours_are_drawn_dragged_typed_and_copied(served: tuple[WebSite, str], page: Page) -> None:
    store = served[0].store
    row = store.schedules.add("office", [])
    page.goto(f"/rules/schedules/{row}")
    sunday = page.get_by_role("group", name="Sunday")
    track, since, until = sunday.locator(".track"), sunday.get_by_label("Sunday: from"), sunday.get_by_label("until")
    drag(page, track, 9.02, 12.4)
    expect(since).to_have_value("09:00")
    expect(until).to_have_value("12:30")
    drag(page, track, 11, 14.1)
    expect(since).to_have_value("12:00")
    drag(page, track, 15.5, 25.4)
    expect(until).to_have_value("01:30")
    expect(sunday).to_contain_text("next day")
    expect(page.get_by_role("group", name="Monday").locator(".tail")).to_have_count(1)

    begins = sunday.get_by_role("slider", name="begins")
    begins.focus()
    for key in ("ArrowRight", "PageDown", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    expect(begins).to_be_focused()
    expect(begins).to_have_attribute("aria-valuetext", "11:00–01:15 (next day)")

    since.fill("22:10")
    until.fill("06:00")
    until.press("Tab")
    expect(begins).to_have_attribute("aria-valuenow", "1330")
    sunday.get_by_role("button", name="Copy the hours").click()
    page.get_by_role("button", name="Copy", exact=True).click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The hours were saved")).to_be_visible()
    assert list(map(hours_text, store.schedules.get("office").hours)) == ["sat,sun 22:10-06:00"]


def test_a_rule_is_made_from_a_cell_on_a_phone(served: tuple[WebSite, str], page: Page) -> None:
    store = served[0].store
    group = store.groups.add("staff")
    store.schedules.add("day", [hours_from_text("mon-fri 08:00-18:00")])
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/rules")
    page.get_by_role("button", name="Add a rule: staff, front").click()
    page.get_by_label("When").select_option(label="day")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="staff may open front on weekdays 08:00–18:00")).to_be_visible()
    expect(page.get_by_text("still lets everybody")).to_be_visible()
    made = Rule("allow staff, front, day", Effect.ALLOW, group.id, door="front", schedule="day")
    assert made in store.rules.all()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
