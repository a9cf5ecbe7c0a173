"""Strangers who came often, put together by person: to name, to ignore, or to erase."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Self

from fastapi import Path, Query
from pydantic import Field, model_validator

from limen.door.crop_enrolment import MOST_LOOKED_AT, NewPerson
from limen.door.unknown_faces import MOST, UnknownFaces
from limen.door.unknown_groups import UnknownGroup
from limen.errors import BadDataError, UnknownNameError
from limen.store.records import LabelKind
from limen.types import PersonId
from limen.web.event_filters import LARGEST_SEQUENCE, PersonKey, Text
from limen.web.event_labels import Asked, Consent, PictureRefused, Sure, Told, enrol
from limen.web.problem import Problem
from limen.web.rights import Actor, Right, needs
from limen.web.routing import api_router
from limen.web.site import Site, SiteDep

router = api_router("unknown-faces")

_BUDGET_S = 1.0
_NOT_ALLOWED = "Your role does not allow this: ask an owner or admin."
Labels = Annotated[Actor, needs(Right.EVENTS_LABEL)]
Number = Annotated[int, Field(ge=1, le=LARGEST_SEQUENCE)]
Events = Annotated[
    list[Number] | None,
    Field(min_length=1, max_length=MOST, description="Only the pictures of these events; null: all of the group"),
]
GroupId = Annotated[int, Path(ge=1, le=LARGEST_SEQUENCE, description="The id of a group")]


class Somebody(Told):
    """Who a group may be."""

    id: str
    name: str


class UnknownGroupView(Told):
    """Somebody unknown."""

    id: int = Field(description="The number of the oldest event; it stays while pictures are added")
    visits: int = Field(description="How often they came: pictures within five minutes at a door count once")
    pictures: int
    good: int = Field(description="How many pictures are good enough to enrol from")
    first_at: datetime
    last_at: datetime
    doors: list[str]
    shown: list[int] = Field(description="The events whose pictures tell most: /events/{sequence}/crop has them")
    events: list[int] = Field(description="All events, the oldest first")
    perhaps: Somebody | None = Field(description="Whom they are a little like: a hint, and often wrong")

    @classmethod
    def of(cls, group: UnknownGroup, perhaps: Somebody | None) -> Self:
        """The group as it is told."""
        return cls(
            id=group.id, visits=group.visits, pictures=len(group.sequences), good=group.good, first_at=group.first_at,
            last_at=group.last_at, doors=list(group.doors), shown=list(group.shown), events=list(group.sequences),
            perhaps=perhaps,
        )  # fmt: skip


class UnknownFacesView(Told):
    """Strangers, who came most often first."""

    items: list[UnknownGroupView]
    once: int = Field(description="How many came less often than was asked for")
    kept: bool = Field(description="Whether pictures of faces are kept at all")
    days: int = Field(description="After so many days a picture is deleted")
    waiting: int = Field(description="Pictures that were not looked at yet: ask again in a moment")
    unusable: int = Field(description="Pictures in which no face was found")


class Some(Asked):
    """Some of a group's pictures."""

    events: Events = None


class NamedAs(Some):
    """Who a group is: somebody there is, or somebody new."""

    person: Annotated[PersonKey | None, Field(description="Somebody there is")] = None
    name: Annotated[Text | None, Field(description="The name of somebody new")] = None
    enrol: bool = Field(True, description=f"Add the best of up to {MOST_LOOKED_AT} pictures to their templates")
    sure: Sure = False
    consent: Consent = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.person is None) == (self.name is None):
            raise ValueError("either a person or a name is expected")
        return self


class GroupNamed(Told):
    """What became of a group that was named."""

    person: Somebody
    created: bool
    labelled: int = Field(description="How many events are theirs now")
    added: list[int] = Field(description="The events whose pictures are templates now")
    refused: list[PictureRefused]


class Done(Told):
    """The events that something was done with."""

    events: list[int]


def unknown_faces_of(site: Site) -> UnknownFaces:
    """What this site knows of strangers, in memory."""
    return site.part(
        UnknownFaces,
        lambda own: UnknownFaces(own.store, lambda: own.house.engines, lambda: own.settings.enrolment.quality),
    )


