"""How a door that is killed at a random moment leaves lock and audit: run from the folder ``tests``.

    python -m studies.kills --rounds 1000

A study that was interrupted goes on where it was, if the folder, the seed and the number of rounds are the same.
"""

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue

from limen.evaluation.metrics import clopper_pearson
from limen.models.catalogue import load_catalogue
from limen.models.library import ModelLibrary
from studies.killed_door import KilledDoor, Moment, Round, prepare

_ANEW_AFTER = 25
"""A door gets a new data folder after so many kills: the audit is verified after each, and would take ever longer."""
_BY_PROGRAM_EACH = 10
_EARLY_SHARE, _EARLY_S, _SPAN_S = 0.15, 1.5, 1.0


@dataclass(frozen=True, slots=True)
class KillStudy:
    """The rounds of a study, in the order of their numbers."""

    seed: int
    rounds: tuple[Round, ...]

    @property
    def faults(self) -> list[str]:
        """What went wrong, with the number of its round."""
        return [f"round {one.number}: {fault}" for one in self.rounds for fault in one.faults]

    def document(self) -> dict[str, object]:
        """The study as JSON."""
        failed = sum(bool(one.faults) for one in self.rounds)
        low, high = clopper_pearson(failed, len(self.rounds))
        return {
            "kills": len(self.rounds),
            "seed": self.seed,
            "during_a_visit": sum(one.visit for one in self.rounds),
            "while_the_lock_was_open": sum(one.stood_open for one in self.rounds),
            "between_record_and_lock": sum(one.cut_off for one in self.rounds),
            "records": sum(one.records for one in self.rounds),
            "printed_lines": sum(one.printed for one in self.rounds),
            "unlocks": sum(one.unlocks for one in self.rounds),
            "kills_with_a_fault": {"count": failed, "interval_95": [round(low, 5), round(high, 5)]},
            "faults": self.faults,
        }

    def text(self) -> str:
        """The study in words."""
        found = self.document()
        (_, high) = clopper_pearson(sum(bool(one.faults) for one in self.rounds), len(self.rounds))
        lines = [
            f"{found['kills']} kills, {found['during_a_visit']} of them during a visit, "
            f"{found['while_the_lock_was_open']} while the lock was open, "
            f"{found['between_record_and_lock']} between a record and its unlock",
            f"{found['records']} records, {found['printed_lines']} printed lines, {found['unlocks']} unlocks",
            f"{len(self.faults)} faults; a kill leaves one with a probability of at most {high:.2%} (95 %)",
        ]
        return "\n".join(lines + self.faults)


def moment(seed: int, number: int) -> Moment:
    """When the round ``number`` ends: mostly in the second after the door started, now and then before that."""
    dice = random.Random(f"{seed}-{number}")
    early = dice.random() < _EARLY_SHARE
    return Moment(dice.uniform(0, _EARLY_S if early else _SPAN_S), once_started=not early)


def study(
    prepared: Path, folder: Path, rounds: Sequence[int], seed: int, *, at_once: int = 1,
    done: Callable[[Round], None] = lambda _: None,
) -> KillStudy:  # fmt: skip
    """The kills of these numbers, ``at_once`` doors at a time, each with data folders of its own in ``folder``.

    ``done`` is told of each round, from several threads.
    """
    waiting: SimpleQueue[int | None] = SimpleQueue()
    for number in (*rounds, *[None] * at_once):
        waiting.put(number)

    def work(worker: int) -> list[Round]:
        results: list[Round] = []
        while (number := waiting.get()) is not None:
            if len(results) % _ANEW_AFTER == 0:
                door = KilledDoor(prepared, folder / f"door-{worker}")
            found = door.kill(number, moment(seed, number), by_program=number % _BY_PROGRAM_EACH == 0)
            done(found)
            results.append(found)
        return results

    with ThreadPoolExecutor(at_once) as pool:
        found = [one for results in pool.map(work, range(at_once)) for one in results]
    return KillStudy(seed, tuple(sorted(found, key=lambda one: one.number)))


def _main() -> int:
    wanted = _arguments()
    folder: Path = wanted.folder
    folder.mkdir(parents=True, exist_ok=True)
    journal = folder / f"rounds-{wanted.seed}.jsonl"
    before = _rounds_of(journal)
    left = [number for number in range(wanted.rounds) if number not in before]
    prepared = _prepared(folder, wanted.shared)

    def done(found: Round) -> None:
        with journal.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(found)) + "\n")
        _say(f"round {found.number}: {found.records} records, {found.unlocks} unlocks {' '.join(found.faults)}")

    study(prepared, folder, left, wanted.seed, at_once=wanted.at_once, done=done)
    kept = _rounds_of(journal)
    result = KillStudy(wanted.seed, tuple(kept[number] for number in range(wanted.rounds)))
    (folder / "result.json").write_text(json.dumps(result.document(), indent=1), "utf-8")
    (folder / "result.txt").write_text(result.text() + "\n", "utf-8")
    sys.stdout.write(json.dumps(result.document()) + "\n")
    _say(result.text())
    return 1 if result.faults else 0


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m studies.kills", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000, help="how many kills")
    parser.add_argument("--seed", type=int, default=1, help="which moments")
    parser.add_argument("--at-once", type=int, default=2, help="how many doors at a time")
    works = Path(tempfile.gettempdir()) / "limen-kills"
    parser.add_argument("--folder", type=Path, default=works, help="where it works, and leaves its result")
    default = Path(os.environ.get("LIMEN_SHARED", Path(__file__).parents[2].parent / "shared"))
    parser.add_argument("--shared", type=Path, default=default, help="the folder of photos, as the tests use it")
    return parser.parse_args()


def _rounds_of(journal: Path) -> dict[int, Round]:
    """The rounds that were done before, by their numbers."""
    if not journal.exists():
        return {}
    lines = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
    return {line["number"]: Round(**{**line, "faults": tuple(line["faults"])}) for line in lines}


def _prepared(folder: Path, shared: Path) -> Path:
    """The prepared data folder, made where there is none."""
    ready = folder / "prepared"
    if not ready.exists():
        draft = folder / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        library = ModelLibrary(load_catalogue(), draft / "models")
        for model_id in ("mtcnn", "dlib-resnet"):
            library.networks(model_id)
        prepare(draft, shared.resolve(), draft / "models")
        # The data folder links to models by their absolute path.
        (draft / "site" / "models").unlink()
        (draft / "site" / "models").symlink_to(ready.absolute() / "models", target_is_directory=True)
        draft.rename(ready)
    return ready / "site"


if __name__ == "__main__":
    raise SystemExit(_main())
