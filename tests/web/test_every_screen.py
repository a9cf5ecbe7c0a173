"""Every screen: nothing for axe to find, no error in the console, no sideways scrolling, and not too heavy."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsers import chromium
from playwright.sync_api import Browser, Page, Response, sync_playwright

from limen.audit.events import AuditEvent, EventType
from limen.config import load_settings
from limen.decision.reasons import Reason
from limen.door.build import build_engine, match_policy
from limen.door.enrolment import Enrolment
from limen.store.invitations import InvitationKind
from limen.web.app import areas
from limen.web.identity import DISPLAY, INVITATION, SESSION
from limen.web.rights import Role
from limen_program import with_models
from served_site import ServedSite, serve, stop
from web_site import PASSWORD_HASH, make_site

CONFIG = """
[site]
name = "Harbour House"
[enrolment]
keep_photos = true
[privacy]
keep_crops = true
[doors.front]
camera = "browser"
[doors.workshop]
camera = "browser"
zone = "works"
"""
MOST_BYTES = 150_000
VIEWS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark phone": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark", "locale": "de-DE"},
}
SCREENS = [
    "/", "/doors/{name}", "/doors/{name}/displays", "/people", "/people/{person}", "/enrol", "/events",
    "/events/{event}", "/unknown-faces", "/rules", "/rules/groups", "/rules/groups/{group}", "/rules/schedules",
    "/rules/schedules/{schedule}", "/rules/holidays", "/rules/ask", "/accuracy", "/accuracy/{name}", "/settings",
    "/settings/{page}", "/settings/doors", "/settings/doors/{name}", "/settings/webhooks", "/settings/backup",
    "/settings/audit", "/settings/health", "/settings/privacy", "/settings/models", "/settings/users",
    "/settings/tokens", "/account", "/setup", "/sign-in", "/display", "/pair/{secret}", "/enrol/me",
]  # fmt: skip
NOT_LOOKED_AT = {"/ca.crt", "/enrol/{secret}", "/people/part", "/events/rows"}
"""What is no page of its own."""


@dataclass(frozen=True)
class Looked:
    """A served site, its cookies, and what stands in place of the parameters of addresses."""

    served: ServedSite
    cookies: tuple[tuple[str, str], ...]
    parameters: dict[str, str]


@pytest.fixture(scope="module")
def looked(shared: Path, models_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Looked]:
    """Somebody enrolled, groups, rules, events, a display, an invitation."""
    data = with_models(tmp_path_factory.mktemp("data"), models_folder)
    prepared, now = make_site(data, CONFIG), datetime.now(UTC)
    store, settings = prepared.store, load_settings(data)
    engine = build_engine(settings)
    photo = shared / "data" / "people" / "obama.jpg"
    Enrolment(engine, store, settings.enrolment, match_policy(settings, engine)).run(
        [("Barack Obama", [photo])], lambda: None
    )
    person = store.people.find("Barack Obama")
    assert person is not None
    for kind, who, reason in (
        (EventType.ACCESS_GRANTED, person.id, Reason.MATCHED), (EventType.ACCESS_DENIED, None, Reason.UNKNOWN)
    ):  # fmt: skip
        store.events.append(AuditEvent(kind, now, "front", who, reason, 0.95, 0.92))
    later = now + timedelta(hours=1)
    owner = store.users.add("anna", Role.OWNER, PASSWORD_HASH)
    cookies = (
        (SESSION, store.sessions.start(owner.id, now, later, "a test")),
        (DISPLAY, store.tokens.add("hall", Role.KIOSK, door="front")[1]),
        (INVITATION, store.invitations.add(InvitationKind.ENROL, person=person.id, expires_at=later)[1]),
    )
    parameters = {
        "person": person.id, "event": str(store.events.latest(1)[0].sequence), "name": "front",
        "secret": store.invitations.add(InvitationKind.KIOSK, door="front", expires_at=later)[1],
        "group": group_of(prepared), "schedule": schedule_of(prepared), "page": "site",
    }  # fmt: skip
    prepared.close()
    served = serve(data)
    yield Looked(served, cookies, parameters)
    stop(served)


def group_of(prepared: Any) -> str:
    answer = prepared.token("owner").post("/api/v1/groups", json={"name": "staff"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def schedule_of(prepared: Any) -> str:
    week = {"mon": [{"start": "08:00", "end": "18:00"}], "fri": [{"start": "22:00", "end": "06:00"}]}
    answer = prepared.token("owner").post("/api/v1/schedules", json={"name": "office", "week": week})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


class Watched:
    """A page, what its console says is wrong, and what it loaded, since the last ``goto``."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wrong: list[str] = []
        self._answers: list[Response] = []
        page.on("console", lambda message: self.wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("response", self._took)

    def _took(self, answer: Response) -> None:
        self._answers.append(answer)

    def goto(self, address: str) -> None:
        self.wrong.clear()
        self._answers.clear()
        self.page.goto(address, wait_until="load")
        self.page.wait_for_timeout(150)

    def weight(self) -> int:
        """What was loaded but pictures and what scripts asked for, in bytes."""
        kinds = ("document", "script", "stylesheet")
        return sum(len(one.body()) for one in self._answers if one.request.resource_type in kinds and one.status == 200)


@pytest.fixture(scope="module", params=VIEWS)
def watched(request: pytest.FixtureRequest, browser: Browser, looked: Looked) -> Iterator[Watched]:
    context = browser.new_context(**VIEWS[request.param])
    context.add_cookies([{"name": name, "value": value, "url": looked.served.url} for name, value in looked.cookies])
    yield Watched(context.new_page())
    context.close()


@pytest.mark.parametrize("screen", SCREENS)
def test_screen(watched: Watched, looked: Looked, screen: str) -> None:
    watched.goto(looked.served.url + re.sub(r"\{(\w+)\}", lambda match: looked.parameters[match[1]], screen))
    found = Axe().run(watched.page)
    assert found.violations_count == 0, found.generate_report()
    measured = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert watched.page.evaluate(measured) <= 0
    assert watched.wrong == []
    assert watched.weight() < MOST_BYTES


def test_no_screen_is_left_out() -> None:
    paths = {route.path for area in areas() if ".screens." in area.__name__ for route in area.router.routes}
    shown = {re.sub(r"\{\w+(:\w+)?\}", "{}", path) for path in paths - NOT_LOOKED_AT}
    assert shown - {re.sub(r"\{\w+\}", "{}", screen) for screen in SCREENS} == set()
