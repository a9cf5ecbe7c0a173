"""What a report measures, and how it tells it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest

from limen.errors import BadDataError, ConfigError
from limen.evaluation.labelled import LabelledFaces
from limen.evaluation.report import GALLERIES, STEPS, Report, ReportPlan, measure
from limen.evaluation.report_page import check_report_path, render
from limen.evaluation.report_pictures import sample
from limen.matching.thresholds import Thresholds
from limen.models.catalogue import Preset
from limen.types import Image, Measure, ModelKey

IN_FORCE = Thresholds((Preset(fmr=1e-1, similarity=0.5), Preset(fmr=1e-3, similarity=0.7)), source="the test's presets")
PLAN = ReportPlan("made up", "eyes", datetime(2026, 1, 2, tzinfo=UTC), IN_FORCE, 2e-2, 0.015, 20)
EVIL = "<script>alert(1)</script>"


def made_up(people: int, photos: int, *, apart: float = 1.0) -> LabelledFaces:
    """People whose photos lie around a direction of their own; the last one's name would like to be HTML."""
    random = np.random.default_rng(7)
    middles = np.repeat(random.normal(size=(people, 16)) * apart + 1, photos, axis=0)
    vectors = middles + random.normal(size=middles.shape) * 0.4
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    names = (*(f"person {i}" for i in range(people - 1)), EVIL)
    files = tuple(Path(f"{i}.jpg") for i in range(people * photos))
    owner = np.repeat(np.arange(people), photos)
    return LabelledFaces(vectors.astype(np.float32), owner, names, ModelKey("m:0123456789"), Measure.COSINE, files)


def cut(shown: LabelledFaces) -> Sequence[Image]:
    return [np.full((24, 24, 3), 40 * index % 256, np.uint8) for index in range(len(shown))]


def measured(faces: LabelledFaces, plan: ReportPlan = PLAN) -> Report:
    steps: list[None] = []
    report = measure(faces, plan, cut, lambda: steps.append(None))
    assert len(steps) == STEPS
    return report


@pytest.fixture(scope="module")
def large() -> Report:
    return measured(made_up(40, 4))


@pytest.fixture(scope="module")
def small() -> Report:
    """Too few people for anything but pictures."""
    return measured(made_up(4, 2))


def test_thresholds_are_measured_here(large: Report) -> None:
    assert large.calibration is not None
    assert large.thresholds.source == "calibration of 2026-01-02 on made up"
    assert all(lax.similarity < strict.similarity for lax, strict in pairwise(large.rates))


def test_rows_count_what_they_say(large: Report) -> None:
    faces = large.faces
    alike = faces.vectors.astype(np.float64) @ faces.vectors.T.astype(np.float64)
    pairs = list(combinations(range(len(faces)), 2))
    for row in large.rates:
        two = [alike[a, b] >= row.similarity for a, b in pairs if faces.owner[a] != faces.owner[b]]
        one = [alike[a, b] < row.similarity for a, b in pairs if faces.owner[a] == faces.owner[b]]
        assert row.matches.total == len(two)
        # Similarities are counted in steps of 0.0001.
        assert abs(row.matches.count - sum(two)) <= 2
        assert row.missed is not None
        assert row.missed.total == len(one)
        assert abs(row.missed.count - sum(one)) <= 2
        # Everybody has as many photos, so that each person counting once changes nothing.
        assert row.fnmr == (pytest.approx(row.missed.rate) if row.missed.count >= 30 else None)
    assert large.rates[0].fnmr is None
    assert large.rates[-1].fnmr is not None


def test_what_was_not_counted_is_marked(large: Report) -> None:
    # Forty people make 780 pairs of people: thirty of them are one in 26.
    assert [row.fitted for row in large.rates] == [False, True, True, True, True, True]
    assert [row.interval is None for row in large.rates] == [False, True, True, True, True, True]
    assert large.rates[1].pairs_needed == 3000


def test_thresholds_rise_with_the_people_enrolled(large: Report) -> None:
    assert [row.fpir for row in large.entries] == [1e-1, 2e-2, 1e-2, 1e-3, 1e-4]
    for row in large.entries:
        assert tuple(cell.people for cell in row.thresholds) == GALLERIES
        for cell in row.thresholds:
            assert cell.similarity == large.thresholds.for_search(row.fpir, cell.people)
        assert all(few.similarity < many.similarity for few, many in pairwise(row.thresholds))


