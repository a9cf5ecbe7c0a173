"""The enrolments under way: bounded in number and time, and forgotten with the program."""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass

from limen.door.enrol_session import EnrolSession, Subject, Tools
from limen.errors import UnavailableError, UnknownNameError

MOST_SESSIONS = 8
_MOST_OF_ONE = 3
IDLE_S = 600.0
"""An enrolment that nothing is captured or asked of for so long is forgotten."""
LONGEST_S = 3600.0


@dataclass(slots=True)
class _UnderWay:
    session: EnrolSession
    begun_s: float
    used_s: float


class EnrolSessions:
    """Every enrolment under way; ``clock`` tells monotonic seconds. Safe to use from several threads."""

    def __init__(self, tools: Tools, clock: Callable[[], float]) -> None:
        self._tools, self._clock = tools, clock
        self._guard = threading.Lock()
        self._known: dict[str, _UnderWay] = {}

    def now_s(self) -> float:
        """The moment now, as the enrolments count it."""
        return self._clock()

    def begin(self, owner: str, subject: Subject, consent: str, *, invitation: str | None = None) -> EnrolSession:
        """A new enrolment; the oldest of an owner who has several goes.

        Raises:
            UnavailableError: as many as there may be are under way.
        """
        session = EnrolSession(self._tools, owner, subject, consent, invitation=invitation)
        now_s = self._clock()
        with self._guard:
            self._forget_old(now_s)
            own = [one for one in self._known.values() if one.session.owner == owner]
            allowed = 1 if invitation else _MOST_OF_ONE
            for one in own[: max(len(own) - allowed + 1, 0)]:
                del self._known[one.session.id]
            if len(self._known) >= MOST_SESSIONS:
                raise UnavailableError(
                    f"{MOST_SESSIONS} enrolments are under way, and no more are allowed: try again in a few minutes"
                )
            self._known[session.id] = _UnderWay(session, now_s, now_s)
        return session

    def get(self, session_id: str, owners: Collection[str], *, keeps: bool = True) -> EnrolSession:
        """The enrolment of this id, where one of ``owners`` began it; ``keeps`` it for another while.

        Raises:
            UnknownNameError: there is none, or no longer: the server started again, or too much time passed.
        """
        now_s = self._clock()
        with self._guard:
            self._forget_old(now_s)
            found = self._known.get(session_id)
            if found is None or found.session.owner not in owners:
                raise UnknownNameError("this enrolment is no longer known, and nothing of it was saved: begin again")
            if keeps:
                found.used_s = now_s
            return found.session

    def saved(self, session_id: str) -> EnrolSession:
        """The enrolment of this id, whoever began it, once it is saved.

        Raises:
            UnknownNameError: there is none, it is not saved, or too much time passed.
        """
        with self._guard:
            self._forget_old(self._clock())
            found = self._known.get(session_id)
        if found is None or found.session.finished is None:
            raise UnknownNameError("there is no enrolment to try: enrol first")
        return found.session

    def end(self, session_id: str, owners: Collection[str]) -> None:
        """Forget an enrolment, and all of its pictures.

        Raises:
            UnknownNameError: there is none.
        """
        session = self.get(session_id, owners)
        with self._guard:
            self._known.pop(session.id, None)

    def _forget_old(self, now_s: float) -> None:
        for key, one in list(self._known.items()):
            if now_s - one.used_s > IDLE_S or now_s - one.begun_s > LONGEST_S:
                del self._known[key]