@router.get("")
def unknown_faces_list(
    site: SiteDep,
    actor: Labels,
    at_least: Annotated[int, Query(ge=1, le=1000, description="Only those who came so often")] = 2,
    limit: Annotated[int, Query(ge=1, le=200, description="So many at most")] = 60,
) -> UnknownFacesView:
    """Those who came most often. Pictures are looked at for about a second: while some are waiting, ask again."""
    unknown = unknown_faces_of(site)
    found = unknown.overview(_BUDGET_S)
    often = [group for group in found.groups if group.visits >= at_least]
    perhaps = _perhaps(site, unknown, often[:limit]) if actor.can(Right.PEOPLE_SEE) else {}
    return UnknownFacesView(
        items=[UnknownGroupView.of(group, perhaps.get(group.id)) for group in often[:limit]],
        once=len(found.groups) - len(often),
        kept=site.settings.privacy.keep_crops,
        days=site.settings.privacy.crop_days,
        waiting=found.waiting,
        unusable=found.unusable,
    )


@router.post("/{group:int}/name")
def unknown_faces_name(group: GroupId, asked: NamedAs, site: SiteDep, actor: Labels) -> GroupNamed:
    """Say who somebody is: their events are labelled, and good pictures become templates where that is asked for.

    Somebody new needs the right to change people, templates the right to enrol.
    """
    if (asked.enrol and not actor.can(Right.ENROL)) or (asked.name and not actor.can(Right.PEOPLE_CHANGE)):
        raise Problem(HTTPStatus.FORBIDDEN, "not-allowed", _NOT_ALLOWED)
    events = _meant(site, group, asked)
    whom = _whom(site, asked)
    found = (
        enrol(site, whom, events if asked.enrol else [], consent=asked.consent, sure=asked.sure)
        if asked.enrol or asked.person is None
        else None
    )
    person = site.store.people.get(PersonId(asked.person or "")) if found is None else found.person
    site.store.labels.set_all(events, LabelKind.IS, person.id, actor.key)
    return GroupNamed(
        person=Somebody(id=person.id, name=person.name),
        created=found is not None and found.created,
        labelled=len(events),
        added=[] if found is None else list(found.added),
        refused=[] if found is None else [PictureRefused.of(one) for one in found.refused],
    )


@router.post("/{group:int}/ignore")
def unknown_faces_ignore(group: GroupId, asked: Some, site: SiteDep, actor: Labels) -> Done:
    """Show them no more: of no matter. Their events and pictures stay as long as they would."""
    events = _meant(site, group, asked)
    site.store.labels.set_all(events, LabelKind.IGNORED, None, actor.key)
    return Done(events=events)


@router.post("/{group:int}/erase", dependencies=[needs(Right.EVENTS_LABEL)])
def unknown_faces_erase(group: GroupId, asked: Some, site: SiteDep) -> Done:
    """Delete their pictures now, from the files too; that is put on record, and cannot be undone."""
    events = _meant(site, group, asked)
    site.store.crops.erase(events)
    return Done(events=events)


@router.post("/restore")
def unknown_faces_restore(asked: Some, site: SiteDep, actor: Labels) -> Done:
    """Take back that these events are of no matter; other labels stay."""
    events = sorted(set(asked.events or ()))
    if not events:
        raise BadDataError("the events to restore are expected: those that were ignored")
    own = [one for one, label in site.store.labels.of(events).items() if label.kind is LabelKind.IGNORED]
    site.store.labels.clear(own)
    return Done(events=sorted(own))


def _meant(site: Site, group: int, asked: Some) -> list[int]:
    """The events that are meant, all of them of strangers.

    Raises:
        UnknownNameError: none of them is, any more.
    """
    if asked.events is None:
        found = unknown_faces_of(site).group(group)
        meant = set() if found is None else set(found.sequences)
    else:
        meant = set(asked.events) & {crop.sequence for crop in site.store.crops.strangers(MOST)}
    if not meant:
        raise UnknownNameError("there are no such unknown faces (any more): load the list again")
    return sorted(meant)


def _whom(site: Site, asked: NamedAs) -> PersonId | NewPerson:
    """Who is meant.

    Raises:
        BadDataError: somebody has the name of the new person, or nobody can have it.
        UnknownPersonError: nobody has this id.
    """
    if asked.person is not None:
        return site.store.people.get(PersonId(asked.person)).id
    name = asked.name or ""
    if site.store.people.find(name) is not None:
        raise BadDataError(f"there is already somebody named {name!r}: choose them, or give another name")
    return NewPerson(name)


def _perhaps(site: Site, unknown: UnknownFaces, groups: list[UnknownGroup]) -> dict[int, Somebody]:
    names = {person.id: person.name for person in site.store.people.all()} if groups else {}
    found = unknown.alike(groups)
    return {group: Somebody(id=one, name=names[one]) for group, one in found.items() if one in names}
