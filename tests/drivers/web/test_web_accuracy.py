"""Error rates of doors, photos to try them on, and moving to another model."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from limen.door.build import build_engine, match_policy
from limen.door.engines import EnginePool
from limen.door.enrolment import Enrolment
from limen.door.migration import migrate, to_migrate
from limen.web.api.accuracy import AccuracyView
from limen.web.screens.accuracy import LEFT, curve_of
from limen_program import with_models
from web_site import FakeHouse, WebSite, make_site

DOOR = "/api/v1/accuracy/doors/front"
CONFIG = '[enrolment]\nkeep_photos = true\n[doors.front]\ncamera = "browser"\n'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, models_folder: Path, shared: Path) -> Iterator[WebSite]:
    """A door, and Obama enrolled with a photo that was kept."""
    site = make_site(with_models(tmp_path_factory.mktemp("site"), models_folder), CONFIG, FakeHouse())
    settings, pool = site.site.settings, EnginePool(lambda: build_engine(site.site.settings), size=1)
    site.house.engines = pool
    with pool.borrow() as engine:
        enrolment = Enrolment(engine, site.store, settings.enrolment, match_policy(settings, engine))
        enrolment.run([("Barack Obama", [shared / "data" / "people" / "obama.jpg"])], lambda: None)
    yield site
    site.close()


def test_what_a_rate_means(site: WebSite) -> None:
    shown = site.client("admin").get(DOOR, params={"strangers_a_day": 10}).json()
    chosen = shown["chosen"]
    assert (shown["people"], shown["fpir_own"], chosen["fpir"], chosen["one_in"]) == (1, False, 0.02, "1 in 50")
    assert chosen["false_entry_every"] == "5 days"
    strict, lax = shown["choices"][0], shown["choices"][-1]
    assert strict["threshold"] > chosen["threshold"] > lax["threshold"]
    assert strict["fitted"]
    measured = [one["fnmr"] for one in shown["choices"] if one["fnmr"] is not None]
    assert measured == sorted(measured, reverse=True)
    assert chosen["fnmr"] < measured[0]


def test_the_curve(site: WebSite) -> None:
    shown = AccuracyView.model_validate(site.client("admin").get(DOOR).json())
    curve = curve_of(shown)
    across = [float(point.split(",")[0]) for point in f"{curve.fitted} {curve.counted}".split()]
    assert across[0] == LEFT
    assert curve.x in across


def test_another_rate(site: WebSite) -> None:
    client = site.client("admin")
    tag = client.get(DOOR).headers["etag"]
    stricter = client.put(DOOR, json={"fpir": 0.001}, headers={"If-Match": tag})
    assert (stricter.status_code, stricter.json()["chosen"]["one_in"]) == (200, "1 in 1,000")
    assert site.site.settings.doors["front"].fpir == 0.001
    assert client.put(DOOR, json={"fpir": 0.1}, headers={"If-Match": tag}).status_code == 412
    assert client.put(DOOR, json={}, headers={"If-Match": stricter.headers["etag"]}).json()["fpir_own"] is False


@pytest.mark.parametrize("body", [{"fpir": 0}, {"fpir": 1}, {"fpir": "x"}, {"fmr": 1e300}, {"more": 1}])
def test_no_rate(site: WebSite, body: dict[str, Any]) -> None:
    assert site.client("admin").put(DOOR, json=body).status_code == 422


def test_photos_that_are_tried(site: WebSite, shared: Path) -> None:
    client, people = site.client("admin"), shared / "data" / "people"
    jpeg = {"Content-Type": "image/jpeg"}
    known = client.post(f"{DOOR}/try", content=(people / "obama2.jpg").read_bytes(), headers=jpeg).json()
    assert (known["state"], known["headline"]) == ("unlocked", "Barack Obama")
    assert known["faces"][0]["similarity"] > known["threshold"]
    stranger = client.post(f"{DOOR}/try", content=(people / "biden.jpg").read_bytes(), headers=jpeg).json()
    assert stranger["state"] == "locked"
    for content in (b"", b"no photo"):
        assert client.post(f"{DOOR}/try", content=content).status_code == 422


def test_no_such_door(site: WebSite) -> None:
    client = site.client("admin")
    assert client.get("/api/v1/accuracy/doors/none").status_code == 404
    assert client.get("/accuracy/none", headers={"Accept": "text/html"}).status_code == 404


def test_models(site: WebSite) -> None:
    models = {one["id"]: one for one in site.client("admin").get("/api/v1/models").json()["items"]}
    assert (models["mtcnn"]["in_use"], models["dlib-resnet"]["templates"]) == (True, 1)
    assert all(one["licence"] for one in models.values())
    client = site.client("admin")
    assert client.post("/api/v1/models/dlib-resnet/verify").json()["ok"] is True
    assert client.post("/api/v1/models/none/use").status_code == 404
    assert client.post("/api/v1/models/mtcnn/migration").status_code == 422


def test_a_migration(site: WebSite) -> None:
    """To the same network without the mirrored face, which is another model: templates come of kept photos."""
    settings = site.site.settings
    plain = settings.model_copy(update={"models": settings.models.model_copy(update={"mirrored": False})})
    engine = build_engine(plain)
    site.store.people.add("Nobody Photographed")
    obama = site.store.people.find("Barack Obama")
    assert obama is not None
    now = datetime.now(UTC)
    site.store.removals.remove(obama.id, now + timedelta(hours=1), "user:1")
    assert obama.id not in to_migrate(site.store)
    site.store.removals.undo(obama.id)
    came_to = migrate(site.store, engine, plain)
    assert (came_to.people, came_to.templates, len(came_to.left)) == (1, 1, 1)
    assert len(site.store.templates.load(engine.model)) == 1
    assert migrate(site.store, engine, plain).templates == 0


def test_a_migration_beside_what_is_served(site: WebSite) -> None:
    client, deadline = site.client("admin"), time.monotonic() + 20
    before = site.store.event_facts.newest_sequence()
    assert client.post("/api/v1/models/dlib-resnet/migration").status_code == 202
    while (now := client.get("/api/v1/models/migration").json())["stage"] == "running" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (now["stage"], now["templates"]) == ("done", 0)
    events = [one.event for one in site.store.events.oldest(10, after=before)]
    assert (events[0].type, events[0].reason, events[0].detail) == ("settings.changed", "migration", "dlib-resnet")
    assert all((one.actor or "").startswith("user:") for one in events)


def test_pages(site: WebSite) -> None:
    client = site.client("admin")
    for path in ("/accuracy", "/accuracy/front", "/settings/models"):
        page = client.get(path)
        assert page.status_code == 200
        assert len(page.content) < 150_000