def test_searches_and_clusters_are_done(large: Report) -> None:
    assert {(row.people, row.photos) for row in large.searches} == {(10, 1), (10, 3)}
    assert large.clusters is not None
    assert (large.clusters.photos, large.clusters.people) == (160, 40)
    assert large.left_out == ()


def test_too_few_photos_are_told(small: Report) -> None:
    assert small.calibration is None
    assert small.thresholds is IN_FORCE
    assert [text.split(":")[0] for text in small.left_out] == [
        "Thresholds were not measured",
        "Searches were not measured",
        "Clusters were not measured",
    ]
    assert [picture.title for picture in small.pictures][-2:] == ["Face by face", "On a plane"]
    assert all(picture.png.startswith(b"\x89PNG") for picture in small.pictures)


def test_one_photo_a_person() -> None:
    report = measured(made_up(20, 1))
    assert report.calibration is not None
    assert {row.fnmr for row in report.rates} == {None}
    assert "Curves were not drawn" in report.left_out[-1]
    assert "–" in render(report)


def test_one_and_the_same_face_is_no_reason_to_stop() -> None:
    faces = made_up(2, 2)
    same = LabelledFaces(
        np.repeat(faces.vectors[:1], 4, axis=0), faces.owner, faces.names, faces.model, faces.measure, faces.photos
    )
    assert "On a plane" not in [picture.title for picture in measured(same).pictures]


def test_one_person_alone() -> None:
    with pytest.raises(BadDataError, match="show one person"):
        measured(made_up(1, 5))


def test_neither_photos_nor_thresholds_enough() -> None:
    with pytest.raises(ConfigError, match="has no thresholds"):
        measured(made_up(4, 2), replace(PLAN, in_force=Thresholds(())))


def test_a_sample_is_small_and_of_those_with_most_photos() -> None:
    many, few = made_up(3, 9), made_up(30, 2)
    both = LabelledFaces(
        np.concatenate([few.vectors, many.vectors]),
        np.concatenate([few.owner, many.owner + 30]),
        (*(f"few {i}" for i in range(30)), "a", "b", "c"),
        few.model,
        few.measure,
    )
    shown = sample(both)
    assert len(shown) <= 40
    assert {"a", "b", "c"} <= set(shown.names)
    assert shown.counts.max() == 4
    expected = both.vectors[np.flatnonzero(both.owner == 30)[:4]]
    np.testing.assert_array_equal(shown.vectors[shown.owner == shown.names.index("a")], expected)


class Elements(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


class TestPage:
    def test_it_says_what_was_measured(self, large: Report) -> None:
        page = " ".join(Elements(render(large)).text.split())
        own = next(row for row in large.entries if row.fpir == PLAN.fpir)
        assert f"With 10 people enrolled, one photo each, a threshold of {own.thresholds[1].similarity:.3f}" in page
        assert "lets in 1 in 50 strangers. At 20 strangers a day that is one false entry in 2.5 days" in page
        for row in large.rates:
            assert f"{row.similarity:.4f}" in page
        assert "m:0123456789" in page
        assert "2026-01-02" in page
        assert "fitted" in page

    def test_nothing_in_it_comes_from_elsewhere_or_runs(self, large: Report) -> None:
        elements = Elements(render(large)).found
        assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in elements}
        sources = [attributes.get("src") or "" for tag, attributes in elements if tag == "img"]
        assert len(sources) == len(large.pictures) == 5
        assert all(source.startswith("data:image/png;base64,") for source in sources)
        assert all((attributes["href"] or "").startswith("#") for tag, attributes in elements if tag == "a")
        (policy,) = [a["content"] for tag, a in elements if tag == "meta" and "http-equiv" in a]
        assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
        assert all((attributes.get("alt") or "") for tag, attributes in elements if tag == "img")

    def test_names_are_text(self, small: Report) -> None:
        page = render(replace(small, plan=replace(PLAN, data=EVIL, detector=EVIL)))
        assert EVIL not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page

    def test_links_within_lead_somewhere(self, large: Report, small: Report) -> None:
        for report in (large, small):
            elements = Elements(render(report)).found
            ids = {attributes["id"] for _, attributes in elements if "id" in attributes}
            links = {(attributes["href"] or "")[1:] for tag, attributes in elements if tag == "a"}
            described = {a["aria-describedby"] for _, a in elements if "aria-describedby" in a}
            assert links | described <= ids


@pytest.mark.parametrize("name", ["report.pdf", "report", ".html/"])
def test_a_name_that_is_no_report(name: str) -> None:
    with pytest.raises(BadDataError, match=r"ends in \.html"):
        check_report_path(Path(name))
