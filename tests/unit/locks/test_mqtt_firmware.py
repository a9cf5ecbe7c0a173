"""What a lock's firmware believes and does."""

import hashlib
import hmac
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.locks.base import LockState
from limen.locks.firmware import (
    LARGEST_COUNTER,
    NONCE_S,
    REPORT_S,
    Action,
    Command,
    FirmwareLock,
    Flash,
    Heard,
    Report,
    read_command,
    read_report,
    sign_command,
    sign_report,
)

SECRET = "0123456789abcdef0123456789abcdef"
COMMAND = Command("front", Action.UNLOCK, 5000, 1767225600000, "00112233445566778899aabbccddeeff")
REPORT = Report("front", LockState.UNLOCKED, 1767225600000, 7, 42, "ffeeddccbbaa99887766554433221100")

# The worked example of the documentation.
COMMAND_BYTES = (
    b'{"action":"unlock","counter":1767225600000,"door":"front",'
    b'"mac":"b80f3c4d2057f53a23c68b9cdd697ea290930de563b78dcd21841245c99a305c",'
    b'"nonce":"00112233445566778899aabbccddeeff","open_ms":5000,"v":1}'
)
REPORT_BYTES = (
    b'{"boot":7,"counter":1767225600000,"door":"front",'
    b'"mac":"d11ff60a9e9bc8a4630e2edfc5f02ac969c5501a86236e6260da28aad36a407b",'
    b'"nonce":"ffeeddccbbaa99887766554433221100","seq":42,"state":"unlocked","v":1}'
)


class Bench:
    """A lock on the workbench, with a clock turned by hand."""

    def __init__(self, flash: Flash | None = None) -> None:
        self.now_s = 100.0
        self.flash = flash or Flash()
        self.lock = FirmwareLock(SECRET, "front", lambda: self.now_s, flash=self.flash)

    def nonce(self) -> str:
        report = read_report(self.lock.report(), SECRET)
        assert report is not None
        return report.nonce

    def say(self, command: Command, secret: str = SECRET) -> Heard:
        return self.lock.hear(sign_command(command, secret), retained=False)

    def command(self, **other: object) -> Command:
        return replace(Command("front", Action.UNLOCK, 5000, self.flash.counter + 1, self.nonce()), **other)  # type: ignore[arg-type]  # fields of it


def test_the_messages_are_the_documented_bytes() -> None:
    assert sign_command(COMMAND, SECRET) == COMMAND_BYTES
    assert sign_report(REPORT, SECRET) == REPORT_BYTES
    assert read_command(COMMAND_BYTES, SECRET) == COMMAND
    assert read_report(REPORT_BYTES, SECRET) == REPORT


@pytest.mark.parametrize("payload", [COMMAND_BYTES, REPORT_BYTES])
def test_the_mac_is_the_hmac_of_the_text_without_it(payload: bytes) -> None:
    fields = json.loads(payload)
    mac = fields["mac"]
    text = payload.replace(f'"mac":"{mac}",'.encode(), b"")
    assert hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest() == mac


@given(st.integers(0, len(COMMAND_BYTES) - 1), st.integers(0, 255))
def test_any_other_byte_is_refused(place: int, byte: int) -> None:
    altered = COMMAND_BYTES[:place] + bytes([byte]) + COMMAND_BYTES[place + 1 :]
    assert (read_command(altered, SECRET) is None) == (altered != COMMAND_BYTES)


@given(st.integers(0, len(REPORT_BYTES) - 1), st.integers(0, 255))
def test_any_other_byte_of_a_report_is_refused(place: int, byte: int) -> None:
    altered = REPORT_BYTES[:place] + bytes([byte]) + REPORT_BYTES[place + 1 :]
    assert (read_report(altered, SECRET) is None) == (altered != REPORT_BYTES)


@given(st.binary(max_size=600))
def test_no_bytes_at_all_make_it_raise(payload: bytes) -> None:
    assert read_command(payload, SECRET) is None
    assert read_report(payload, SECRET) is None


@pytest.mark.parametrize(
    "payload",
    [
        COMMAND_BYTES + b" ",
        b" " + COMMAND_BYTES,
        COMMAND_BYTES.replace(b":5000", b":5000.0"),
        COMMAND_BYTES.replace(b":5000", b":true"),
        COMMAND_BYTES.replace(b'"v":1', b'"v":2'),
        COMMAND_BYTES.replace(b'"v":1', b'"v":1,"w":1'),
        COMMAND_BYTES.replace(b'"v":1', b'"v":1,"v":1'),
        REPORT_BYTES,
        b"[" * 512,
        b"null",
        b"1" * 512,
    ],
)
def test_the_same_fields_in_other_bytes_are_not_a_command(payload: bytes) -> None:
    assert read_command(payload, SECRET) is None


