"""Unknown outcomes are filled in with their uncertainty, whatever the order of the rows."""

from __future__ import annotations

import numpy as np
import pytest

from utfall.analysis.estimators import aipw, ipw
from utfall.analysis.imputed import pooled_over_tables
from utfall.analysis.results import Estimate, NotEstimable


def people(seed: int, n: int = 400):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=n).clip(-2, 2), rng.random(n) < 0.5])
    arm = rng.random(n) < 1 / (1 + np.exp(-0.5 * x[:, 0]))
    y = (rng.random(n) < 0.4 + 0.12 * x[:, 0] + 0.15 * arm) * 1.0
    known = rng.random(n) < 1 / (1 + np.exp(-(1 + x[:, 0] * np.where(arm, 1.0, -1.0))))
    return np.where(known, y, np.nan), arm, x


def test_gaps_that_go_another_way_in_each_arm_are_filled_without_bias():
    found, errors = [], []
    for seed in range(40):
        one = pooled_over_tables(*people(seed), "ato", aipw, family="binomial", seed=seed)
        found.append(one.estimate)
        errors.append(one.std_error)
    assert np.mean(found) == pytest.approx(0.15, abs=3.5 * np.std(found) / np.sqrt(40))
    assert np.mean(errors) == pytest.approx(np.std(found), rel=0.3)


def test_order_of_rows_decides_nothing_and_known_answers_alone_say_less():
    y, arm, x = people(1)
    one = pooled_over_tables(y, arm, x, "ate", ipw, family="binomial")
    order = np.random.default_rng(2).permutation(len(y))
    other = pooled_over_tables(y[order], arm[order], x[order], "ate", ipw, family="binomial")
    assert one == other
    assert "5 imputed tables, Rubin's rules" in one.method
    whole = ipw(np.nan_to_num(y), arm, x, "ate", family="binomial")
    assert one.std_error > whole.std_error


def test_without_gaps_or_without_answers_there_is_nothing_to_fill():
    y, arm, x = people(3, 60)
    full = np.nan_to_num(y)
    refused = pooled_over_tables(full, arm, x, "ate", ipw, family="binomial")
    assert refused == NotEstimable("nothing_missing")
    nothing = pooled_over_tables(full * np.nan, arm, x, "ate", ipw, family="binomial")
    assert nothing == NotEstimable("nothing_observed")
    alone = pooled_over_tables(y, arm | True, x, "ate", ipw, family="binomial")
    assert isinstance(alone, NotEstimable)
    assert isinstance(pooled_over_tables(y, arm, x, "ate", ipw, family="binomial"), Estimate)
