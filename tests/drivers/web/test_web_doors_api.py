from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from doors_site import doors_site, look, status, view
from limen.audit.events import AuditEvent, EventType
from limen.decision.reasons import Reason
from limen.types import PersonId
from web_site import WebSite

DOORS = "/api/v1/doors"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebSite]:
    found = doors_site(tmp_path / "data")
    yield found
    found.close()


def told(site: WebSite, name: str = "front", role: str = "viewer") -> dict[str, Any]:
    answer = site.client(role).get(f"{DOORS}/{name}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def happened(site: WebSite, kind: EventType, door: str = "front", **more: Any) -> None:
    site.store.events.append(AuditEvent(kind, datetime.now(UTC), door, **more))


def test_all_doors_with_what_happened_today_and_what_is_to_be_known(site: WebSite) -> None:
    anna = site.store.people.add("Anna")
    happened(site, EventType.ACCESS_GRANTED, person=anna.id, reason=Reason.MATCHED, similarity=0.7, threshold=0.5)
    owner, viewer = site.client("owner"), site.client("viewer")
    before = owner.get(DOORS).json()
    happened(site, EventType.ACCESS_DENIED, reason=Reason.UNKNOWN, similarity=0.2, threshold=0.5)
    happened(site, EventType.DOOR_LOCKED)
    happened(site, EventType.ALARM_FORCED, "back")
    found = owner.get(DOORS).json()
    front, back = found["items"]
    assert (before["items"][0]["today"]["denied"], front["today"]) == (0, {"granted": 1, "denied": 1, "alarms": 0})
    assert (front["last"]["words"], front["last"]["similarity"]) == ("Somebody unknown was turned away", 0.2)
    assert (back["last"]["type"], back["today"]["alarms"]) == ("alarm.forced", 1)
    assert {one["words"] for one in found["warnings"]} == {
        "One person has no photo yet",
        "The lock of front, back is simulated: nothing moves",
        "No backup was ever made",
    }
    seen = viewer.get(DOORS).json()
    assert seen["warnings"] == []
    assert seen["items"][0]["last"]["similarity"] is None


def test_a_door_tells_its_state_in_words(site: WebSite) -> None:
    assert (told(site)["state"], told(site)["words"]) == ("locked", "Door locked")
    config = site.house.doors["front"].config
    site.house.doors["front"] = view(config, status(camera_up=False))
    assert (told(site)["state"], told(site)["missing"]) == ("fault", ["camera"])
    site.house.doors["front"] = replace(view(config, status(running=False)), failure="it is starting")
    german = site.client("viewer").get(f"{DOORS}/front", headers={"Accept-Language": "de"}).json()
    assert (german["words"], german["why"]) == ("Läuft nicht", "sie startet gerade")
    assert site.client().get(f"{DOORS}/nowhere").status_code == 404


def test_a_door_of_another_program_is_told_by_its_record(site: WebSite) -> None:
    happened(site, EventType.DOOR_STARTED, reason="card")
    del site.house.doors["front"]
    assert (told(site)["here"], told(site)["state"]) == (False, "locked")
    happened(site, EventType.DOOR_MODE, reason="keep_open", detail="by rule office hours")
    assert (told(site)["state"], told(site)["mode"]) == ("kept_open", None)
    happened(site, EventType.CAMERA_OFFLINE)
    happened(site, EventType.DOOR_MODE, reason="normal")
    assert told(site)["missing"] == ["camera"]
    asked = site.client("attendant").post(f"{DOORS}/front/open").json()
    assert asked == {"opened": False, "words": "The door was asked to open"}
    assert site.client("attendant").post(f"{DOORS}/front/believe-clock").status_code == 200
    taken = site.store.requests.take("front", datetime.now(UTC))
    assert [one.action for one in taken] == ["open", "believe_clock"]
    assert all((one.actor or "").startswith("user:") for one in taken)
    happened(site, EventType.DOOR_STOPPED)
    assert told(site)["state"] == "offline"


def test_opening_is_for_those_with_the_right_and_repeated_it_opens_once(site: WebSite) -> None:
    assert site.client("viewer").post(f"{DOORS}/front/open").status_code == 403
    client = site.client("attendant")
    for _ in range(2):
        answer = client.post(f"{DOORS}/front/open", headers={"Idempotency-Key": "one"})
        assert answer.json() == {"opened": True, "words": "The door is open"}
    assert site.house.calls == [("open_once", "front", "web")]


def test_why_a_door_does_not_open_is_said(site: WebSite) -> None:
    client, config = site.client("attendant"), site.house.doors["front"].config

    def refused() -> str:
        answer = client.post(f"{DOORS}/front/open")
        assert answer.status_code == 409, answer.text
        return str(answer.json()["type"]).removeprefix("/problems/")

    site.house.doors["front"] = view(config, status(lock_fault=True))
    assert refused() == "lock-fault"
    site.house.doors["front"] = view(config, status(running=False))
    assert refused() == "not-running"
    site.house.doors["front"] = view(config, status())
    site.house.obeys = False
    assert refused() == "not-opened"
    client.put(f"{DOORS}/front/mode", json={"mode": "lockdown"})
    assert refused() == "locked-down"
    assert len(site.house.calls) == 1


def test_doors_stand_otherwise_for_a_while_and_who_ordered_it_is_on_record(site: WebSite) -> None:
    client = site.client("attendant")
    kept = client.put(f"{DOORS}/front/mode", json={"mode": "keep_open", "minutes": 10}).json()
    assert (kept["state"], kept["mode"], kept["last"]["actor"]) == ("kept_open", "keep_open", "an-attendant")
    left = datetime.fromisoformat(kept["until"]) - datetime.now(UTC)
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    assert client.delete(f"{DOORS}/front/mode").json()["state"] == "locked"
    everywhere = client.post(f"{DOORS}/lockdown", json={}).json()
    assert [door["state"] for door in everywhere["items"]] == ["locked_down", "locked_down"]
    assert [door["state"] for door in client.delete(f"{DOORS}/lockdown").json()["items"]] == ["locked", "locked"]


def test_orders_that_make_no_sense_are_refused(site: WebSite) -> None:
    client = site.client("attendant")
    for order in (
        {"mode": "normal"},
        {"mode": "lockdown", "minutes": 0},
        {"mode": "lockdown", "minutes": 10**6},
        {},
        {"mode": "lockdown", "more": 1},
        {"mode": "lockdown", "minutes": 5, "until": "2099-01-01T00:00:00Z"},
        {"mode": "lockdown", "until": "2020-01-01T00:00:00Z"},
        {"mode": "lockdown", "until": "2099-01-01T00:00:00Z"},
        {"mode": "lockdown", "until": "2026-12-24T18:00:00"},
        {"mode": "lockdown", "until": "9999-12-31T23:59:59-23:59"},
    ):
        status = 409 if "until" in order else 422
        assert client.put(f"{DOORS}/front/mode", json=order).status_code == status, order
    assert site.store.modes.current() == {}


def test_the_live_look_is_for_those_who_may_watch(site: WebSite) -> None:
    client = site.client("attendant")
    assert client.get(f"{DOORS}/front/live").json()["number"] == 0
    assert client.get(f"{DOORS}/front/picture").status_code == 204
    site.house.look = look(b"a jpeg", PersonId("anna"), "Anna")
    live = client.get(f"{DOORS}/front/live?picture=true").json()
    (face,) = live["faces"]
    assert face["area"] == {"left": 0.25, "top": 0.25, "width": 0.25, "height": 0.5}
    assert ([one["name"] for one in face["ranked"]], face["threshold"]) == (["Anna", "Somebody else"], 0.52)
    assert live["jpeg"] == "YSBqcGVn"
    picture = client.get(f"{DOORS}/front/picture")
    assert (picture.content, picture.headers["cache-control"]) == (b"a jpeg", "no-store")
    for path in ("live", "picture"):
        assert site.client("viewer").get(f"{DOORS}/front/{path}").status_code == 403
        assert site.kiosk("front").get(f"{DOORS}/front/{path}").status_code == 403


def test_the_pages_show_what_the_role_may_do(site: WebSite) -> None:
    attendant, viewer = site.client("attendant"), site.client("viewer")
    assert "Hold to open" in attendant.get("/").text
    assert "What the camera shows" in attendant.get("/doors/front").text
    for path in ("/", "/doors/front"):
        page = viewer.get(path)
        assert page.status_code == 200
        assert "Hold to open" not in page.text
        assert "What the camera shows" not in page.text
        assert len(page.content) < 50_000
    assert attendant.get("/doors/nowhere", headers={"Accept": "text/html"}).status_code == 404


def test_without_doors_the_page_says_what_to_do_next(tmp_path: Path) -> None:
    empty = doors_site(tmp_path / "empty", "[site]\nname = 'Home'")
    try:
        page = empty.client("owner").get("/")
        assert "No door is set up yet" in page.text
        assert 'href="/settings/doors"' in page.text
    finally:
        empty.close()
