import re
from collections.abc import Iterator

import pytest
from people_site import people_site

from door_samples import FakeParts
from limen.store.people_table import Change, PersonEntry
from web_site import WebSite

NAMES = [f"Jürgen <b>{number:04}</b> & Söhne" for number in range(400)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebSite]:
    with people_site(tmp_path_factory.mktemp("pages") / "data", FakeParts().engine) as site:
        changes = [
            Change(None, PersonEntry(name, frozenset((f"Group {place % 5}",))), ("groups",))
            for place, name in enumerate(NAMES)
        ]
        site.store.people_table.write(changes, site.store.revision())
        yield site


def shown(html: str) -> list[str]:
    return re.findall(r'data-name="([^"]*)"', html)


def test_hundreds_of_people_come_a_part_at_a_time(site: WebSite) -> None:
    client = site.client()
    page = client.get("/people")
    assert len(page.content) < 150_000
    assert len(shown(page.text)) == 60
    assert "<b>0001" not in page.text
    seen, part = shown(page.text), page.text
    while following := re.search(r'data-next="([^"]+)"', part):
        part = client.get("/people/part", params={"after": following[1]}).text
        seen += shown(part)
    assert (len(seen), len(set(seen))) == (400, 400)
    found = client.get("/people", params={"search": "jurgen <b>0042", "group": "Group 2", "state": "nonsense"})
    assert len(shown(found.text)) == 1


def test_pages_show_what_a_role_may_do(site: WebSite) -> None:
    listed = re.search(r'data-id="([^"]+)"', site.client().get("/people/part").text)
    assert listed is not None
    path = f"/people/{listed[1]}"
    owner, enroller, attendant = (site.client(role).get(path).text for role in ("owner", "enroller", "attendant"))
    for text, there in (
        ("Delete ", (True, False, False)),
        ("/enrol?", (True, True, False)),
        ("card-dialog", (1, 1, 0)),
        ('name="groups"', (True, False, False)),
    ):
        assert [text in page for page in (owner, enroller, attendant)] == [bool(one) for one in there]
    assert "style=" not in owner
    assert "onclick" not in owner
    assert site.client("viewer").get("/people").status_code == 403
    assert site.client().get("/people/nobody", headers={"Accept": "text/html"}).status_code == 404


def test_a_person_who_is_being_deleted_can_only_be_restored(site: WebSite) -> None:
    client = site.client()
    person = client.post("/api/v1/people", json={"name": "Going Soon"}).json()["id"]
    client.delete(f"/api/v1/people/{person}")
    page = client.get(f"/people/{person}", headers={"Accept-Language": "de"}).text
    assert "wird gelöscht" in page
    assert 'id="restore"' in page
    assert 'id="facts"' not in page
    assert "card-dialog" not in page
