"""An enrolment under way in front of a browser's camera: kept in memory, and saved as a whole or not at all."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from uuid import uuid4

from limen.config import Settings
from limen.door.engines import EnginePool
from limen.door.enrol_look import CapturedFrame, LookKind, SeenFrame, decode_frame, look_at, told_of
from limen.door.guide import EXTRA, FULL, STILL, Guidance, Guide, Instruction, Plan
from limen.door.poses import Direction
from limen.engine import Engine
from limen.errors import BadDataError, UnknownNameError
from limen.faces.quality import flaws
from limen.matching.base import Outcome
from limen.matching.exact import ExactGallery
from limen.matching.match import MatchPolicy, identify, verify
from limen.matching.similarity import similarity
from limen.store import Enrolled, NewTemplate, PhotoSource, Store, TakenFrom
from limen.types import Embedding, PersonId, Template

MOST_FRAMES = 20
_SAME_SITTING_FMR = 1e-3
"""Frames of one sitting are far more alike than photos of different days: turned by 40 degrees still 0.96, where this
rate stands for 0.93."""
_SAME_PERSON_FMR = 1e-2
_STRIKES = 2
"""So many captures in a row must show another face before it is believed."""
_TRY_FRAMES = 25
"""After so many frames that could be used, and do not match, the answer is no."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom an enrolment is for: somebody known, or somebody new of this name."""

    name: str
    person: PersonId | None = None


class Likeness(StrEnum):
    """What a comparison with those enrolled came to."""

    CLEAR = "clear"
    LOOKS_LIKE = "looks_like"
    """The face is that of somebody else."""
    UNLIKE = "unlike"
    """The face is not that of the person's other templates."""


@dataclass(frozen=True, slots=True)
class Check:
    """Whether the face is somebody else's; ``person`` is whose, where ``likeness`` is LOOKS_LIKE."""

    likeness: Likeness
    person: PersonId | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """Whether the live face is that of the person enrolled; ``accepted`` is ``None`` while it is looked at."""

    accepted: bool | None
    instruction: Instruction


@dataclass(frozen=True, slots=True)
class Tools:
    """What every enrolment works with."""

    pool: Callable[[], EnginePool]
    store: Store
    settings: Callable[[], Settings]


