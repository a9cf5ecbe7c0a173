"""The cascade with networks that say what they are told; the real ones are held against the reference."""

import numpy as np
import pytest

from limen.faces.mtcnn import MtcnnDetector, MtcnnNetworks

Array = np.ndarray


class Proposals:
    """A first network that says ``score`` at every place, and keeps what it was shown."""

    def __init__(self, score: float) -> None:
        self.score = score
        self.shown: list[Array] = []

    def run(self, batch: Array) -> list[Array]:
        self.shown.append(batch)
        rows, columns = ((side - 12) // 2 + 1 for side in batch.shape[2:])
        return [np.full((1, 1, rows, columns), self.score, np.float32), np.zeros((1, 4, rows, columns), np.float32)]


class Answer:
    """A later network that gives each candidate the same score, and points in its middle."""

    def __init__(self, score: float, outputs: int) -> None:
        self.score, self.outputs, self.calls = score, outputs, 0

    def run(self, batch: Array) -> list[Array]:
        self.calls += 1
        n = len(batch)
        everything = [
            np.full((n, 1), self.score, np.float32), np.zeros((n, 4), np.float32), np.full((n, 10), 0.5, np.float32)
        ]  # fmt: skip
        return everything[: self.outputs]


def cascade(first: float = 0.9, second: float = 0.9, third: float = 0.9) -> tuple[MtcnnDetector, Proposals, Answer]:
    """A detector, its first network and its last."""
    pnet, onet = Proposals(first), Answer(third, 3)
    return MtcnnDetector(MtcnnNetworks(pnet, Answer(second, 2), onet)), pnet, onet


PICTURE = np.full((60, 80, 3), 90, np.uint8)


def test_the_pyramid_ends_where_a_face_fills_the_picture() -> None:
    detector, pnet, _ = cascade(first=0.1)
    assert detector.detect(PICTURE, 20) == []
    heights = [batch.shape[2] for batch in pnet.shown]
    assert heights == [37, 26, 19, 13]
    np.testing.assert_allclose(pnet.shown[0], (90 - 127.5) / 128, atol=1e-6)


def test_a_face_smaller_than_asked_for_is_not_looked_for() -> None:
    detector, pnet, _ = cascade(first=0.1)
    detector.detect(PICTURE, 61)
    assert pnet.shown == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (11, 11), (19, 500)])
def test_a_picture_too_small_for_a_face_has_none(shape: tuple[int, int]) -> None:
    detector, _, _ = cascade()
    assert detector.detect(np.zeros((*shape, 3), np.uint8), 20) == []


@pytest.mark.parametrize(
    ("scores", "faces"), [((0.9, 0.9, 0.9), True), ((0.5, 1, 1), False), ((1, 0.6, 1), False), ((1, 1, 0.6), False)]
)
def test_each_network_can_refuse(scores: tuple[float, float, float], faces: bool) -> None:
    detector, _, onet = cascade(*scores)
    assert bool(detector.detect(PICTURE, 40)) is faces
    assert onet.calls == (scores[0] > 0.6 and scores[1] > 0.7)


def test_points_lie_in_the_candidates_own_square() -> None:
    detector, _, _ = cascade()
    for face in detector.detect(PICTURE, 40):
        np.testing.assert_allclose(face.landmarks, np.tile(face.box.centre, (5, 1)), atol=1)


def test_faces_below_the_networks_own_size_cannot_be_asked_for() -> None:
    detector, _, _ = cascade()
    with pytest.raises(ValueError, match="at least 12"):
        detector.detect(PICTURE, 11)


def test_what_is_no_image_is_refused() -> None:
    detector, _, _ = cascade()
    with pytest.raises(ValueError, match="uint8"):
        detector.detect(np.zeros((60, 80), np.uint8), 40)
