"""Weights make the arms resemble one population."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from utfall.analysis.propensity import fit_propensity
from utfall.analysis.weights import (
    effective_sample_size,
    largest_share,
    target_share,
    weights,
    weights_slope,
)

ESTIMANDS = ["ate", "att", "atc", "ato"]
scores = arrays(float, 12, elements=st.floats(0.01, 0.99))
ARM = np.array([True, False] * 6)


@given(scores, st.sampled_from(ESTIMANDS))
def test_weights_are_positive_and_finite(score, estimand):
    weight = weights(score, ARM, estimand)
    assert (weight > 0).all()
    assert np.isfinite(weight).all()


@given(scores, st.sampled_from(ESTIMANDS))
def test_weights_turn_each_arm_into_the_same_population(score, estimand):
    weight = weights(score, ARM, estimand)
    chance = np.where(ARM, score, 1 - score)
    assert weight * chance == pytest.approx(target_share(score, estimand))


@given(scores, st.sampled_from(ESTIMANDS))
def test_the_slope_is_the_derivative_along_the_logit(score, estimand):
    def at(step):
        logit = np.log(score / (1 - score)) + step
        return weights(1 / (1 + np.exp(-logit)), ARM, estimand)

    numeric = (at(1e-6) - at(-1e-6)) / 2e-6
    assert weights_slope(score, ARM, estimand) == pytest.approx(numeric, rel=1e-5, abs=1e-6)


def test_overlap_weights_balance_every_term_exactly():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(120, 3))
    treated = rng.random(120) < 1 / (1 + np.exp(-x[:, 0]))
    weight = weights(fit_propensity(treated, x).scores, treated, "ato")
    means = [np.average(x[arm], axis=0, weights=weight[arm]) for arm in (treated, ~treated)]
    assert means[0] == pytest.approx(means[1], abs=1e-9)


@pytest.mark.parametrize("impossible", [0.0, 1.0, np.nan])
def test_a_person_without_counterpart_gets_no_weight_but_an_error(impossible):
    with pytest.raises(ValueError, match="strictly between"):
        weights(np.array([0.5, impossible]), np.array([True, False]), "ate")


@given(arrays(float, 9, elements=st.floats(0.01, 100)), st.floats(0.1, 10))
def test_effective_size_ignores_scale_and_never_exceeds_the_heads(weight, scale):
    assert 1 - 1e-9 <= effective_sample_size(weight) <= 9 + 1e-9
    assert effective_sample_size(weight) == pytest.approx(effective_sample_size(scale * weight))
    assert 1 / 9 - 1e-9 <= largest_share(weight) <= 1
