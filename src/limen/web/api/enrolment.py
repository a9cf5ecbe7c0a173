"""Enrolling in front of a browser's camera: begun, guided, looked over, saved as a whole, tried."""

import threading
from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Request, Response, WebSocket
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.concurrency import run_in_threadpool

from limen.camera.photo import decode_photo
from limen.door.enrol_look import CapturedFrame, LookKind, cut_out
from limen.door.enrol_session import Check, EnrolSession, Likeness, Subject
from limen.door.guide import Guidance
from limen.door.poses import Direction
from limen.errors import LimenError
from limen.types import PersonId
from limen.web.enrolment_desk import (
    GONE,
    answer_frames,
    check_name_free,
    consent_version,
    invited,
    own_session,
    sessions_of,
)
from limen.web.looking import scaled_jpeg
from limen.web.problem import Problem
from limen.web.rights import Actor, Kind, Right, anybody, needs
from limen.web.routing import api_router
from limen.web.site import Site, SiteDep

router = api_router("enrolments")

EnrolmentPath = Annotated[str, Path(max_length=64, description="The enrolment's id")]
FramePath = Annotated[str, Path(max_length=64, description="The picture's id")]
Whoever = Annotated[Actor, needs(Right.ENROL, Right.ENROL_SELF)]
_THUMBNAIL_PX = 320
_MOST_CHECKS = 5
"""Of different pictures by one invitation: else it tells a stranger which of many faces are enrolled."""


class NewEnrolment(BaseModel):
    """Whom an enrolment is for: somebody new by ``name``, somebody known by ``person``; the invited by neither."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        None, description="Of somebody new"
    )
    person: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = Field(
        None, description="The id of somebody known"
    )
    consent: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Field(
        description="The version of the text that the person agreed to now"
    )
    look: LookKind = Field(LookKind.FIRST, description="How the person looks in these pictures")
    still: bool = Field(False, description="Straight only, for those who cannot turn their head")
    invited: bool = Field(False, description="By the invitation in this browser, though somebody is signed in too")


class NewLook(BaseModel):
    """A further round of pictures."""

    model_config = ConfigDict(extra="forbid")

    look: LookKind = Field(description="How the person looks in these pictures")
    still: bool = Field(False, description="Straight only, for those who cannot turn their head")


class Finish(BaseModel):
    """How an enrolment is saved."""

    model_config = ConfigDict(extra="forbid")

    person: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = Field(
        None, description="It is this person, as the check said"
    )
    confirmed: bool = Field(False, description="What the check said is known to be wrong")


class Progress(BaseModel):
    """How far a direction is."""

    direction: Direction
    part: float = Field(description="0 to 1")


class Frame(BaseModel):
    """A picture that was captured."""

    id: str
    direction: Direction
    look: LookKind


class EnrolledName(BaseModel):
    """Somebody."""

    id: str
    name: str


class Enrolment(BaseModel):
    """An enrolment under way."""

    id: str
    person: str | None = Field(description="Whom it is for; null: somebody new")
    name: str
    look: LookKind
    still: bool
    consent: str
    progress: list[Progress]
    frames: list[Frame] = Field(description="In the order in which they were captured")
    saved: EnrolledName | None = Field(description="Who was enrolled, once it is saved")


class Checked(BaseModel):
    """Whether the face is somebody else's."""

    result: str = Field(
        description="clear; looks_like: it is that of `person`; unlike: not that of the pictures that are there; ask: "
        "one of these, and those who run it must decide"
    )
    person: EnrolledName | None


class Saved(BaseModel):
    """What was saved."""

    person: EnrolledName
    created: bool = Field(description="Whether the person is new")
    templates: int = Field(description="How many were added")


@router.post("", status_code=HTTPStatus.CREATED)
def enrolment_begin(
    request: Request, site: SiteDep, new: NewEnrolment, actor: Whoever, response: Response
) -> Enrolment:
    """Begin an enrolment; it is kept in memory for ten minutes after it was last used, and then forgotten."""
    if new.consent != consent_version(site):
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "another-consent",
            f"The text that people agree to has version {consent_version(site)}: show that one, and ask again.",
        )  # fmt: skip
    owner = invited(request) if new.invited else actor
    subject = _own(site, owner) if owner.kind is Kind.INVITATION else _subject(site, new)
    invitation = owner.id if owner.kind is Kind.INVITATION else None
    session = sessions_of(site).begin(owner.key, subject, new.consent, invitation=invitation)
    session.begin(new.look, still=new.still)
    response.headers["Location"] = f"/api/v1/enrolments/{session.id}"
    return _told(session)