class EnrolSession:
    """One enrolment of ``subject``, who consented to ``consent``; safe to use from several threads.

    ``owner`` is who began it, ``invitation`` the one that is used up once it is saved.
    """

    def __init__(self, tools: Tools, owner: str, subject: Subject, consent: str, *, invitation: str | None) -> None:
        self.id = uuid4().hex
        self.owner, self.subject, self.consent, self.invitation = owner, subject, consent, invitation
        self._tools = tools
        self._lock = threading.RLock()
        self._frames: dict[str, CapturedFrame] = {}
        self._strikes = 0
        self._finished: Enrolled | None = None
        self._trial: _Trial | None = None
        self.begin(LookKind.FIRST, still=False)

    def begin(self, kind: LookKind, *, still: bool) -> None:
        """Begin a round of pictures; what was captured in earlier rounds stays.

        Raises:
            BadDataError: there are as many frames as there may be, or all is saved already.
        """
        with self._lock:
            self._check_open()
            plan = STILL if still else FULL if kind is LookKind.FIRST else EXTRA
            if len(self._frames) + sum(count for _, count in plan.steps) > MOST_FRAMES:
                raise BadDataError(
                    f"an enrolment has at most {MOST_FRAMES} pictures: save these, then add another look"
                )
            self.kind, self.still = kind, still
            self._start(plan)

    def _start(self, plan: Plan) -> None:
        self._plan = plan
        self._guide = Guide(plan, self._tools.settings().enrolment.quality)
        self._round: list[str] = []

    @property
    def frames(self) -> tuple[CapturedFrame, ...]:
        """What was captured, in order."""
        with self._lock:
            return tuple(self._frames.values())

    @property
    def progress(self) -> tuple[tuple[Direction, float], ...]:
        """0 to 1 for each direction of the round under way."""
        with self._lock:
            return self._guide.progress

    @property
    def finished(self) -> Enrolled | None:
        """What was saved, once it is."""
        return self._finished

    def frame_of(self, frame_id: str) -> CapturedFrame:
        """One captured frame.

        Raises:
            UnknownNameError: there is none of this id.
        """
        with self._lock:
            if frame_id not in self._frames:
                raise UnknownNameError("there is no such picture: it was taken out, or the capture began again")
            return self._frames[frame_id]

    def take_out(self, frame_id: str) -> None:
        """Forget a captured frame; it is asked for again where the capture goes on.

        Raises:
            BadDataError: all is saved already.
            UnknownNameError: there is none of this id.
        """
        with self._lock:
            self._check_open()
            frame = self.frame_of(frame_id)
            del self._frames[frame_id]
            if frame_id in self._round:
                self._round.remove(frame_id)
                self._guide.forget(frame.direction)

    def look(self, jpeg: bytes, now_s: float) -> Guidance:
        """What to tell the person after this frame, which came at ``now_s``; it is captured where all is right.

        Raises:
            BadDataError: all is saved already, or this is no picture.
        """
        photo = decode_frame(jpeg)
        with self._lock, self._tools.pool().borrow() as engine:
            self._check_open()
            seen = look_at(photo, engine, self._tools.settings().enrolment)
            guidance = self._guide.look(seen.look, now_s)
            if guidance.capture is None or seen.face is None:
                return guidance
            return self._capture(engine, seen, jpeg, guidance, now_s)

    def check(self) -> Check:
        """Whether the face is somebody else's, or not that of the person's other templates."""
        with self._lock:
            return self._check_for(self.subject.person)

    def finish(self, *, person: PersonId | None = None, confirmed: bool = False) -> Enrolled:
        """Save all frames as templates, in one transaction; asked again, tell what was saved.

        ``person``: whom ``check`` found, and who it is. ``confirmed``: what ``check`` found is known to be wrong.

        Raises:
            BadDataError: there are no frames, or ``check`` has something against it.
            UnknownPersonError: the person is gone.
        """
        with self._lock:
            if self._finished is not None:
                return self._finished
            if not self._frames:
                raise BadDataError("there are no pictures yet: capture some first")
            target = person or self.subject.person
            found = self._check_for(target)
            if found.likeness is not Likeness.CLEAR and not confirmed:
                raise BadDataError(
                    "this face is enrolled under another name, or is not like the pictures that are there: check that "
                    "it is the right person"
                )
            self._finished = self._save(target)
            return self._finished

    def try_look(self, jpeg: bytes) -> Trial:
        """Whether the face in this frame, and in those before, is that of the person just enrolled.

        Raises:
            BadDataError: nothing was saved yet, or this is no picture.
        """
        photo = decode_frame(jpeg)
        with self._lock, self._tools.pool().borrow() as engine:
            if self._finished is None:
                raise BadDataError("there is nothing to try yet: save the pictures first")
            self._trial = self._trial or _Trial(self._tools, self._finished.person.id, engine)
            return self._trial.look(engine, look_at(photo, engine, self._tools.settings().enrolment))

    def try_again(self) -> None:
        """Begin to try anew."""
        with self._lock:
            self._trial = None

    def _check_open(self) -> None:
        if self._finished is not None:
            raise BadDataError("this enrolment is saved: begin another one for further pictures")

    def _capture(self, engine: Engine, seen: SeenFrame, jpeg: bytes, guidance: Guidance, now_s: float) -> Guidance:
        assert seen.face is not None
        assert guidance.capture is not None
        photo, look = seen.photo, seen.look
        assert look.quality is not None
        if any(frame.sha256 == photo.sha256 for frame in self._frames.values()):
            return self._guide.drop(guidance)  # The same picture again says nothing new.
        (embedding,) = engine.embed(photo.image, [seen.face])
        if not self._is_same_person(embedding, engine):
            return self._strike(guidance, now_s)
        self._strikes = 0
        frame = CapturedFrame(
            uuid4().hex, guidance.capture, self.kind, jpeg, photo.sha256, look.size, seen.face.box, look.quality,
            embedding,
        )  # fmt: skip
        self._frames[frame.id] = frame
        self._round.append(frame.id)
        return self._guide.keep(look, guidance, now_s)

    def _is_same_person(self, embedding: Embedding, engine: Engine) -> bool:
        """Whether this is the face of the frames before: strictly so where they are of the same round."""
        own = [self._frames[frame].embedding for frame in self._round]
        rate, others = (
            (_SAME_SITTING_FMR, own) if own else (_SAME_PERSON_FMR, [f.embedding for f in self._frames.values()])
        )
        alike = [similarity(embedding, other, engine.measure) for other in others]
        return not alike or max(alike) >= engine.thresholds.at_fmr(rate)

    def _strike(self, guidance: Guidance, now_s: float) -> Guidance:
        """Another face: after the second in a row all of this round begins again."""
        self._strikes += 1
        if self._strikes < _STRIKES:
            return self._guide.drop(guidance)
        self._strikes = 0
        for frame in self._round:
            del self._frames[frame]
        self._round.clear()
        return self._guide.restart(guidance, now_s)

    def _check_for(self, person: PersonId | None) -> Check:
        pool, frames = self._tools.pool(), self._frames.values()
        templates = self._tools.store.templates.load(pool.model)
        others = ExactGallery([one for one in templates if one.person != person], pool.model, pool.measure)
        policy = _policy(self._tools, pool)
        found: Counter[PersonId] = Counter()
        for frame in frames:
            match = identify(frame.embedding, others, policy)
            if match.outcome in (Outcome.MATCHED, Outcome.AMBIGUOUS):
                found[others.search(frame.embedding, policy.method, 1)[0].person] += 1
        # One frame of several may be like anybody; a person is who half of them are like.
        for other, count in found.most_common(1):
            if 2 * count >= len(frames):
                return Check(Likeness.LOOKS_LIKE, other)
        own = [one for one in templates if one.person == person]
        return Check(Likeness.CLEAR if self._is_like(own) else Likeness.UNLIKE)

    def _is_like(self, own: list[Template]) -> bool:
        """Whether half of the frames are like the person's other templates, if there are any."""
        if not own or not self._frames:
            return True
        pool = self._tools.pool()
        least = pool.thresholds.at_fmr(_SAME_PERSON_FMR)
        alike = (
            max(similarity(frame.embedding, one.embedding, pool.measure) for one in own)
            for frame in self._frames.values()
        )
        return 2 * sum(one >= least for one in alike) >= len(self._frames)

    def _save(self, person: PersonId | None) -> Enrolled:
        keep = self._tools.settings().enrolment.keep_photos
        new = [_template(frame, keep=keep) for frame in self._frames.values()]
        enrolments = self._tools.store.enrolments
        if person is None:
            return enrolments.add_new(self.subject.name, new, self.consent)
        return enrolments.add_to(person, new, self.consent, self.invitation)


