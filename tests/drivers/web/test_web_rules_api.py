from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from limen.web.problem import Problem
from limen.web.rights import Actor, Kind, Role
from limen.web.rule_desk import must_see_people
from web_site import WebSite, make_site

API = "/api/v1"
CONFIG = """
[site]
time_zone = "Europe/Berlin"
[doors.front]
zone = "Hall"
[doors.lab]
"""
OFFICE = {day: [{"start": "08:00", "end": "18:00"}] for day in ("mon", "tue", "wed", "thu", "fri")}
MONDAY = "2026-06-01T10:00:00Z"  # 12:00 in Berlin.


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebSite]:
    site = make_site(tmp_path_factory.mktemp("site"), CONFIG)
    yield site
    site.close()


@pytest.fixture
def site(shared_site: WebSite) -> WebSite:
    """With the one rule that a new installation has, and nobody."""
    store = shared_site.store
    for rule in store.rules.all():
        if rule.name != "everyone":
            store.rules.remove(rule.name)
    for group in store.groups.all():
        store.groups.remove(group.name)
    for name in store.schedules.ids():
        store.schedules.remove(name)
    for day in store.holidays.all():
        store.holidays.remove(day)
    for person in store.people.all():
        store.people.delete(person.id)
    return shared_site


@pytest.fixture
def client(site: WebSite) -> TestClient:
    return site.client()


