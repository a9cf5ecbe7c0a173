"""What the API says of doors."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from limen.web.event_sentences import Tone
from limen.web.event_words import EventView

LONGEST_MINUTES = 7 * 24 * 60


class DoorState(StrEnum):
    """How a door stands, the most important thing of it."""

    LOCKED = "locked"
    UNLOCKED = "unlocked"
    KEPT_OPEN = "kept_open"
    LOCKED_DOWN = "locked_down"
    FAULT = "fault"
    OFFLINE = "offline"


class Health(StrEnum):
    """How a part of a door is."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"
    NONE = "none"


class DoorModeName(StrEnum):
    """What a door can be told to do for a while."""

    KEEP_OPEN = "keep_open"
    LOCKDOWN = "lockdown"


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DoorPart(_Answer):
    """A part of a door."""

    part: str = Field(description="`camera`, `lock`, `reader`, `clock` or `store`.")
    health: Health = Field(description="`none`: the door has no such part.")
    words: str = Field(description="How it is, in words.")


class TodayAnswer(_Answer):
    """Since midnight in the site's time zone."""

    granted: int = Field(description="How many were let in.")
    denied: int = Field(description="How many were turned away.")
    alarms: int = Field(description="How many alarms there were.")


class DoorAnswer(_Answer):
    """A door as it stands now."""

    name: str = Field(description="The door's name.")
    state: DoorState = Field(description="How it stands.")
    tone: Tone = Field(description="How to show the state.")
    words: str = Field(description="The state in words.")
    why: str | None = Field(description="More about the state: until when, by which rule, or what is wrong.")
    here: bool = Field(description="Whether it runs in this program; else only its record is known.")
    running: bool = Field(description="Whether it runs; of a door elsewhere, as far as its record tells.")
    missing: list[str] = Field(description="The parts that keep it from letting people in.")
    parts: list[DoorPart] = Field(description="Its parts, and how they are.")
    mode: DoorModeName | None = Field(description="What it was told to do for a while; null: what its rules say.")
    until: datetime | None = Field(description="When that ends (UTC).")
    refusal: str | None = Field(description="Why it cannot be opened now; null where it can.")
    level: str = Field(description="What it takes to come in.")
    level_words: str = Field(description="What one may expect of that level.")
    zone: str | None = Field(description="What it leads into.")
    camera: str = Field(description="`none`, `browser` (that of its display) or `server`.")
    lock: str = Field(description="The lock's driver.")
    today: TodayAnswer
    last: EventView | None = Field(description="The newest event that says something by itself.")


class WarningAnswer(_Answer):
    """Something that those who run the site must know."""

    tone: Tone = Field(description="How to show it.")
    words: str = Field(description="What it is.")
    path: str = Field(description="The page where it is mended.")
    action: str = Field(description="What to do there.")


class DoorsAnswer(_Answer):
    """All doors, in the order of the settings, and what is to be known beside them."""

    items: list[DoorAnswer]
    warnings: list[WarningAnswer]


class OpenAnswer(_Answer):
    """What became of the wish to open a door."""

    opened: bool = Field(description="Whether the lock obeyed; false where a door elsewhere was only asked.")
    words: str = Field(description="The same in words.")


Minutes = Annotated[int, Field(strict=True, ge=1, le=LONGEST_MINUTES, description="For so many minutes from now")]


class LockdownOrder(BaseModel):
    """For how long nobody may come in: `minutes` or `until`, an hour where neither is given."""

    model_config = ConfigDict(extra="forbid")

    minutes: Minutes | None = None
    until: datetime | None = Field(None, description="Up to this moment, with its offset; at most a week from now")


class ModeOrder(LockdownOrder):
    """How a door is to stand for a while: `minutes` or `until`, half an hour where neither is given."""

    mode: DoorModeName = Field(description="`keep_open`: everybody may pass; `lockdown`: nobody may come in.")


class NamedLikeness(_Answer):
    """Somebody whom a face is like."""

    person: str = Field(description="Their id.")
    name: str = Field(description="What they are called.")
    similarity: float = Field(description="How alike; comparable with the threshold alone.")


class Area(_Answer):
    """A rectangle in parts of the picture: 0 is its left or top edge, 1 its right or bottom."""

    left: float
    top: float
    width: float
    height: float


class LiveFlaw(_Answer):
    """Why a face cannot be recognised in this picture."""

    words: str = Field(description="In a word or two.")
    detail: str = Field(description="With what was measured and what is needed.")


class LiveFaceAnswer(_Answer):
    """A face in the picture."""

    track: int = Field(description="The same as long as it is followed from picture to picture.")
    area: Area
    flaws: list[LiveFlaw]
    person: str | None = Field(description="The id of who was recognised.")
    threshold: float | None = Field(description="How alike is enough; null where it was not compared.")
    ranked: list[NamedLikeness] = Field(description="The three most alike.")


class LiveAnswer(_Answer):
    """The newest picture that was looked at; without one yet only `number` 0 and no faces."""

    number: int = Field(description="Rises with each picture.")
    at: datetime | None = Field(description="When it was taken (UTC).")
    width: int = Field(description="Of the picture in pixels.")
    height: int = Field(description="Of the picture in pixels.")
    faces: list[LiveFaceAnswer]
    jpeg: str | None = Field(description="The picture itself in base64, where it was asked for.")
