"""Groups and rules as web clients get and send them."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Annotated, Any, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from limen.decision.rules import Effect, Rule

FIRST_YEAR, LAST_YEAR = 2000, 2200


def _is_text(value: Any) -> Any:
    if value is not None and not isinstance(value, str):
        raise ValueError("a day as 2026-12-24 or a time as 2026-12-24T17:30:00Z is expected")
    return value


def _near(value: date) -> date:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"a year from {FIRST_YEAR} to {LAST_YEAR} is expected")
    return value


Id = Annotated[str, Field(min_length=1, max_length=36)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
NearDay = Annotated[date, BeforeValidator(_is_text), AfterValidator(_near)]
NearTime = Annotated[datetime, BeforeValidator(_is_text), AfterValidator(_near)]
NearMoment = Annotated[
    Annotated[AwareDatetime | date, Field(union_mode="left_to_right")], BeforeValidator(_is_text), AfterValidator(_near)
]


class Asked(BaseModel):
    """What a client sends: nothing that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Told(BaseModel):
    """What a client gets."""

    model_config = ConfigDict(frozen=True)


class Named(Told):
    """Something with an id, and what it is called now."""

    id: str
    name: str


class GroupEdit(Asked):
    """A group as it is made or renamed."""

    name: Name = Field(description="What it is called; no two groups have the same name.")


class GroupView(Told):
    """A group of people."""

    id: str
    name: str
    members: int = Field(description="So many people are in it.")
    rules: int = Field(description="So many rules speak of it: while any does, it cannot be removed.")


class Member(Told):
    """Somebody in a group."""

    id: str
    name: str
    disabled: bool = Field(description="Disabled people may enter nowhere, whatever their groups.")


class RuleEdit(Asked):
    """A rule as it is made or changed; null is everybody, everywhere, always."""

    name: Name | None = Field(None, description="Made of the rule's words where it is null.")
    effect: Effect = Field(description="Let people in, keep them out, or keep a door open for everybody.")
    group: Id | None = Field(None, description="A group's id. Of `keep_open`: only once somebody of it has come in.")
    person: Id | None = Field(None, description="A person's id; not together with a group.")
    door: Name | None = Field(None, description="A door's name.")
    zone: Name | None = Field(None, description="A zone's name; not together with a door.")
    schedule: Id | None = Field(None, description="A schedule's id.")
    valid_from: NearMoment | None = Field(None, description="A day or time, included.")
    valid_until: NearMoment | None = Field(None, description="A day, included, or a time, not included.")

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.group is not None and self.person is not None:
            raise ValueError("give a group or a person, not both")
        if self.door is not None and self.zone is not None:
            raise ValueError("give a door or a zone, not both")
        if self.effect is Effect.KEEP_OPEN:
            if self.person is not None:
                raise ValueError("a door is kept open for everybody, not for one person: give a group, or nobody")
            if self.schedule is None or (self.door is None and self.zone is None):
                raise ValueError("say which doors are kept open, and during which schedule")
        return self


class RuleView(Told):
    """A rule, and what it says in words."""

    id: str
    name: str
    effect: Effect
    group: Named | None
    person: Named | None = Field(description="Null also where you may not see people: see `about_one_person`.")
    about_one_person: bool
    door: str | None
    zone: str | None
    schedule: Named | None
    valid_from: datetime | None = Field(description="Included.")
    valid_until: datetime | None = Field(description="Not included.")
    sentence: str = Field(description="The rule in one sentence, in the language that you prefer.")
    doubts: list[str] = Field(description="Why the rule may not do what it seems to, in words.")


def moment_of(given: datetime | date | None, zone: tzinfo, *, last: bool = False) -> datetime | None:
    """The aware UTC time that is meant; of a day alone its beginning at the site, or with ``last`` its end."""
    if given is None or isinstance(given, datetime):
        return None if given is None else given.astimezone(UTC)
    day = given + timedelta(days=1) if last else given
    return datetime.combine(day, time(), zone).astimezone(UTC)


def rule_edit(rule: Rule, schedule: str | None) -> RuleEdit:
    """The rule as it would be sent; ``schedule`` is its schedule's id. What ETags of rules are made of."""
    return RuleEdit.model_construct(
        name=rule.name,
        effect=rule.effect,
        group=rule.group,
        person=rule.person,
        door=rule.door,
        zone=rule.zone,
        schedule=schedule,
        valid_from=rule.valid_from,
        valid_until=rule.valid_until,
    )
