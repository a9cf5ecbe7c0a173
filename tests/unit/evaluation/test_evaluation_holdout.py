import numpy as np
import pytest
from evaluation_samples import crowd

from limen.errors import BadDataError
from limen.evaluation.holdout import HoldoutPlan, evaluate_calibration

PLAN = HoldoutPlan(fmr=(1e-1, 1e-2, 1e-4), fpir=0.1, people=60, splits=3)


def test_one_half_predicts_the_other() -> None:
    steps: list[None] = []
    splits = evaluate_calibration(crowd(400, 2), PLAN, lambda: steps.append(None))
    assert len(splits) == len(steps) == 3
    for split in splits:
        for prediction in split.fmr[:2]:
            assert prediction.factor == pytest.approx(1, abs=0.35)
            assert prediction.factor == pytest.approx((prediction.measured or 0) / prediction.wanted)
        assert split.fpir.factor == pytest.approx(1, abs=0.6)
    assert splits[0].fmr[0].threshold < splits[0].fmr[1].threshold < splits[0].fpir.threshold


def test_rates_that_the_other_half_is_too_small_for_are_not_told() -> None:
    (split, *_) = evaluate_calibration(crowd(400, 1), PLAN)
    assert split.fmr[2].measured is None
    assert split.fmr[2].factor is None


def test_the_same_seed_gives_the_same_halves() -> None:
    faces = crowd(200, 1)
    plan = HoldoutPlan((1e-1,), 0.1, 30, 2)
    assert evaluate_calibration(faces, plan) == evaluate_calibration(faces, plan)
    assert evaluate_calibration(faces, HoldoutPlan((1e-1,), 0.1, 30, 2, seed=5)) != evaluate_calibration(faces, plan)


def test_halves_that_differ_are_noticed() -> None:
    """Half of the people look more alike: how many of them a split calibrates on decides what it predicts."""
    faces = crowd(120, 1)
    lied = np.where(np.arange(120)[:, None] < 60, faces.vectors, faces.vectors[:1] * 0.5 + faces.vectors * 0.5)
    lied = (lied / np.linalg.norm(lied, axis=1, keepdims=True)).astype(np.float32)
    alike = type(faces)(lied, faces.owner, faces.names, faces.model, faces.measure)
    factors = [s.fmr[0].factor or 0 for s in evaluate_calibration(alike, HoldoutPlan((1e-1,), 0.1, 30, 8))]
    assert max(factors) > 1.2
    assert min(factors) < 0.85


def test_a_gallery_that_leaves_no_strangers_is_refused() -> None:
    with pytest.raises(BadDataError, match=r"120 people make halves of 60: galleries of 60 .*--people"):
        evaluate_calibration(crowd(120, 1), PLAN)
