"""What stands in the pictures of robustness, layers and landmarks."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from limen.errors import BadDataError
from limen.evaluation.changes import Change
from limen.evaluation.landmarks import MarkedFace
from limen.evaluation.metrics import Proportion
from limen.evaluation.plots.landmarks import landmarks
from limen.evaluation.plots.layers import Activation, layers
from limen.evaluation.plots.robustness import robustness
from limen.evaluation.plots.style import Caption
from limen.evaluation.robustness import ChangeEffects, Compared, Effect, RobustnessReport
from limen.types import ModelKey

CAPTION = Caption("Title", "data", "model", "2026-11-24")
CROP = np.random.default_rng(0).integers(0, 256, (30, 30, 3), np.uint8)


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def compared(median: float, below: int = 0) -> Compared:
    return Compared(median, median - 0.02, median + 0.01, Proportion(below, 10))


def blur(other: bool) -> ChangeEffects:
    effects = (
        Effect(1, Proportion(0, 10), compared(0.9), compared(0.8, 2) if other else None),
        Effect(2, Proportion(5, 10), compared(0.7), compared(0.6, 8) if other else None),
        Effect(3, Proportion(10, 10), None, None),
    )
    return ChangeEffects(Change("blur", "Out of focus", "sigma", (1, 2, 3), 0, lambda image, face, s: image), effects)


def report(*changes: ChangeEffects, other: bool = True) -> RobustnessReport:
    unchanged = Effect(0, Proportion(0, 10), compared(1.0), compared(0.85, 1) if other else None)
    model = ModelKey("fake:1")
    return RobustnessReport(model, 0.01, 0.75, 40, 10, 10, 10 if other else 0, (), unchanged, changes)


class TestRobustness:
    def test_lines_go_through_the_medians_and_begin_with_the_photos_as_they_are(self) -> None:
        panel = robustness(report(blur(other=True)), CAPTION).axes[1]
        assert panel.get_title("left") == "Out of focus"
        threshold, other, same = (np.column_stack(line.get_data()) for line in panel.lines)
        assert threshold[:, 1].tolist() == [0.75, 0.75]
        np.testing.assert_allclose(same, [[0, 1.0], [1, 0.9], [2, 0.7], [3, np.nan]])
        np.testing.assert_allclose(other, [[0, 0.85], [1, 0.8], [2, 0.6], [3, np.nan]])
        low, high = panel.get_ylim()
        assert low < 0.58
        assert high > 1

    def test_bars_are_failures_and_on_them_what_is_found_and_below_the_threshold(self) -> None:
        strip = robustness(report(blur(other=True)), CAPTION).axes[2]
        bars = [one.get_segments()[0] for one in strip.collections if isinstance(one, LineCollection)]
        ends = [(bar[0, 0], round(bar[0, 1], 3), round(bar[1, 1], 3)) for bar in bars]
        # Half are not found; eight of ten of the other half are below the threshold: nine of ten are turned away.
        assert ends == [
            (0, 0, 0),
            (0, 0, 0.1),
            (1, 0, 0),
            (1, 0, 0.2),
            (2, 0, 0.5),
            (2, 0.5, 0.9),
            (3, 0, 1),
            (3, 1, 1),
        ]

    def test_each_change_has_a_panel_but_those_that_fitted_no_photo(self) -> None:
        one = blur(other=True)
        none = ChangeEffects(one.change, ())
        assert len(robustness(report(one, none, one), CAPTION).axes) == 1 + 2 * 2
        assert len(robustness(report(*[one] * 9), CAPTION).axes) == 1 + 2 * 9

    def test_without_a_second_photo_of_anybody_itself_alone_is_drawn(self) -> None:
        figure = robustness(report(blur(other=False), other=False), CAPTION)
        legend = figure.axes[0].get_legend()
        assert legend is not None
        told = [text.get_text() for text in legend.get_texts()]
        assert not any("another photo" in text for text in told)
        assert "threshold (FMR 1 %)" in told
        figure.draw_without_rendering()


class TestLayers:
    def drawn(self, output: np.ndarray) -> Figure:
        return layers(Activation("x1", "Relu", CROP, output.astype(np.float32)), CAPTION)

    def test_a_map_for_each_channel_on_one_scale(self) -> None:
        maps = np.random.default_rng(1).random((5, 4, 6))
        figure = self.drawn(maps)
        shown = [axes.images[0] for axes in figure.axes if axes.images]
        assert len(shown) == 1 + 5
        for channel, image in enumerate(shown[1:]):
            np.testing.assert_allclose(np.asarray(image.get_array()), maps[channel], rtol=1e-6)
        assert len({image.get_clim() for image in shown[1:]}) == 1
        assert shown[1].get_cmap().name == "viridis"
        assert "layer x1: Relu, 5 of 5 maps of 6 × 4" in texts(figure)
        assert [text for text in texts(figure) if text.isdigit()] == list("01234")

    def test_so_many_of_how_many(self) -> None:
        figure = self.drawn(np.random.default_rng(1).random((200, 3, 3)))
        assert sum(bool(axes.images) for axes in figure.axes) == 1 + 64
        assert "layer x1: Relu, 64 of 200 maps of 3 × 3" in texts(figure)

    @pytest.mark.parametrize("shape", [(7,), (7, 1, 1)])
    def test_a_vector_is_bars(self, shape: tuple[int, ...]) -> None:
        values = np.arange(-3, 4.0)
        figure = self.drawn(values.reshape(shape))
        (bars,) = (axes for axes in figure.axes if axes.patches)
        assert [bar.get_height() for bar in bars.patches] == values.tolist()  # type: ignore[attr-defined] # rectangles
        assert "layer x1: Relu, 7 numbers, in their order" in texts(figure)

    @pytest.mark.parametrize("value", [0.0, -2.0, 5.0])
    def test_a_layer_in_which_all_is_the_same(self, value: float) -> None:
        self.drawn(np.full((3, 4, 4), value)).draw_without_rendering()

    def test_two_axes_are_one_map(self) -> None:
        assert "layer x1: Relu, 1 of 1 maps of 9 × 2" in texts(self.drawn(np.ones((2, 9))))

    def test_what_cannot_be_drawn_is_told(self) -> None:
        with pytest.raises(BadDataError, match="up to three axes"):
            self.drawn(np.ones((2, 3, 4, 5)))
        with pytest.raises(BadDataError, match="numbers that are none"):
            self.drawn(np.full((2, 3, 3), np.nan))


class TestLandmarks:
    predicted = np.array([[8, 8], [20, 8], [14, 14], [9, 20], [19, 20]], float)

    def true(self) -> np.ndarray:
        points = np.full((15, 2), 3.0)
        points[[1, 0, 10, 12, 11]] = self.predicted + np.array([1.2, 0])
        return points

    def test_points_lie_over_their_pixels(self) -> None:
        axes = landmarks([MarkedFace("a.jpg", CROP, self.predicted)], CAPTION).axes[-1]
        left, right, bottom, top = axes.images[0].get_extent()
        (crosses,) = axes.lines
        x = left + (self.predicted[:, 0] + 0.5) / 30 * (right - left)
        y = top + (self.predicted[:, 1] + 0.5) / 30 * (bottom - top)
        np.testing.assert_allclose(np.column_stack(crosses.get_data()), np.column_stack([x, y]))
        assert crosses.get_marker() == "x"

    def test_true_points_are_circles_and_each_compared_one_has_a_line_to_its_landmark(self) -> None:
        figure = landmarks([MarkedFace("a.jpg", CROP, self.predicted, self.true())], CAPTION)
        lines = figure.axes[-1].lines
        assert [line.get_marker() for line in lines] == ["o", "o", *["None"] * 5, "x"]
        small, large, *between, crosses = [np.column_stack(line.get_data()) for line in lines]
        assert (len(small), len(large)) == (10, 5)
        for place, line in enumerate(between):
            np.testing.assert_allclose(line[1], crosses[place])
            assert np.abs(large - line[0]).sum(axis=1).min() < 1e-9
        assert "error 10 %" in texts(figure)
        assert "a.jpg" in texts(figure)

    def test_what_is_missing_is_told(self) -> None:
        unknown = self.true()
        unknown[0] = np.nan
        faces = [MarkedFace("a", CROP, None, self.true()), MarkedFace("b", CROP, self.predicted, unknown)]
        found = texts(landmarks(faces, CAPTION))
        assert {"no face found", "eyes not known"} <= set(found)

    @pytest.mark.parametrize("count", [1, 2, 7, 100])
    def test_every_face_lies_within_the_page(self, count: int) -> None:
        faces = [MarkedFace(f"{Path('a' * 200)}{n}.jpg", CROP[: 10 + n % 20], self.predicted) for n in range(count)]
        figure = landmarks(faces, CAPTION)
        axes = figure.axes[-1]
        assert len(axes.images) == count
        (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
        for image in axes.images:
            x1, x2, y1, y2 = image.get_extent()
            assert left < x1 < x2 < right
            assert high < y2 < y1 < low
