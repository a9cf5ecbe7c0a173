import numpy as np
import pytest
from matching_samples import MODEL, OTHER_MODEL, at, embedding, gallery, template

from limen.errors import TemplateError
from limen.matching.base import Method
from limen.matching.exact import ExactGallery
from limen.types import Embedding, Measure, PersonId


def found(made_of: ExactGallery, probe: Embedding, method: Method = Method.NEAREST, limit: int = 9) -> dict[str, float]:
    return {candidate.person: candidate.similarity for candidate in made_of.search(probe, method, limit)}


def test_the_nearest_template_stands_for_a_person() -> None:
    people = gallery(anna=[at(0), at(80)], ben=[at(40)])
    assert list(found(people, at(79))) == ["anna", "ben"]
    assert found(people, at(79))["anna"] == pytest.approx(np.cos(np.radians(1)))


def test_the_centre_stands_for_a_person() -> None:
    """Anna's templates lie to both sides of Ben's: her nearest wins, and so does her centre, but not both ways."""
    people = gallery(anna=[at(0), at(80)], ben=[at(30)])
    assert next(iter(found(people, at(5), Method.NEAREST))) == "anna"
    assert next(iter(found(people, at(5), Method.CENTROID))) == "ben"
    assert found(people, at(40), Method.CENTROID)["anna"] == pytest.approx(1)
    assert found(people, at(40), Method.NEAREST)["anna"] == pytest.approx(np.cos(np.radians(40)))


def test_both_methods_agree_on_one_template_a_person() -> None:
    people = gallery(anna=[at(0)], ben=[at(50)], cleo=[at(110)])
    assert found(people, at(35), Method.NEAREST) == pytest.approx(found(people, at(35), Method.CENTROID))


def test_at_most_so_many_are_given() -> None:
    people = gallery(anna=[at(0), at(1), at(2)], ben=[at(50)], cleo=[at(110)])
    assert people.people == 3
    assert [candidate.person for candidate in people.search(at(0), Method.NEAREST, 2)] == ["anna", "ben"]


def test_the_order_of_templates_is_of_no_matter() -> None:
    generator = np.random.default_rng(4)
    templates = [
        template(f"person {number % 7}", embedding(*generator.normal(size=16))) for number in range(40)
    ]  # fmt: skip
    probe = embedding(*generator.normal(size=16))
    straight = ExactGallery(templates, MODEL, Measure.COSINE)
    shuffled = ExactGallery(templates[::-1], MODEL, Measure.COSINE)
    for method in Method:
        assert found(straight, probe, method) == pytest.approx(found(shuffled, probe, method), abs=1e-6)


def test_a_search_is_what_comparing_one_by_one_gives() -> None:
    generator = np.random.default_rng(6)
    names = [f"person {number % 5}" for number in range(23)]
    rows = [embedding(*generator.normal(size=8), unit=False) for _ in names]
    people = ExactGallery(
        [template(name, row) for name, row in zip(names, rows, strict=True)], MODEL, Measure.EUCLIDEAN
    )
    probe = embedding(*generator.normal(size=8), unit=False)
    expected: dict[str, float] = {}
    for name, row in zip(names, rows, strict=True):
        expected[name] = max(expected.get(name, -99), 1 - float(np.linalg.norm(row.vector - probe.vector)))
    assert found(people, probe) == pytest.approx(expected, abs=1e-5)
    for name, similarity in expected.items():
        compared = people.compare(probe, PersonId(name), Method.NEAREST)
        assert compared is not None
        assert compared.similarity == pytest.approx(similarity, abs=1e-5)
    centre = people.compare(probe, PersonId("person 1"), Method.CENTROID)
    mean = np.mean([row.vector for name, row in zip(names, rows, strict=True) if name == "person 1"], axis=0)
    assert centre is not None
    assert centre.similarity == pytest.approx(1 - np.linalg.norm(mean - probe.vector), abs=1e-5)


@pytest.mark.parametrize("method", Method)
def test_nobody_is_found_among_nobody(method: Method) -> None:
    nobody = gallery()
    assert nobody.people == 0
    assert nobody.search(at(0), method, 2) == []
    assert nobody.compare(at(0), PersonId("anna"), method) is None


def test_nobody_is_compared_with_who_has_no_templates() -> None:
    assert gallery(anna=[at(0)]).compare(at(0), PersonId("ben"), Method.NEAREST) is None


def test_templates_of_another_model_are_refused() -> None:
    other = template("ben", embedding(1, 0, model=OTHER_MODEL))
    with pytest.raises(TemplateError, match="enrol the people again"):
        ExactGallery([template("anna", at(0)), other], MODEL, Measure.COSINE)


@pytest.mark.parametrize("method", Method)
def test_a_probe_of_another_model_is_refused(method: Method) -> None:
    probe = embedding(1, 0, model=OTHER_MODEL)
    with pytest.raises(TemplateError, match=OTHER_MODEL):
        gallery(anna=[at(0)]).search(probe, method, 1)
    with pytest.raises(TemplateError, match=OTHER_MODEL):
        gallery(anna=[at(0)]).compare(probe, PersonId("anna"), method)


def test_a_search_amounts_to_more_comparisons_the_more_photos_people_have() -> None:
    people = gallery(anna=[at(0)], ben=[at(50)] * 4, cleo=[at(110)] * 9)
    assert people.comparisons(0) == 3
    assert people.comparisons(1) == 14
    assert people.comparisons(0.5) == pytest.approx(1 + 2 + 3)
    assert people.comparisons(0.5, PersonId("ben")) == pytest.approx(2)
    assert people.comparisons(0.5, PersonId("nobody")) == 0
    assert gallery().comparisons(1) == 0