@router.get("/{enrolment}", dependencies=[needs(Right.ENROL, Right.ENROL_SELF)])
def enrolment_get(request: Request, enrolment: EnrolmentPath) -> Enrolment:
    """An enrolment of one's own; 404 once it is forgotten, as after a restart: begin again."""
    return _told(own_session(request, enrolment))


@router.delete(
    "/{enrolment}", status_code=HTTPStatus.NO_CONTENT, response_class=Response,
    dependencies=[needs(Right.ENROL, Right.ENROL_SELF)],
)  # fmt: skip
def enrolment_give_up(request: Request, site: SiteDep, enrolment: EnrolmentPath) -> None:
    """Forget an enrolment with all of its pictures; what was saved stays."""
    session = own_session(request, enrolment)
    sessions_of(site).end(session.id, [session.owner])


@router.post("/{enrolment}/looks", dependencies=[needs(Right.ENROL, Right.ENROL_SELF)])
def enrolment_look(request: Request, enrolment: EnrolmentPath, look: NewLook) -> Enrolment:
    """Begin a further round of pictures: with or without glasses, in another light, or the same again."""
    session = own_session(request, enrolment)
    session.begin(look.look, still=look.still)
    return _told(session)


@router.delete("/{enrolment}/frames/{frame}", dependencies=[needs(Right.ENROL, Right.ENROL_SELF)])
def enrolment_reject(request: Request, enrolment: EnrolmentPath, frame: FramePath) -> Enrolment:
    """Take a picture out; it is asked for again where the capture goes on."""
    session = own_session(request, enrolment)
    session.take_out(frame)
    return _told(session)


@router.get(
    "/{enrolment}/frames/{frame}/thumbnail", dependencies=[needs(Right.ENROL, Right.ENROL_SELF)],
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}},
)  # fmt: skip
def enrolment_thumbnail(request: Request, enrolment: EnrolmentPath, frame: FramePath) -> Response:
    """The face in a captured picture, small."""
    found = own_session(request, enrolment).frame_of(frame)
    image = cut_out(decode_photo(found.jpeg, "the frame").image, found.box)
    return Response(scaled_jpeg(image, _THUMBNAIL_PX), media_type="image/jpeg")


@router.get("/{enrolment}/check")
def enrolment_check(request: Request, site: SiteDep, enrolment: EnrolmentPath, actor: Whoever) -> Checked:
    """Whether the face is enrolled under another name, or is not like the person's other pictures."""
    return _checked(site, own_session(request, enrolment), actor)


@router.post("/{enrolment}/finish")
def enrolment_finish(
    request: Request, site: SiteDep, enrolment: EnrolmentPath, finish: Finish, actor: Whoever
) -> Saved:
    """Save all pictures as templates, in one go; repeated, it answers the same."""
    session = own_session(request, enrolment)
    confirmed = finish.confirmed
    if session.finished is None:
        confirmed = _may_finish(site, session, finish, actor)
    person = PersonId(finish.person) if finish.person else None
    saved = session.finish(person=person, confirmed=confirmed)
    return Saved(
        person=EnrolledName(id=saved.person.id, name=saved.person.name), created=saved.created, templates=saved.added
    )


@router.websocket("/{enrolment}/camera")
async def enrolment_camera(socket: WebSocket, site: SiteDep, enrolment: EnrolmentPath, actor: Whoever) -> None:
    """JPEGs in, what to tell the person out; closed with 4404 where the enrolment is not known (any longer)."""
    owner = await _owner(socket, enrolment)
    sessions = sessions_of(site)

    def look(jpeg: bytes) -> object:
        session = sessions.get(enrolment, [owner], keeps=False)
        guidance = session.look(jpeg, sessions.now_s())
        if guidance.captured:
            sessions.get(enrolment, [owner])
        return guidance_told(guidance, session)

    await answer_frames(socket, look)


@router.websocket("/{enrolment}/trial", dependencies=[anybody()])
async def enrolment_try(socket: WebSocket, site: SiteDep, enrolment: EnrolmentPath) -> None:
    """JPEGs in, whether it is the person just saved out: yes, no, or not yet; never how alike.

    Whoever knows the enrolment's id, random and told to one browser, may try: an invitation is used up by then.
    """
    sessions = sessions_of(site)

    def look(jpeg: bytes) -> object:
        trial = sessions.saved(enrolment).try_look(jpeg)
        return {"accepted": trial.accepted, "instruction": trial.instruction}

    def begin() -> None:
        sessions.saved(enrolment).try_again()

    try:
        await run_in_threadpool(begin)
    except LimenError:
        await socket.accept()
        await socket.close(GONE)
        return
    await answer_frames(socket, look)


