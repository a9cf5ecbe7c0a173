import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.faces.area import AreaSampler

SIDES = st.integers(1, 40)
SEEDS = st.integers(0, 2**32 - 1)


def pooled(image: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Adaptive average pooling, cell by cell."""
    height, width, _ = image.shape
    result = np.empty((rows, columns, 3), np.float32)
    for row in range(rows):
        for column in range(columns):
            top, bottom = row * height // rows, -(-(row + 1) * height // rows)
            left, right = column * width // columns, -(-(column + 1) * width // columns)
            result[row, column] = image[top:bottom, left:right].reshape(-1, 3).astype(np.float64).mean(axis=0)
    return result


def interleaved(planes: np.ndarray) -> np.ndarray:
    return planes.transpose(1, 2, 0)


def noise(seed: int, height: int, width: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@settings(max_examples=40, deadline=None)
@given(SIDES, SIDES, SIDES, SIDES, SEEDS)
def test_a_whole_image_is_adaptive_average_pooling(height: int, width: int, rows: int, columns: int, seed: int) -> None:
    image = noise(seed, height, width)
    result = AreaSampler(image).whole(rows, columns)
    assert result.shape == (1, 3, rows, columns)
    assert result.dtype == np.float32
    np.testing.assert_allclose(interleaved(result[0]), pooled(image, rows, columns), atol=1e-3)


@settings(max_examples=40, deadline=None)
@given(st.data(), SEEDS)
def test_a_crop_is_the_pooling_of_what_the_box_shows(data: st.DataObject, seed: int) -> None:
    height, width = data.draw(st.integers(2, 40)), data.draw(st.integers(2, 40))
    image = noise(seed, height, width)
    boxes = []
    for _ in range(3):
        x1, y1 = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
        boxes.append((x1, y1, data.draw(st.integers(x1 + 1, width)), data.draw(st.integers(y1 + 1, height))))
    rows, columns = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 12))
    result = AreaSampler(image).crops(np.array(boxes), rows, columns)
    for crop, (x1, y1, x2, y2) in zip(result, boxes, strict=True):
        np.testing.assert_allclose(interleaved(crop), pooled(image[y1:y2, x1:x2], rows, columns), atol=1e-3)


def test_its_own_size_is_the_image_itself() -> None:
    image = noise(3, 7, 5)
    np.testing.assert_array_equal(interleaved(AreaSampler(image).whole(7, 5)[0]), image)


def test_sums_beyond_32_bits_come_out_right() -> None:
    image = np.full((3000, 3000, 3), 255, np.uint8)
    image[-250:, -250:] = 7
    assert int(image[..., 0].sum()) > 2**31
    result = interleaved(AreaSampler(image).whole(12, 12)[0])
    assert (result[-1, -1] == 7).all()
    assert (result[:11] == 255).all()
