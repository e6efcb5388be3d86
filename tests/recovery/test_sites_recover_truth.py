"""Sites that a fire hit, and sites that it did not: their changes give the truth back."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from utfall.analysis.differences import difference_in_differences
from utfall.analysis.results import Estimate, NotEstimable

from ..analysis.conftest import FIRE
from .test_fires_recover_truth import protocol

REPLICATES = 60


def many_sites(
    seed: int,
    *,
    sites: int = 6,
    each: int = 90,
    effect: float = 0.1,
    shock: float = 0.03,
    drift: float = 0.0,
) -> pl.DataFrame:
    """Return referrals to ``sites`` places of either programme; the fire hits all of AMA.

    A downturn takes eight points from everybody of the fire's years, and the fire twenty more
    from AMA. Places differ lastingly, and by ``shock`` from one period to the next. ``drift``
    is how many points a year AMA's places were losing already before.
    """
    rng = np.random.default_rng([seed, 11])
    n = 2 * sites * each
    unit = np.repeat(np.arange(2 * sites), each)
    in_ama = unit < sites
    days = rng.integers(0, 1820, n)
    zero = [date(2014, 1, 1) + timedelta(days=int(day)) for day in days]
    met = np.array([z <= FIRE.ends_on and z + timedelta(days=365) >= FIRE.starts_on for z in zero])
    after = np.array([z > FIRE.ends_on for z in zero])
    readiness = rng.normal(size=n) + 0.4 * in_ama
    place = rng.normal(0, 0.05, 2 * sites)[unit]
    period = rng.normal(0, shock, (2 * sites, 3))[unit, np.where(met, 1, np.where(after, 2, 0))]
    risk = 0.45 + 0.06 * readiness + effect * in_ama + place + period - 0.08 * met
    risk -= 0.20 * (met & in_ama) + drift * in_ama * days / 365
    return pl.DataFrame(
        {
            "episode_id": [f"e{i:05d}" for i in range(n)],
            "programme": np.where(in_ama, "ama", "vac").tolist(),
            "site": [f"s{one}" for one in unit],
            "referral_date": zero,
            "readiness": readiness,
            "work_365": (rng.random(n) < np.clip(risk, 0.01, 0.99)).astype(float),
        }
    )


def answer(rows: pl.DataFrame, **changes):
    plan_ = protocol("exclude", **changes)
    return difference_in_differences(rows, plan_.covariates, [FIRE], plan_)


@pytest.mark.parametrize("sites", [3, 6])
def test_changes_of_sites_give_the_difference_in_normal_operation(sites: int) -> None:
    found = [answer(many_sites(seed, sites=sites)) for seed in range(REPLICATES)]
    shown = [one for one in found if isinstance(one, Estimate)]
    errors = np.array([one.estimate - 0.1 for one in shown])
    covered = np.mean([one.conf_low <= 0.1 <= one.conf_high for one in shown])
    # One in twenty is refused for trends that chance alone made differ.
    assert len(shown) >= 0.85 * REPLICATES
    assert abs(errors.mean()) < 3 * errors.std() / np.sqrt(len(shown))
    assert np.sqrt(np.mean([one.std_error**2 for one in shown])) >= 0.8 * errors.std()
    assert covered >= 0.90


def test_what_the_downturn_took_from_everybody_is_not_given_back() -> None:
    """Giving AMA back all that its own years lost would favour it by the downturn's points."""
    found = [answer(many_sites(seed, shock=0.0)) for seed in range(20)]
    shown = [one for one in found if isinstance(one, Estimate)]
    comparator = np.mean([one.mean_comparator for one in shown])
    raw = [many_sites(seed, shock=0.0) for seed in range(20)]
    own = np.mean([rows.filter(programme="vac")["work_365"].mean() for rows in raw])
    # The comparator keeps its downturn; only its case mix is moved to everybody's.
    assert comparator == pytest.approx(own + 0.06 * 0.2, abs=0.02)


def test_sites_that_were_already_losing_are_refused_more_often_than_chance() -> None:
    """With six sites of either kind it sees thirty points a year in two cases of three."""
    found = [answer(many_sites(seed, shock=0.0, drift=0.30)) for seed in range(20)]
    refused = sum(one == NotEstimable("did_trends") for one in found)
    assert refused >= 10
