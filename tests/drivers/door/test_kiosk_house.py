"""All doors of one process, with engines of fakes and a real store."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from door_samples import ANNA, STRANGER
from kiosk_house import BROWSER, CARD, Builder, Inhabited, wait_for
from limen.audit.events import EventType
from limen.config import DoorConfig, Settings
from limen.credentials.base import Outcome, Reading
from limen.credentials.card import CardNumber
from limen.decision.rules import Mode
from limen.door.hints import Show
from limen.engine import Engine
from limen.errors import ModelError, UnknownNameError


@pytest.fixture
def inhabited(tmp_path: Path) -> Iterator[Callable[..., Inhabited]]:
    made: list[Inhabited] = []

    def make(**doors: DoorConfig) -> Inhabited:
        made.append(Inhabited(tmp_path, doors, Builder()))
        return made[-1]

    yield make
    for one in made:
        one.house.close()
        one.store.close()


def test_a_display_lets_in_whom_it_knows_turns_others_away_and_recovers(inhabited: Callable[..., Inhabited]) -> None:
    home = inhabited(front=BROWSER, back=BROWSER)
    house = home.house
    house.start()
    assert wait_for(lambda: all(view.running for view in house.views()))
    assert house.names() == ("front", "back")
    home.show("front", ANNA, lambda: house.visitor("front").show is Show.GRANTED)
    assert house.visitor("front").names == ("Anna",)
    assert house.visitor("back").show is Show.OFFLINE
    assert house.live("front") is None  # nobody watched
    home.show("front", ANNA, lambda: house.live("front") is not None)
    look = house.live("front")
    assert look is not None
    assert (look.width, look.height, look.jpeg[:2]) == (320, 160, b"\xff\xd8")
    assert look.faces[0].box.width == 80

    # The display goes away: nothing seen before counts, the lock is shut, and it comes back by itself.
    assert wait_for(lambda: EventType.CAMERA_OFFLINE in home.types("front"))
    assert house.visitor("front").names == ()
    assert wait_for(lambda: not house.view("front").unlocked)
    home.show("front", STRANGER, lambda: house.visitor("front").show is Show.DENIED)
    assert house.visitor("front").names == ()
    assert home.types("front").count(EventType.CAMERA_ONLINE) == 2
    assert EventType.ACCESS_GRANTED not in home.types("back")


def test_cards_and_orders_go_to_the_door_they_are_for(inhabited: Callable[..., Inhabited]) -> None:
    home = inhabited(front=BROWSER, back=BROWSER)
    house = home.house
    assert house.names() == ("front", "back")
    with pytest.raises(UnknownNameError, match="'side', there are: front, back"):
        house.view("side")
    house.start()
    assert wait_for(lambda: all(view.running for view in house.views()))
    assert house.present("front", Reading(card=CARD)).outcome is Outcome.OPEN
    assert house.present("front", Reading(card=CardNumber(32, 1))).outcome is Outcome.SHUT
    assert house.open_once("back", "page")
    assert EventType.DOOR_OPENED_BY_OPERATOR in home.types("back")
    assert EventType.DOOR_OPENED_BY_OPERATOR not in home.types("front")
    house.believe_clock("back")  # which was believed already
    home.store.modes.set("back", Mode.LOCKDOWN, home.events[0].at.replace(year=2100))
    assert wait_for(lambda: house.view("back").mode is Mode.LOCKDOWN)
    assert house.visitor("back").show is Show.LOCKED_OUT
    assert not house.open_once("back", "page")
    house.close()
    assert house.present("front", Reading(card=CARD)).outcome is Outcome.SHUT
    assert not house.open_once("front", "page")
    assert house.visitor("front").show is Show.OFFLINE


def test_only_doors_that_changed_are_started_again(inhabited: Callable[..., Inhabited]) -> None:
    home = inhabited(front=BROWSER, back=BROWSER, gone=BROWSER)
    house = home.house
    house.start()
    assert wait_for(lambda: all(EventType.DOOR_STARTED in home.types(name) for name in house.names()))
    changed = {"front": BROWSER, "back": BROWSER.model_copy(update={"purpose": "parcels"}), "new": BROWSER}
    house.apply(home.settings.model_copy(update={"doors": changed}))
    assert wait_for(lambda: home.types("back").count(EventType.DOOR_STARTED) == 2)
    assert wait_for(lambda: EventType.DOOR_STARTED in home.types("new"))
    assert house.names() == ("front", "back", "new")
    assert home.types("front").count(EventType.DOOR_STARTED) == 1
    assert home.types("gone")[-1] is EventType.DOOR_STOPPED
    assert home.builder.built <= 2


def test_a_door_that_cannot_run_says_why_and_hinders_no_other(
    inhabited: Callable[..., Inhabited], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("limen.door.housed._AGAIN_S", (0.05,))
    home = inhabited(front=BROWSER, back=DoorConfig(camera="/nowhere/film.mp4"))
    house = home.house
    home.builder.failure = ModelError("the model is not there")
    house.start()
    assert wait_for(lambda: house.view("front").failure == "the model is not there")
    assert wait_for(lambda: any("door front: the model is not there; it is locked" in note for note in home.notes))
    assert house.present("front", Reading(card=CARD)).outcome is Outcome.SHUT
    home.builder.failure = None
    assert wait_for(lambda: house.view("front").running)
    assert house.view("front").failure is None
    assert wait_for(lambda: "/nowhere/film.mp4" in (house.view("back").failure or ""))
    assert home.house.present("front", Reading(card=CARD)).outcome is Outcome.OPEN
    with suppress(UnknownNameError):
        house.push("side", b"", 0.0)


def test_a_door_that_was_stopped_before_it_was_built_never_starts(
    inhabited: Callable[..., Inhabited], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("limen.door.housed._STOP_S", 0.05)
    home = inhabited(front=BROWSER)
    building, goes_on, build = threading.Event(), threading.Event(), home.house._build

    def slow(settings: Settings) -> Engine:
        building.set()
        goes_on.wait(5)
        return build(settings)

    home.house._build = slow
    home.house.engines._build = lambda: slow(home.settings)
    home.house.start()
    assert building.wait(5)
    door = home.house._doors["front"].door
    home.house.close()
    goes_on.set()
    door._thread.join(5)
    assert home.types("front") == []
    assert door.failure == "it was stopped"


def test_a_door_that_hangs_opens_no_more_once_nobody_waits_for_it(
    inhabited: Callable[..., Inhabited], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("limen.door.housed._STOP_S", 0.05)
    home = inhabited(front=BROWSER)
    hangs, goes_on = threading.Event(), threading.Event()

    def hang(*_: object) -> None:
        hangs.set()
        goes_on.wait(5)

    home.saw = hang  # type: ignore[method-assign]
    home.house.start()
    home.show("front", STRANGER, hangs.is_set)
    home.house.close()
    assert home.house.present("front", Reading(card=CARD)).outcome is Outcome.SHUT
    assert not home.house.open_once("front", "page")
    goes_on.set()
    home.house._doors["front"].door._thread.join(5)
