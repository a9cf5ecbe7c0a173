"""The error rates of doors, what they mean here, and photos to try them on."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from limen.camera.photo import PhotoLimits, decode_photo
from limen.config import Settings
from limen.door.accuracy import Choice, DoorRates, calibration_in_force, door_rates
from limen.door.build import gallery_of, match_policy
from limen.errors import UnknownNameError
from limen.evaluation.rate_words import false_entry_every, one_in
from limen.matching.exact import ExactGallery
from limen.types import Size
from limen.web.etags import IfMatch, check_match, etag
from limen.web.looking import Looked, seen_faces
from limen.web.people_parts import body_of
from limen.web.problem import Problem
from limen.web.rights import Right, needs
from limen.web.routing import api_router
from limen.web.site import Site, SiteDep
from limen.web.verdicts import Search, photo_shown

router = api_router("accuracy")

Door = Annotated[str, Path(max_length=40, description="The door's name")]
Strangers = Annotated[float, Query(gt=0, le=1_000_000, description="How many strangers come to the door in a day")]
Rate = Annotated[float, Field(ge=1e-6, le=0.5, allow_inf_nan=False)]
_LIMITS = PhotoLimits(max_bytes=16_000_000, max_pixels=40_000_000)


class ChoiceView(BaseModel):
    """One error rate that may be chosen."""

    fpir: float = Field(description="The part of strangers that is let in")
    one_in: str = Field(description="The same in words, as 1 in 50")
    false_entry_every: str = Field(description="How often a stranger gets in, as 2.5 days")
    threshold: float = Field(description="The similarity that is needed")
    fmr: float = Field(description="How often two people reach it in one comparison")
    fnmr: float | None = Field(description="How often two photos of one person do not; null: not enough data")
    fitted: bool = Field(description="Whether the rate lies below all that was counted")


class AccuracyView(BaseModel):
    """The error rates of a door."""

    door: str
    people: int = Field(description="How many people can be found at it")
    fmr: float = Field(description="The false match rate of a comparison with one person (1:1)")
    fmr_own: bool = Field(description="Whether it is this door's own, not that of all doors")
    threshold_verify: float = Field(description="The similarity that the 1:1 rate needs")
    fpir_own: bool = Field(description="Whether fpir is this door's own, not that of all doors")
    chosen: ChoiceView
    choices: list[ChoiceView] = Field(description="From strict to lax")
    source: str = Field(description="Where the thresholds come from")


class RatesEdit(BaseModel):
    """Other error rates for a door; null takes those of all doors."""

    model_config = ConfigDict(extra="forbid")

    fpir: Rate | None = Field(default=None, description="1:K: the part of strangers that is let in")
    fmr: Rate | None = Field(default=None, description="1:1: the part of wrong claims that is believed")


class CalibrationView(BaseModel):
    """What the thresholds were measured on."""

    model: str
    data: str
    made_at: datetime
    photos: int
    people: int
    impostor_pairs: int
    people_pairs: int
    genuine_pairs: int
    counted_down_to: float = Field(description="The smallest false match rate with at least thirty pairs of people")


class TriedFace(BaseModel):
    """A face in a photo that was tried."""

    box: tuple[float, float, float, float] = Field(description="Left, top, width, height as parts of the photo")
    outcome: str = Field(description="matched, unknown, ambiguous or nobody_enrolled")
    label: str
    similarity: float | None
    why: list[str]
    remarks: list[str] = Field(description="What a door would have against the face")


class Tried(BaseModel):
    """What a photo would do to the door; it is not kept."""

    state: str = Field(description="unlocked or locked")
    headline: str
    why: str
    threshold: float
    faces: list[TriedFace]


@router.get("/calibration", dependencies=[needs(Right.ACCURACY_SEE)])
def accuracy_calibration(site: SiteDep) -> CalibrationView:
    """The calibration in force."""
    found = calibration_in_force(site.settings, gallery_here(site))
    if found is None:
        raise UnknownNameError("the model in use has no calibration: make one with limen calibrate")
    return CalibrationView(
        **found.model_dump(include=set(CalibrationView.model_fields) - {"counted_down_to"}),
        counted_down_to=min(point.fmr for point in found.false_matches),
    )


@router.get("/doors/{name}", dependencies=[needs(Right.ACCURACY_SEE)])
def accuracy_get(name: Door, site: SiteDep, response: Response, strangers_a_day: Strangers = 20.0) -> AccuracyView:
    """The error rates of a door, and what others would mean."""
    shown = accuracy_of(site, name, strangers_a_day)
    response.headers["ETag"] = _etag(site, name)
    return shown


@router.put("/doors/{name}", dependencies=[needs(Right.ACCURACY_CHANGE)])
def accuracy_edit(
    name: Door, edit: RatesEdit, site: SiteDep, response: Response, if_match: IfMatch = None
) -> AccuracyView:
    """Choose other error rates for a door, which starts again with them."""
    _check(site, name)
    check_match(if_match, _etag(site, name))
    site.desk.change({"doors": {name: edit.model_dump()}})
    response.headers["ETag"] = _etag(site, name)
    return accuracy_of(site, name, 20.0)


@router.post(
    "/doors/{name}/try", dependencies=[needs(Right.ACCURACY_SEE)],
    openapi_extra=body_of("image/jpeg", "image/png", "application/octet-stream"),
)  # fmt: skip
async def accuracy_try(name: Door, request: Request, site: SiteDep) -> Tried:
    """Whether a photo would open the door, for whom, and why; the body is the photo, which is not kept."""
    _check(site, name)
    data = await request.body()
    return await run_in_threadpool(_tried, site, name, data)


def accuracy_of(site: Site, name: str, strangers_a_day: float) -> AccuracyView:
    """What is told of a door's error rates."""
    _check(site, name)
    gallery = gallery_here(site)
    thresholds = site.house.engines.thresholds
    rates = door_rates(site.settings, name, gallery, thresholds, calibration_in_force(site.settings, gallery))
    return _view(rates, site, strangers_a_day)


