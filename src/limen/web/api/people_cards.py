"""What somebody holds and knows: cards, and a number with a PIN."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Response

from limen.credentials.card import CardNumber, from_facility
from limen.door.people_cells import card_of
from limen.errors import BadDataError, UnknownNameError
from limen.store import CardRecord
from limen.types import PersonId
from limen.web.api.people_models import Card, CardChange, NewCard, NewPin, PinState
from limen.web.people_parts import PersonPath
from limen.web.rights import Right, needs
from limen.web.routing import api_router
from limen.web.site import Site, SiteDep

router = api_router("people")

CardPath = Annotated[str, Path(max_length=100, description="The card's id")]


@router.get("/{person}/cards", dependencies=[needs(Right.PEOPLE_CHANGE)])
def people_cards(site: SiteDep, person: PersonPath) -> list[Card]:
    """The cards somebody has, the oldest first."""
    site.store.people.get(PersonId(person))
    return [_told(card) for card in site.store.credentials.cards_of(PersonId(person))]


@router.post("/{person}/cards", status_code=HTTPStatus.CREATED, dependencies=[needs(Right.PEOPLE_CHANGE)])
def people_card_add(site: SiteDep, person: PersonPath, card: NewCard) -> Card:
    """Give somebody a card."""
    return _told(site.store.credentials.add_card(PersonId(person), _given(card), card.valid_until))


@router.patch("/{person}/cards/{card}", dependencies=[needs(Right.PEOPLE_CHANGE)])
def people_card_change(site: SiteDep, person: PersonPath, card: CardPath, change: CardChange) -> Card:
    """Let a card open nothing, as when it is lost, or open again."""
    found = _found(site, PersonId(person), card)
    switch = site.store.credentials.switch_off if change.disabled else site.store.credentials.switch_on
    switch(found.card)
    return _told(_found(site, PersonId(person), card))


@router.delete(
    "/{person}/cards/{card}", status_code=HTTPStatus.NO_CONTENT, response_class=Response,
    dependencies=[needs(Right.PEOPLE_CHANGE)],
)  # fmt: skip
def people_card_remove(site: SiteDep, person: PersonPath, card: CardPath) -> None:
    """Take a card from somebody; it may then be given to somebody else."""
    site.store.credentials.remove_card(_found(site, PersonId(person), card).card)


@router.put("/{person}/pin", dependencies=[needs(Right.PEOPLE_CHANGE)])
def people_pin_set(site: SiteDep, person: PersonPath, new: NewPin) -> PinState:
    """Set somebody's PIN; the number to type before it is told, the PIN never again."""
    number = site.store.credentials.set_pin(PersonId(person), new.number, new.pin, new.duress_pin)
    return PinState(number=number, is_set=True, duress=new.duress_pin is not None)


@router.delete(
    "/{person}/pin", status_code=HTTPStatus.NO_CONTENT, response_class=Response,
    dependencies=[needs(Right.PEOPLE_CHANGE)],
)  # fmt: skip
def people_pin_remove(site: SiteDep, person: PersonPath) -> None:
    """Take number and PIN from somebody."""
    site.store.credentials.remove_pin(PersonId(person))


def _given(new: NewCard) -> CardNumber:
    if new.number is not None and new.facility is None and new.printed is None:
        return card_of(new.number, new.format)
    if new.number is None and new.facility is not None and new.printed is not None:
        return from_facility(new.facility, new.printed)
    raise BadDataError("a card is given by its number, or by facility and printed together")


def _found(site: Site, person: PersonId, card: str) -> CardRecord:
    for record in site.store.credentials.cards_of(person):
        if record.id == card:
            return record
    raise UnknownNameError("this person has no such card: it was removed before")


def _told(record: CardRecord) -> Card:
    return Card(
        id=record.id,
        card=record.card.key,
        facility=record.card.facility,
        printed=record.card.number,
        disabled=record.disabled,
        valid_until=record.valid_until,
        created_at=record.created_at,
    )
