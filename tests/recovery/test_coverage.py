"""Intervals hold the truth as often as they say, at the sizes municipalities have."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from utfall.analysis.coverage import LEAST_HELD, fewest_people, interval_name, measured
from utfall.analysis.estimators import crude
from utfall.analysis.precision import judged, years_reach
from utfall.analysis.protocol import Protocol

from .coverage import INTERVALS, REPLICATES, SIZES, measure

#: Bounds that hold the truth at least as often as they say, by construction.
AT_LEAST = {"trend_bounds"}


def test_every_interval_was_measured_at_every_size():
    assert set(measured()) == set(INTERVALS)
    for name, row in measured().items():
        assert tuple(sorted(row)) == SIZES, name
        for held, made in row.values():
            assert held <= made <= REPLICATES


@pytest.mark.parametrize("name", sorted(measured()))
def test_from_two_hundred_an_arm_every_interval_is_within_two_points_of_its_promise(name):
    for n, (held, made) in measured()[name].items():
        share = held / made
        error = np.sqrt(share * (1 - share) / made)
        least = 0.93 - 2 * error if n >= 200 else LEAST_HELD
        if share < least:
            assert fewest_people(name) is None or fewest_people(name) > n
        assert n < 200 or name in AT_LEAST or share <= 0.97 + 2 * error, (n, share)
        assert made > 0.9 * REPLICATES or n < 80


def test_an_interval_that_failed_is_withheld_up_to_where_it_holds(monkeypatch):
    row = {20: (1700, 2000), 40: (1850, 2000), 80: (1790, 2000), 200: (1900, 2000)}
    monkeypatch.setattr("utfall.analysis.coverage.measured", lambda: {"x": row})
    assert fewest_people("x") == 200  # good luck at 40 does not make up for 80
    assert fewest_people("y") is None


def test_every_plan_names_an_interval_that_was_measured():
    for estimator in Protocol.model_fields["estimator"].annotation.__args__:
        for estimand in ("ate", "att", "atc", "ato"):
            for scale in ("share", "currency"):
                for covariates in ((), ("age",)):
                    plan = Protocol.model_construct(
                        estimator=estimator, estimand=estimand, scale=scale, covariates=covariates
                    )
                    assert interval_name(plan) in measured()


NOISE = 0.05


def with_site_years(seed: int, each: int = 60):
    """Draw two programmes of two sites and two years, each off by the declared noise."""
    rng = np.random.default_rng(seed)
    rows = [(arm, site, year) for arm in "tc" for site in "xy" for year in (2015, 2016)]
    level = {row: 0.4 + 0.1 * (row[0] == "t") + rng.normal(0, NOISE) for row in rows}
    people = [row for row in rows for _ in range(each)]
    return pl.DataFrame(
        {
            "programme": [arm for arm, _, _ in people],
            "site": [arm + site for arm, site, _ in people],
            "referral_date": [dt.date(year, 6, 1) for _, _, year in people],
            "y": [float(rng.random() < level[row]) for row in people],
        }
    )


def test_the_second_interval_holds_the_truth_at_its_declared_noise_and_the_first_does_not():
    plan = SimpleNamespace(
        overdispersion=NOISE, conf_level=0.95, arm_column="programme", target="t",
        comparator="c", time_zero="referral_date",
    )  # fmt: skip
    first, second = [], []
    for seed in range(400):
        rows = with_site_years(seed)
        found = crude(
            rows["y"].to_numpy(), (rows["programme"] == "t").to_numpy(), family="binomial"
        )
        years = years_reach(
            SimpleNamespace(compared=rows), SimpleNamespace(weight=np.ones(rows.height)), plan
        )
        wider = judged(found, years)
        first.append(found.conf_low <= 0.1 <= found.conf_high)
        second.append(wider.conf_low <= 0.1 <= wider.conf_high)
    assert np.mean(first) < 0.9
    assert np.mean(second) >= 0.93


@pytest.mark.slow
@pytest.mark.parametrize("n", [20, 80])
@pytest.mark.parametrize("name", sorted(measured()))
def test_measured_again_with_fewer_draws_the_table_stands(name, n, capsys):
    held, made = measure(name, n, replicates=300)
    share, table = held / made, np.divide(*measured()[name][n])
    error = np.sqrt(table * (1 - table) / made)
    with capsys.disabled():
        print(f"\n{name} at {n} an arm: {share:.1%}, Monte Carlo error {error:.1%}")
    assert abs(share - table) < 4 * error
