from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from starlette.testclient import TestClient

from limen.decision.rules import DoorMode, Effect, Mode, Rule
from limen.decision.schedule import WEEK, Day, Hours, Override
from web_site import WebSite, make_site

CONFIG = """
[site]
time_zone = "Europe/Berlin"
[doors.front]
zone = "hall"
[doors.lab]
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebSite]:
    site = make_site(tmp_path_factory.mktemp("site"), CONFIG)
    store = site.store
    anna, group = store.people.add("Anna <b>"), store.groups.add("staff")
    store.people.add("Bob")
    store.groups.join(anna.id, "staff")
    store.schedules.add("nights", [Hours(frozenset((*WEEK, Day.HOLIDAY)), time(22), time(6))])
    store.schedules.add_exception("nights", Override(date(2026, 12, 24), date(2026, 12, 31)))
    for rule in (
        Rule("work", Effect.ALLOW, group=group.id, zone="hall", schedule="nights"),
        Rule("anna", Effect.DENY, person=anna.id, door="lab", valid_until=datetime.now(UTC) + timedelta(days=9)),
        Rule("open", Effect.KEEP_OPEN, group=group.id, door="front", schedule="nights"),
    ):
        store.rules.add(rule)
    store.holidays.add({date(2020, 1, 1): "Long ago", date(2100, 1, 1): "New Year"})
    yield site
    site.close()


@pytest.fixture(scope="module")
def client(site: WebSite) -> TestClient:
    return site.client()


def page(client: TestClient, path: str, **query: str) -> str:
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert len(answer.content) < 150_000
    return answer.text


def test_rules_are_a_table_and_sentences_and_warn_of_everyone(client: TestClient) -> None:
    text = page(client, "/rules")
    assert "staff may open all doors of the zone “hall” on every day, holidays 22:00–06:00 (“nights”)" in text
    assert "still lets everybody who is enrolled in everywhere" in text
    assert "nights (first in)" in text
    assert "Anna &lt;b&gt; may not open lab" in text
    assert "<b>" not in text
    assert "work" in page(client, "/rules", after="open")


def test_groups_schedules_and_holidays_have_pages(site: WebSite, client: TestClient) -> None:
    group, row = site.store.groups.find("staff"), site.store.schedules.ids()["nights"]
    assert "1 person" in page(client, "/rules/groups")
    assert "Anna &lt;b&gt;" in page(client, f"/rules/groups/{group.id}")
    assert page(client, "/rules/schedules").count('class="tail"') == 7
    assert "2026-12-24 – 2026-12-31" in page(client, f"/rules/schedules/{row}")
    assert "Long ago" not in page(client, "/rules/holidays")
    assert "Long ago" in page(client, "/rules/holidays", past="true")
    for path in ("/rules/groups/x", "/rules/schedules/x"):
        assert client.get(path).status_code == 404


def test_the_question_is_answered_with_its_chain(site: WebSite, client: TestClient) -> None:
    assert "Yes: Bob may open lab, by the rule “everyone”." in page(client, "/rules/ask", door="lab", person="Bob")
    no = page(client, "/rules/ask", door="lab", person="Anna <b>")
    assert "No: Anna &lt;b&gt; may not open lab, as the rule “anna” keeps the person out. The next time is" in no
    assert "This decides" in no
    assert "Bob" in page(client, "/rules/ask", door="front")
    assert "Nobody is called “Carl”." in page(client, "/rules/ask", door="front", person="Carl")
    assert "“soon” is no time." in page(client, "/rules/ask", door="front", at="soon")
    assert client.get("/rules/ask", params={"door": "cellar"}).status_code == 404
    german = client.get("/rules/ask", params={"door": "lab", "person": "Bob"}, headers={"Accept-Language": "de"}).text
    assert "Ja: Bob darf lab öffnen, nach der Regel „everyone“." in german
    until = datetime.now(UTC) + timedelta(hours=1)
    site.store.modes.set("lab", Mode.LOCKDOWN, until)
    assert "the door is locked down" in page(client, "/rules/ask", door="lab", person="Bob")
    assert site.store.modes.current()["lab"] == DoorMode(Mode.LOCKDOWN, until)
    site.store.modes.clear("lab")


def test_those_without_the_right_see_none_of_it(site: WebSite) -> None:
    viewer = site.client("viewer")
    for path in ("/rules", "/rules/ask", "/rules/groups", "/rules/schedules", "/rules/holidays"):
        assert viewer.get(path).status_code == 403


def test_a_site_without_doors_groups_and_schedules_says_what_to_do(tmp_path_factory: pytest.TempPathFactory) -> None:
    site = make_site(tmp_path_factory.mktemp("empty"))
    try:
        client = site.client()
        for path in ("/rules", "/rules/ask", "/rules/groups", "/rules/schedules", "/rules/holidays"):
            assert 'class="empty"' in page(client, path)
        site.store.rules.remove("everyone")
        assert "every door stays shut for everybody" in page(client, "/rules")
    finally:
        site.close()
