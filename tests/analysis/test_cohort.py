"""Each step says how many it leaves out, and both arms lose the same calendar period."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from utfall.analysis import Context, compare
from utfall.analysis.cohort import followed_long_enough, in_population, outside_windows

from .conftest import FIRE, people, plan


def test_disrupted_periods_are_set_aside_in_both_arms(rng: np.random.Generator) -> None:
    kept = outside_windows(people(rng, 2000), (FIRE,), plan())
    for programme in ("ama", "vac"):
        referred = kept.filter(pl.col("programme") == programme)["referral_date"]
        overlapping = referred.is_between(date(2015, 12, 11), date(2018, 3, 31))
        assert not overlapping.any()
        assert (referred > date(2018, 3, 31)).any()
        assert (referred < date(2015, 12, 10)).any()


def test_attrition_never_grows_and_ends_at_the_numbers_compared(rng: np.random.Generator) -> None:
    disruptions = [
        {"id": "ama_fire_2016", "handling": "exclude", "reason": "half capacity all of 2017"}
    ]
    found = compare(
        people(rng, 1000, unknown=0.02),
        plan(disruptions=disruptions),
        context=Context(disruptions=(FIRE,)),
    )
    sizes = [step.n_target + step.n_comparator for step in found.attrition]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == 1000
    assert sizes[-1] == found.n_target + found.n_comparator < sizes[0]


def test_people_referred_too_late_to_be_followed_through_are_left_out_whole() -> None:
    """An early exit among them is known and a long stay is not: known ones alone mislead."""
    rows = pl.DataFrame(
        {
            "programme": ["ama"] * 3,
            "referral_date": [date(2018, 1, 1), date(2018, 12, 31), date(2019, 6, 1)],
            "observed_until": [date(2019, 12, 31), date(2019, 3, 1), date(2019, 12, 31)],
            "work_365": [1, None, 1],
        }
    )
    kept = followed_long_enough(rows, plan())
    assert kept["referral_date"].to_list() == [date(2018, 1, 1), date(2018, 12, 31)]


def test_an_unknown_value_never_meets_a_population_rule() -> None:
    rows = pl.DataFrame({"programme": ["ama"] * 3, "age": [20, 40, None]})
    protocol = plan(
        population={
            "label": {"sv": "unga", "en": "young"},
            "keep": [{"column": "age", "at_most": 30}],
        }
    )
    assert in_population(rows, protocol).height == 1
