"""Events over the API and as pages: listed, labelled, exported; strangers named, ignored, erased."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from people_site import people_site

from events_faces import crop_of, let_in, turned_away
from limen.audit.events import AuditEvent, EventType
from limen.engine import Engine
from limen.store.records import LabelKind
from limen.types import PersonId
from web_site import WebSite, make_site

EVENTS, UNKNOWN = "/api/v1/events", "/api/v1/unknown-faces"
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FORMULA = '=HYPERLINK("http://example.org")'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebSite]:
    """Forty events at two doors, one of them of somebody whose name is a formula."""
    site = make_site(tmp_path_factory.mktemp("events") / "data", "[privacy]\nkeep_crops = true\n")
    ann = site.store.people.add(FORMULA).id
    for number in range(40):
        granted, at = number % 4 == 0, AT + timedelta(hours=number)
        kind = EventType.ACCESS_GRANTED if granted else EventType.ACCESS_DENIED
        door, reason = ("front", "back")[number % 2], "matched" if granted else ("unknown", "no_rule")[number % 2]
        event = AuditEvent(kind, at, door, ann if granted else None, reason, 0.5, 0.9)
        site.store.crops.append(event, b"jpeg", at + timedelta(days=36500)) if number < 8 else site.store.events.append(
            event
        )
    yield site
    site.close()


def numbers(site: WebSite, **asked: Any) -> list[int]:
    answer = site.client("viewer").get(EVENTS, params={"limit": 200, "topic": "access", **asked})
    assert answer.status_code == 200, answer.text
    return [event["sequence"] for event in answer.json()["items"]]


def test_events_come_newest_first_a_page_at_a_time(site: WebSite) -> None:
    client, found, after = site.client("viewer"), [], None
    while True:
        asked = {"limit": 17, "topic": "access"} | ({"after": after} if after else {})
        page = client.get(EVENTS, params=asked).json()
        found += [event["sequence"] for event in page["items"]]
        if (after := page["next"]) is None:
            break
    assert found == list(range(40, 0, -1))
    assert client.get(EVENTS, params={"after": "x"}).status_code == 422
    assert client.get(EVENTS, params={"offset": "3"}).status_code == 422


def test_filters(site: WebSite) -> None:
    ann = site.store.people.all()[0].id
    assert numbers(site, person=ann) == list(range(37, 0, -4))
    assert numbers(site, outcome="granted") == list(range(37, 0, -4))
    assert numbers(site, door="back", reason=["no_rule", "passback"]) == list(range(40, 0, -2))
    assert numbers(site, since="2026-03-03T00:00:00Z", until="2026-03-03T02:00:00+01:00") == [37]
    assert numbers(site, has_crop="true") == list(range(8, 0, -1))
    assert (numbers(site, label="any"), numbers(site, type="door.exit"), numbers(site, door="none")) == ([], [], [])


def test_one_event_and_its_picture(site: WebSite) -> None:
    viewer, attendant = site.client("viewer"), site.client("attendant")
    event = viewer.get(f"{EVENTS}/2").json()
    assert (event["words"], event["has_crop"], event["similarity"]) == ("Somebody was turned away", False, None)
    assert viewer.get(f"{EVENTS}/2/crop").status_code == 403
    for client, shown in ((viewer, False), (attendant, True)):
        assert ("/crop" in client.get("/events").text) is shown
    event = attendant.get(f"{EVENTS}/2").json()
    assert (event["has_crop"], event["similarity"]) == (True, 0.5)
    picture = attendant.get(f"{EVENTS}/2/crop")
    assert (picture.content, picture.headers["cache-control"]) == (b"jpeg", "no-store")
    assert picture.headers["content-type"] == "image/jpeg"
    for path, status in (("/30/crop", 404), ("/99999", 404), ("/0", 422), (f"/{2**70}", 422), ("/two", 404)):
        assert attendant.get(EVENTS + path).status_code == status


def test_a_label_is_set_once_and_taken_back(site: WebSite) -> None:
    client, ann = site.client("attendant"), site.store.people.all()[0].id
    before = client.get(f"{EVENTS}/6").headers["etag"]
    asked = {"kind": "is", "person": ann}
    answer = client.put(f"{EVENTS}/6/label", json=asked, headers={"If-Match": before})
    assert answer.status_code == 200, answer.text
    label = answer.json()["event"]["label"]
    assert (label["kind"], label["person"]["id"], label["actor"]) == ("is", ann, "an-attendant")
    assert client.put(f"{EVENTS}/6/label", json=asked, headers={"If-Match": before}).status_code == 412
    assert 6 in numbers(site, person=ann)
    assert client.delete(f"{EVENTS}/6/label").status_code == 204
    assert site.store.labels.of([6]) == {}
    wrong = client.put(f"{EVENTS}/5/label", json={"kind": "wrong"}).json()
    assert (wrong["event"]["label"]["kind"], wrong["likest_photo"]) == ("wrong", None)
    client.delete(f"{EVENTS}/5/label")
    for body, status in (
        ({"kind": "wrong"}, 422),  # It names nobody.
        ({"kind": "is"}, 422),
        ({"kind": "ignored", "person": ann}, 422),
        ({"kind": "is", "person": "0" * 36}, 404),
        ({"kind": "is", "person": "\ud800"}, 422),
        ({"kind": "is", "person": ann, "enrol": True}, 403),
    ):
        answer = client.put(f"{EVENTS}/2/label", content=json.dumps(body), headers={"Content-Type": "application/json"})
        assert answer.status_code == status, (body, answer.text)
    assert site.store.labels.of([2]) == {}


def test_a_picture_is_erased(site: WebSite) -> None:
    client = site.client("attendant")
    assert client.delete(f"{EVENTS}/8/crop").status_code == 204
    assert client.delete(f"{EVENTS}/8/crop").status_code == 404
    assert client.get(f"{EVENTS}/8").json()["has_crop"] is False


def test_an_export_is_on_record_and_holds_no_formula(site: WebSite) -> None:
    client = site.client()
    answer = client.get(f"{EVENTS}/export", params={"outcome": "granted"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith('attachment; filename="limen-events-')
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [int(row["sequence"]) for row in rows] == list(range(1, 40, 4))
    assert {row["person"] for row in rows} == {f"'{FORMULA}"}
    assert all(not row["words"].startswith("=") for row in rows)
    told = site.store.events.latest(1)[0].event
    assert (told.type, told.reason) == (EventType.AUDIT_EXPORTED, "web")
    assert told.actor is not None
    answer = client.get(f"{EVENTS}/export", params={"format": "jsonl", "names": "false"})
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines[0]["words"] == "Somebody was let in"
    assert FORMULA not in answer.text
    assert site.client("attendant").get(f"{EVENTS}/export").status_code == 403


def test_the_pages(site: WebSite) -> None:
    viewer = site.client("viewer")
    page = viewer.get("/events", headers={"Accept": "text/html"})
    assert (page.status_code, page.text.count('<a class="event"')) == (
        200,
        40 + page.text.count('data-tone="quiet"') - 1,
    )
    assert "&#34;http://example.org" in page.text
    assert len(page.content) < 80_000
    assert "This is" not in viewer.get("/events/2").text
    assert viewer.get("/unknown-faces").status_code == 403
    attendant = site.client("attendant")
    part = attendant.get("/events/2", params={"part": "1"}).text
    assert ("<html" in part, "This is" in part, "at least 0.900 was needed" in part) == (False, True, True)
    rows = viewer.get("/events/rows", params={"show": "visits", "newer": "38"}).text
    assert rows.count('<a class="event"') == 2
    assert "Nothing fits" in viewer.get("/events", params={"door": "nowhere"}).text
    assert attendant.get("/unknown-faces").status_code == 200
    german = viewer.get("/events", headers={"Accept-Language": "de"}).text
    assert ("Zeitleiste" in german, "Jemand wurde abgewiesen" in german) == (True, True)


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory, engine: Engine, shared: Path) -> Iterator[WebSite]:
    """Two strangers: one came three times, the other once; and Joe Biden, who was let in with the wrong picture."""
    folder = shared / "data" / "people"
    obamas = [crop_of(engine, folder / f"{name}.jpg") for name in ("obama", "obama2", "obama3")]
    with people_site(tmp_path_factory.mktemp("faces") / "data", engine, "[privacy]\nkeep_crops = true\n") as site:
        turned_away(site.store, obamas)
        turned_away(site.store, [crop_of(engine, folder / "biden.jpg")], hours=9)
        yield site


def groups(site: WebSite, **asked: Any) -> list[dict[str, Any]]:
    client = site.client("attendant")
    while True:
        answer = client.get(UNKNOWN, params=asked)
        assert answer.status_code == 200, answer.text
        if not answer.json()["waiting"]:
            found: list[dict[str, Any]] = answer.json()["items"]
            return found


def test_strangers_are_named_ignored_and_erased(faces: WebSite) -> None:
    attendant, owner = faces.client("attendant"), faces.client()
    (often,) = groups(faces)
    assert (often["visits"], often["pictures"], often["good"], often["events"]) == (3, 3, 3, [1, 2, 3])
    assert [group["id"] for group in groups(faces, at_least=1)] == [1, 4]

    assert attendant.post(f"{UNKNOWN}/4/ignore", json={}).json() == {"events": [4]}
    assert [group["id"] for group in groups(faces, at_least=1)] == [1]
    assert attendant.post(f"{UNKNOWN}/restore", json={"events": [4, 1]}).json() == {"events": [4]}
    assert attendant.post(f"{UNKNOWN}/4/erase", json={"events": [4]}).json() == {"events": [4]}
    assert attendant.post(f"{UNKNOWN}/4/erase", json={}).status_code == 404
    assert faces.store.crops.of(4) is None

    named = {"name": "Barack Obama", "events": [1, 2]}
    assert attendant.post(f"{UNKNOWN}/1/name", json=named).status_code == 403
    answer = owner.post(f"{UNKNOWN}/1/name", json=named)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["created"], found["labelled"], sorted(found["added"])) == (True, 2, [1, 2])
    person = found["person"]["id"]
    assert len(faces.store.templates.all_of(PersonId(person)).photos) == 2
    assert {label.kind for label in faces.store.labels.of([1, 2]).values()} == {LabelKind.IS}
    (left,) = groups(faces, at_least=1)
    assert (left["events"], left["perhaps"]) == ([3], {"id": person, "name": "Barack Obama"})
    again = owner.post(f"{UNKNOWN}/3/name", json={"name": "Barack Obama"})
    assert (again.status_code, "already somebody" in again.json()["detail"]) == (422, True)
    answer = attendant.post(f"{UNKNOWN}/3/name", json={"person": person, "enrol": False})
    assert (answer.json()["added"], answer.json()["labelled"]) == ([], 1)


def test_this_is_adds_the_picture_and_wrong_finds_the_photo(faces: WebSite, engine: Engine, shared: Path) -> None:
    owner = faces.client()
    biden = crop_of(engine, shared / "data" / "people" / "biden.jpg")
    joe, other = (owner.post("/api/v1/people", json={"name": name}).json()["id"] for name in ("Joe", "Somebody"))
    (first, second) = turned_away(faces.store, [biden, biden], hours=20)
    label = {"kind": "is", "person": joe, "enrol": True}
    answer = owner.put(f"{EVENTS}/{first}/label", json=label).json()
    assert (answer["added"], answer["refused"]) == (True, None)
    answer = owner.put(f"{EVENTS}/{second}/label", json=label | {"person": other}).json()
    assert (answer["added"], answer["refused"]["kind"], answer["refused"]["may_insist"]) == (
        False, "somebody_else", True,
    )  # fmt: skip
    assert answer["event"]["label"]["person"]["name"] == "Somebody"

    (photo,) = faces.store.templates.all_of(PersonId(joe)).photos
    wrong = let_in(faces.store, PersonId(joe), biden)
    likest = owner.put(f"{EVENTS}/{wrong}/label", json={"kind": "wrong"}).json()["likest_photo"]
    assert likest == {"person": joe, "photo": photo.id, "kept": False, "last": True}
