"""A visit, step by step: faces are found and followed, measured, recognised, and decided about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from limen.config import DoorSettings
from limen.decision.decide import Check, Decision, Evidence, Policy, Sighting, conclude, decide
from limen.decision.levels import Asks, Level
from limen.decision.reasons import Reason
from limen.engine import Engine
from limen.faces.quality import FlawFound, flaws
from limen.faces.track import Track, Tracker
from limen.liveness.base import Liveness, LivenessCheck
from limen.matching.base import Gallery, Outcome
from limen.matching.match import Match, MatchPolicy, identify, verify
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
    Outcome.NOT_THE_SAME: Reason.NOT_THE_SAME,
    Outcome.NOBODY_ENROLLED: Reason.NOBODY_ENROLLED,
}
_CHECKS = {Liveness.LIVE: Check.PASSED, Liveness.SPOOF: Check.FAILED}


@dataclass(frozen=True, slots=True)
class Looking:
    """What the door's level asks of a face, and the checks that answer it."""

    asks: Asks = Level.FACE.asks
    passive: LivenessCheck | None = None
    challenge: LivenessCheck | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A face in one frame: its track, what was wrong with it, who it looked like (``None``: not looked at)."""

    track: TrackId
    face: Face
    flaws: tuple[FlawFound, ...]
    match: Match | None


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision about the face of a track; ``claimed`` where card or PIN had named a person."""

    track: TrackId
    decision: Decision
    claimed: bool = False


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
    away, gets the next one no sooner than ``pause_s`` later, unless a card or PIN names them.
    """

    def __init__(
        self, engine: Engine, gallery: Gallery, matching: MatchPolicy, settings: DoorSettings,
        looking: Looking = Looking(),
    ) -> None:  # fmt: skip
        self.gallery = gallery
        self._engine, self._matching, self._settings, self._looking = engine, matching, settings, looking
        self._policy = Policy(
            settings.agreeing_frames, settings.unknown_frames, settings.freshness_s,
            passive=looking.asks.passive, challenge=looking.asks.challenge,
        )  # fmt: skip
        self._tracker = Tracker()
        self._visits: dict[TrackId, _Visit] = {}
        self._entered: dict[PersonId, float] = {}
        self._turned_away: list[tuple[Embedding, float]] = []
        self._claimed: PersonId | None = None

    def claim(self, person: PersonId | None) -> None:
        """From now on faces are compared with ``person``, whom card or PIN named; what was seen before does not count.

        ``None`` ends that.
        """
        if person != self._claimed:
            self._claimed = person
            self._forget_visits()

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
        self._forget_visits()

    def instruction(self, track: TrackId) -> str | None:
        """What the visitor is asked to do now."""
        challenge = self._looking.challenge
        return challenge.instruction(track) if challenge else None

    def finish(self, now_s: float) -> list[Decided]:
        """The decisions about those who are still there when the pictures end."""
        return self._depart(frozenset(), now_s)

    def _recognise(self, frame: Frame, tracks: Sequence[Track]) -> list[Seen]:
        """Measure every face, and match those that are good enough and due."""
        found: dict[TrackId, tuple[FlawFound, ...]] = {}
        due = []
        for track in tracks:
            visit = self._visits.setdefault(track.id, _Visit(Evidence(claimed=self._claimed)))
            found[track.id] = tuple(flaws(self._engine.quality(frame.image, track.face), self._settings.quality))
            visit.frames += 1
            if not self._looks:
                continue
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
        if self._looks:
            self._check(frame, tracks)
        return [Seen(track.id, track.face, found[track.id], matches.get(track.id)) for track in tracks]

    @property
    def _looks(self) -> bool:
        """Whether anybody is to be recognised: where card or PIN must name a person first, only once they did."""
        return self._looking.asks.identifies or self._claimed is not None

    def _match(self, track: TrackId, embedding: Embedding, at_s: float) -> Match:
        visit = self._visits[track]
        if visit.reference is not None and not self._alike(visit.reference, embedding, _SAME_FACE_FMR):
            # Somebody else took the place of the face that was followed: what was seen before is not about them.
            visit = self._new_visit(track)
        visit.reference = embedding
        if self._claimed is None:
            match = identify(embedding, self.gallery, self._matching)
            reason = _REASONS[match.outcome]
        else:
            match = verify(embedding, self._claimed, self.gallery, self._matching)
            missing = match.outcome is Outcome.NOBODY_ENROLLED
            reason = Reason.NO_TEMPLATES if missing else _REASONS[match.outcome]
        sighting = Sighting(at_s, reason, match.person, match.similarity, match.threshold)
        if visit.counts(at_s):
            visit.evidence = replace(visit.evidence, sightings=(*visit.evidence.sightings, sighting))
        return match

    def _check(self, frame: Frame, tracks: Sequence[Track]) -> None:
        """Ask the checks about every face; a face that was decided about is not asked about again."""
        for track in tracks:
            visit = self._visits[track.id]
            if visit.counts(frame.at_s):
                passive = _asked(self._looking.passive, track, frame)
                challenge = _asked(self._looking.challenge, track, frame)
                visit.evidence = replace(visit.evidence, passive=passive, challenge=challenge)

    def _new_visit(self, track: TrackId) -> _Visit:
        """The face of ``track`` is another one: whatever was known is not about it."""
        for check in (self._looking.passive, self._looking.challenge):
            if check is not None:
                check.forget(track)
        visit = self._visits[track] = _Visit(Evidence(claimed=self._claimed))
        return visit

    def _forget_visits(self) -> None:
        for track in list(self._visits):
            self._new_visit(track)
        self._visits.clear()

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
            self._new_visit(track)
            del self._visits[track]
        return decided

    def _settle(self, track: TrackId, decision: Decision, now_s: float) -> Decided | None:
        """Close the visit, or begin its pause; nothing where the same was decided of the same face just before."""
        visit = self._visits[track]
        claimed = self._claimed is not None
        repeated = not claimed and self._repeated(visit, decision, now_s)
        visit.evidence = Evidence(claimed=self._claimed)
        visit.over = decision.granted
        until_s = now_s + self._settings.pause_s
        if not decision.granted:
            visit.again_s = until_s
        if repeated:
            return None
        if decision.granted and decision.person is not None:
            self._entered[PersonId(decision.person)] = until_s
        elif visit.reference is not None:
            self._turned_away = [entry for entry in self._turned_away if entry[1] > now_s]
            self._turned_away.append((visit.reference, until_s))
        return Decided(track, decision, claimed)

    def _repeated(self, visit: _Visit, decision: Decision, now_s: float) -> bool:
        if decision.granted and decision.person is not None:
            return now_s < self._entered.get(PersonId(decision.person), float("-inf"))
        reference = visit.reference
        return reference is not None and any(
            now_s < until_s and self._alike(face, reference, _SAME_FACE_FMR) for face, until_s in self._turned_away
        )

    def _alike(self, a: Embedding, b: Embedding, fmr: float) -> bool:
        return similarity(a, b, self._engine.measure) >= self._engine.thresholds.at_fmr(fmr)


def _asked(check: LivenessCheck | None, track: Track, frame: Frame) -> Check | None:
    """What ``check`` says of a face; a check that breaks has found nothing out."""
    if check is None:
        return None
    try:
        return _CHECKS.get(check.observe(track.id, track.face, frame), Check.UNKNOWN)
    except Exception:  # noqa: BLE001 - whatever goes wrong in a check denies, and the door goes on
        return Check.UNKNOWN