@given(
    st.builds(
        Command,
        st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True),
        st.sampled_from(Action),
        st.integers(0, 3_600_000),
        st.integers(1, LARGEST_COUNTER),
        st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
    )
)
def test_what_is_signed_is_read_and_with_another_secret_is_not(command: Command) -> None:
    payload = sign_command(command, SECRET)
    assert read_command(payload, SECRET) == command
    assert read_command(payload, SECRET + "0") is None


def test_opens_for_the_time_told_and_locks_by_itself() -> None:
    bench = Bench()
    assert bench.lock.state is LockState.LOCKED
    assert bench.say(bench.command(open_ms=5000)) is Heard.OBEYED
    bench.now_s += 4.99
    assert bench.lock.state is LockState.UNLOCKED
    bench.now_s += 0.02
    assert bench.lock.state is LockState.LOCKED


def test_locks_when_told() -> None:
    bench = Bench()
    bench.say(bench.command(open_ms=3_600_000))
    assert bench.say(bench.command(action=Action.LOCK, open_ms=0)) is Heard.OBEYED
    assert bench.lock.state is LockState.LOCKED


def test_refuses_what_it_must() -> None:
    bench = Bench(Flash(counter=1000))
    assert bench.lock.hear(sign_command(bench.command(), SECRET), retained=True) is Heard.RETAINED
    assert bench.say(bench.command(), SECRET[::-1]) is Heard.NOT_AUTHENTIC
    assert bench.say(bench.command(door="back")) is Heard.OTHER_DOOR
    assert bench.say(bench.command(counter=1000)) is Heard.OLD_COUNTER
    assert bench.say(bench.command(counter=LARGEST_COUNTER + 1)) is Heard.OLD_COUNTER
    assert bench.say(bench.command(nonce="0" * 32)) is Heard.OLD_NONCE
    assert bench.say(bench.command(open_ms=3_600_001)) is Heard.TOO_LONG
    assert bench.say(bench.command(open_ms=-1)) is Heard.TOO_LONG
    assert bench.lock.history == []
    assert bench.flash.counter == 1000, "what is refused uses up no counter"


def test_a_nonce_is_good_for_its_time_alone() -> None:
    bench = Bench()
    early, late = bench.command(), bench.command()
    bench.now_s += NONCE_S
    assert bench.say(early) is Heard.OLD_NONCE
    in_time = bench.command()
    bench.now_s += NONCE_S - 0.01
    assert bench.say(late) is Heard.OLD_NONCE
    assert bench.say(in_time) is Heard.OBEYED


def test_a_nonce_of_the_report_before_is_good_as_well_until_one_is_used() -> None:
    bench = Bench()
    first, second = bench.command(counter=1), bench.command(counter=2)
    assert bench.say(first) is Heard.OBEYED
    assert bench.say(second) is Heard.OLD_NONCE


def test_a_lock_that_reports_in_time_remembers_every_nonce_that_is_good() -> None:
    bench = Bench()
    command = bench.command()
    while bench.now_s + REPORT_S < 100 + NONCE_S:
        bench.now_s += REPORT_S
        bench.nonce()
    assert bench.say(command) is Heard.OBEYED


def test_the_same_command_moves_nothing_again_whatever_the_lock_forgot() -> None:
    bench = Bench()
    command = bench.command()
    assert bench.say(command) is Heard.OBEYED
    assert bench.say(command) is Heard.OLD_COUNTER
    assert Bench(bench.flash).say(command) is Heard.OLD_COUNTER
    assert Bench(Flash()).say(command) is Heard.OLD_NONCE


def test_each_start_counts_and_each_report_counts() -> None:
    flash = Flash()
    reports = []
    for _ in range(2):
        started = Bench(flash).lock
        reports += [read_report(started.report(), SECRET) for _ in range(2)]
    assert [(report.boot, report.seq) for report in reports if report] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert len({report.nonce for report in reports if report}) == 4


def test_a_jammed_lock_obeys_and_reports_that_it_is_jammed() -> None:
    bench = Bench()
    bench.lock.jam = True
    command = bench.command()
    assert bench.say(command) is Heard.OBEYED
    report = read_report(bench.lock.report(), SECRET)
    assert report is not None
    assert (report.state, report.counter) == (LockState.JAMMED, command.counter)
    bench.lock.jam = False
    assert bench.lock.state is LockState.LOCKED
