"""The file in which the simulated lock tells of its movements."""

import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from lock_samples import HandClock

from limen.errors import LockError
from limen.locks.base import LockState
from limen.locks.simulator import SimulatedLock


def moves(log: Path) -> list[tuple[str, float]]:
    return [(line["moved"], line["seconds"]) for line in map(json.loads, log.read_text().splitlines())]


def test_each_movement_is_a_line(tmp_path: Path) -> None:
    clock = HandClock()
    lock = SimulatedLock(clock, tmp_path / "moves")
    lock.lock()
    lock.open_for(5)
    lock.open_for(2.5)
    lock.lock()
    lock.lock()
    lock.open_for(1)
    clock.now_s += 1
    lock.lock()
    lock.open_for(3)
    lock.close()
    lock.close()
    assert moves(tmp_path / "moves") == [
        ("unlock", 5), ("unlock", 2.5), ("lock", 0), ("unlock", 1), ("unlock", 3), ("lock", 0),
    ]  # fmt: skip


def test_times_are_of_the_day_and_in_utc(tmp_path: Path) -> None:
    SimulatedLock(HandClock(), tmp_path / "moves").open_for(5)
    at = datetime.fromisoformat(json.loads((tmp_path / "moves").read_text())["at"])
    assert at.utcoffset() == timedelta(0)


def test_what_did_not_move_has_no_line(tmp_path: Path) -> None:
    lock = SimulatedLock(HandClock(), tmp_path / "moves")
    lock.jam = True
    with pytest.raises(LockError):
        lock.open_for(5)
    with pytest.raises(ValueError, match="3600"):
        lock.open_for(0)
    assert not (tmp_path / "moves").exists()


def test_several_doors_share_a_file(tmp_path: Path) -> None:
    clock = HandClock()
    for seconds in (1, 2, 3):
        SimulatedLock(clock, tmp_path / "moves").open_for(seconds)
    assert moves(tmp_path / "moves") == [("unlock", 1), ("unlock", 2), ("unlock", 3)]


def test_a_program_that_is_killed_has_told_of_its_last_movement(tmp_path: Path) -> None:
    killed = (
        "import os, pathlib, signal, sys, time; from limen.locks.simulator import SimulatedLock\n"
        "SimulatedLock(time.monotonic, pathlib.Path(sys.argv[1])).open_for(5)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    ran = subprocess.run([sys.executable, "-c", killed, tmp_path / "moves"], timeout=60, check=False)
    assert ran.returncode == -9
    assert moves(tmp_path / "moves") == [("unlock", 5)]


def test_a_file_that_cannot_be_written_keeps_the_lock_shut(tmp_path: Path) -> None:
    lock = SimulatedLock(HandClock(), tmp_path / "no folder" / "moves")
    with pytest.raises(LockError, match="simulator_log"):
        lock.open_for(5)
    assert lock.state() is LockState.LOCKED
    assert lock.history == []


def test_a_file_that_can_no_longer_be_written_ends_an_opening(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    lock = SimulatedLock(HandClock(), folder / "moves")
    lock.open_for(500)
    folder.rename(tmp_path / "gone")
    with pytest.raises(LockError, match="simulator_log"):
        lock.open_for(500)
    assert lock.state() is LockState.LOCKED


def test_a_full_disk_keeps_the_lock_shut() -> None:
    lock = SimulatedLock(HandClock(), Path("/dev/full"))
    with pytest.raises(LockError, match="No space left"):
        lock.open_for(5)
    assert lock.state() is LockState.LOCKED