def gallery_here(site: Site) -> ExactGallery:
    """Everybody who may be found now."""
    engine = site.house.engines.shared()
    return gallery_of(site.store.templates.load(engine.model), None, engine)


def _view(rates: DoorRates, site: Site, strangers_a_day: float) -> AccuracyView:
    config = site.settings.doors[rates.door]
    return AccuracyView(
        door=rates.door, people=rates.people, fmr=rates.fmr, fmr_own=config.fmr is not None,
        threshold_verify=round(rates.threshold_verify, 4), fpir_own=config.fpir is not None,
        chosen=_choice(rates.chosen, strangers_a_day),
        choices=[_choice(one, strangers_a_day) for one in rates.choices], source=rates.source,
    )  # fmt: skip


def _choice(one: Choice, strangers_a_day: float) -> ChoiceView:
    return ChoiceView(
        fpir=one.fpir, one_in=one_in(one.fpir), false_entry_every=false_entry_every(one.fpir, strangers_a_day),
        threshold=round(one.threshold, 4), fmr=float(f"{one.fmr:.3g}"),
        fnmr=None if one.fnmr is None else round(one.fnmr, 5), fitted=one.fitted,
    )  # fmt: skip


def _etag(site: Site, name: str) -> str:
    config = site.settings.doors[name]
    return etag(RatesEdit(fpir=config.fpir, fmr=config.fmr))


def _check(site: Site, name: str) -> None:
    if name not in site.settings.doors:
        raise UnknownNameError(f"there is no door {name!r} in the settings")


def _tried(site: Site, name: str, data: bytes) -> Tried:
    if not data:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "no-photo", "The body is empty: send a photo.")
    photo = decode_photo(data, "the photo", _LIMITS)
    with site.house.engines.borrow() as engine:
        faces = tuple(seen_faces(photo.image, engine, site.settings))
        policy = match_policy(_settings_of(site, name), engine)
        gallery = gallery_of(site.store.templates.load(engine.model), None, engine)
    names = {person.id: person.name for person in site.store.people.all()}
    search = Search(gallery, names, policy)
    shown = photo_shown(Looked(faces, Size(photo.width, photo.height)), search, None)
    threshold = policy.thresholds.for_search(
        policy.fpir, gallery.comparisons(policy.thresholds.exponent(policy.method))
    )
    return Tried(
        state=shown.state, headline=shown.headline, why=shown.why, threshold=round(threshold, 4),
        faces=[
            TriedFace(
                box=face.box, outcome=face.outcome, label=face.label, why=list(face.why), remarks=list(face.remarks),
                similarity=None if face.similarity is None else round(face.similarity, 4),
            )
            for face in shown.faces
        ],
    )  # fmt: skip


def _settings_of(site: Site, name: str) -> Settings:
    """The settings with the door's own error rates."""
    settings, config = site.settings, site.settings.doors[name]
    matching = settings.matching
    own = {"fmr": config.fmr or matching.fmr, "fpir": config.fpir or matching.fpir}
    return settings.model_copy(update={"matching": matching.model_copy(update=own)})
