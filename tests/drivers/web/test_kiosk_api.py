"""Displays: paired by a link, fed with pictures, told what visitors may see, asked for cards and PINs."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from door_samples import ANNA
from kiosk_house import BROWSER, CARD, Builder, Inhabited, jpeg, wait_for
from limen.audit.events import EventType
from limen.decision.reasons import Reason
from limen.decision.throttle import ThrottlePolicy
from limen.door.desk import SettingsDesk
from limen.version import __version__
from limen.web.displays import Tries, displays_of
from limen.web.identity import DISPLAY
from limen.web.rights import Role
from limen.web.site import Site
from web_site import WebSite

CONFIG = '[doors.front]\ncamera = "browser"\n[doors.back]\ncamera = "browser"\n[doors.side]\n'
CAMERA = "/api/v1/doors/front/camera"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inhabited]:
    """Two doors that run, for all tests of this module."""
    folder = tmp_path_factory.mktemp("kiosk")
    home = Inhabited(folder, {"front": BROWSER, "back": BROWSER}, Builder())
    home.house.start()
    assert wait_for(lambda: all(view.running for view in home.house.views()))
    yield home
    home.house.close()
    home.store.close()


@pytest.fixture
def web(home: Inhabited, tmp_path: Path) -> Iterator[WebSite]:
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    desk = SettingsDesk(tmp_path, home.store.events.append)
    web = WebSite(Site(home.store, home.house, desk, "123-456"))
    yield web
    for client in web.clients:
        client.close()


@contextmanager
def refused(status: int) -> Iterator[None]:
    with pytest.raises(WebSocketDenialResponse) as denied:
        yield
    assert denied.value.status_code == status


def shown(socket: Any, until: Callable[[dict[str, Any]], bool], send: Callable[[], bytes] | None = None) -> Any:
    """What a display is told, once it is told that; each answer is followed by another picture."""
    for _ in range(200):
        message = socket.receive_json()
        if until(message):
            return message
        if send is not None:
            socket.send_bytes(send())
    raise AssertionError(f"never told: {message}")


def test_a_display_shows_the_door_its_pictures_and_is_told_what_visitors_may_see(home: Inhabited, web: WebSite) -> None:
    numbers = iter(range(1, 1000))
    client = web.kiosk("front")
    with web.websocket(client, CAMERA) as socket:
        first = socket.receive_json()
        assert (first["version"], first["camera"], first["feeding"]) == (__version__, "display", True)
        socket.send_bytes(jpeg(ANNA, 0))
        granted = shown(socket, lambda told: told["state"] == "granted", lambda: jpeg(ANNA, next(numbers)))
        assert granted["names"] == ["Anna"]
        assert granted["text"] == "Please come in."
        assert set(granted) == {
            "state", "text", "names", "sequence", "looks", "age_ms", "camera", "version", "feeding",
            "received",
        }  # fmt: skip
        assert client.get("/api/v1/doors/front/visitor").json()["names"] == ["Anna"]
        assert displays_of(web.site).connected("front")
    assert wait_for(lambda: not displays_of(web.site).connected("front"))


def test_of_two_displays_the_door_sees_the_one_that_came_last_or_asked(web: WebSite) -> None:
    first, second = web.kiosk("front"), web.kiosk("front")
    with web.websocket(first, CAMERA) as one:
        assert one.receive_json()["feeding"]
        with web.websocket(second, CAMERA) as other:
            assert other.receive_json()["feeding"]
            assert not shown(one, lambda told: not told["feeding"])["feeding"]
            one.send_text('{"feed":true}')
            assert shown(one, lambda told: told["feeding"])
            assert shown(other, lambda told: not told["feeding"])
        assert shown(one, lambda told: told["feeding"])


def test_a_display_has_no_more_connections_than_it_needs(web: WebSite) -> None:
    display = web.kiosk("front")
    with ExitStack() as lines:
        for _ in range(4):
            lines.enter_context(web.websocket(display, CAMERA)).receive_json()
        with refused(429), web.websocket(display, CAMERA):
            pass
        with web.websocket(web.kiosk("front"), CAMERA) as other:
            other.receive_json()
    with web.websocket(display, CAMERA) as again:
        again.receive_json()


@pytest.mark.parametrize("message", [bytes(2_000_001), "x" * 201], ids=["picture", "text"])
def test_what_is_too_large_ends_the_connection(web: WebSite, message: bytes | str) -> None:
    with web.websocket(web.kiosk("front"), CAMERA) as socket:
        socket.send_bytes(message) if isinstance(message, bytes) else socket.send_text(message)
        with pytest.raises(WebSocketDisconnect) as ended:
            shown(socket, lambda told: False)
    assert ended.value.code == 1009


def test_only_the_doors_own_display_may_be_one(web: WebSite) -> None:
    for client, status in ((web.kiosk("back"), 403), (web.client("owner"), 403), (web.anonymous(), 401)):
        with refused(status), web.websocket(client, CAMERA):
            pass
        assert client.get("/api/v1/doors/front/visitor").status_code == status
        assert client.post("/api/v1/doors/front/credentials", json={"card": "1"}).status_code == status
    foreign = web.kiosk("front")
    foreign.headers["Origin"] = "https://elsewhere.example"
    with refused(403), web.websocket(foreign, CAMERA):
        pass


def test_a_display_that_is_revoked_is_told_so_at_once(web: WebSite) -> None:
    owner, display = web.client("owner"), web.kiosk("front")
    own = display.get("/api/v1/doors/front/visitor")
    assert own.status_code == 200
    with web.websocket(display, CAMERA) as socket:
        socket.receive_json()
        before = owner.get("/api/v1/doors/front/kiosks").json()["displays"]
        [connected] = [one["id"] for one in before if one["connected"]]
        assert owner.delete(f"/api/v1/doors/back/kiosks/{connected}").status_code == 404
        assert owner.delete(f"/api/v1/doors/front/kiosks/{connected}").status_code == 204
        with pytest.raises(WebSocketDisconnect) as ended:
            shown(socket, lambda told: False)
    assert ended.value.code == 1008
    assert display.get("/display", headers={"Accept": "text/html"}).status_code == 401


@pytest.mark.parametrize(
    ("typed", "outcome", "text"),
    [
        ({"card": f"{CARD.value:08X}"}, "open", "Please come in."),
        ({"card": "C0FFEE43"}, "shut", "The door stays shut. Please ask those who run it."),
        ({"card": "no card at all"}, "shut", "The card could not be read. Please try again."),
        ({"number": "4711", "pin": "0000"}, "shut", "The door stays shut. Please ask those who run it."),
    ],
)
def test_cards_and_pins_are_answered_without_anything_to_learn_from(
    web: WebSite, typed: dict[str, str], outcome: str, text: str
) -> None:
    answer = web.kiosk("front").post("/api/v1/doors/front/credentials", json=typed)
    assert answer.json() == {"outcome": outcome, "text": text}
    german = web.kiosk("front").post(
        "/api/v1/doors/front/credentials", json=typed, headers={"Accept-Language": "de", "Idempotency-Key": "once"}
    )
    assert german.json()["text"] != text
    assert "Idempotency-Replayed" not in german.headers


@pytest.mark.parametrize(
    "typed", [{}, {"card": "1", "number": "2", "pin": "3"}, {"number": "1"}, {"number": "١", "pin": "2"}, {"pin": "1"}]
)
def test_what_is_neither_a_card_nor_a_pin_is_refused_without_being_repeated(
    web: WebSite, typed: dict[str, str]
) -> None:
    answer = web.kiosk("front").post("/api/v1/doors/front/credentials", json=typed)
    assert answer.status_code == 422


def paired(web: WebSite, door: str) -> tuple[dict[str, Any], TestClient]:
    link = web.client("owner").post(f"/api/v1/doors/{door}/kiosks", json={}).json()
    return link, web.anonymous()


def test_a_link_makes_one_device_the_display_once(home: Inhabited, web: WebSite) -> None:
    link, device = paired(web, "front")
    assert link["url"].startswith("http://localhost/pair/")
    assert link["qr"].startswith("<svg")
    secret = link["url"].rsplit("/", 1)[1]
    page = {"Accept": "text/html"}
    for _ in range(2):  # a preview uses nothing up
        assert "Make this device the display of front?" in device.get(f"/pair/{secret}", headers=page).text
    answer = device.post("/api/v1/pairing", json={"secret": secret, "name": "Tablet at the door"})
    assert (answer.status_code, answer.json()) == (201, {"door": "front"})
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert DISPLAY in device.cookies
    display = device.get("/display", headers=page)
    assert (display.status_code, 'data-camera="display"' in display.text) == (200, True)
    assert device.post("/api/v1/pairing", json={"secret": secret}).status_code == 404
    assert device.get(f"/pair/{secret}", headers=page).status_code == 404
    types = [record.event.type for record in home.store.events.latest(3)]
    assert {EventType.TOKEN_CHANGED, EventType.INVITATION_CHANGED} <= set(types)
    assert secret not in json.dumps([str(record) for record in home.store.events.latest(10)])


def test_displays_and_links_are_listed_and_links_can_be_withdrawn(web: WebSite) -> None:
    owner = web.client("owner")
    link, device = paired(web, "back")
    page = owner.get("/doors/back/displays", headers={"Accept": "text/html"}).text
    assert "Displays of back" in page
    listed = owner.get("/api/v1/doors/back/kiosks").json()["links"]
    assert [one["id"] for one in listed] == [link["id"]]
    assert "url" not in listed[0]
    assert owner.delete(f"/api/v1/doors/back/kiosks/{link['id']}").status_code == 204
    assert owner.delete(f"/api/v1/doors/back/kiosks/{link['id']}").status_code == 404
    assert device.post("/api/v1/pairing", json={"secret": link["url"].rsplit("/", 1)[1]}).status_code == 404
    assert owner.get("/api/v1/doors/nowhere/kiosks").status_code == 404
    assert owner.post("/api/v1/doors/nowhere/kiosks", json={}).status_code == 404
    assert web.client("viewer").post("/api/v1/doors/back/kiosks", json={}).status_code == 403


def test_a_display_at_which_everything_is_wrong_is_slowed_down(web: WebSite) -> None:
    client, path = web.kiosk("front"), "/api/v1/doors/front/credentials"
    right, wrong = {"card": f"{CARD.value:08X}"}, {"card": "C0FFEE43"}
    for _ in range(9):
        client.post(path, json=wrong)
    assert client.post(path, json=right).json()["outcome"] == "open"
    for _ in range(10):
        client.post(path, json=wrong)
    assert client.post(path, json=right).json() == {"outcome": "shut", "text": Reason.THROTTLED.for_visitor}
    assert web.kiosk("front").post(path, json=right).json()["outcome"] == "open"


def test_one_right_card_excuses_no_wrong_ones_and_many_at_once_are_no_way_around() -> None:
    now_s = [0.0]
    tries = Tries(ThrottlePolicy(failures=3, wait_s=30, longest_wait_s=60), lambda: now_s[0])
    assert tries.begin("a")
    assert tries.begin("a")
    assert tries.begin("a")  # right
    assert not tries.begin("a"), "three at once, and none of them is answered yet"
    tries.not_wrong("a")
    assert tries.begin("a")
    assert not tries.begin("a")
    assert tries.begin("b")
    now_s[0] += 30
    assert tries.begin("a")  # right, after the wait
    tries.not_wrong("a")
    assert tries.begin("a"), "who was right waits for nothing"
    assert not tries.begin("a")
    now_s[0] += 60 + 4 * 360
    for _ in range(3):
        assert tries.begin("a"), "what was wrong is forgotten, one after the other"


def test_the_first_picture_after_a_silence_is_answered_and_not_shown_to_the_door(
    home: Inhabited, web: WebSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown_to_it: list[tuple[object, ...]] = []
    monkeypatch.setattr(home.house, "push", lambda *arguments: shown_to_it.append(arguments))
    monkeypatch.setattr("limen.web.displays._LEAST_BETWEEN_S", 0.0)
    with web.websocket(web.kiosk("front"), CAMERA) as socket:
        for number, silence_s in enumerate((1.0, 1.0, 1.0, 0.0, 1.0), 1):
            monkeypatch.setattr("limen.web.displays._SILENCE_S", silence_s)
            socket.send_bytes(b"%d" % number)
            shown(socket, lambda told, number=number: told["received"] == number)  # type: ignore[misc]
    assert [jpeg for _, jpeg, *_ in shown_to_it] == [b"2", b"3", b"5"]
    assert all(source for *_, source in shown_to_it)


def test_a_display_whose_time_is_over_is_one_no_more(web: WebSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limen.web.displays._ASK_AGAIN_S", 0.0)
    soon = datetime.now(UTC) + timedelta(seconds=3)
    client = web.anonymous()
    client.cookies.set(DISPLAY, web.store.tokens.add("a display", Role.KIOSK, door="front", expires_at=soon)[1])
    with web.websocket(client, CAMERA) as socket, pytest.raises(WebSocketDisconnect) as ended:
        shown(socket, lambda told: False)
    assert ended.value.code == 1008
