"""KNN and SVM as a second opinion: they choose among the people most alike, and never let a stranger in."""

import numpy as np
import pytest
from matching_samples import MODEL, at, embedding, gallery, template
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from limen.matching.base import Method, Outcome
from limen.matching.classifiers import SHORTLIST, knn, svm
from limen.matching.exact import ExactGallery
from limen.matching.match import MatchPolicy, identify
from limen.matching.thresholds import Thresholds
from limen.models.catalogue import Preset
from limen.types import Embedding, Measure

CLASSIFIERS = (Method.KNN, Method.SVM)
PRESETS = (Preset(fmr=1e-1, similarity=0.3), Preset(fmr=1e-3, similarity=0.5))


def policy(method: Method, margin: float = 0.0) -> MatchPolicy:
    return MatchPolicy(Thresholds(PRESETS), 1e-2, 1e-2, margin, method)


def crowd(people: int, photos: int, seed: int = 0) -> tuple[ExactGallery, np.ndarray]:
    """People far apart in 64 dimensions, whose photos lie close to their centres (people, 64)."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(people, 64))
    rows = [
        template(f"{person:04d}", embedding(*(centres[person] + 0.4 * random.normal(size=64))))
        for person in range(people)
        for _ in range(photos)
    ]
    return ExactGallery(rows, MODEL, Measure.COSINE), centres


@pytest.mark.parametrize("method", CLASSIFIERS)
def test_the_person_is_found(method: Method) -> None:
    people, centres = crowd(30, 3)
    for person in (0, 7, 29):
        match = identify(embedding(*centres[person]), people, policy(method, margin=0.05))
        assert (match.outcome, match.person) == (Outcome.MATCHED, f"{person:04d}")


@pytest.mark.parametrize("method", CLASSIFIERS)
def test_a_stranger_gets_no_name_though_a_classifier_must_answer(method: Method) -> None:
    people, _ = crowd(1000, 2)
    strangers = np.random.default_rng(9).normal(size=(100, 64))
    for stranger in strangers:
        probe = embedding(*stranger)
        assert people.search(probe, method, 1), "the classifier itself names somebody"
        match = identify(probe, people, policy(method))
        assert match.person is None
        assert match.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("method", CLASSIFIERS)
def test_whom_they_match_the_nearest_template_matches_too(method: Method) -> None:
    people, centres = crowd(60, 3, seed=2)
    random = np.random.default_rng(5)
    matched = 0
    for person in range(60):
        probe = embedding(*(centres[person] + 0.8 * random.normal(size=64)))
        match = identify(probe, people, policy(method))
        if match.person:
            matched += 1
            assert match.person == identify(probe, people, policy(Method.NEAREST)).person
            assert match.similarity is not None
            assert match.similarity >= match.threshold
    assert matched > 10


def test_neighbours_outvote_the_nearest_and_the_match_is_denied() -> None:
    """Ben's one template is nearest, two of Anna's come next: by votes it is Anna, whom Ben leads."""
    people = gallery(anna=[at(2), at(-2.1)], ben=[at(1.9)])
    probe = at(0)
    assert people.search(probe, Method.NEAREST, 1)[0].person == "ben"
    named, rival = people.search(probe, Method.KNN, 2)
    assert (named.person, rival.person) == ("anna", "ben")
    assert named.similarity < rival.similarity
    assert identify(probe, people, policy(Method.KNN)).outcome is Outcome.AMBIGUOUS


@pytest.mark.parametrize("method", CLASSIFIERS)
def test_among_one_person_that_one_is_named(method: Method) -> None:
    assert [c.person for c in gallery(anna=[at(0), at(5)]).search(at(1), method, 3)] == ["anna"]


@pytest.mark.parametrize("method", CLASSIFIERS)
def test_identical_templates_of_two_people_are_ambiguous(method: Method) -> None:
    match = identify(at(0), gallery(anna=[at(0)], ben=[at(0)]), policy(method, margin=0.01))
    assert match.outcome is Outcome.AMBIGUOUS


def test_the_shortlist_changes_no_vote() -> None:
    """The three nearest templates belong to at most three people: among ten of many they are the same."""
    people, _ = crowd(50, 2, seed=3)
    rows = people._rows
    labels = np.repeat(np.arange(50), 2)
    everybody = KNeighborsClassifier(3, weights="distance", algorithm="brute").fit(rows, labels.astype(str))
    for probe in np.random.default_rng(4).normal(size=(40, 64)):
        wanted = embedding(*probe)
        (named, *_) = people.search(wanted, Method.KNN, 1)
        assert int(named.person) == int(everybody.predict(wanted.vector[None])[0])
    assert SHORTLIST >= 3


def test_the_machine_is_that_of_scikit_learn_on_the_same_templates() -> None:
    random = np.random.default_rng(8)
    rows = random.normal(size=(12, 16)).astype(np.float32)
    labels = np.repeat(np.arange(4), 3)
    centred = rows - rows.mean(axis=0)
    scale = np.sqrt((centred**2).sum(axis=1).mean())
    machine = SVC(C=10.0, kernel="linear").fit(centred / scale, labels)
    for probe in random.normal(size=(20, 16)).astype(np.float32):
        assert svm(probe, rows, labels) == int(machine.predict((probe[None] - rows.mean(axis=0)) / scale)[0])


@pytest.mark.parametrize("classify", [knn, svm])
def test_identical_templates_are_no_error(classify: object) -> None:
    rows = np.ones((4, 8), np.float32)
    assert classify(rows[0], rows, np.array([3, 3, 5, 5])) in (3, 5)  # type: ignore[operator] # one of two functions


def test_a_probe_that_broke_is_no_match() -> None:
    with pytest.raises(ValueError, match="finite"):
        Embedding(np.full(8, np.nan, np.float32), MODEL)