def guidance_told(guidance: Guidance, session: EnrolSession) -> dict[str, object]:
    """What the camera's WebSocket says of a frame."""
    face = guidance.face
    return {
        "instruction": guidance.instruction,
        "tone": guidance.tone,
        "face": None if face is None else {"x": face.x, "y": face.y, "width": face.width, "height": face.height},
        "progress": dict(guidance.progress),
        "wanted": guidance.wanted,
        "holding": round(guidance.holding, 2),
        "captured": session.frames[-1].id if guidance.captured else None,
        "done": guidance.done,
    }


async def _owner(socket: WebSocket, enrolment: str) -> str:
    """Who began the enrolment; nobody's where it is not known, which the first frame then finds."""
    try:
        return (await run_in_threadpool(own_session, socket, enrolment)).owner
    except LimenError:
        return ""


def _own(site: Site, actor: Actor) -> Subject:
    """The person that an invitation is for."""
    assert actor.person is not None
    _check_stays(site, actor.person)
    return Subject(site.store.people.get(actor.person).name, actor.person)


def _subject(site: Site, new: NewEnrolment) -> Subject:
    if (new.name is None) == (new.person is None):
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "whom", "Either a name or a person was expected: somebody new, or known."
        )
    if new.name is not None:
        return Subject(check_name_free(site, new.name))
    person = site.store.people.get(PersonId(str(new.person)))
    _check_stays(site, person.id)
    return Subject(person.name, person.id)


def _check_stays(site: Site, person: PersonId) -> None:
    if site.store.removals.of(person) is not None:
        raise Problem(HTTPStatus.CONFLICT, "being-deleted", "This person is being deleted: restore them first.")


def _told(session: EnrolSession) -> Enrolment:
    saved = session.finished
    return Enrolment(
        id=session.id,
        person=session.subject.person,
        name=session.subject.name,
        look=session.kind,
        still=session.still,
        consent=session.consent,
        progress=[Progress(direction=direction, part=part) for direction, part in session.progress],
        frames=[_frame(frame) for frame in session.frames],
        saved=None if saved is None else EnrolledName(id=saved.person.id, name=saved.person.name),
    )


def _frame(frame: CapturedFrame) -> Frame:
    return Frame(id=frame.id, direction=frame.direction, look=frame.kind)


class _Checks:
    """What the checks of the invited came to, by invitation and by the pictures; safe to use from several threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._found: dict[str, dict[frozenset[str], Check]] = {}

    def of(self, session: EnrolSession, invitation: str) -> Check:
        """The check of the session, made once for the same pictures.

        Raises:
            Problem: it was made of too many others.
        """
        pictures = frozenset(frame.id for frame in session.frames)
        with self._guard:
            found = self._found.setdefault(invitation, {})
            if pictures not in found:
                if len(found) >= _MOST_CHECKS:
                    raise Problem(
                        HTTPStatus.TOO_MANY_REQUESTS, "too-many", "Too many different pictures were looked at: please "
                        "ask those who run it to enrol you, or for another link.",
                    )  # fmt: skip
                found[pictures] = session.check()
            return found[pictures]


def _checked(site: Site, session: EnrolSession, actor: Actor) -> Checked:
    invitation = session.invitation
    found = session.check() if invitation is None else site.part(_Checks, lambda _: _Checks()).of(session, invitation)
    if found.likeness is Likeness.CLEAR:
        return Checked(result=found.likeness, person=None)
    if session.invitation is not None or not actor.can(Right.PEOPLE_SEE):
        return Checked(result="ask", person=None)
    if found.person is None:
        return Checked(result=found.likeness, person=None)
    person = site.store.people.get(found.person)
    return Checked(result=found.likeness, person=EnrolledName(id=person.id, name=person.name))


def _may_finish(site: Site, session: EnrolSession, finish: Finish, actor: Actor) -> bool:
    """Whether what the check says is overruled.

    Raises:
        Problem: the check has something against it that was not answered, or may not be by whoever asks.
    """
    found = _checked(site, session, actor)
    if found.result == "ask":
        raise Problem(
            HTTPStatus.CONFLICT, "ask", "These pictures need a look by those who run it: please ask them to enrol you."
        )
    if finish.person is not None and (found.person is None or found.person.id != finish.person):
        raise Problem(
            HTTPStatus.CONFLICT, "another-person",
            "The face is not that of this person: check again, and decide by what it says.",
        )  # fmt: skip
    if found.result != Likeness.CLEAR and finish.person is None and not finish.confirmed:
        raise Problem(
            HTTPStatus.CONFLICT, found.result.replace("_", "-"),
            "This face is enrolled under another name, or is not like the pictures that are there: add it to the "
            "person found, or confirm that it is right.",
        )  # fmt: skip
    return finish.confirmed and session.invitation is None and actor.can(Right.PEOPLE_SEE)
