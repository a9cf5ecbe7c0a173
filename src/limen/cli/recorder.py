"""Watches a door for whoever wants to see afterwards what happened: its events, and the frames worth showing."""

from collections.abc import Callable

from limen.audit.events import AuditEvent
from limen.cli.door import EventPrinter
from limen.decision.decide import Decision
from limen.decision.reasons import Reason
from limen.door.visit import Decided, Seen
from limen.evaluation.contact_sheet import MarkedFace, Shot, Verdict
from limen.store import Store
from limen.types import Frame, PersonId

_KEPT = ("type", "person", "reason", "at")
_WELL_IN_VIEW = 8
"""Of the frames with a face that cannot be used the eighth is kept: in the first ones there is little to see."""


class Recorder:
    """Keeps ``events`` as ``--json`` has them, ``lines`` for people, and ``shots`` for a contact sheet.

    Shots are the first frame with nobody in it, an early one with a face that cannot be used yet, and each decision.
    ``step`` is called after each frame.
    """

    def __init__(self, store: Store, step: Callable[[], None], open_s: float) -> None:
        self._store, self._step, self._open_s = store, step, open_s
        self._printer = EventPrinter(store, as_json=False)
        self._start_s: float | None = None
        self._flawed = 0
        self.events: list[dict[str, object]] = []
        self.lines: list[str] = []
        self.shots: list[Shot] = []

    def happened(self, event: AuditEvent) -> None:
        """Keep an event."""
        document = self._printer.document(event)
        self.events.append({key: document[key] for key in _KEPT})
        self.lines.append(self._printer.line(event))

    def greeted(self, sentence: str) -> None:
        """Keep what the door says."""
        self.lines.append(f"the door says: {sentence}")

    def saw(self, frame: Frame, seen: list[Seen], decided: list[Decided]) -> None:
        """Keep the frame, where it is worth showing."""
        self._step()
        self._start_s = frame.at_s if self._start_s is None else self._start_s
        if decided:
            self.shots += [self._decision(frame, seen, found) for found in decided]
        elif flawed := [face for face in seen if face.flaws]:
            self._flawed += 1
            if self._flawed == _WELL_IN_VIEW:
                self.shots.append(self._waiting(frame, flawed))
        elif not seen and all(shot.verdict is not Verdict.NOBODY for shot in self.shots):
            reason = "There is nothing to decide: the lock stays locked."
            self.shots.append(Shot(frame.image, self._at_s(frame), Verdict.NOBODY, "nobody", reason))

    def _waiting(self, frame: Frame, flawed: list[Seen]) -> Shot:
        marks = tuple(MarkedFace(face.face.box, Verdict.UNDECIDED, _words(face.flaws[0].flaw)) for face in flawed)
        reason = f"The face is {flawed[0].flaws[0]}."
        return Shot(frame.image, self._at_s(frame), Verdict.UNDECIDED, "undecided", reason, marks)

    def _decision(self, frame: Frame, seen: list[Seen], found: Decided) -> Shot:
        decision = found.decision
        name = self._store.people.get(PersonId(decision.person)).name if decision.person else _nameless(decision)
        verdict = Verdict.GRANTED if decision.granted else Verdict.DENIED
        label = name if decision.similarity is None else f"{name}  {decision.similarity:.3f}"
        marks = tuple(MarkedFace(face.face.box, verdict, label) for face in seen if face.track == found.track)
        reason = f"{_why(decision)} {self._moved(decision)}"
        return Shot(frame.image, self._at_s(frame), verdict, f"{verdict}: {name}", reason, marks)

    def _at_s(self, frame: Frame) -> float:
        return frame.at_s - (frame.at_s if self._start_s is None else self._start_s)

    def _moved(self, decision: Decision) -> str:
        return f"The lock opens for {self._open_s:g} s." if decision.granted else "The lock stays locked."


def _nameless(decision: Decision) -> str:
    return "stranger" if decision.reason is Reason.UNKNOWN else _words(decision.reason)


def _words(value: str) -> str:
    return value.replace("_", " ")


def _why(decision: Decision) -> str:
    """The reason in words, with the numbers that it rests on."""
    text = decision.reason.for_operator
    numbers = (
        "" if decision.similarity is None
        else f": similarity {decision.similarity:.3f}, at least {decision.threshold:.3f} is needed"
    )  # fmt: skip
    detail = f" ({decision.detail})" if decision.detail else ""
    return f"{text[:1].upper()}{text[1:]}{numbers}{detail}."