def made(client: TestClient, path: str, **body: Any) -> dict[str, Any]:
    answer = client.post(f"{API}/{path}", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{API}/{path}/{answer.json()['id']}"
    found: dict[str, Any] = answer.json()
    return found


def refused(answer: Any, status: int, words: str = "") -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"], answer.text


class TestGroups:
    def test_are_made_renamed_joined_and_removed(self, site: WebSite, client: TestClient) -> None:
        anna, bob = site.store.people.add("Anna"), site.store.people.add("Bob")
        staff = made(client, "groups", name="staff")
        path = f"{API}/groups/{staff['id']}"
        for person in (anna, bob, anna):
            assert client.put(f"{path}/members/{person.id}").status_code == 204
        first = client.get(f"{path}/members", params={"limit": 1}).json()
        assert (first["items"], first["next"]) == ([{"id": anna.id, "name": "Anna", "disabled": False}], "Anna")
        assert client.get(f"{path}/members", params={"after": "Anna"}).json()["items"][0]["name"] == "Bob"
        tag = client.get(path).headers["etag"]
        assert client.patch(path, json={"name": "team"}, headers={"If-Match": tag}).json()["members"] == 2
        refused(client.patch(path, json={"name": "x"}, headers={"If-Match": tag}), 412)
        assert client.delete(f"{path}/members/{bob.id}").status_code == 204
        refused(client.delete(f"{path}/members/{bob.id}"), 404, "not in the group")
        assert client.delete(path).status_code == 204
        refused(client.get(path), 404)

    def test_in_use_stay(self, client: TestClient) -> None:
        staff = made(client, "groups", name="staff")
        made(client, "rules", effect="deny", group=staff["id"], name="out")
        refused(client.delete(f"{API}/groups/{staff['id']}"), 409, "“out”")
        refused(client.post(f"{API}/groups", json={"name": "staff"}), 422, "already a group")
        assert client.get(f"{API}/groups").json()["items"][0]["rules"] == 1


class TestRules:
    def test_say_what_they_do_in_a_sentence(self, client: TestClient) -> None:
        staff, office = made(client, "groups", name="Staff"), made(client, "schedules", name="office", week=OFFICE)
        rule = made(client, "rules", effect="allow", group=staff["id"], door="front", schedule=office["id"],
                    valid_from="2026-06-01", valid_until="2026-06-30")  # fmt: skip
        assert rule["name"] == "allow Staff, front, office"
        assert rule["sentence"] == (
            "Staff may open front on weekdays 08:00–18:00 (“office”), from 2026-06-01 on, until 2026-06-30"
        )
        assert (rule["valid_from"], rule["valid_until"]) == ("2026-05-31T22:00:00Z", "2026-06-30T22:00:00Z")
        assert rule["doubts"][0] == "Nobody is in this group."
        german = client.get(f"{API}/rules/{rule['id']}", headers={"Accept-Language": "de"}).json()["sentence"]
        assert german.startswith("Staff darf front öffnen, Mo–Fr 08:00–18:00 („office“)")

    def test_are_changed_as_a_whole(self, client: TestClient) -> None:
        rule = made(client, "rules", effect="deny", door="Cellar", name="cellar")
        assert rule["doubts"] == ["No door “Cellar” is in the settings."]
        path, tag = f"{API}/rules/{rule['id']}", client.get(f"{API}/rules/{rule['id']}").headers["etag"]
        changed = client.put(path, json={"effect": "deny", "zone": "Hall"}, headers={"If-Match": tag}).json()
        assert (changed["name"], changed["door"], changed["zone"]) == ("cellar", None, "Hall")
        refused(client.put(path, json={"effect": "deny"}, headers={"If-Match": tag}), 412)
        refused(client.delete(path, headers={"If-Match": tag}), 412)
        assert client.delete(path).status_code == 204
        refused(client.delete(path), 404)

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ({"effect": "allow", "group": "x", "person": "y"}, "not both"),
            ({"effect": "allow", "door": "front", "zone": "Hall"}, "not both"),
            ({"effect": "keep_open", "door": "front"}, "during which schedule"),
            ({"effect": "allow", "group": "x"}, "no group with the id 'x'"),
            ({"effect": "allow", "person": "x"}, "give the id of one that is there"),
            ({"effect": "allow", "valid_from": "2026-06-02", "valid_until": "2026-06-01"}, "end before it begins"),
            ({"effect": "allow", "valid_from": "2026-06-02T10:00"}, "body.valid_from"),
            ({"effect": "allow", "valid_from": 0}, "a day as 2026-12-24"),
            ({"effect": "allow", "valid_from": "0001-01-01"}, "a year from"),
            ({"effect": "allow", "name": "a\x00b"}, "control characters"),
            ({"effect": "allow", "name": "everyone"}, "already a rule"),
            ({"effect": "escort"}, "body.effect"),
        ],
    )
    def test_that_cannot_be_are_refused(self, client: TestClient, body: dict[str, Any], words: str) -> None:
        refused(client.post(f"{API}/rules", json=body), 422, words)

    def test_are_listed_by_pages_and_filtered(self, client: TestClient) -> None:
        staff = made(client, "groups", name="Staff")
        made(client, "rules", effect="deny", group=staff["id"], name="a")
        first = client.get(f"{API}/rules", params={"limit": 1}).json()
        assert ([rule["name"] for rule in first["items"]], first["next"]) == (["a"], "a")
        rest = client.get(f"{API}/rules", params={"after": "a"}).json()
        assert ([rule["name"] for rule in rest["items"]], rest["next"]) == (["everyone"], None)
        of_staff = client.get(f"{API}/rules", params={"group": staff["id"], "effect": "deny"}).json()["items"]
        assert [rule["name"] for rule in of_staff] == ["a"]


