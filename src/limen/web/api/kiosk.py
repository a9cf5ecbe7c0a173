"""What displays of doors say and hear: pictures, cards and PINs one way, what visitors may see the other."""

from http import HTTPStatus
from typing import Annotated, Self

from fastapi import APIRouter, Path, WebSocket
from pydantic import BaseModel, Field, model_validator
from starlette.requests import Request

from limen.config import Settings
from limen.credentials.base import Answer, Outcome, Reading
from limen.credentials.card import from_text
from limen.decision.reasons import Reason
from limen.errors import BadDataError
from limen.web.accounts import Asked
from limen.web.crowd import Crowd
from limen.web.displays import DisplayLine, shown, tries_of, visitor_of
from limen.web.problem import Problem
from limen.web.rights import Actor, Right, needs
from limen.web.routing import PREFIX
from limen.web.site import Site, SiteDep
from limen.web.words import Words, chosen

# Not a router that remembers answers: what is typed here must not be kept, not even as a digest.
router = APIRouter(prefix=f"{PREFIX}/doors", tags=["displays"])

DoorName = Annotated[str, Path(max_length=40, description="The door's name: that of the display.")]
Display = Annotated[Actor, needs(Right.KIOSK)]
Digits = Annotated[str, Field(min_length=1, max_length=12, pattern="^[0-9]{1,12}$")]
_MOST_LINES = 4
"""So many connections one display may have: a page that is loaded again leaves its last one behind for a moment."""
_LOOK = "Please look at the camera."
_WAIT = Answer(Outcome.SHUT, Reason.THROTTLED.for_visitor)
_UNREADABLE = Answer(Outcome.SHUT, "The card could not be read. Please try again.")


class _Lines(Crowd):
    """The connections of displays."""


class Visitor(BaseModel):
    """What a display shows: no scores, no names but of those who were just let in."""

    state: str = Field(
        description="`idle`, `card`, `looking`, `hold_still`, `come_closer`, `move_back`, `center`, `look_straight`, "
        "`one_person`, `too_dark`, `too_bright`, `granted`, `denied`, `locked_out`, `open` or `offline`"
    )
    text: str = Field(description="A sentence for the visitor, in the display's language; may be empty")
    names: list[str] = Field(description="Who was just let in")
    sequence: int = Field(description="Rises with each change")
    looks: int = Field(description="How many pictures were looked at")
    age_ms: int = Field(description="How old the newest of them was once it had been looked at")
    camera: str = Field(description="Whose camera the door has: `display`, `server` or `none`")
    version: str = Field(description="Of the server: a page of another one is to be loaded again")


class Credentials(Asked):
    """A card, or a number and its PIN, or a card and a PIN."""

    card: Annotated[str, Field(min_length=1, max_length=64, description="As the reader types it")] | None = None
    number: Digits | None = None
    pin: Digits | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.card is None) == (self.number is None):
            raise ValueError("either a card or a number is expected")
        if self.number is not None and self.pin is None:
            raise ValueError("a number needs its PIN")
        return self


class CredentialsAnswer(BaseModel):
    """What the visitor is told."""

    outcome: Outcome = Field(description="`open`; `look`: now look at the camera; `shut`")
    text: str = Field(description="A sentence for the visitor, in the display's language")


@router.get("/{name}/visitor")
def kiosk_visitor(name: DoorName, request: Request, site: SiteDep, actor: Display) -> Visitor:
    """What the door's display shows now, for displays that ask rather than listen."""
    own_door(actor, name)
    return Visitor.model_validate(shown(site, name, visitor_of(site, name), words_of(request, site.settings)))


@router.post("/{name}/credentials")
def kiosk_credentials(
    name: DoorName, asked: Credentials, request: Request, site: SiteDep, actor: Display
) -> CredentialsAnswer:
    """Show the door a card, or a number and its PIN.

    Cards and numbers that nobody has are answered as wrong PINs are. Wrong PINs are slowed down, and so is a display at
    which ten things in a row were wrong.
    """
    own_door(actor, name)
    tries = tries_of(site)
    answer = _answer(site, name, asked) if (tried := tries.begin(actor.id)) else _WAIT
    if tried and answer.outcome is not Outcome.SHUT:
        tries.not_wrong(actor.id)
    text = _LOOK if answer.outcome is Outcome.LOOK else answer.text
    return CredentialsAnswer(outcome=answer.outcome, text=words_of(request, site.settings)(text))


@router.websocket("/{name}/camera")
async def kiosk_camera(socket: WebSocket, name: DoorName, site: SiteDep, actor: Display) -> None:
    """Pictures to the door as binary JPEGs, and back as JSON what a ``Visitor`` has, with ``feeding``.

    ``feeding`` says whether the door sees this display's pictures: of several displays those of the one that connected
    last, or that last sent ``{"feed":true}``.
    """
    own_door(actor, name)
    with site.part(_Lines, lambda _: _Lines(_MOST_LINES)).room(actor.id) as room:
        if not room:
            raise Problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too-many",
                "This display is connected too often: close other pages of it.",
            )
        await socket.accept()
        await DisplayLine(socket, site, name, actor.id, words_of(socket, site.settings)).run()


def own_door(actor: Actor, name: str) -> None:
    """Refuse a display of another door.

    Raises:
        Problem: it is one.
    """
    if actor.door != name:
        raise Problem(HTTPStatus.FORBIDDEN, "another-door", "This display is paired with another door: use its own.")


def words_of(connection: Request | WebSocket, settings: Settings) -> Words:
    """The words in the language of a display's browser, else of the site."""
    return chosen(connection, None, settings.site.language)


def _answer(site: Site, name: str, asked: Credentials) -> Answer:
    if asked.card is None:
        return site.house.present(name, Reading(number=asked.number, pin=asked.pin))
    config = site.settings.doors.get(name)
    try:
        card = from_text(asked.card, config.reader.format if config is not None else "auto")
    except (BadDataError, ValueError):
        return _UNREADABLE
    return site.house.present(name, Reading(card=card, pin=asked.pin))
