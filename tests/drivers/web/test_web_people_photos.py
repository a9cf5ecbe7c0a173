from collections.abc import Iterator
from pathlib import Path

import pytest
from people_site import CONFIG, people_site
from starlette.testclient import TestClient

from limen.camera.photo import decode_photo
from limen.engine import Engine
from web_site import WebSite

PEOPLE = "/api/v1/people"
JPEG = {"Content-Type": "image/jpeg"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Iterator[WebSite]:
    with people_site(tmp_path_factory.mktemp("photos") / "data", engine) as site:
        yield site


@pytest.fixture(scope="module")
def photos(shared: Path) -> dict[str, bytes]:
    folder = shared / "data" / "people"
    return {name: (folder / name).read_bytes() for name in ("obama.jpg", "obama2.jpg", "biden.jpg", "two_people.jpg")}


def added(client: TestClient, name: str) -> str:
    return str(client.post(PEOPLE, json={"name": name}).json()["id"])


def test_a_photo_is_enrolled_looked_at_and_taken_away(site: WebSite, photos: dict[str, bytes]) -> None:
    client = site.client("enroller")
    person = added(client, "Barack Obama")
    for name in ("obama.jpg", "obama2.jpg"):
        answer = client.post(
            f"{PEOPLE}/{person}/photos", params={"file_name": name}, content=photos[name],
            headers={"Content-Type": "image/jpeg"},
        )  # fmt: skip
        assert (answer.status_code, answer.json()) == (201, {"added": 1, "notes": []})
    first, second = client.get(f"{PEOPLE}/{person}/photos").json()
    assert (first["file"], first["kept"], first["grade"], first["flaws"]) == ("obama.jpg", True, "good", [])
    assert first["templates"][0]["in_use"] is True
    picture = client.get(f"{PEOPLE}/{person}/photos/{first['id']}/picture")
    assert picture.headers["Cache-Control"] == "no-store"
    assert decode_photo(picture.content, "picture").format == "JPEG"
    shown = client.get(f"{PEOPLE}/{person}").json()
    assert (shown["states"], shown["fresh_look"]) == (["enrolled"], {"wanted": False, "reasons": []})
    assert decode_photo(client.get(shown["portrait"]).content, "portrait").height <= 224

    assert client.delete(f"{PEOPLE}/{person}/photos/{second['id']}").status_code == 204
    assert client.delete(f"{PEOPLE}/{person}/photos/{second['id']}").status_code == 404
    shown = client.get(f"{PEOPLE}/{person}").json()
    assert (shown["templates"], shown["fresh_look"]["reasons"]) == (1, ["one_photo"])
    assert client.get(PEOPLE, params={"state": "needs_fresh_look"}).json()["total"] == 1


def test_a_face_that_is_somebody_elses_is_asked_about(site: WebSite, photos: dict[str, bytes]) -> None:
    client = site.client()
    joe, other = added(client, "Joe Biden"), added(client, "Somebody Else")
    assert client.post(f"{PEOPLE}/{joe}/photos", content=photos["biden.jpg"], headers=JPEG).status_code == 201
    answer = client.post(f"{PEOPLE}/{other}/photos", content=photos["biden.jpg"], headers=JPEG)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/already-enrolled")
    assert "Joe Biden" in answer.json()["detail"]
    answer = client.post(
        f"{PEOPLE}/{other}/photos", params={"confirm_duplicate": True}, content=photos["biden.jpg"], headers=JPEG
    )
    assert answer.status_code == 201


def test_what_is_no_photo_of_one_face_is_refused(site: WebSite, photos: dict[str, bytes]) -> None:
    client = site.client()
    path = f"{PEOPLE}/{added(client, 'Ann')}/photos"
    heic = client.post(path, content=b"\0\0\0\x18ftypheic" + bytes(40))
    assert (heic.status_code, "Most Compatible" in heic.json()["detail"]) == (415, True)
    for content, word in ((b"", "empty"), (b"GIF89a?", "photo"), (photos["two_people.jpg"], "2 faces")):
        answer = client.post(path, content=content, headers=JPEG)
        assert (answer.status_code, word in answer.text) == (422, True)
    assert client.post(path, content=bytes(12_000_001), headers=JPEG).status_code == 413
    client.delete(path.removesuffix("/photos"))
    assert client.post(path, content=photos["obama.jpg"], headers=JPEG).status_code == 409


def test_nobody_is_enrolled_without_their_consent(tmp_path: Path, engine: Engine, photos: dict[str, bytes]) -> None:
    with people_site(tmp_path / "data", engine, CONFIG + '[privacy]\nconsent_text_version = "2"\n') as site:
        client = site.client()
        person = added(client, "Ann")
        path = f"{PEOPLE}/{person}/photos"
        assert client.post(path, content=photos["obama.jpg"], headers=JPEG).json()["type"] == "/problems/no-consent"
        assert client.post(path, params={"consent": "2"}, content=photos["obama.jpg"], headers=JPEG).status_code == 201
        # What stands on record need not be said again.
        assert client.post(path, content=photos["obama2.jpg"], headers=JPEG).status_code == 201
        # A face that is nobody else's, and not that of the photos that are there.
        answer = client.post(path, content=photos["biden.jpg"], headers=JPEG)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/unlike-own")
        confirmed = {"confirm_duplicate": True}
        answer = client.post(path, params=confirmed, content=photos["biden.jpg"], headers=JPEG)
        assert (answer.status_code, "not like the other photos" in answer.json()["notes"][0]) == (201, True)
        consents = client.get(f"{PEOPLE}/{person}/consents").json()
        assert (consents["required"], [one["text_version"] for one in consents["items"]]) == ("2", ["2"])
        assert client.delete(f"{PEOPLE}/{person}/consents").json() == {"complete": True, "pending": []}
        assert client.get(path).json() == []
        assert client.get(f"{PEOPLE}/{person}").json()["states"] == ["faceless"]
        assert client.post(path, content=photos["obama.jpg"], headers=JPEG).status_code == 422
        assert client.post(f"{PEOPLE}/{person}/consents", json={"text_version": "2"}).status_code == 201
