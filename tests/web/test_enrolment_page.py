"""A person enrols on their own phone, in front of a camera that shows a real clip, with the real networks."""

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from limen.door.engines import EnginePool
from limen.door.enrol_sessions import EnrolSessions
from limen.engine import Engine
from limen.store.invitations import InvitationKind
from limen.types import Person
from limen.web.enrolment_desk import sessions_of
from web_site import FakeHouse, WebSite, make_site


@pytest.fixture
def camera(shared: Path, tmp_path: Path) -> Iterator[Browser]:
    """A browser whose camera shows somebody who looks straight."""
    chromium, ffmpeg, film = shutil.which("chromium"), shutil.which("ffmpeg"), tmp_path / "camera.mjpeg"
    if not (chromium and ffmpeg):
        pytest.skip("no browser or no ffmpeg: install chromium and ffmpeg")
    clip = shared / "data" / "clips" / "live_closeup.mp4"
    scaled = ("-t", "5", "-vf", "scale=640:480", "-q:v", "5")
    subprocess.run([ffmpeg, "-loglevel", "error", "-i", clip, *scaled, film], check=True)
    options = (
        "--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )  # fmt: skip
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(options))
        yield browser
        browser.close()


@pytest.fixture
def site(tmp_path: Path, engine: Engine) -> Iterator[tuple[WebSite, str]]:
    """A site that is served, and its address."""
    house = FakeHouse()
    house.engines = EnginePool(lambda: engine, 1)
    site = make_site(tmp_path / "data", house=house)
    with site.served() as address:
        yield site, address
    site.close()


def test_by_invitation_on_a_phone_without_moving_the_head(camera: Browser, site: tuple[WebSite, str]) -> None:
    served, address = site
    person, secret = _invited(served)
    page = camera.new_page(viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    page.goto(f"{address}/enrol/{secret}")
    expect(page).to_have_url(f"{address}/enrol/me")

    _prepare(page)
    expect(page.get_by_text("1 taken")).to_be_visible()
    # The server starts again: the browser is told, and takes the pictures again by itself.
    _forget(served)
    expect(page.get_by_text("The server began anew")).to_be_visible()
    assert served.store.templates.models() == {}
    expect(page.get_by_role("heading", name="Look them over")).to_be_visible()
    expect(page.locator("#shots img")).to_have_count(5)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.get_by_role("button", name="Save").press("Enter")
    expect(page.locator("#verdict")).to_have_text("Recognised")
    page.get_by_role("button", name="Done").press("Enter")
    expect(page.get_by_text("You are enrolled.")).to_be_visible()

    assert len(served.store.templates.all_of(person.id).photos) == 5
    answer = page.goto(f"{address}/enrol/{secret}")
    assert answer is not None
    assert answer.status == 410


def _invited(site: WebSite) -> tuple[Person, str]:
    person = site.store.people.add("Anna")
    expires_at = datetime.now(UTC) + timedelta(hours=1)
    return person, site.store.invitations.add(InvitationKind.ENROL, person=person.id, expires_at=expires_at)[1]


def _prepare(page: Page) -> None:
    """From consent to the camera, by keyboard."""
    page.get_by_label("I agree").press("Space")
    page.locator("#agreed").press("Enter")
    page.get_by_label("Without moving the head").press("Space")
    page.go_back()
    expect(page.get_by_role("heading", name="Your consent")).to_be_visible()
    page.go_forward()
    page.get_by_role("button", name="Open the camera").press("Enter")


def _forget(site: WebSite) -> None:
    sessions: EnrolSessions = sessions_of(site.site)
    for under_way in list(sessions._known.values()):
        sessions.end(under_way.session.id, [under_way.session.owner])
