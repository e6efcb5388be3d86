"""The lean kernel and the counting of equal rows change the time taken, not the answer."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from utfall.analysis.estimators import aipw, g_computation, ipw
from utfall.analysis.kernel import draws, logits
from utfall.analysis.regression import fit, with_intercept
from utfall.analysis.results import Estimate

ESTIMATORS = {"g_computation": g_computation, "ipw": ipw, "aipw": aipw}


def cells(rng, n_cells=60, people=4000):
    design = with_intercept(rng.normal(size=(n_cells, 3)))
    trials = rng.multinomial(people, np.full(n_cells, 1 / n_cells)).astype(float)
    events = rng.binomial(trials.astype(int), expit(design @ [-0.4, 0.5, -0.3, 0.2]))
    return design, events.astype(float), trials


def test_a_batch_equals_statsmodels_one_by_one():
    rng = np.random.default_rng(1)
    design, events, trials = cells(rng)
    drawn = np.array([rng.binomial(trials.astype(int), 0.3) for _ in range(20)], dtype=float)
    found = logits(design, drawn, np.tile(trials, (20, 1)))
    assert found.is_usable.all()
    both = np.concatenate([design, design])
    for row, coefficients in zip(drawn, found.coefficients, strict=True):
        outcome = np.repeat([1.0, 0.0], len(design))
        count = np.concatenate([row, trials - row])
        one = fit(outcome[count > 0], both[count > 0], "binomial", count[count > 0])
        assert coefficients == pytest.approx(one.coefficients, rel=1e-9, abs=1e-11)
    warm = logits(design, drawn, np.tile(trials, (20, 1)), start=found.coefficients[0])
    assert warm.coefficients == pytest.approx(found.coefficients, rel=1e-9, abs=1e-11)
    assert logits(design, events[None, :], trials[None, :]).is_usable.all()


def test_separation_singular_designs_and_empty_batches_are_not_usable():
    rng = np.random.default_rng(2)
    design, _, trials = cells(rng)
    separated = np.where(design[:, 1] > 0, trials, 0.0)
    no_events = np.zeros(len(trials))
    found = logits(design, np.array([separated, no_events]), np.array([trials, trials]))
    assert not found.is_usable.any()
    twin = np.column_stack([design, design[:, 1]])
    assert not logits(twin, rng.binomial(trials.astype(int), 0.4)[None, :] * 1.0,
                      trials[None, :]).is_usable.any()  # fmt: skip
    assert len(logits(design, np.empty((0, 60)), np.empty((0, 60))).coefficients) == 0


def test_draws_keep_the_number_of_people():
    _, _, trials = cells(np.random.default_rng(3))
    parts = list(draws(trials, 25, seed=4, size=10))
    assert [len(part) for part in parts] == [10, 10, 5]
    assert (np.concatenate(parts).sum(axis=1) == trials.sum()).all()
    again = list(draws(trials, 25, seed=4, size=10))
    assert all((a == b).all() for a, b in zip(parts, again, strict=True))


@pytest.fixture(scope="module")
def town():
    """Three thousand people in a few dozen distinct rows."""
    rng = np.random.default_rng(5)
    x = np.column_stack([rng.integers(0, 3, 3000), rng.random(3000) < 0.4]).astype(float)
    treated = rng.random(3000) < expit(0.5 * x[:, 0] - 0.7)
    y = (rng.random(3000) < expit(-0.5 + 0.4 * x[:, 0] + 0.3 * treated)) * 1.0
    return y, treated, x


@pytest.mark.parametrize("estimand", ["ate", "att", "atc", "ato"])
@pytest.mark.parametrize("family", ["binomial", "gaussian"])
@pytest.mark.parametrize("name", ESTIMATORS)
def test_cells_give_the_answer_of_rows(name, family, estimand, town, monkeypatch):
    y, treated, x = town
    on_cells = ESTIMATORS[name](y, treated, x, estimand, family=family)
    monkeypatch.setattr("utfall.analysis.sample.WORTH_COUNTING", np.inf)
    on_rows = ESTIMATORS[name](y, treated, x, estimand, family=family)
    assert isinstance(on_rows, Estimate)
    assert on_cells.method.startswith(on_rows.method + "; ")
    assert on_cells.method.endswith(" cells")
    assert "cells" not in on_rows.method
    for field in ("estimate", "std_error", "conf_low", "conf_high", "p_value", "mean_target",
                  "mean_comparator", "n_target", "n_comparator"):  # fmt: skip
        assert getattr(on_cells, field) == pytest.approx(getattr(on_rows, field), rel=1e-9)


def test_people_with_several_rows_are_kept_as_rows(town):
    y, treated, x = town
    found = aipw(y, treated, x, "ate", family="binomial", clusters=np.arange(3000) // 2)
    assert "cells" not in found.method


def test_summing_squares_within_grouped_counts_would_be_another_error():
    """HC0 on grouped counts treats a cell as one observation: not the people's error."""
    import warnings

    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    rng = np.random.default_rng(6)
    design, events, trials = cells(rng, 30, 3000)
    both = np.concatenate([design, design])
    outcome = np.repeat([1.0, 0.0], len(design))
    count = np.concatenate([events, trials - events])
    kept = count > 0
    found = fit(outcome[kept], both[kept], "binomial", count[kept])
    residual = outcome[kept] - found.mean(both[kept])
    influence = (both[kept] * residual[:, None]) @ found.inverse_information
    ours = np.sqrt(((influence**2) * count[kept, None]).sum(axis=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        people = np.repeat(np.flatnonzero(kept), count[kept].astype(int))
        rows = GLM(outcome[people], both[people], family=Binomial()).fit(cov_type="HC0", tol=1e-12)
        grouped = GLM(np.column_stack([events, trials - events]), design, family=Binomial()).fit(
            cov_type="HC0", tol=1e-12
        )
    assert ours == pytest.approx(rows.bse, rel=1e-7)
    assert np.abs(grouped.bse / ours - 1).max() > 0.02
