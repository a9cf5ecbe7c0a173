"""Settings, doors, webhooks, backups, audit and health over the API."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from limen.audit.events import EventType
from limen.config.describe import door_shapes, section_names, shapes
from limen.decision.rules import Mode
from limen.web.setting_pages import DOOR_GROUPS, HEALTH_GROUP, PAGES
from limen.web.setting_texts import CHOICES, TEXTS, key_of
from web_site import FakeHouse, WebSite, make_site

CONFIG = '[matching]\nfmr = 0.001\n[doors.back]\nlevel = "card"\nreader.driver = "stdin"\n'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebSite]:
    site = make_site(
        tmp_path_factory.mktemp("settings") / "data", CONFIG, FakeHouse({"back": SimpleNamespace(failure=None)})
    )
    site.house.answers["open_once"] = True
    yield site
    site.close()


@pytest.fixture(scope="module")
def owner(site: WebSite) -> TestClient:
    return site.client("owner")


def settings_of(answer: Any) -> dict[str, Any]:
    return {one["name"]: one for section in answer["sections"] for one in section["settings"]}


def fields(answer: Any) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {one["field"].removeprefix("body.") for one in answer.json()["errors"]}


def test_settings_are_told_with_ranges_and_sources_and_no_secrets(site: WebSite, owner: TestClient) -> None:
    site.desk.change({"mqtt": {"password": "hush-hush"}})
    answer = owner.get("/api/v1/settings")
    told = settings_of(answer.json())
    assert "hush" not in answer.text
    assert (told["mqtt.password"]["value"], told["mqtt.password"]["source"]) == (True, "settings.json")
    assert (told["matching.fmr"]["value"], told["matching.fmr"]["fixed"]) == (0.001, True)
    assert (told["door.open_s"]["above"], told["door.open_s"]["maximum"]) == (0, 3600)
    assert told["liveness.passive"]["fixed"] is True
    section = owner.get("/api/v1/settings/sections/door")
    assert section.json()["name"] == "door"
    assert section.headers["ETag"]
    assert owner.get("/api/v1/settings/sections/doors").status_code == 404


def test_changes_are_checked_kept_and_guarded_by_etags(site: WebSite, owner: TestClient) -> None:
    before = owner.get("/api/v1/settings").headers["ETag"]
    patch = {"door": {"open_s": 7, "quality": {"min_size_px": 80}}, "site": {"name": "Haus 5"}}
    answer = owner.patch("/api/v1/settings", json=patch, headers={"If-Match": before})
    assert answer.status_code == 200, answer.text
    assert settings_of(answer.json())["door.open_s"]["value"] == 7
    assert site.desk.settings.site.name == "Haus 5"
    assert owner.patch("/api/v1/settings", json=patch, headers={"If-Match": before}).status_code == 412
    assert owner.patch("/api/v1/settings", json={"door": {"open_s": None}}).status_code == 200
    assert site.desk.settings.door.open_s == 5
    event = site.store.events.latest(1)[0].event
    assert (event.type, event.detail) == ("settings.changed", "door.open_s")
    assert (event.actor or "").startswith("user:")


@pytest.mark.parametrize(
    ("patch", "field"),
    [
        ({"door": {"open_s": 0}}, "door.open_s"),
        ({"door": {"open_s": 1e999}}, "door.open_s"),
        ({"door": {"agreeing_frames": 10**40}}, "door.agreeing_frames"),
        ({"door": {"agreeing_frames": 40}}, "door"),
        ({"door": {"opens": 1}}, "door.opens"),
        ({"site": {"name": "a\x00b"}}, "site.name"),
        ({"site": {"name": "\ud800"}}, "site.name"),
        ({"site": {"name": "x" * 501}}, "site.name"),
        ({"site": {"time_zone": "Europe/Nowhere"}}, "site.time_zone"),
        ({"matching": {"fmr": 0.1}}, "matching.fmr"),
        ({"liveness": {"passive": "simulated"}}, "liveness.passive"),
        ({"doors": {}}, "doors"),
        ({"data_dir": "/"}, "data_dir"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(owner: TestClient, patch: Any, field: str) -> None:
    content = json.dumps(patch)
    headers = {"Content-Type": "application/json"}
    assert fields(owner.patch("/api/v1/settings", content=content, headers=headers)) == {field}


def test_doors_are_set_up_changed_renamed_and_taken_away(site: WebSite, owner: TestClient) -> None:
    doors = "/api/v1/settings/doors"
    made = owner.post(doors, json={"name": "front", "settings": {"camera": "browser", "zone": "house"}})
    assert made.status_code == 201, made.text
    assert made.headers["Location"] == f"{doors}/front"
    display, kiosks = site.kiosk("front"), "/api/v1/doors/front/kiosks"
    link = owner.post(kiosks, json={}).json()["url"].rpartition("/")[2]
    assert owner.post(doors, json={"name": "front"}).status_code == 422
    assert fields(owner.post(doors, json={"name": "Front Door"})) == {"name"}
    assert fields(owner.patch(f"{doors}/front", json={"lock": "gpio"})) == {"body"}
    assert fields(owner.patch(f"{doors}/front", json={"gpio": {"relay_pin": 2000}})) == {"gpio.relay_pin"}
    assert fields(owner.patch(f"{doors}/back", json={"level": "face"})) == {"level"}
    changed = owner.patch(f"{doors}/front", json={"lock": "gpio", "gpio": {"relay_pin": 17}})
    assert changed.status_code == 200
    assert site.desk.settings.doors["front"].gpio.relay_pin == 17
    assert owner.post(f"{doors}/front/rename", json={"name": "main"}).json()["name"] == "main"
    assert owner.get(f"{doors}/front").status_code == 404
    assert display.get("/api/v1/doors/front/visitor").status_code == 401
    assert owner.post("/api/v1/pairing", json={"secret": link}).status_code == 404
    display = site.kiosk("main")
    told = {one["name"]: one["fixed"] for one in owner.get(doors).json()["items"]}
    assert told == {"back": True, "main": False}
    assert owner.delete(f"{doors}/back").status_code == 422
    assert owner.delete(f"{doors}/main").status_code == 204
    assert display.get("/api/v1/doors/main/visitor").status_code == 401
    assert owner.delete(f"{doors}/main").status_code == 404


def test_a_lock_is_tried_on_record(site: WebSite, owner: TestClient) -> None:
    asked = {"door": "side", "settings": {"lock": "simulator"}}
    tried = owner.post("/api/v1/settings/lock-test", json=asked).json()
    assert (tried["works"], tried["steps"][-1]) == (True, "told to lock: locked")
    event = site.store.events.latest(1)[0].event
    assert (event.type, event.door, event.reason) == ("door.opened_by_operator", "side", "test")
    webhook = {"lock": "webhook", "webhook": {"url": "http://127.0.0.1:9/", "secret": "x" * 16, "attempts": 1}}
    dead = owner.post("/api/v1/settings/lock-test", json={"door": "side", "settings": webhook}).json()
    assert (dead["works"], "did not confirm" in dead["detail"] or "jammed" in dead["steps"][0]) == (False, True)
    assert owner.post("/api/v1/settings/lock-test", json={"door": "back"}).json()["works"] is True
    assert site.house.calls[-1] == ("open_once", "back", "test")
    assert owner.post("/api/v1/settings/lock-test", json={"door": "nowhere"}).status_code == 404
    unset = {"door": "side", "settings": {"lock": "gpio"}}
    assert fields(owner.post("/api/v1/settings/lock-test", json=unset)) == {"body"}


def test_a_test_is_no_way_around_an_order_or_the_door_that_has_the_lock(site: WebSite, owner: TestClient) -> None:
    hook = {"lock": "webhook", "webhook": {"url": "http://127.0.0.1:9/lock", "secret": "x" * 16, "attempts": 1}}
    site.desk.add_door("yard", hook)
    path, before = "/api/v1/settings/lock-test", site.store.event_facts.newest_sequence()

    def asked(door: str, url: str) -> Any:
        changed = {"url": url, "secret": "y" * 16, "attempts": 1, "timeout_s": 1}
        return owner.post(path, json={"door": door, "settings": {"lock": "webhook", "webhook": changed}})

    site.house.doors["yard"] = SimpleNamespace(failure=None)
    for door, url in (("yard", "http://127.0.0.1:9/lock?x"), ("side", "http://127.0.0.1:9/lock/")):
        refused = asked(door, url)
        assert (refused.status_code, "save the settings, then" in refused.text) == (409, True)
    for mode in (Mode.LOCKDOWN, Mode.KEEP_OPEN):
        site.store.modes.set("yard", mode, datetime.now(UTC) + timedelta(hours=1))
        assert "ordered" in owner.post(path, json={"door": "yard"}).json()["type"]
        assert "ordered" in asked("yard", "http://127.0.0.1:8/other").json()["type"]
        assert "ordered" in asked("side", "http://127.0.0.1:9/lock").json()["type"]
    del site.house.doors["yard"]
    assert EventType.DOOR_OPENED_BY_OPERATOR not in [
        one.event.type for one in site.store.events.oldest(20, after=before)
    ]
    site.store.modes.clear("yard")
    assert asked("yard", "http://127.0.0.1:8/other").json()["works"] is False
    assert asked("yard", "http://[").json()["works"] is False
    site.desk.remove_door("yard")


def test_a_camera_and_a_broker_are_tried(
    site: WebSite, owner: TestClient, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = next(path for path in sorted((shared / "data").rglob("*")) if path.is_dir() and list(path.glob("*.jpg")))
    unknown = owner.post("/api/v1/settings/camera-test", json={"camera": str(folder)}).json()
    assert (unknown["works"], "config.toml alone" in unknown["detail"]) == (False, True)
    assert fields(owner.patch("/api/v1/settings/doors/back", json={"camera": str(folder)})) == {"camera"}
    # As config.toml may have it.
    monkeypatch.setattr("limen.door.desk.names_a_path", lambda text: False)
    site.desk.change({"doors": {"back": {"camera": str(folder)}}})
    monkeypatch.undo()
    assert owner.patch("/api/v1/settings/doors/back", json={"camera": str(folder)}).status_code == 200
    seen = owner.post("/api/v1/settings/camera-test", json={"camera": str(folder)}).json()
    assert seen["works"] is True
    assert seen["picture"].startswith("data:image/jpeg;base64,/9j/")
    assert seen["width"] > 50
    site.desk.change({"doors": {"back": {"camera": None}}})
    link_local = [(2, 1, 6, "", ("169.254.169.254", 0))]
    monkeypatch.setattr("limen.door.trials.socket.getaddrinfo", lambda *_, **__: link_local)
    hidden = owner.post("/api/v1/settings/camera-test", json={"camera": "http://camera.lan/latest"}).json()
    assert (hidden["works"], "no camera is at such an address" in hidden["detail"]) == (False, True)
    monkeypatch.undo()
    for camera in ("/no/such/film.mp4", "browser", "http://169.254.169.254/latest", "http://["):
        missing = owner.post("/api/v1/settings/camera-test", json={"camera": camera}).json()
        assert (missing["works"], missing["picture"]) == (False, None)
    assert owner.post("/api/v1/settings/mqtt-test", json={}).status_code == 422
    for host in ("127.0.0.1", "a" * 70):
        broker = {"settings": {"host": host, "port": 9, "password": None}}
        assert owner.post("/api/v1/settings/mqtt-test", json=broker).json()["works"] is False


def test_webhooks_are_made_shown_without_secrets_and_tested(owner: TestClient) -> None:
    made = owner.post("/api/v1/webhooks", json={"url": "http://127.0.0.1:9/", "types": ["access.granted"]})
    assert made.status_code == 201, made.text
    hook, secret = made.json()["id"], made.json()["secret"]
    assert secret not in owner.get("/api/v1/webhooks").text
    path = f"/api/v1/webhooks/{hook}"
    tested = owner.post(f"{path}/test").json()
    assert (tested["works"], tested["error"]) == (False, "Connection refused")
    (delivery,) = owner.get(f"{path}/deliveries").json()["items"]
    assert (delivery["type"], delivery["attempts"], delivery["next_at"]) == ("webhook.test", 1, None)
    match = owner.get(path).headers["ETag"]
    assert (
        owner.patch(path, json={"disabled": True, "types": []}, headers={"If-Match": match}).json()["disabled"] is True
    )
    assert owner.patch(path, json={"disabled": False}, headers={"If-Match": match}).status_code == 412
    assert owner.post(f"{path}/secret").json()["secret"] != secret
    assert owner.post("/api/v1/webhooks", json={"url": "http://169.254.169.254/"}).status_code == 422
    assert owner.delete(path).status_code == 204
    assert owner.get(f"{path}/deliveries").status_code == 404


def test_backups_are_made_checked_fetched_and_deleted(site: WebSite, owner: TestClient) -> None:
    made = owner.post("/api/v1/backups").json()
    path = f"/api/v1/backups/{made['name']}"
    assert owner.get("/api/v1/backups").json()["items"][0]["size"] == made["size"]
    assert owner.post(f"{path}/check").json() == {"whole": True, "people": 0, "erased": 0, "events": made["events"]}
    got = owner.get(path)
    assert got.content.startswith(b"limen backup\n")
    assert made["name"] in got.headers["Content-Disposition"]
    assert owner.get("/api/v1/backups/people.keys").status_code == 200

    def newest() -> list[tuple[str, str | None, str | None]]:
        return [(one.event.type, one.event.reason, one.event.detail) for one in site.store.events.latest(2)]

    assert newest() == [("audit.exported", "backup", one) for one in ("people.keys", made["name"])]
    file = site.site.settings.data_dir / "backups" / made["name"]
    file.write_bytes(file.read_bytes()[:-3])
    assert owner.post(f"{path}/check").status_code == 422
    for name in ("..%2Flimen.db", "limen.db", "people.keys"):
        assert owner.delete(f"/api/v1/backups/{name}").status_code == 404
    assert owner.delete(path).status_code == 204
    assert newest()[0] == ("settings.changed", "backup deleted", made["name"])
    assert owner.get(path).status_code == 404


def test_the_record_is_checked_in_the_background_and_sealed(owner: TestClient) -> None:
    assert owner.get("/api/v1/audit/check").json()["state"] in ("none", "done")
    assert owner.post("/api/v1/audit/check").status_code == 202
    end = time.monotonic() + 10
    while (found := owner.get("/api/v1/audit/check").json())["state"] == "running":
        assert time.monotonic() < end
        time.sleep(0.01)
    assert (found["state"], found["verified"], found["first_broken"]) == ("done", True, None)
    assert found["records"] == found["looked_at"] > 0
    sealed = owner.post("/api/v1/audit/seal").json()
    assert sealed["options"] == f"--head {sealed['sequence']}:{sealed['hash']} --key {sealed['key']}"
    assert owner.get("/api/v1/audit/head").json()["sequence"] == sealed["sequence"]


def test_health_says_what_is_wrong_and_what_to_do(owner: TestClient) -> None:
    found = owner.get("/api/v1/health").json()
    checks = {one["name"]: one for one in found["checks"]}
    assert checks["audit"]["state"] == "ok"
    assert checks["people"]["remedy"]
    assert found["warnings"] == sum(one["state"] == "warning" for one in found["checks"])
    assert owner.get("/api/v1/health", params={"door": "nowhere"}).status_code == 404


def test_attendants_see_none_of_it(site: WebSite) -> None:
    attendant = site.client("attendant")
    for path in ("settings", "settings/doors", "webhooks", "backups", "audit/head", "health"):
        assert attendant.get(f"/api/v1/{path}").status_code == 403, path


def test_every_setting_has_its_words_and_its_place() -> None:
    told = [shape for name in section_names() for shape in shapes(name)] + door_shapes("any")
    keys = {key_of(shape.path) for shape in told}
    assert keys == set(TEXTS)
    assert {key for key in keys if any(key_of(s.path) == key and s.choices for s in told)} == set(CHOICES)
    groups = [group for page in PAGES for group in page.groups] + [HEALTH_GROUP, *DOOR_GROUPS]
    placed = {key for group in groups for key in (*group.keys, *group.more)}
    elsewhere = {key for key in keys if key.startswith(("models.", "liveness."))} | {"doors.simulator_log"}
    assert placed == keys - elsewhere
