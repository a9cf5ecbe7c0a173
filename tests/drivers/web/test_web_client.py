"""A client made from the schema alone works: a whole story by it."""

from collections.abc import Iterator

import pytest

from schema_client import SchemaClient
from web_site import WebSite, make_site


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebSite]:
    site = make_site(tmp_path_factory.mktemp("site"), '[doors.front]\ncamera = "browser"\n')
    yield site
    site.close()


@pytest.fixture
def client(site: WebSite) -> SchemaClient:
    http = site.token("admin")
    return SchemaClient(http.get("/api/v1/openapi.json").json(), http)


def test_a_story(client: SchemaClient) -> None:
    status, group = client.groups_add(body={"name": "staff"})
    assert status == 201
    status, anna = client.people_add(body={"name": "Anna Smith", "groups": ["staff"]}, idempotency_key="1")
    assert status == 201
    assert client.people_add(body={"name": "Anna Smith", "groups": ["staff"]}, idempotency_key="1")[1] == anna
    assert client.people_add(body={"name": "Anna Smith"})[0] == 422
    status, found = client.people_list(search="ANNA", limit=1)
    assert [one["name"] for one in found["items"]] == ["Anna Smith"]
    status, rule = client.rules_add(body={"effect": "allow", "group": group["id"], "door": "front"})
    assert status == 201, rule
    status, why = client.access_explain(person=anna["id"], door="front")
    assert (status, why["allowed"]) == (200, True)
    assert client.people_remove(person=anna["id"])[0] in (200, 202)
    assert client.access_explain(person=anna["id"], door="front")[1]["allowed"] is False
    assert client.people_restore(person=anna["id"])[0] == 200
    status, events = client.events_list(limit=50)
    assert "person.changed" in {one["type"] for one in events["items"]}
    assert client.doors_get(name="none")[0] == 404
