from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from people_site import people_site

from door_samples import FakeParts
from web_site import WebSite

PEOPLE = "/api/v1/people"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebSite]:
    with people_site(tmp_path_factory.mktemp("people") / "data", FakeParts().engine) as site:
        for group in ("Staff", "Guests"):
            site.store.groups.add(group)
        yield site


def added(site: WebSite, name: str, **values: object) -> str:
    answer = site.client().post(PEOPLE, json={"name": name, **values})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_a_person_is_added_changed_and_looked_at(site: WebSite) -> None:
    client = site.client()
    answer = client.post(
        PEOPLE, json={"name": " Zoë ", "groups": ["Staff"], "valid_until": "2030-01-01T00:00:00+01:00"}
    )
    person = answer.json()
    assert answer.headers["Location"] == f"{PEOPLE}/{person['id']}"
    assert (person["name"], person["groups"], person["valid_until"]) == ("Zoë", ["Staff"], "2029-12-31T23:00:00Z")
    assert person["states"] == ["needs_photos"]

    tag = client.get(f"{PEOPLE}/{person['id']}").headers["ETag"]
    assert tag == answer.headers["ETag"]
    changed = client.patch(
        f"{PEOPLE}/{person['id']}",
        json={"name": "Zoe", "groups": [], "valid_until": None, "disabled": True},
        headers={"If-Match": tag},
    )
    assert changed.status_code == 200
    assert (changed.json()["name"], changed.json()["groups"], changed.json()["disabled"]) == ("Zoe", [], True)
    late = client.patch(f"{PEOPLE}/{person['id']}", json={"name": "Zo"}, headers={"If-Match": tag})
    assert late.status_code == 412
    words = [event["words"] for event in client.get(f"{PEOPLE}/{person['id']}/events").json()["items"]]
    assert len(words) == 6


def test_what_cannot_be_is_refused_in_words(site: WebSite) -> None:
    person, client = added(site, "Ann"), site.client()
    for body, word in [
        ({"name": "Ann"}, "already"),
        ({"name": "\u0000"}, "control"),
        ({"name": "Bob", "groups": ["None"]}, "group"),
        ({"name": "Bob", "valid_from": "9999-12-31T23:59:59-12:00"}, "year"),
        ({"name": "Bob", "valid_from": "2030-01-01T00:00:00Z", "valid_until": "2029-01-01T00:00:00Z"}, "end"),
    ]:
        answer = client.post(PEOPLE, json=body)
        assert answer.status_code == 422, body
        assert word in answer.text
    assert client.get(PEOPLE, params={"after": "AAAA"}).status_code == 422
    assert client.get(PEOPLE, params={"group": "None"}).status_code == 422
    assert client.get(f"{PEOPLE}/nobody").status_code == 404
    assert client.get(f"{PEOPLE}/{person}/events", params={"after": "x"}).status_code == 422
    assert client.get(PEOPLE, params={"search": "Bob"}).json()["total"] == 0


def test_the_list_is_searched_and_paged(site: WebSite) -> None:
    for name in ("Äpfel", "apfelbaum", "Birne", "ÁPFEL2"):
        added(site, name)
    client = site.client("attendant")
    first = client.get(PEOPLE, params={"search": "APFEL", "limit": 2}).json()
    assert ([one["name"] for one in first["items"]], first["total"]) == (["Äpfel", "ÁPFEL2"], 3)
    rest = client.get(PEOPLE, params={"search": "APFEL", "limit": 2, "after": first["next"]}).json()
    assert ([one["name"] for one in rest["items"]], rest["next"]) == (["apfelbaum"], None)


def test_deleting_can_be_undone_and_then_erases(site: WebSite) -> None:
    person, client = added(site, "Gone"), site.client()
    erase_at = client.delete(f"{PEOPLE}/{person}").json()["erase_at"]
    assert client.get(f"{PEOPLE}/{person}").json()["states"] == ["needs_photos", "removed"]
    assert client.patch(f"{PEOPLE}/{person}", json={"disabled": False}).status_code == 409
    assert client.delete(f"{PEOPLE}/{person}").json()["erase_at"] == erase_at
    assert client.post(f"{PEOPLE}/{person}/restore").json()["disabled"] is False
    assert client.post(f"{PEOPLE}/{person}/restore").status_code == 404

    client.delete(f"{PEOPLE}/{person}")
    assert site.store.removals.erase_due(datetime.now(UTC) + timedelta(seconds=6)).people == (person,)
    assert client.get(f"{PEOPLE}/{person}").status_code == 404


def test_many_are_changed_at_once(site: WebSite) -> None:
    ids = [added(site, name) for name in ("One of many", "Two of many")]
    client = site.client()

    def bulk(action: str, **more: object) -> list[bool]:
        answer = client.post(f"{PEOPLE}/bulk", json={"action": action, "ids": [*ids, "nobody"], **more})
        assert answer.status_code == 200, answer.text
        return [one["done"] for one in answer.json()["results"]]

    assert bulk("join", group="Guests") == [True, True, False]
    assert bulk("disable") == [True, True, False]
    assert bulk("remove") == [True, True, False]
    assert bulk("enable") == [False, False, False]
    assert bulk("restore") == [True, True, False]
    shown = client.get(PEOPLE, params={"group": "Guests", "state": "disabled"}).json()
    assert [one["name"] for one in shown["items"]] == ["One of many", "Two of many"]
    assert client.post(f"{PEOPLE}/bulk", json={"action": "leave", "ids": ids}).status_code == 422
    enroller = site.client("enroller").post(f"{PEOPLE}/bulk", json={"action": "remove", "ids": ids})
    assert enroller.status_code == 403


