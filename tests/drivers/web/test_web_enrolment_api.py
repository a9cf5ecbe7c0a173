"""The API of enrolment, with faces that are plain colours."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from door_samples import ANNA, BEN, STRANGER
from enrolment_faces import CONFIG, POSES, FakeCamera
from limen.door.enrol_session import Tools
from limen.door.enrol_sessions import EnrolSessions
from limen.types import PersonId
from limen.web.enrolment_desk import GONE, OWN_CONSENT, REFUSED, sessions_of
from web_site import FakeHouse, WebSite, make_site

ENROLMENTS = "/api/v1/enrolments"
Colour = tuple[int, int, int]


class Place:
    """A site whose camera shows what a test wants; time goes on by a fifth of a second a frame."""

    def __init__(self, folder: Path) -> None:
        self.camera, self.now_s = FakeCamera(), 0.0
        house = FakeHouse()
        house.engines = self.camera.pool
        self.site: WebSite = make_site(folder, CONFIG, house)
        self.owner = self.site.client("owner")
        tools = Tools(lambda: self.camera.pool, self.site.store, lambda: self.site.site.settings)
        self.site.site.part(EnrolSessions, lambda _: EnrolSessions(tools, lambda: self.now_s))

    def frame(self, colour: Colour) -> bytes:
        self.now_s += 0.2
        return self.camera.frame(colour)

    def begin(self, client: TestClient, **asked: object) -> dict[str, Any]:
        answer = client.post(ENROLMENTS, json={"consent": OWN_CONSENT, "still": True} | asked)
        assert answer.status_code == 201, answer.text
        begun: dict[str, Any] = answer.json()
        return begun

    def show(self, client: TestClient, enrolment: str, colour: Colour, frames: int = 40) -> dict[str, Any]:
        with self.site.websocket(client, f"{ENROLMENTS}/{enrolment}/camera") as socket:
            for _ in range(frames):
                socket.send_bytes(self.frame(colour))
                told: dict[str, Any] = socket.receive_json()
        return told

    def enrol(self, name: str, colour: Colour) -> str:
        enrolment = self.begin(self.owner, name=name)["id"]
        assert self.show(self.owner, enrolment, colour)["done"]
        person: str = self.owner.post(f"{ENROLMENTS}/{enrolment}/finish", json={}).json()["person"]["id"]
        return person

    def invited(self, person: str) -> TestClient:
        """A phone that opened the link of an invitation."""
        url = self.owner.post(f"/api/v1/people/{person}/invitations").json()["url"]
        phone = self.site.anonymous()
        answer = phone.get(url.removeprefix("http://localhost"))
        assert (answer.status_code, answer.headers["location"]) == (303, "/enrol/me")
        return phone


@pytest.fixture
def place(data_dir: Path) -> Iterator[Place]:
    place = Place(data_dir)
    yield place
    place.site.close()


def test_from_consent_to_a_person_who_is_recognised(place: Place) -> None:
    owner, begun = place.owner, place.begin(place.owner, name="Anna", still=False)
    path = f"{ENROLMENTS}/{begun['id']}"
    assert begun["progress"][0] == {"direction": "straight", "part": 0.0}

    for pose in POSES:
        place.camera.pose(*pose)
        told = place.show(owner, begun["id"], ANNA, 14)
    assert (told["done"], told["instruction"], told["progress"]["down"]) == (True, "done", 1.0)
    assert set(told["face"]) == {"x", "y", "width", "height"}

    frames = owner.get(path).json()["frames"]
    assert [frame["direction"] for frame in frames] == ["straight", "straight", "left", "right", "up", "down"]
    thumbnail = owner.get(f"{path}/frames/{frames[0]['id']}/thumbnail")
    assert (thumbnail.headers["content-type"], thumbnail.content[:2]) == ("image/jpeg", b"\xff\xd8")
    assert len(owner.delete(f"{path}/frames/{frames[1]['id']}").json()["frames"]) == 5
    assert owner.get(f"{path}/check").json() == {"result": "clear", "person": None}
    assert place.site.store.people.all() == []

    saved = owner.post(f"{path}/finish", json={}).json()
    assert (saved["person"]["name"], saved["created"], saved["templates"]) == ("Anna", True, 5)
    assert owner.post(f"{path}/finish", json={}).json() == saved
    consents = place.site.store.consents.of(PersonId(saved["person"]["id"]))
    assert [one.text_version for one in consents] == [OWN_CONSENT]

    place.camera.pose(0, 0)
    with place.site.websocket(owner, f"{path}/trial") as socket:
        answers = []
        for _ in range(3):
            socket.send_bytes(place.frame(ANNA))
            answers.append(socket.receive_json())
    assert [answer["accepted"] for answer in answers] == [None, None, True]
    assert set(answers[0]) == {"accepted", "instruction"}  # No score.


def test_whom_it_is_for_must_be_clear(place: Place) -> None:
    person = place.site.store.people.add("Anna").id

    def refused(**asked: object) -> tuple[int, str]:
        answer = place.owner.post(ENROLMENTS, json={"consent": OWN_CONSENT} | asked)
        return answer.status_code, answer.json()["type"].removeprefix("/problems/")

    assert refused() == (422, "whom")
    assert refused(name="Ben", person=person) == (422, "whom")
    assert refused(name="Anna") == (409, "name-taken")
    assert refused(name="\x00") == (422, "cannot-be-used")
    assert refused(person="nobody") == (404, "not-found")
    assert refused(name="Ben", consent="older") == (422, "another-consent")
    assert refused(name="Ben", invited=True) == (403, "no-invitation")


def test_somebody_who_looks_like_another_is_asked_about(place: Place) -> None:
    anna = place.enrol("Anna", ANNA)
    enrolment = place.begin(place.owner, name="Bella")["id"]
    place.show(place.owner, enrolment, ANNA)
    path = f"{ENROLMENTS}/{enrolment}"

    assert place.owner.get(f"{path}/check").json() == {
        "result": "looks_like",
        "person": {"id": anna, "name": "Anna"},
    }
    assert place.owner.post(f"{path}/finish", json={}).json()["type"] == "/problems/looks-like"
    other = place.site.store.people.add("Chris").id
    assert place.owner.post(f"{path}/finish", json={"person": other}).status_code == 409
    saved = place.owner.post(f"{path}/finish", json={"person": anna}).json()
    assert (saved["person"]["name"], saved["created"]) == ("Anna", False)


def test_an_enrolment_belongs_to_whoever_began_it(place: Place) -> None:
    enrolment, other = place.begin(place.owner, name="Anna")["id"], place.site.client("enroller")
    assert other.get(f"{ENROLMENTS}/{enrolment}").status_code == 404
    assert place.owner.get(f"{ENROLMENTS}/{enrolment}").status_code == 200
    for role in ("viewer", "attendant"):
        assert place.site.client(role).get(f"{ENROLMENTS}/{enrolment}").status_code == 403
    assert place.owner.delete(f"{ENROLMENTS}/{enrolment}").status_code == 204
    assert place.owner.get(f"{ENROLMENTS}/{enrolment}").status_code == 404


def test_a_browser_is_told_that_an_enrolment_is_forgotten(place: Place) -> None:
    enrolment = place.begin(place.owner, name="Anna")["id"]
    owner = sessions_of(place.site.site)._known[enrolment].session.owner
    with place.site.websocket(place.owner, f"{ENROLMENTS}/{enrolment}/camera") as socket:
        socket.send_bytes(b"no picture")
        assert "problem" in socket.receive_json()
        sessions_of(place.site.site).end(enrolment, [owner])  # As a server that starts again.
        socket.send_bytes(place.frame(ANNA))
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == GONE
    assert place.site.store.people.all() == []


def test_a_saved_enrolment_takes_no_more_frames(place: Place) -> None:
    enrolment = place.begin(place.owner, name="Anna")["id"]
    place.show(place.owner, enrolment, ANNA)
    with place.site.websocket(place.owner, f"{ENROLMENTS}/{enrolment}/trial") as socket:
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
        assert closed.value.code == GONE
    place.owner.post(f"{ENROLMENTS}/{enrolment}/finish", json={})
    with place.site.websocket(place.owner, f"{ENROLMENTS}/{enrolment}/camera") as socket:
        socket.send_bytes(place.frame(ANNA))
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == REFUSED


def test_an_invitation_is_for_one_person_and_one_use(place: Place) -> None:
    place.enrol("Ben", BEN)
    anna = place.site.store.people.add("Anna").id
    phone = place.invited(anna)

    page = phone.get("/enrol/me")
    assert page.status_code == 200
    assert "Ben" not in page.text
    begun = place.begin(phone, name="Ben")  # Whatever it asks for, it is for whom it was given to.
    assert (begun["person"], begun["name"]) == (anna, "Anna")
    assert place.show(phone, begun["id"], ANNA)["done"]
    saved = phone.post(f"{ENROLMENTS}/{begun['id']}/finish", json={})
    assert saved.json()["person"] == {"id": anna, "name": "Anna"}

    with place.site.websocket(phone, f"{ENROLMENTS}/{begun['id']}/trial") as socket:
        socket.send_bytes(place.frame(ANNA))
        assert socket.receive_json()["accepted"] is None
    assert phone.post(ENROLMENTS, json={"consent": OWN_CONSENT}).status_code == 401
    assert phone.get("/enrol/me").status_code == 410
    assert phone.get("/enrol/anything").status_code == 410
    for path in ("/api/v1/people", f"/api/v1/people/{anna}/photos", f"/api/v1/people/{anna}/invitations"):
        assert phone.get(path).status_code in (401, 403)


def test_who_is_invited_and_looks_like_another_must_ask(place: Place) -> None:
    place.enrol("Ben", BEN)
    phone = place.invited(place.site.store.people.add("Anna").id)
    enrolment = place.begin(phone)["id"]
    place.show(phone, enrolment, BEN)
    path = f"{ENROLMENTS}/{enrolment}"

    assert phone.get(f"{path}/check").json() == {"result": "ask", "person": None}
    for finish in ({}, {"confirmed": True}):
        answer = phone.post(f"{path}/finish", json=finish)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/ask")
        assert "Ben" not in answer.text


def test_who_is_invited_finds_out_nothing_by_asking_often(place: Place) -> None:
    phone = place.invited(place.site.store.people.add("Anna").id)
    statuses = []
    for _ in range(6):
        path = f"{ENROLMENTS}/{place.begin(phone)['id']}"
        place.show(phone, path.rpartition("/")[2], ANNA)
        statuses.append([phone.get(f"{path}/check").status_code for _ in range(2)])
    assert statuses == [[200, 200]] * 5 + [[429, 429]]
    assert phone.post(f"{path}/finish", json={"confirmed": True}).status_code == 429


def test_whoever_has_a_link_cannot_put_another_face_into_an_account(place: Place) -> None:
    phone = place.invited(place.enrol("Anna", ANNA))
    enrolment = place.begin(phone)["id"]
    place.show(phone, enrolment, STRANGER)
    assert phone.post(f"{ENROLMENTS}/{enrolment}/finish", json={"confirmed": True}).status_code == 409


def test_links_are_listed_and_withdrawn(place: Place) -> None:
    anna = place.site.store.people.add("Anna").id
    path = f"/api/v1/people/{anna}/invitations"
    made = place.owner.post(path).json()
    assert made["qr"].startswith("<svg")
    assert "url" not in place.owner.get(path).json()[0]
    assert place.owner.get(path).json()[0]["open"]

    assert place.owner.delete(f"{path}/{made['id']}").status_code == 204
    assert place.owner.delete(f"{path}/{made['id']}").status_code == 404
    assert place.site.anonymous().get(made["url"].removeprefix("http://localhost")).status_code == 410
    assert place.owner.post("/api/v1/people/nobody/invitations").status_code == 404
    assert place.site.client("viewer").post(path).status_code == 403


def test_pages(place: Place) -> None:
    anna = place.site.store.people.add("Anna").id
    assert place.owner.get("/enrol").status_code == 200
    page = place.owner.get(f"/enrol?person={anna}&look=glasses")
    assert '"look": "glasses"' in page.text
    assert place.owner.get("/enrol?person=nobody").status_code == 404
    assert place.site.anonymous().get("/enrol/me").status_code == 410
