"""The pages of the settings: all of them are there, in both languages, and show what is fixed elsewhere."""

import json
import re
from collections.abc import Iterator
from importlib.resources import files

import pytest
from starlette.testclient import TestClient

from limen.audit.events import EventType
from limen.web.setting_pages import DOOR_GROUPS, HEALTH_GROUP, PAGES
from limen.web.setting_texts import CHOICES, TEXTS
from web_site import FakeHouse, WebSite, make_site

CONFIG = '[matching]\nfmr = 0.001\n[doors.back]\nlevel = "card"\nreader.driver = "stdin"\n'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebSite]:
    site = make_site(tmp_path_factory.mktemp("settings-pages") / "data", CONFIG, FakeHouse())
    site.desk.add_door("front", {"camera": "browser"})
    site.desk.change({"door": {"open_s": 7}, "mqtt": {"password": "hush-hush"}})
    site.store.webhooks.add("http://alarm.lan/", [EventType.ACCESS_GRANTED])
    yield site
    site.close()


@pytest.fixture(scope="module")
def owner(site: WebSite) -> TestClient:
    return site.client("owner")


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_page_is_there_and_small(owner: TestClient, language: str) -> None:
    paths = ["", *(f"/{page.path}" for page in PAGES), "/doors/front", "/doors/back"]
    for path in paths:
        page = owner.get(f"/settings{path}", headers={"Accept-Language": language, "Accept": "text/html"})
        assert page.status_code == 200, path
        assert f'lang="{language}"' in page.text
        assert len(page.content) < 100_000, path
        assert "hush" not in page.text
    assert owner.get("/settings/nothing").status_code == 404
    assert owner.get("/settings/doors/nothing").status_code == 404


def test_what_is_set_elsewhere_is_shown_and_locked(owner: TestClient) -> None:
    text = owner.get("/settings/visits", headers={"Accept-Language": "en"}).text
    fixed = re.search(r'<input[^>]* name="matching.fmr"[^>]*>', text)
    assert fixed is not None
    assert " disabled" in fixed[0]
    assert "Set in config.toml" in text
    changed = re.search(r'<input[^>]* name="door.open_s"[^>]*>', text)
    assert changed is not None
    assert 'value="7"' in changed[0]
    assert "Back to 5" in text


def test_those_without_the_right_see_none(site: WebSite) -> None:
    attendant = site.client("attendant")
    for page in PAGES:
        assert attendant.get(f"/settings/{page.path}").status_code == 403


def test_all_their_words_are_there_in_german() -> None:
    catalogue = json.loads(files("limen.web").joinpath("locales", "de", "settings.json").read_text("utf-8"))
    groups = [group for page in PAGES for group in page.groups] + [HEALTH_GROUP, *DOOR_GROUPS]
    words = {word for page in PAGES for word in (page.title, page.intro)}
    words |= {word for group in groups for word in (group.title, group.intro)}
    words |= {word for text in TEXTS.values() for word in (text.label, text.help, text.unit)}
    words |= {word for choices in CHOICES.values() for word in choices.values()}
    assert words - {""} <= set(catalogue)
