"""``limen evaluate pairs`` as people type it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def limen(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LIMEN_")}
    command = [sys.executable, "-m", "limen", "--data-dir", str(data), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def few_pairs(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty of the official pairs: the first ten of each kind of the first two folds."""
    lines = (shared / "data" / "lfw_pairs.txt").read_text().splitlines()
    chosen = [lines[1 + block * 300 + index] for block in range(4) for index in range(10)]
    path = tmp_path_factory.mktemp("pairs") / "pairs.txt"
    path.write_text("\n".join(["2\t10", *chosen]))
    return path


def test_real_people_are_told_apart(shared: Path, few_pairs: Path, tmp_path: Path) -> None:
    images = str(shared / "data" / "lfw")
    done = limen(tmp_path, "evaluate", "pairs", "--images", images, "--pairs", str(few_pairs), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["pairs"] == 40
    assert found["accuracy"]["mean"] > 0.9
    assert 0 <= found["accuracy"]["std"] < 0.1
    assert found["auc"] > 0.95
    assert found["eer"] < 0.1
    # Twenty impostor pairs say nothing of rates as small as these.
    assert found["tar_at_fmr"] == {"0.01": None, "0.001": None}
    assert found["failures_to_acquire"] == 0
    assert found["seconds"] > 0
    low, high = found["intervals_95"]["accuracy"]
    assert low < found["accuracy"]["mean"] <= high


def test_the_table_has_counts_and_intervals(shared: Path, few_pairs: Path, tmp_path: Path) -> None:
    images = str(shared / "data" / "lfw")
    done = limen(tmp_path, "evaluate", "pairs", "--images", images, "--pairs", str(few_pairs), "--workers", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "40 pairs in 2 folds (20 of one person, 20 of two)" in done.stdout
    assert "of 40" in done.stdout
    said = " ".join(done.stdout.split())
    assert "true accepts at FMR 0.01 not enough data: 3,000 pairs of two people are needed" in said
    assert "true accepts at FMR 0.001 not enough data: 30,000 pairs of two people are needed" in said


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("2\t1\nAnna 1\n", 65, "lines after the first"),
        ("2\t1\nAnna 1 2\nAnna 1 Ben 1\nBen 1 2\nBen 1\n", 65, "line 5"),
        ("1\nAnna 1 2\nAnna 1 Ben 1\n", 65, "two are needed"),
        ("2\t1\nAnna 1 2\nAnna 1 Ben 1\nBen 1 2\nBen 1 Anna 1\n", 66, "Anna_0001.jpg"),
        (None, 66, "cannot be read"),
    ],
)
def test_bad_lists(tmp_path: Path, text: str | None, code: int, message: str) -> None:
    listed = tmp_path / "pairs.txt"
    if text is not None:
        listed.write_text(text)
    done = limen(tmp_path / "data", "evaluate", "pairs", "--images", str(tmp_path), "--pairs", str(listed), "--json")
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
