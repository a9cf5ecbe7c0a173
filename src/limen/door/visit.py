"""A visit, step by step: faces are found and followed, measured, recognised, and decided about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from limen.config import DoorSettings
from limen.decision.decide import Decision, Evidence, Policy, Sighting, conclude, decide
from limen.decision.reasons import Reason
from limen.engine import Engine
from limen.faces.quality import FlawFound, flaws
from limen.faces.track import Track, Tracker
from limen.matching.base import Gallery, Outcome
from limen.matching.match import Match, MatchPolicy, identify
from limen.matching.similarity import similarity
from limen.types import Embedding, Face, Frame, PersonId, TrackId

_SAME_FACE_FMR = 1e-2
"""Two frames of one track less alike than this rate's threshold show two faces."""
_LOOK_AGAIN_FRAMES = 5
"""A face that was decided about is recognised every so many frames, to notice that another took its place."""

_REASONS = {
    Outcome.MATCHED: Reason.MATCHED,
    Outcome.UNKNOWN: Reason.UNKNOWN,
    Outcome.AMBIGUOUS: Reason.AMBIGUOUS,
    Outcome.NOT_THE_SAME: Reason.UNKNOWN,
    Outcome.NOBODY_ENROLLED: Reason.NOBODY_ENROLLED,
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A face in one frame: its track, what was wrong with it, who it looked like (``None``: not looked at)."""

    track: TrackId
    face: Face
    flaws: tuple[FlawFound, ...]
    match: Match | None


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision about the face of a track."""

    track: TrackId
    decision: Decision


@dataclass(slots=True)
class _Visit:
    """What is known of one face. After a denial it is looked at again from ``again_s`` on; ``over`` after entry."""

    evidence: Evidence = field(default_factory=Evidence)
    reference: Embedding | None = None
    over: bool = False
    again_s: float = float("-inf")
    frames: int = 0

    def counts(self, at_s: float) -> bool:
        """Whether what is seen at this time is evidence: neither after entry nor during a pause."""
        return not self.over and at_s >= self.again_s


class Visits:
    """All visits at one door.

    ``gallery`` may be replaced at any time. One decision a visit; the same person, or a face that was just turned
    away, gets the next one no sooner than ``pause_s`` later.
    """

    def __init__(self, engine: Engine, gallery: Gallery, matching: MatchPolicy, settings: DoorSettings) -> None:
        self.gallery = gallery
        self._engine, self._matching, self._settings = engine, matching, settings
        self._policy = Policy(settings.agreeing_frames, settings.unknown_frames, settings.freshness_s)
        self._tracker = Tracker()
        self._visits: dict[TrackId, _Visit] = {}
        self._entered: dict[PersonId, float] = {}
        self._turned_away: list[tuple[Embedding, float]] = []

    def see(self, frame: Frame, now_s: Callable[[], float]) -> tuple[list[Seen], list[Decided]]:
        """What one more frame shows, and the decisions it led to; ``now_s`` tells the time when it is asked."""
        faces = self._engine.detector.detect(frame.image, self._settings.min_face_px)
        tracks = self._tracker.update(faces, frame.at_s)
        seen = self._recognise(frame, tracks)
        decided = [found for track in tracks if (found := self._decide(track.id, now_s()))]
        return seen, decided + self._depart(self._tracker.alive, now_s())

    def forget(self) -> None:
        """Start anew, as after a camera that failed: nothing seen before counts."""
        self._tracker.forget()
        self._visits.clear()

    def finish(self, now_s: float) -> list[Decided]:
        """The decisions about those who are still there when the pictures end."""
        return self._depart(frozenset(), now_s)

    def _recognise(self, frame: Frame, tracks: Sequence[Track]) -> list[Seen]:
        """Measure every face, and match those that are good enough and due."""
        found: dict[TrackId, tuple[FlawFound, ...]] = {}
        due = []
        for track in tracks:
            visit = self._visits.setdefault(track.id, _Visit())
            found[track.id] = tuple(flaws(self._engine.quality(frame.image, track.face), self._settings.quality))
            visit.frames += 1
            if found[track.id]:
                if visit.counts(frame.at_s):
                    flaw = str(found[track.id][0])
                    visit.evidence = replace(visit.evidence, unusable=visit.evidence.unusable + 1, flaw=flaw)
            elif not visit.over or visit.frames % _LOOK_AGAIN_FRAMES == 0:
                due.append(track)
        embeddings = self._engine.embed(frame.image, [track.face for track in due])
        matches = {
            track.id: self._match(track.id, embedding, frame.at_s)
            for track, embedding in zip(due, embeddings, strict=True)
        }
        return [Seen(track.id, track.face, found[track.id], matches.get(track.id)) for track in tracks]

    def _match(self, track: TrackId, embedding: Embedding, at_s: float) -> Match:
        visit = self._visits[track]
        if visit.reference is not None and not self._alike(visit.reference, embedding, _SAME_FACE_FMR):
            # Somebody else took the place of the face that was followed: what was seen before is not about them.
            visit = self._visits[track] = _Visit()
        visit.reference = embedding
        match = identify(embedding, self.gallery, self._matching)
        reason = _REASONS[match.outcome]
        sighting = Sighting(at_s, reason, match.person, match.similarity, match.threshold)
        if visit.counts(at_s):
            visit.evidence = replace(visit.evidence, sightings=(*visit.evidence.sightings, sighting))
        return match

    def _decide(self, track: TrackId, now_s: float) -> Decided | None:
        visit = self._visits[track]
        if visit.over or now_s < visit.again_s:
            return None
        decision = decide(visit.evidence, self._policy, now_s)
        return self._settle(track, decision, now_s) if decision else None

    def _depart(self, present: frozenset[TrackId], now_s: float) -> list[Decided]:
        """Decisions about those who left without one."""
        decided = []
        for track in [track for track in self._visits if track not in present]:
            visit = self._visits[track]
            decision = None if visit.over else conclude(visit.evidence, self._policy)
            if decision and (settled := self._settle(track, decision, now_s)):
                decided.append(settled)
            del self._visits[track]
        return decided

    def _settle(self, track: TrackId, decision: Decision, now_s: float) -> Decided | None:
        """Close the visit, or begin its pause; nothing where the same was decided of the same face just before."""
        visit = self._visits[track]
        repeated = self._repeated(visit, decision, now_s)
        visit.evidence = Evidence()
        visit.over = decision.granted
        until_s = now_s + self._settings.pause_s
        if not decision.granted:
            visit.again_s = until_s
        if repeated:
            return None
        if decision.person is not None:
            self._entered[PersonId(decision.person)] = until_s
        elif visit.reference is not None:
            self._turned_away = [entry for entry in self._turned_away if entry[1] > now_s]
            self._turned_away.append((visit.reference, until_s))
        return Decided(track, decision)

    def _repeated(self, visit: _Visit, decision: Decision, now_s: float) -> bool:
        if decision.person is not None:
            return now_s < self._entered.get(PersonId(decision.person), float("-inf"))
        reference = visit.reference
        return reference is not None and any(
            now_s < until_s and self._alike(face, reference, _SAME_FACE_FMR) for face, until_s in self._turned_away
        )

    def _alike(self, a: Embedding, b: Embedding, fmr: float) -> bool:
        return similarity(a, b, self._engine.measure) >= self._engine.thresholds.at_fmr(fmr)