class _Trial:
    """Live frames against the templates of one person, until it is clear."""

    def __init__(self, tools: Tools, person: PersonId, engine: Engine) -> None:
        self._person, self._policy, self._settings = person, _policy(tools, engine), tools.settings()
        templates = tools.store.templates.of(person, engine.model)
        self._gallery = ExactGallery(templates, engine.model, engine.measure)
        self._agreeing = self._tried = 0
        self._accepted: bool | None = None

    def look(self, engine: Engine, seen: SeenFrame) -> Trial:
        found = flaws(seen.look.quality, self._settings.door.quality) if seen.look.quality else []
        told = told_of(seen.look, found)
        if self._accepted is not None or told is not None or seen.face is None:
            return Trial(self._accepted, told or Instruction.STILL)
        (embedding,) = engine.embed(seen.photo.image, [seen.face])
        matched = verify(embedding, self._person, self._gallery, self._policy).outcome is Outcome.MATCHED
        self._tried += 1
        self._agreeing = self._agreeing + 1 if matched else 0
        if self._agreeing >= self._settings.door.agreeing_frames:
            self._accepted = True
        elif self._tried >= _TRY_FRAMES:
            self._accepted = False
        return Trial(self._accepted, Instruction.STILL)


def _policy(tools: Tools, engine: Engine | EnginePool) -> MatchPolicy:
    matching = tools.settings().matching
    return MatchPolicy(engine.thresholds, matching.fmr, matching.fpir, matching.margin)


def _template(frame: CapturedFrame, *, keep: bool) -> NewTemplate:
    quality = {name: round(value, 3) for name, value in asdict(frame.quality).items()}
    source = PhotoSource(frame.file_name, frame.sha256, frame.size, TakenFrom.BROWSER, quality)
    return NewTemplate(frame.embedding, source, frame.jpeg if keep else None)
