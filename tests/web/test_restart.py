"""The server is killed during a visit and during an enrolment: browsers recover, and nothing is half-saved."""

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from browsers import OBAMA, film_of, with_camera
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from limen_program import limen, with_models
from served_site import ServedSite, kill, serve, stop


@pytest.fixture(scope="module")
def browser(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    film = film_of(shared / "data" / "people" / "obama.jpg", OBAMA, tmp_path_factory.mktemp("film") / "obama.mjpeg")
    with sync_playwright() as playwright, with_camera(playwright, film) as browser:
        yield browser


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def set_up(served: ServedSite, photo: Path) -> tuple[httpx2.Client, str]:
    """An owner who is signed in, Obama enrolled, and a link for a display."""
    client = httpx2.Client(base_url=f"{served.url}/api/v1", headers={"Origin": served.url}, timeout=30)
    owner = {"code": served.code, "name": "anna", "password": "seven quiet harbours"}
    assert client.post("/setup", json=owner).status_code == 201
    person = client.post("/people", json={"name": "Barack Obama"}).json()["id"]
    uploaded = client.post(
        f"/people/{person}/photos", content=photo.read_bytes(), headers={"Content-Type": "image/jpeg"}
    )
    assert uploaded.status_code == 201, uploaded.text
    return client, client.post("/doors/front/kiosks", json={}).json()["url"]


def signed_in(browser: Browser, client: httpx2.Client, url: str) -> BrowserContext:
    context = browser.new_context(locale="en-GB")
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in client.cookies.items()])
    return context


def test_killed(browser: Browser, models_folder: Path, shared: Path, tmp_path: Path) -> None:
    data, port = with_models(tmp_path / "data", models_folder), free_port()
    served = serve(data, port=port)
    client, link = set_up(served, shared / "data" / "people" / "obama2.jpg")
    display = browser.new_context(locale="en-GB").new_page()
    display.goto(link)
    display.get_by_role("button", name="Make it the display").click()
    expect(display.locator("main")).to_have_attribute("data-state", "granted", timeout=30_000)

    page = signed_in(browser, client, served.url).new_page()
    page.goto(f"{served.url}/enrol")
    page.get_by_label("Name").fill("Somebody New")
    page.get_by_role("button", name="Next").locator("visible=true").click()
    page.locator("#agree").check()
    page.locator("#agreed").click()
    page.locator("#still").check()
    page.get_by_role("button", name="Open the camera").click()
    expect(page.locator("#count")).to_contain_text("2", timeout=20_000)

    kill(served)
    expect(display.locator("main")).to_have_attribute("data-state", "offline", timeout=10_000)
    again = serve(data, port=port)
    try:
        names = [one["name"] for one in client.get("/people").json()["items"]]
        assert names == ["Barack Obama"]
        expect(display.locator("main")).to_have_attribute("data-state", "granted", timeout=30_000)
        expect(page.locator("#save")).to_be_visible(timeout=45_000)
    finally:
        for context in browser.contexts:
            context.close()
        client.close()
        stop(again)
    assert limen("audit", "verify", data=data).code == 0
