"""A program that speaks may be slow, deaf, broken or absent: the door never notices."""

import sys
import time
from pathlib import Path

import pytest
from voice_samples import PATIENCE_S, Reports, Scripted, wait_until

from limen.voice.worker import Command, ProgramSpeaker

KEEPS = "open({file!r}, 'a').write(sys.stdin.read() + '\\n')"


def keeping(file: Path, reports: Reports) -> Scripted:
    return Scripted(KEEPS.format(file=str(file)), reports)


def test_a_sentence_is_spoken_while_the_door_goes_on(tmp_path: Path) -> None:
    reports, file = Reports(), tmp_path / "said"
    speaker = keeping(file, reports)
    speaker.say("Welcome, Anna; $(touch x) `ls` -w x!")
    wait_until(lambda: file.exists() and file.read_text())
    speaker.close()
    assert file.read_text() == "Welcome, Anna; $(touch x) `ls` -w x!\n"
    assert reports.told == []


def test_saying_returns_at_once_and_only_the_newest_sentence_waits(tmp_path: Path) -> None:
    reports, file, gate = Reports(), tmp_path / "said", tmp_path / "gate"
    waits = f"\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.01)"
    speaker = Scripted(KEEPS.format(file=str(file)) + waits, reports)
    speaker.say("one")
    wait_until(lambda: file.exists() and file.read_text())
    began_s = time.monotonic()
    for text in ("two", "three", "four"):
        speaker.say(text)
    assert time.monotonic() - began_s < 1
    gate.touch()
    wait_until(lambda: "four" in file.read_text())
    speaker.close()
    assert file.read_text() == "one\nfour\n"


def test_a_program_that_hangs_is_killed_with_all_it_started_and_reported(tmp_path: Path) -> None:
    child = tmp_path / "child"

    class Hangs(ProgramSpeaker):
        name = "hangs"

        def command(self, text: str) -> Command:
            # A grandchild holds on to standard error, which would keep a pipe open for good.
            return Command(("/bin/sh", "-c", f"sleep 600 & echo $! > {child}; wait"), text.encode())

    reports = Reports()
    speaker = Hangs(reports, longest_s=3)
    speaker.say("Welcome!")
    assert reports.first.wait(PATIENCE_S)
    speaker.close()
    assert reports.told == ["hangs was still speaking after 3 s and was stopped; what is said can still be read"]
    wait_until(lambda: gone(int(child.read_text())))


def gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has buried yet has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except FileNotFoundError:
        return True


def test_closing_kills_what_speaks_and_reports_nothing(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    reports = Reports()
    speaker = Scripted(f"open({str(pid)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)", reports)
    speaker.say("Welcome!")
    wait_until(lambda: pid.exists() and pid.read_text())
    began_s = time.monotonic()
    speaker.close()
    speaker.close()
    assert time.monotonic() - began_s < 5
    wait_until(lambda: gone(int(pid.read_text())))
    speaker.say("Nobody hears this.")
    assert reports.told == []


def test_a_failure_is_reported_once_until_it_works_again(tmp_path: Path) -> None:
    ran, broken = tmp_path / "ran", tmp_path / "broken"
    broken.touch()
    code = f"""
silent = os.path.exists({str(broken)!r})
open({str(ran)!r}, 'a').write('x')
if silent:
    sys.exit('no loudspeaker')
"""
    reports = Reports()
    speaker = Scripted(code, reports)

    def say_and_wait() -> None:
        before = ran.read_text() if ran.exists() else ""
        speaker.say("Welcome!")
        wait_until(lambda: ran.exists() and ran.read_text() != before)

    say_and_wait()
    assert reports.first.wait(PATIENCE_S)
    say_and_wait()
    broken.unlink()
    say_and_wait()
    assert reports.told == ["scripted ended with 1: no loudspeaker; what is said can still be read"]
    broken.touch()
    say_and_wait()
    wait_until(lambda: len(reports.told) == 2)
    speaker.close()


def test_a_program_that_is_gone_is_reported() -> None:
    class Gone(ProgramSpeaker):
        name = "gone"

        def command(self, text: str) -> Command:
            return Command(("/nonexistent/voice",), text.encode())

    reports = Reports()
    speaker = Gone(reports)
    assert speaker.speak_now("Welcome!") == "gone cannot be run: No such file or directory"
    speaker.say("Welcome!")
    assert reports.first.wait(PATIENCE_S)
    speaker.close()


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("sys.stdin.read()", None),
        ("sys.exit(3)", "scripted ended with 3: it does not say why"),
        ("print('first\\nlast', file=sys.stderr); sys.exit(1)", "scripted ended with 1: last"),
        ("os.kill(os.getpid(), 9)", "scripted ended with -9: it does not say why"),
        ("print('talkative', file=sys.stderr)", None),
    ],
)
def test_waiting_until_it_is_spoken(code: str, why: str | None) -> None:
    speaker = Scripted(code, Reports())
    assert speaker.speak_now("Welcome!") == why
    speaker.close()


def test_a_text_longer_than_a_pipe_and_a_program_that_does_not_read() -> None:
    speaker = Scripted("time.sleep(600)", Reports(), longest_s=1)
    assert speaker.speak_now("x" * 1_000_000) == "scripted was still speaking after 1 s and was stopped"
    speaker.close()


def test_a_voice_that_raises_is_reported_and_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "said"

    class Once(ProgramSpeaker):
        name = "once"

        def command(self, text: str) -> Command:
            if text == "one":
                raise RuntimeError("one")
            return Command((sys.executable, "-c", f"import sys; {KEEPS.format(file=str(file))}"), text.encode())

    reports = Reports()
    speaker = Once(reports)
    speaker.say("one")
    assert reports.first.wait(PATIENCE_S)
    assert reports.told == ["once failed: RuntimeError('one'); what is said can still be read"]
    speaker.say("two")
    wait_until(lambda: file.exists() and file.read_text() == "two\n")
    speaker.close()