class TestSchedules:
    def test_have_hours_for_each_day_and_exceptions(self, client: TestClient) -> None:
        week = OFFICE | {"fri": [{"start": "22:00", "end": "06:00"}], "holiday": [{"start": "00:00", "end": "24:00"}]}
        made_now = made(client, "schedules", name="office", week=week)
        path = f"{API}/schedules/{made_now['id']}"
        assert {day: hours for day, hours in made_now["week"].items() if hours} == week
        assert made_now["words"] == ["Mon–Thu 08:00–18:00", "Fri 22:00–06:00", "holidays all day"]
        closed = {"first_day": "2026-12-24", "last_day": "2026-12-31", "hours": []}
        answer = client.post(f"{path}/exceptions", json=closed)
        assert answer.json()["exceptions"] == [closed]
        refused(client.post(f"{path}/exceptions", json=closed | {"first_day": "2027-01-01"}), 422, "before it begins")
        one_day = {"first_day": "2026-12-25", "last_day": "2026-12-25"}
        assert len(client.delete(f"{path}/exceptions", params=one_day).json()["exceptions"]) == 2
        refused(client.delete(f"{path}/exceptions", params=one_day), 404, "no exception")
        changed = client.patch(path, json={"name": "work", "week": OFFICE}).json()
        assert (changed["name"], len(changed["exceptions"]), changed["week"]["holiday"]) == ("work", 2, [])
        refused(client.patch(path, json={"name": "x"}, headers={"If-Match": answer.headers["etag"]}), 412)
        refused(client.patch(path, json={"exceptions": [closed, closed]}), 422, "two exceptions")

    def test_in_use_stay(self, client: TestClient) -> None:
        office = made(client, "schedules", name="office", week=OFFICE, exceptions=[])
        made(client, "rules", effect="keep_open", door="front", schedule=office["id"], name="open")
        refused(client.delete(f"{API}/schedules/{office['id']}"), 409, "“open”")
        assert client.get(f"{API}/schedules").json()["items"][0]["rules"] == 1

    def test_go_out_and_come_in_as_calendars(self, client: TestClient) -> None:
        office, other = (made(client, "schedules", name=name, week=week) for name, week in (("a", OFFICE), ("b", {})))
        file = client.get(f"{API}/schedules/{office['id']}/calendar")
        assert file.headers["content-type"].startswith("text/calendar")
        path, kind = f"{API}/schedules/{other['id']}/calendar", {"Content-Type": "text/calendar"}
        read = client.put(path, content=file.content, headers=kind)
        assert read.json()["week"] == office["week"]
        refused(client.put(path, content=b"nonsense", headers=kind), 422, "calendar")

    def test_that_cannot_be_read_can_be_given_hours(self, site: WebSite, client: TestClient, tmp_path: Path) -> None:
        row = made(client, "schedules", name="office", week=OFFICE)["id"]
        with site.store.schedules._transactions.writing() as connection:
            connection.exec_driver_sql("UPDATE schedules SET hours = '[{}]'")
        assert client.get(f"{API}/schedules/{row}").json()["readable"] is False
        assert client.patch(f"{API}/schedules/{row}", json={"week": OFFICE}).json()["readable"] is True

    @pytest.mark.parametrize("hours", [{"start": "24:00", "end": "08:00"}, {"start": "8", "end": "09:00"}, {}])
    def test_of_no_time_are_refused(self, client: TestClient, hours: dict[str, str]) -> None:
        refused(client.post(f"{API}/schedules", json={"name": "x", "week": {"mon": [hours]}}), 422, "body.week.mon.0")


