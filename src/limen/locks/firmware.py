"""What a lock with Limen's own firmware and a door say to each other, and what such a lock does.

The lock reports its state every ``REPORT_S`` and after each change. Each report holds a fresh random *nonce*. A command
must carry a nonce that the lock gave out in the last ``NONCE_S`` by its own clock and that no command has used: so a
command that is recorded and sent again, or held back for longer than ``NONCE_S``, moves nothing, and the lock needs
neither the time of day nor memory for that. Whoever holds back the report as well only spends those seconds sooner.
A command also carries a *counter* above that of every command obeyed before: the report that follows names it, which
is how the door knows that its own command was obeyed and not another; and it keeps old commands out where a lock's
random numbers repeat after a restart. Both messages are signed with a secret that lock and door share, so that the
broker and everybody on it can do no more than hold them back.

Pure: no network, no clock of its own.
"""

import hmac
import json
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from limen.locks.base import LockState

VERSION = 1
REPORT_S = 2.0
NONCE_S = 5.0
LONGEST_MS = 3_600_000
LARGEST_COUNTER = 2**53 - 1
"""Whole numbers up to it survive in every JSON reader."""
_LONGEST_PAYLOAD = 512
_NONCES = 4


class Action(StrEnum):
    """What a lock is told to do."""

    UNLOCK = "unlock"
    LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Command:
    """What a door says: ``open_ms`` is 0 where it locks."""

    door: str
    action: Action
    open_ms: int
    counter: int
    nonce: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a lock says: ``boot`` grows with each start of it, ``seq`` with each report since.

    ``counter`` is that of the last command obeyed, ``nonce`` what the next command must carry.
    """

    door: str
    state: LockState
    counter: int
    boot: int
    seq: int
    nonce: str


class Heard(StrEnum):
    """What a lock did about a message."""

    OBEYED = "obeyed"
    RETAINED = "retained"
    NOT_AUTHENTIC = "not authentic"
    OTHER_DOOR = "another door's"
    OLD_COUNTER = "old counter"
    OLD_NONCE = "old nonce"
    TOO_LONG = "too long"


def command_topic(topic: str, door: str) -> str:
    """Where commands for the lock of ``door`` go, below the topic of the settings."""
    return f"{topic}/{door}/lock/command"


def report_topic(topic: str, door: str) -> str:
    """Where the lock of ``door`` reports."""
    return f"{topic}/{door}/lock/report"


def sign_command(command: Command, secret: str) -> bytes:
    """The command as it travels."""
    return _signed(
        {
            "v": VERSION,
            "door": command.door,
            "action": command.action.value,
            "open_ms": command.open_ms,
            "counter": command.counter,
            "nonce": command.nonce,
        },
        secret,
    )


def read_command(payload: bytes, secret: str) -> Command | None:
    """The command in ``payload``; ``None`` where a byte is not what the holder of ``secret`` wrote."""
    fields = _authentic(payload, secret, texts=("door", "action", "nonce"), numbers=("open_ms", "counter"))
    if fields is None or fields["action"] not in set(Action):
        return None
    return Command(
        str(fields["door"]),
        Action(fields["action"]),
        int(fields["open_ms"]),
        int(fields["counter"]),
        str(fields["nonce"]),
    )


def sign_report(report: Report, secret: str) -> bytes:
    """The report as it travels."""
    return _signed(
        {
            "v": VERSION,
            "door": report.door,
            "state": report.state.value,
            "counter": report.counter,
            "boot": report.boot,
            "seq": report.seq,
            "nonce": report.nonce,
        },
        secret,
    )


def read_report(payload: bytes, secret: str) -> Report | None:
    """The report in ``payload``; ``None`` where a byte is not what the holder of ``secret`` wrote."""
    fields = _authentic(payload, secret, texts=("door", "state", "nonce"), numbers=("counter", "boot", "seq"))
    if fields is None or fields["state"] not in set(LockState):
        return None
    return Report(
        str(fields["door"]),
        LockState(fields["state"]),
        int(fields["counter"]),
        int(fields["boot"]),
        int(fields["seq"]),
        str(fields["nonce"]),
    )


@dataclass
class Flash:
    """What a lock keeps without power."""

    boot: int = 0
    counter: int = 0


class FirmwareLock:
    """The reference of what the firmware of a lock does; also the fake of tests.

    ``history`` holds (seconds on its clock, action, milliseconds) of each command obeyed. ``jam`` makes the bolt stick.
    ``now_s`` counts on while the lock has power. Free egress is no matter of this: it is the hardware's.
    """

    def __init__(
        self,
        secret: str,
        door: str,
        now_s: Callable[[], float],
        *,
        flash: Flash | None = None,
        new_nonce: Callable[[], str] = lambda: secrets.token_hex(16),
        nonce_s: float = NONCE_S,
    ) -> None:
        self._secret, self._door, self._now_s = secret, door, now_s
        self._flash = flash or Flash()
        self._flash.boot += 1
        self._new_nonce, self._nonce_s = new_nonce, nonce_s
        self._nonces: deque[tuple[str, float]] = deque(maxlen=_NONCES)
        self._seq = 0
        self._open_until_s = float("-inf")
        self.history: list[tuple[float, Action, int]] = []
        self.jam = False

    @property
    def state(self) -> LockState:
        """Locked, unless an opening is under way by the lock's own clock."""
        if self.jam:
            return LockState.JAMMED
        return LockState.UNLOCKED if self._now_s() < self._open_until_s else LockState.LOCKED

    def report(self) -> bytes:
        """The next report, with a nonce that is good for ``nonce_s`` from now on."""
        nonce = self._new_nonce()
        self._nonces.append((nonce, self._now_s()))
        self._seq += 1
        counter, boot = self._flash.counter, self._flash.boot
        return sign_report(Report(self._door, self.state, counter, boot, self._seq, nonce), self._secret)

    def hear(self, payload: bytes, *, retained: bool) -> Heard:
        """Obey the command, or do nothing; a report is due after ``OBEYED``."""
        if retained:
            return Heard.RETAINED
        command = read_command(payload, self._secret)
        if command is None:
            return Heard.NOT_AUTHENTIC
        refused = self._refused(command)
        if refused is None:
            self._obey(command)
        return refused or Heard.OBEYED

    def _refused(self, command: Command) -> Heard | None:
        if command.door != self._door:
            return Heard.OTHER_DOOR
        if not self._flash.counter < command.counter <= LARGEST_COUNTER:
            return Heard.OLD_COUNTER
        since_s = self._now_s() - self._nonce_s
        if not any(command.nonce == nonce and made_s > since_s for nonce, made_s in self._nonces):
            return Heard.OLD_NONCE
        return None if 0 <= command.open_ms <= LONGEST_MS else Heard.TOO_LONG

    def _obey(self, command: Command) -> None:
        # Before the bolt moves: whatever happens now, this command is never obeyed a second time.
        self._flash.counter = command.counter
        self._nonces.clear()
        now_s = self._now_s()
        if command.action is Action.LOCK:
            self._open_until_s = float("-inf")
        elif not self.jam:
            self._open_until_s = max(self._open_until_s, now_s + command.open_ms / 1000)
        self.history.append((now_s, command.action, command.open_ms))


def _canonical(fields: dict[str, str | int]) -> bytes:
    """JSON with sorted keys, no spaces, ASCII: the same bytes on every machine."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def _signed(fields: dict[str, str | int], secret: str) -> bytes:
    mac = hmac.new(secret.encode(), _canonical(fields), "sha256").hexdigest()
    return _canonical({**fields, "mac": mac})


def _authentic(
    payload: bytes, secret: str, *, texts: tuple[str, ...], numbers: tuple[str, ...]
) -> dict[str, str | int] | None:
    """The fields of a message of exactly these names and kinds, written by the holder of ``secret``; else ``None``."""
    try:
        fields = json.loads(payload) if len(payload) <= _LONGEST_PAYLOAD else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict) or fields.keys() != {"v", "mac", *texts, *numbers}:
        return None
    # type() and not isinstance(): true and false are whole numbers to Python.
    if not (all(type(fields[key]) is str for key in texts) and all(type(fields[key]) is int for key in numbers)):
        return None
    expected = _signed({**{key: fields[key] for key in (*texts, *numbers)}, "v": VERSION}, secret)
    # Written anew and compared whole: the same fields in other bytes are not what was signed.
    return fields if hmac.compare_digest(expected, payload) else None
