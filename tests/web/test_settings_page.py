"""A setting in a real browser: refused at its field, saved, taken back; and a lock tried before it is kept."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from web_site import WebSite, make_site


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[WebSite, str]]:
    site = make_site(tmp_path_factory.mktemp("data"))
    site.desk.add_door("front", {"camera": "browser"})
    with site.served() as address:
        yield site, address
    site.close()


@pytest.fixture
def page(served: tuple[WebSite, str], chromium: Browser) -> Iterator[Page]:
    store, now = served[0].store, datetime.now(UTC)
    owner = store.users.find("olga") or store.users.add("olga", "owner", "no hash")
    secret = store.sessions.start(owner.id, now, now + timedelta(hours=1), "a test")
    context = chromium.new_context(base_url=served[1], locale="en")
    context.add_cookies([{"name": "limen_session", "value": secret, "url": served[1]}])
    yield context.new_page()
    context.close()


def test_a_setting_is_refused_saved_and_taken_back(served: tuple[WebSite, str], page: Page) -> None:
    desk = served[0].desk
    page.goto("/settings/visits")
    opens, frames, save = (
        page.get_by_label("Lock opens for"),
        page.get_by_label("Agreeing pictures"),
        page.locator(".save-bar"),
    )
    expect(save).to_be_hidden()
    opens.fill("0")
    save.get_by_role("button", name="Save").click()
    expect(page.locator(".wrong")).to_have_text("More than 0 is needed")
    opens.fill("8")
    frames.fill("40")
    save.get_by_role("button", name="Save").click()
    expect(save).to_contain_text("unknown_frames must be at least agreeing_frames")
    assert desk.settings.door.open_s == 5
    frames.fill("3")
    save.get_by_role("button", name="Save").click()
    expect(save).to_be_hidden()
    assert desk.settings.door.open_s == 8
    page.get_by_role("button", name="Back to 5").click()
    expect(opens).to_have_value("5")
    assert desk.settings.door.open_s == 5


def test_a_lock_is_tried_as_it_would_be(served: tuple[WebSite, str], page: Page) -> None:
    page.goto("/settings/doors/front")
    page.get_by_label("How it is moved").select_option("webhook")
    page.get_by_label("Address of the lock").fill("http://127.0.0.1:9/")
    page.get_by_label("Secret", exact=True).fill("x" * 16)
    page.locator("#lock-test").click()
    page.get_by_role("dialog").get_by_role("button", name="Open it now").click()
    expect(page.locator("#lock-outcome")).to_contain_text("did not confirm")
    assert served[0].desk.settings.doors["front"].lock == "simulator"
