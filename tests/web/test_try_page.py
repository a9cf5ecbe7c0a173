"""The page of ``limen try`` in a real browser."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from served_page import Served

CONTRAST = """() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const linear = (part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) =>
    0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const [r, g, b, alpha = 1] = channels(getComputedStyle(node).backgroundColor);
      if (alpha === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!own || !node.checkVisibility() || node.disabled || node.closest(":disabled")) continue;
    const [a, b] = [light(channels(getComputedStyle(node).color)), light(ground(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${node.id || node.className || node.tagName}: ${ratio.toFixed(2)}`);
  }
  return poor;
}"""


@pytest.fixture
def page(chromium: Browser, served: Served) -> Iterator[Page]:
    """The page once all photos were looked at; nothing may go wrong on it, and nothing come from elsewhere."""
    context = chromium.new_context(viewport={"width": 1280, "height": 860})
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("console", lambda message: wrong.append(message.text))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("requestfailed", lambda request: wrong.append(request.url) if is_failure(request) else None)
    opened.on("request", lambda request: wrong.append(request.url) if not is_ours(request.url, served) else None)
    opened.goto(served.url)
    expect(opened.locator("#count-locked")).to_have_text("2", timeout=60_000)
    expect(opened.locator("#count-unlocked")).to_have_text("3", timeout=60_000)
    expect(opened.locator("#progress")).to_be_hidden()
    yield opened
    context.close()
    assert wrong == []


def is_failure(request: Request) -> bool:
    """A picture that another took the place of, or that the end cut off, is none."""
    return request.failure != "net::ERR_ABORTED"


def is_ours(url: str, served: Served) -> bool:
    return url.startswith(f"http://127.0.0.1:{served.port}/")


def show(page: Page, name: str) -> None:
    page.get_by_title(name, exact=True).click()
    expect(page.locator("#name")).to_have_text(name)


def strictness(page: Page, label: str) -> None:
    """Move the slider by keys until it stands at a rate."""
    slider = page.get_by_role("slider")
    slider.focus()
    slider.press("Home")
    for _ in range(40):
        if page.locator("#rate-label").inner_text() == label:
            return
        slider.press("ArrowRight")
    raise AssertionError(f"the slider never says {label}")


def test_the_key_is_gone_from_the_address(page: Page, served: Served) -> None:
    assert page.url == f"http://127.0.0.1:{served.port}/#1"


def test_somebody_enrolled_unlocks(page: Page) -> None:
    show(page, "Barack Obama/obama3.jpg")
    expect(page.locator("#word")).to_have_text("Unlocked")
    expect(page.locator("#headline")).to_have_text("Barack Obama")
    expect(page.locator("#mark")).to_have_text("Right: the photo is named after Barack Obama.")
    expect(page.locator(".box")).to_have_count(1)
    expect(page.locator("#why li").first).to_contain_text("Barack Obama is alike enough: similarity 0.9")
    expect(page.locator(".box")).to_be_visible()
    assert page.locator("#large").evaluate("image => image.naturalWidth") > 300


def test_a_stranger_does_not(page: Page) -> None:
    show(page, "strangers/AJ_Cook_0001.jpg")
    expect(page.locator("#word")).to_have_text("Locked")
    expect(page.locator("#headline")).to_have_text("Not recognised")
    expect(page.locator("#why li").first).to_contain_text("No enrolled person is alike enough. The most alike is")


def test_a_broken_photo_says_why(page: Page) -> None:
    show(page, "broken.jpg")
    expect(page.locator("#word")).to_have_text("Locked")
    expect(page.locator("#why")).to_contain_text("broken.jpg is broken or cut off")


def test_each_face_of_several(page: Page) -> None:
    show(page, "group.jpg")
    expect(page.locator("#headline")).to_have_text(
        re.compile("^(Barack Obama and Joe Biden|Joe Biden and Barack Obama)$")
    )
    page.get_by_role("button", name="Joe Biden").click()
    expect(page.get_by_role("button", name="Joe Biden")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#why li").first).to_contain_text("Joe Biden is alike enough")


def test_a_stricter_rate_locks(page: Page) -> None:
    show(page, "Barack Obama/obama_partial_face.jpg")
    expect(page.locator("#word")).to_have_text("Unlocked")
    expect(page.locator("#remark-list")).to_contain_text("cut off")
    before = float(page.locator("#needed").inner_text().split()[-1])
    strictness(page, "1 in 10,000")
    expect(page.locator("#word")).to_have_text("Locked")
    expect(page.locator("#mark")).to_have_text("False rejection: the photo is named after Barack Obama.")
    assert float(page.locator("#needed").inner_text().split()[-1]) > before
    expect(page.locator("#every")).to_have_text("500 days")
    expect(page.locator("#count-false-rejection")).to_have_text("1")
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", "1 in 10,000 strangers")
    strictness(page, "1 in 1,000,000")
    expect(page.locator("#counted")).to_contain_text("Rarer than could be counted")


def test_strangers_a_day(page: Page) -> None:
    page.get_by_label("strangers a day").fill("200")
    expect(page.locator("#every")).to_have_text("6 hours")


def test_keys_walk_through_the_photos(page: Page) -> None:
    expect(page.locator("#previous")).to_be_disabled()
    for position in ("2 of 5", "3 of 5", "4 of 5", "5 of 5", "5 of 5"):
        page.keyboard.press("ArrowRight")
        expect(page.locator("#position")).to_have_text(position)
    expect(page.locator("#next")).to_be_disabled()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#position")).to_have_text("4 of 5")
    expect(page.locator("#strip [aria-current]")).to_have_attribute("title", "group.jpg")


def test_the_filter(page: Page) -> None:
    page.get_by_text("Locked 2").click()
    expect(page.locator("#strip button:visible")).to_have_count(2)
    page.keyboard.press("Tab")
    page.locator("#next").click()
    expect(page.locator("#name")).to_have_text("strangers/AJ_Cook_0001.jpg")
    expect(page.locator("#next")).to_be_disabled()
    page.get_by_text("All 5").click()
    expect(page.locator("#strip button:visible")).to_have_count(5)


def test_loading_it_again_shows_the_same_photo(page: Page) -> None:
    show(page, "group.jpg")
    page.reload()
    expect(page.locator("#name")).to_have_text("group.jpg")


@pytest.mark.parametrize("width", [360, 800, 1600])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_can_be_read(page: Page, width: int, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 740})
    for name in ("group.jpg", "Barack Obama/obama_partial_face.jpg"):
        show(page, name)
        expect(page.locator("#word")).to_have_text("Unlocked")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CONTRAST) == []


def test_a_program_that_was_stopped_is_told(chromium: Browser, served: Served) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(served.url)
    expect(page.locator("#word")).not_to_have_text("Looking…")
    context.set_offline(True)
    page.keyboard.press("ArrowRight")
    expect(page.locator("#trouble")).to_contain_text("Limen does not answer any more")
    context.close()
