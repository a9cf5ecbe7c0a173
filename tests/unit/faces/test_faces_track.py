import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from limen.faces.track import Tracker
from limen.types import Box, Face, TrackId

STEP_S = 0.1


def face(x: float, y: float = 100, side: float = 80) -> Face:
    return Face(Box(x, y, x + side, y + side), 0.99, np.zeros((5, 2), np.float32))


def ids(tracker: Tracker, faces: list[Face], now_s: float) -> list[TrackId]:
    return [track.id for track in tracker.update(faces, now_s)]


@given(
    st.lists(st.tuples(st.integers(-20, 20), st.integers(-20, 20)), min_size=1, max_size=30),
    st.randoms(use_true_random=False),
)
def test_ids_stay_on_their_faces_through_motion_without_crossing(moves: list[tuple[int, int]], random: object) -> None:
    """Three faces move as one, each in its own lane; the detector gives them in any order."""
    tracker = Tracker()
    x, y = 500, 500
    known: dict[int, TrackId] = {}
    for index, (dx, dy) in enumerate(moves):
        x, y = x + dx, y + dy
        lanes = [0, 1, 2]
        random.shuffle(lanes)  # type: ignore[attr-defined] # hypothesis gives a random.Random
        found = ids(tracker, [face(x + 200 * lane, y) for lane in lanes], index * STEP_S)
        for lane, track in zip(lanes, found, strict=True):
            assert known.setdefault(lane, track) == track
    assert len(set(known.values())) == 3


def test_a_track_tells_how_long_and_how_often_its_face_was_seen() -> None:
    tracker = Tracker()
    for index in range(4):
        (track,) = tracker.update([face(10 * index)], 5 + index * STEP_S)
    assert (track.seen, track.first_s, round(track.last_s, 3)) == (4, 5, 5.3)
    assert track.box == face(30).box


def test_a_short_occlusion_keeps_the_id() -> None:
    tracker = Tracker(forget_s=0.8)
    (first,) = ids(tracker, [face(100)], 0.0)
    for now_s in (0.2, 0.4, 0.6):
        assert ids(tracker, [], now_s) == []
        assert tracker.alive == {first}
    assert ids(tracker, [face(110)], 0.7) == [first]


def test_after_forgetting_there_is_a_new_id() -> None:
    tracker = Tracker(forget_s=0.8)
    (first,) = ids(tracker, [face(100)], 0.0)
    tracker.update([], 0.81)
    assert tracker.alive == frozenset()
    assert ids(tracker, [face(100)], 0.9) != [first]


def test_ids_are_never_used_again() -> None:
    tracker = Tracker(forget_s=0.5)
    seen: list[TrackId] = []
    for index in range(20):
        seen += ids(tracker, [face(100), face(400)], float(index))
        if index % 5 == 4:
            tracker.forget()
            assert tracker.alive == frozenset()
    assert len(seen) == len(set(seen)) == 40


def test_a_face_elsewhere_is_another_face() -> None:
    tracker = Tracker()
    (first,) = ids(tracker, [face(100)], 0.0)
    assert ids(tracker, [face(300)], 0.1) != [first]


def test_a_face_of_quite_another_size_nearby_is_another_face() -> None:
    tracker = Tracker()
    (first,) = ids(tracker, [face(100, side=200)], 0.0)
    assert ids(tracker, [face(160, 160, side=60)], 0.1) != [first]


def test_a_fast_face_is_followed_beyond_its_own_box() -> None:
    tracker = Tracker()
    (first,) = ids(tracker, [face(100)], 0.0)
    assert face(100).box.iou(face(145).box) < 0.3
    assert ids(tracker, [face(145)], 0.1) == [first]


def test_two_faces_never_share_a_track() -> None:
    tracker = Tracker()
    tracker.update([face(100)], 0.0)
    found = ids(tracker, [face(104), face(98)], 0.1)
    assert len(set(found)) == 2


def test_the_better_overlap_goes_on_with_the_track() -> None:
    tracker = Tracker()
    (first,) = ids(tracker, [face(100)], 0.0)
    assert ids(tracker, [face(130), face(102)], 0.1)[1] == first