def test_who_changes_no_rules_changes_no_groups_and_enables_nobody(site: WebSite) -> None:
    person, client = added(site, "Grouped", groups=["Guests"]), site.client("enroller")
    path, bulk, ids = f"{PEOPLE}/{person}", f"{PEOPLE}/bulk", [person]
    refused = client.post(PEOPLE, json={"name": "Myself", "groups": ["Staff"]})
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not-allowed")
    assert client.patch(path, json={"groups": ["Guests", "Staff"]}).status_code == 403
    assert client.patch(path, json={"groups": ["Guests"], "disabled": True}).status_code == 200
    assert client.patch(path, json={"disabled": False}).status_code == 403
    for action in ("join", "leave", "enable"):
        assert client.post(bulk, json={"action": action, "ids": ids, "group": "Staff"}).status_code == 403
    assert client.post(bulk, json={"action": "disable", "ids": ids}).status_code == 200
    headers = {"Content-Type": "text/csv"}
    for row, allowed in (
        ("name,disabled,groups\nGrouped,yes,Guests", True), ("name,groups\nGrouped,Staff", False),
        ("name,groups\nNew,Night", False), ("name,disabled\nGrouped,no", False), ("name\nNew", True),
    ):  # fmt: skip
        tried = client.post(f"{PEOPLE}/table", params={"dry_run": True}, content=row, headers=headers).json()
        assert (tried["allowed"], tried["imported"], tried["errors"]) == (allowed, False, [])
        assert client.post(f"{PEOPLE}/table", content=row, headers=headers).status_code == (200 if allowed else 403)
    shown = site.client().get(path).json()
    assert (shown["groups"], shown["disabled"]) == (["Guests"], True)
    assert site.client().patch(path, json={"groups": [], "disabled": False}).status_code == 200


def test_cards_and_pins_are_given_and_taken(site: WebSite) -> None:
    person, client = added(site, "Card Holder"), site.client("enroller")
    card = client.post(f"{PEOPLE}/{person}/cards", json={"facility": 13, "printed": 13067}).json()
    assert (card["card"], card["facility"], card["printed"]) == ("26:021a6616", 13, 13067)
    off = client.patch(f"{PEOPLE}/{person}/cards/{card['id']}", json={"disabled": True})
    assert off.json()["disabled"] is True
    assert client.post(f"{PEOPLE}/{person}/cards", json={"number": "26:021a6616"}).status_code == 422
    assert client.delete(f"{PEOPLE}/{person}/cards/{card['id']}").status_code == 204
    assert client.get(f"{PEOPLE}/{person}/cards").json() == []

    pin = client.put(f"{PEOPLE}/{person}/pin", json={"pin": "482913", "number": "77", "duress_pin": "730561"})
    assert pin.json() == {"number": "77", "is_set": True, "duress": True}
    assert client.get(f"{PEOPLE}/{person}").json()["pin"] == pin.json()
    assert site.client("attendant").get(f"{PEOPLE}/{person}").json()["pin"] is None
    assert client.delete(f"{PEOPLE}/{person}/pin").status_code == 204


def test_a_table_is_tried_and_taken(site: WebSite) -> None:
    client = site.client()
    table = b"name,groups,disabled\r\n=Ann,Night,no\r\n'=Bob,,maybe\r\n"
    headers = {"Content-Type": "text/csv"}
    tried = client.post(f"{PEOPLE}/table", params={"dry_run": True}, content=table, headers=headers).json()
    assert [(one["row"], one["column"]) for one in tried["errors"]] == [(3, "disabled")]
    good = table.replace(b"maybe", b"no")
    tried = client.post(f"{PEOPLE}/table", params={"dry_run": True}, content=good, headers=headers).json()
    assert (tried["new"], tried["new_groups"], tried["imported"]) == (2, ["Night"], False)
    assert client.get(PEOPLE, params={"search": "=bob"}).json()["total"] == 0
    assert client.post(f"{PEOPLE}/table", content=good, headers=headers).json()["imported"] is True
    answer = client.get(f"{PEOPLE}/table")
    assert '"\'=Ann","Night"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.post(f"{PEOPLE}/table", content=b"\xff", headers=headers).status_code == 422


def test_everything_about_somebody_is_handed_out(site: WebSite) -> None:
    person = added(site, "Curious")
    told = site.client().get(f"{PEOPLE}/{person}/export")
    assert told.json()["person"] == "Curious"
    assert told.json()["events"][-1]["type"] == "person.exported"
    assert site.client("enroller").get(f"{PEOPLE}/{person}/export").status_code == 403
