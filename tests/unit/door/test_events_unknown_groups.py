from datetime import UTC, datetime, timedelta

import numpy as np

from door_samples import PRESETS
from limen.door.unknown_groups import SeenStranger, group_strangers, spread
from limen.matching.thresholds import Thresholds
from limen.store.crops import StrangerCrop
from limen.types import Measure

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def seen(sequence: int, person: int, *, minutes: float = 0, door: str = "front", good: bool = True) -> SeenStranger:
    vector = np.eye(8, dtype=np.float32)[person] + 0.01 * np.eye(8, dtype=np.float32)[7] * sequence
    crop = StrangerCrop(sequence, AT + timedelta(minutes=minutes), door, "unknown")
    return SeenStranger(crop, (vector / np.linalg.norm(vector)).astype(np.float32), 100, good)


def test_who_came_most_often_comes_first_and_pictures_of_one_visit_count_once() -> None:
    strangers = [
        seen(1, 0), seen(2, 0, minutes=1), seen(3, 0, minutes=2),
        seen(4, 1, minutes=3), seen(5, 1, minutes=3, door="back"), seen(6, 1, minutes=60),
        seen(7, 2, minutes=70),
    ]  # fmt: skip
    groups = group_strangers(strangers[::-1], Measure.COSINE, Thresholds(PRESETS))
    assert [(group.id, group.visits, group.sequences) for group in groups] == [
        (4, 3, (4, 5, 6)),
        (1, 1, (1, 2, 3)),
        (7, 1, (7,)),
    ]
    often = groups[0]
    assert (often.doors, often.first_at, often.last_at) == (
        ("back", "front"), AT + timedelta(minutes=3), AT + timedelta(minutes=60),
    )  # fmt: skip


def test_good_pictures_are_shown_where_there_are_any() -> None:
    strangers = [seen(number, 0, minutes=number, good=number in (2, 3)) for number in range(1, 9)]
    (group,) = group_strangers(strangers, Measure.COSINE, Thresholds(PRESETS))
    assert (set(group.shown), group.good) == ({2, 3}, 2)
    (group,) = group_strangers([seen(n, 0, good=False) for n in range(1, 9)], Measure.COSINE, Thresholds(PRESETS))
    assert (len(group.shown), group.good) == (6, 0)


def test_nobody_is_no_group() -> None:
    assert group_strangers([], Measure.COSINE, Thresholds(PRESETS)) == ()


def test_what_is_chosen_is_spread_out() -> None:
    rows = np.array([[0], [1], [10], [11], [5]], np.float32)
    assert spread(rows, 0, 3) == [0, 3, 4]
    assert spread(rows[:1], 0, 3) == [0]
