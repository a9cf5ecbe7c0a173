import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from store_samples import MODEL, opened

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")

TEMPLATES = 3

ENROLLER = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from store_samples import new_template, opened

with opened(Path(sys.argv[1])) as store:
    for number in range(10**6):
        store.enrol(f"{{sys.argv[2]}} {{number}}", [new_template(seed, keep=True) for seed in range({TEMPLATES})])
        print(f"{{sys.argv[2]}} {{number}}", flush=True)
"""


def enrolled_until_killed(folder: Path, label: str, after_s: float) -> list[str]:
    """The names whose enrolment returned before the process was killed."""
    with subprocess.Popen(
        [sys.executable, "-c", ENROLLER, folder, label], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(after_s)
        process.send_signal(signal.SIGKILL)
        names = [first.strip(), *process.stdout.read().splitlines()]
    assert process.returncode == -signal.SIGKILL
    return names


def test_a_killed_enrolment_is_whole_or_absent(tmp_path: Path) -> None:
    delays = random.Random(8)
    reported: set[str] = set()
    for kill in range(5):
        reported.update(enrolled_until_killed(tmp_path, f"round {kill}", delays.uniform(0, 0.1)))
        with opened(tmp_path) as store:
            people = store.people.all()
            counts = [len(store.templates.of(person.id, MODEL)) for person in people]
            assert store.revision() == len(people)
        assert reported <= {person.name for person in people}
        assert set(counts) == {TEMPLATES}
        with closing(sqlite3.connect(tmp_path / "limen.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    assert len(reported) > 5
