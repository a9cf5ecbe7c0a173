"""People as the API gives and takes them."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from limen.door.freshness import Stale
from limen.door.one_photo import Grade
from limen.store.people_edit import PersonFacts
from limen.store.people_list import Listed, PersonState
from limen.web.paging import Page

MOST_GROUPS = 100
MOST_AT_ONCE = 500


def _in_utc(moment: datetime) -> datetime:
    try:
        found = moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a year from 1970 to 9998 was expected") from error
    if not 1970 <= found.year <= 9998:
        raise ValueError("a year from 1970 to 9998 was expected")
    return found


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment with its zone, kept in UTC."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Groups = Annotated[list[Name], Field(max_length=MOST_GROUPS)]


class Given(BaseModel):
    """What a client sends: unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Told(BaseModel):
    """What a client gets."""

    model_config = ConfigDict(frozen=True)


class PersonItem(Told):
    """Somebody in the list."""

    id: str = Field(description="Names this person for ever")
    name: str
    groups: list[str] = Field(description="The groups they are in, by name")
    states: list[PersonState] = Field(description="All that holds of them")
    disabled: bool = Field(description="Kept, but let in nowhere")
    faceless: bool = Field(description="Does not want their face used: comes in by card or PIN")
    valid_from: datetime | None = Field(description="May enter from then on; null: from ever")
    valid_until: datetime | None = Field(description="May enter before then; null: without an end")
    photos: int = Field(description="How many photos they were enrolled from")
    templates: int = Field(description="How many templates of the model in use")
    newest_template_at: datetime | None
    cards: int
    created_at: datetime
    last_entry_at: datetime | None = Field(description="When a door let them in last")
    erase_at: datetime | None = Field(description="Being deleted: erased then, and restored before")
    portrait: str | None = Field(description="Where a small picture of the face is, where a photo was kept")


class PeoplePage(Page[PersonItem]):
    """Some of the people."""

    total: int = Field(description="How many there are on all pages")


class FreshLook(Told):
    """Whether somebody should be looked at anew."""

    wanted: bool
    reasons: list[Stale]


class PinState(Told):
    """What somebody types before their PIN; the PIN itself is told to nobody."""

    number: str
    is_set: bool = Field(description="Whether a PIN was set: the number alone opens nothing")
    duress: bool = Field(description="Whether there is a second PIN that raises a silent alarm")


class Person(PersonItem):
    """One person."""

    fresh_look: FreshLook
    pin: PinState | None = Field(description="Null where there is no number, and for those who may not change people")


class NewPerson(Given):
    """Somebody to add."""

    name: Name
    groups: Groups = Field(default=[], description="Names of groups that there are")
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    faceless: bool = False


class PersonChange(Given):
    """What is to be other than it is; what is left out stays."""

    name: Name | None = None
    groups: Groups | None = Field(default=None, description="All groups they are to be in, by name")
    valid_from: Instant | None = Field(default=None, description="Null takes the bound away")
    valid_until: Instant | None = Field(default=None, description="Null takes the bound away")
    faceless: bool | None = None
    disabled: bool | None = None


class Editable(Told):
    """What the ETag of a person is of: an edit is refused only where one of these changed meanwhile."""

    name: str
    groups: list[str]
    valid_from: datetime | None
    valid_until: datetime | None
    disabled: bool
    faceless: bool
    erase_at: datetime | None


class BulkAction(StrEnum):
    """What can be done to many people at once."""

    ENABLE = "enable"
    DISABLE = "disable"
    REMOVE = "remove"
    RESTORE = "restore"
    JOIN = "join"
    LEAVE = "leave"


class Bulk(Given):
    """What is to be done to many people; each is changed or refused by themselves."""

    action: BulkAction
    ids: Annotated[list[Annotated[str, StringConstraints(max_length=100)]], Field(min_length=1, max_length=500)]
    group: Name | None = Field(default=None, description="For join and leave")


