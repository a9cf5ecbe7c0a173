"""What is done with an event when somebody says whom it shows."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from limen.door.crop_enrolment import CropEnrolment, CropRefused, CropsEnrolled, NewPerson, Refusal
from limen.errors import BadDataError, LimenError
from limen.store import PhotoId
from limen.store.records import LabelKind
from limen.types import PersonId
from limen.web.event_filters import PersonKey, Text
from limen.web.event_words import EventView
from limen.web.rights import Actor, Right
from limen.web.site import Site

Consent = Annotated[
    Text | None, Field(description="The version of the consent text that the person agreed to, where one is asked for")
]
Sure = Annotated[bool, Field(description="Add pictures too that are not like the person's photos, or like somebody's")]


class Asked(BaseModel):
    """What a client sends."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Told(BaseModel):
    """What a client gets."""

    model_config = ConfigDict(frozen=True)


class NewLabel(Asked):
    """What somebody says of a visit."""

    kind: Literal["is", "wrong", "ignored"] = Field(
        description="`is`: it was this person; `wrong`: it was not who the door took it for; `ignored`: of no matter"
    )
    person: Annotated[PersonKey | None, Field(description="Who it was; only for `is`")] = None
    enrol: bool = Field(False, description="Add the picture to the person's templates, if it is good enough")
    sure: Sure = False
    consent: Consent = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.kind == "is") != (self.person is not None):
            raise ValueError("a person belongs to the kind 'is', and to no other")
        if self.kind != "is" and (self.enrol or self.sure or self.consent is not None):
            raise ValueError("a picture is enrolled only with the kind 'is'")
        return self


class PictureRefused(Told):
    """Why the picture of an event became no template."""

    sequence: int
    kind: Refusal
    words: str = Field(description="The same in words")
    may_insist: bool = Field(description="Whether it becomes one where somebody is sure")

    @classmethod
    def of(cls, refused: CropRefused) -> Self:
        """The refusal as it is told."""
        kind = refused.kind
        return cls(sequence=refused.sequence, kind=kind, words=refused.words, may_insist=kind.may_insist)


class LikestPhoto(Told):
    """The photo of the person that the door may have been misled by."""

    person: str
    photo: str
    kept: bool = Field(description="Whether it can be looked at")
    last: bool = Field(description="Whether the person has no other")


class LabelAnswer(Told):
    """What became of a label."""

    event: EventView
    added: bool = Field(description="Whether the picture is a template of the person now")
    refused: PictureRefused | None = Field(description="Why it is not, where that was asked for")
    likest_photo: LikestPhoto | None = Field(
        description="After `wrong`: the photo of the person most like the face; null where none can be told"
    )


def set_label(site: Site, actor: Actor, sequence: int, asked: NewLabel) -> tuple[CropsEnrolled | None, str | None]:
    """What was enrolled, where that was asked for; and for ``wrong`` who it was not.

    Raises:
        BadDataError: the event is no visit, or nobody can be meant.
        UnknownNameError: there is no such event.
        UnknownPersonError: nobody has this id.
    """
    kind = LabelKind(asked.kind)
    person = None if asked.person is None else PersonId(asked.person)
    if kind is LabelKind.WRONG:
        person = site.store.events.get(sequence).event.person
        if person is None:
            raise BadDataError(f"event {sequence} names nobody: say who it was instead")
    # Enrolled before it is labelled: what is refused as a whole (consent, say) leaves nothing behind.
    enrolled = None
    if asked.enrol and person is not None:
        enrolled = enrol(site, person, [sequence], consent=asked.consent, sure=asked.sure)
    site.store.labels.set(sequence, kind, person, actor.key)
    return enrolled, person if kind is LabelKind.WRONG else None


def enrol(
    site: Site, whom: PersonId | NewPerson, sequences: list[int], *, consent: str | None = None, sure: bool = False
) -> CropsEnrolled:
    """What became of the pictures of these events as templates of ``whom``.

    Raises:
        LimenError: the person cannot be enrolled, or there is no engine.
    """
    with site.house.engines.borrow() as engine:
        return CropEnrolment(site.store, engine, site.settings).run(whom, sequences, consent=consent, sure=sure)


def likest_photo(site: Site, actor: Actor, person: PersonId, sequence: int) -> LikestPhoto | None:
    """The photo of ``person`` most like the face of the event; ``None`` for those who may not see people."""
    if not actor.can(Right.PEOPLE_SEE) or sequence not in site.store.crops.kept([sequence]):
        return None
    if not site.store.templates.all_of(person).photos:
        return None
    try:
        with site.house.engines.borrow() as engine:
            photo = CropEnrolment(site.store, engine, site.settings).likest_photo(person, sequence)
    except LimenError:  # Only a hint: the label itself stands.
        return None
    return None if photo is None else _told(site, person, photo)


def _told(site: Site, person: PersonId, photo: PhotoId) -> LikestPhoto:
    photos = site.store.templates.all_of(person).photos
    kept = any(one.kept for one in photos if one.id == photo)
    return LikestPhoto(person=person, photo=photo, kept=kept, last=len(photos) == 1)
