"""A fire that lowers the hazard by what capacity was lost: both treatments find the truth."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from utfall.analysis.counterfactual import counterfactual
from utfall.analysis.ladder import adjusted, stages_of
from utfall.analysis.results import Estimate, NotEstimable
from utfall.analysis.treatments import treated_by

from ..analysis.conftest import FIRE, plan

REPLICATES = 80
FULL = frozenset({"disruption", "target_group"})


def burnt_world(seed: int, *, n: int, effect: float) -> tuple[pl.DataFrame, float]:
    """Return referrals followed through the fire, and the effect in normal operation.

    Work has a daily hazard that the fire halves in AMA, other exits one that it leaves alone;
    days are lived through one by one, so that nothing here resembles a logit.
    """
    rng = np.random.default_rng([seed, 7])
    readiness = rng.normal(size=n)
    in_ama = rng.random(n) < 1 / (1 + np.exp(-0.5 * readiness))
    zero = np.array([date(2014, 1, 1) + timedelta(days=int(d)) for d in rng.integers(0, 1820, n)])
    rate = np.exp(-6.7 + 0.35 * readiness + effect * in_ama)[:, None]
    days = np.arange(365)
    start = zero.astype("datetime64[D]")[:, None] + days
    is_burning = (start >= np.datetime64(FIRE.starts_on)) & (start <= np.datetime64(FIRE.ends_on))
    other = 0.0008
    calm = [
        (r / (r + other) * -np.expm1(-(r + other) * 365)).mean()
        for r in (np.exp(-6.7 + 0.35 * readiness + effect), np.exp(-6.7 + 0.35 * readiness))
    ]
    hazard = np.where(is_burning & in_ama[:, None], 0.5, 1.0) * rate
    works, leaves = rng.random((n, 365)) < hazard, rng.random((n, 365)) < other
    found = np.where(works.any(1), works.argmax(1), 999)
    gone = np.where(leaves.any(1), leaves.argmax(1), 999)
    last = np.minimum(found, gone)
    rows = pl.DataFrame(
        {
            "programme": np.where(in_ama, "ama", "vac").tolist(),
            "referral_date": zero.tolist(),
            "end_date": [
                z + timedelta(days=int(d)) if d < 365 else None
                for z, d in zip(zero, last, strict=True)
            ],
            "readiness": readiness,
            "work_365": ((found < 365) & (found <= gone)).astype(float),
        }
    )
    return rows, float(calm[0] - calm[1])


def protocol(handling: str = "exclude", **changes):
    covariates = [
        {
            "name": "readiness",
            "kind": "number",
            "label": {"sv": "r", "en": "r"},
            "reason": "decides who finds work",
        }
    ]
    fire = {"id": FIRE.id, "handling": handling, "reason": "half capacity for sixteen months"}
    settings = {"estimand": "ate", "estimator": "aipw", "covariates": covariates, **changes}
    return plan(disruptions=[fire], **settings)


def answers(seed: int, handling: str, *, n: int = 500, effect: float = 0.0, **changes):
    rows, truth = burnt_world(seed, n=n, effect=effect)
    plan_ = protocol(handling, **changes)
    stages = treated_by(stages_of(rows, [FIRE], plan_), handling, plan_)
    return stages, adjusted(stages, FULL, plan_), truth


@pytest.mark.parametrize("effect", [0.0, 0.5])
@pytest.mark.parametrize("estimator", ["aipw", "g_computation"])
def test_recalculating_to_normal_operation_finds_the_truth(effect: float, estimator: str) -> None:
    errors, claimed, covered = [], [], 0
    for seed in range(REPLICATES):
        _, found, truth = answers(seed, "exposure", effect=effect, estimator=estimator)
        assert isinstance(found, Estimate)
        errors.append(found.estimate - truth)
        claimed.append(found.std_error)
        covered += found.conf_low <= truth <= found.conf_high
    spread = np.std(errors)
    assert abs(np.mean(errors)) < 3 * spread / np.sqrt(REPLICATES) + 0.005
    assert np.sqrt(np.mean(np.square(claimed))) == pytest.approx(spread, rel=0.25)
    assert covered / REPLICATES >= 0.88


@pytest.mark.parametrize(("n", "effect", "estimand"), [(500, 0.5, "ate"), (120, 0.5, "ato")])
def test_undisturbed_months_find_the_truth(n: int, effect: float, estimand: str) -> None:
    errors, claimed, covered = [], [], 0
    for seed in range(REPLICATES):
        rows, truth = burnt_world(seed, n=n, effect=effect)
        plan_ = protocol("exposure", estimand=estimand)
        found = counterfactual(rows, plan_.covariates, [FIRE], plan_)
        if not isinstance(found, Estimate):
            continue
        errors.append(found.estimate - truth)
        claimed.append(found.std_error)
        covered += found.conf_low <= truth <= found.conf_high
    spread = np.std(errors)
    assert len(errors) >= 0.95 * REPLICATES
    assert abs(np.mean(errors)) < 3 * spread / np.sqrt(len(errors)) + 0.005
    assert np.sqrt(np.mean(np.square(claimed))) == pytest.approx(spread, rel=0.25)
    # 93.3 % of 300 worlds; these eighty are unlucky ones for all treatments alike.
    assert covered / len(errors) >= 0.85


def test_both_treatments_answer_for_the_same_quantity_and_doing_nothing_does_not() -> None:
    gaps: dict[str, list[float]] = {"exclude": [], "exposure": [], "neither": []}
    for seed in range(REPLICATES):
        for handling in ("exclude", "exposure"):
            stages, found, truth = answers(seed, handling)
            gaps[handling].append(found.estimate - truth)
        burnt = adjusted(stages, frozenset({"target_group"}), protocol())
        gaps["neither"].append(burnt.estimate - truth)
    chance = {name: np.std(gap) / np.sqrt(REPLICATES) for name, gap in gaps.items()}
    assert abs(np.mean(gaps["exclude"])) < 3.5 * chance["exclude"]
    assert abs(np.mean(gaps["exposure"])) < 3.5 * chance["exposure"] + 0.005
    assert np.mean(gaps["neither"]) < -4 * chance["neither"]
    # Nobody is left out, and so the same people tell more.
    assert np.std(gaps["exposure"]) < np.std(gaps["exclude"])


def test_an_arm_never_seen_undisturbed_gives_no_number() -> None:
    rows, _ = burnt_world(1, n=300, effect=0.0)
    within = rows.filter(
        (pl.col("programme") == "vac")
        | pl.col("referral_date").is_between(date(2016, 7, 1), date(2018, 3, 1))
    )
    plan_ = protocol("exposure")
    stages = stages_of(within, [], plan_, exposed=[FIRE])
    assert adjusted(stages, FULL, plan_) == NotEstimable("no_normal_operation")