class BulkResult(Told):
    """What became of one of them."""

    id: str
    done: bool
    detail: str | None = Field(description="Why not")


class BulkResults(Told):
    """What became of all of them."""

    results: list[BulkResult]
    erase_at: datetime | None = Field(description="When those who were removed are erased")


class Removed(Told):
    """That somebody was disabled, and is erased at ``erase_at`` unless they are restored before."""

    erase_at: datetime


class NewConsent(Given):
    """That somebody agreed."""

    text_version: Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Consent(Told):
    """That somebody agreed to a version of the text, and when they took it back."""

    text_version: str
    given_at: datetime
    withdrawn_at: datetime | None


class Consents(Told):
    """All that somebody agreed to."""

    required: str = Field(description="The version that the settings ask for; empty: none")
    items: list[Consent]


class Withdrawn(Told):
    """Whether templates and photos are gone everywhere, or are left in the files named."""

    complete: bool
    pending: list[str]


class NewPin(Given):
    """A PIN to set."""

    pin: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    number: Annotated[str, StringConstraints(min_length=1, max_length=12)] | None = Field(
        default=None, description="What is typed before it; else the one they have, else a free one"
    )
    duress_pin: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None


class NewCard(Given):
    """A card: ``number`` as a reader writes it, or ``facility`` and ``printed`` of one of 26 bits."""

    number: Annotated[str, StringConstraints(min_length=1, max_length=300)] | None = None
    format: Literal["auto", "hex", "decimal", "wiegand26"] = "auto"
    facility: Annotated[int, Field(ge=0, le=255)] | None = None
    printed: Annotated[int, Field(ge=0, le=65535)] | None = Field(default=None, description="What stands on the card")
    valid_until: Instant | None = None


class CardChange(Given):
    """Whether a card is switched off."""

    disabled: bool


class Card(Told):
    """A card."""

    id: str
    card: str = Field(description="Its number of bits, a colon, its value: 26:02468ace")
    facility: int | None
    printed: int | None
    disabled: bool
    valid_until: datetime | None
    created_at: datetime


class PhotoTemplate(Told):
    """That there is a template."""

    id: str
    model: str
    in_use: bool = Field(description="Whether it is of the model in use: others are not matched")
    created_at: datetime


class PersonPhoto(Told):
    """A photo somebody was enrolled from."""

    id: str
    file: str
    width: int
    height: int
    taken_from: str
    created_at: datetime
    kept: bool = Field(description="Whether it can be looked at")
    grade: Grade
    flaws: list[str] = Field(description="What is wrong with it, in words")
    templates: list[PhotoTemplate]


class AddedPhoto(Told):
    """What became of an upload."""

    added: int = Field(description="0 where the person had this very photo already")
    notes: list[str] = Field(description="What to be warned of")


def editable(facts: PersonFacts) -> Editable:
    """What may be changed about somebody."""
    return Editable(
        name=facts.name,
        groups=sorted(facts.groups),
        valid_from=facts.valid_from,
        valid_until=facts.valid_until,
        disabled=facts.disabled,
        faceless=facts.faceless,
        erase_at=facts.erase_at,
    )


def item(listed: Listed, holds: frozenset[PersonState]) -> PersonItem:
    """Somebody as the list has them."""
    person = listed.person
    return PersonItem(
        id=person.id,
        name=person.name,
        groups=list(listed.groups),
        states=[state for state in PersonState if state in holds],
        disabled=person.disabled,
        faceless=person.faceless,
        valid_from=person.valid_from,
        valid_until=person.valid_until,
        photos=listed.photos,
        templates=listed.templates,
        newest_template_at=listed.newest,
        cards=listed.cards,
        created_at=listed.created_at,
        last_entry_at=listed.last_entry_at,
        erase_at=listed.erase_at,
        portrait=None if listed.portrait is None else f"/api/v1/people/{person.id}/portrait",
    )