class TestHolidays:
    def test_are_set_listed_and_removed(self, client: TestClient) -> None:
        for day, name in (("2026-12-25", "Christmas"), ("2026-12-26", "Boxing Day")):
            assert client.put(f"{API}/holidays/{day}", json={"name": name}).json() == {"day": day, "name": name}
        page = client.get(f"{API}/holidays", params={"limit": 1}).json()
        assert (page["items"][0]["name"], page["next"]) == ("Christmas", "2026-12-25")
        assert len(client.get(f"{API}/holidays", params={"after": "2026-12-25"}).json()["items"]) == 1
        path = f"{API}/holidays/2026-12-25"
        refused(client.put(path, json={"name": "x"}, headers={"If-Match": '"y"'}), 412)
        assert client.delete(path).status_code == 204
        refused(client.delete(path), 404)
        refused(client.put(f"{API}/holidays/tomorrow", json={"name": "x"}), 422)
        refused(client.put(f"{API}/holidays/0001-01-01", json={"name": "x"}), 422)

    def test_come_from_calendars_after_a_dry_run(self, client: TestClient) -> None:
        year = datetime.now(UTC).year + 1
        lines = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", f"DTSTART;VALUE=DATE:{year}0501", "SUMMARY:May Day", "END:VEVENT"]
        file, kind = "\r\n".join([*lines, "END:VCALENDAR", ""]).encode(), {"Content-Type": "text/calendar"}
        path = f"{API}/holidays/import"
        dry = client.post(path, params={"dry_run": True}, content=file, headers=kind).json()
        assert (dry["new"], dry["kept"], client.get(f"{API}/holidays").json()["items"]) == (1, False, [])
        assert client.post(path, content=file, headers=kind).json()["kept"] is True
        assert client.get(f"{API}/holidays").json()["items"] == [{"day": f"{year}-05-01", "name": "May Day"}]
        refused(client.post(path, content=b"x", headers=kind), 422)


class TestAccess:
    def test_is_explained_with_all_that_was_looked_at(self, site: WebSite, client: TestClient) -> None:
        anna, staff = site.store.people.add("Anna"), made(client, "groups", name="Staff")
        client.put(f"{API}/groups/{staff['id']}/members/{anna.id}")
        office = made(client, "schedules", name="office", week=OFFICE)
        made(client, "rules", name="lab", effect="deny", door="lab", group=staff["id"], schedule=office["id"])
        asked = {"person": anna.id, "door": "lab", "at": MONDAY}
        no = client.get(f"{API}/access/explain", params=asked).json()
        assert (no["allowed"], no["reason"], no["rule"]) == (False, "ruled_out", "lab")
        assert no["next"] == "2026-06-01T16:00:00Z"
        assert [(rule["name"], rule["holds"], rule["decides"]) for rule in no["rules"]] == [
            ("lab", True, True), ("everyone", True, False)
        ]  # fmt: skip
        assert no["about_person"] == ["Anna is in: Staff."]
        local = client.get(f"{API}/access/explain", params=asked | {"at": "2026-06-01T19:00"}).json()
        assert (local["allowed"], local["at"]) == (True, "2026-06-01T17:00:00Z")
        assert local["until"] == "2026-06-02T06:00:00Z"

    def test_of_everybody_is_listed_by_pages(self, site: WebSite, client: TestClient) -> None:
        for name in ("Anna", "Bob", "Carl"):
            site.store.people.add(name)
        site.store.people.disable(site.store.people.all()[1].id)
        first = client.get(f"{API}/access/who", params={"door": "front", "limit": 1}).json()
        assert (first["items"][0]["why"], first["next"]) == ("by the rule “everyone”", "Anna")
        rest = client.get(f"{API}/access/who", params={"door": "front", "after": "Anna"}).json()
        assert [each["person"]["name"] for each in rest["items"]] == ["Carl"]

    def test_of_nobody_or_nowhere_is_told(self, client: TestClient) -> None:
        refused(client.get(f"{API}/access/who", params={"door": "x"}), 404, "the doors are front, lab")
        refused(client.get(f"{API}/access/explain", params={"door": "front", "person": "x"}), 404)
        refused(client.get(f"{API}/access/who", params={"door": "front", "at": "9999-12-31T23:59:59Z"}), 422)


def test_those_without_the_right_are_refused(site: WebSite) -> None:
    for role in ("attendant", "viewer"):
        refused(site.client(role).get(f"{API}/rules"), 403)
    refused(site.anonymous().get(f"{API}/access/who", params={"door": "front"}), 401)


def test_names_of_people_are_only_for_those_who_may_see_them() -> None:
    with pytest.raises(Problem, match="Your role does not allow this"):
        must_see_people(Actor(Kind.USER, "1", "vera", Role.VIEWER))
    must_see_people(Actor(Kind.USER, "1", "olga", Role.OWNER))
