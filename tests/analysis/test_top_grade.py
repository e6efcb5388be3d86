"""Who can reach the top grade: a truly comparable pair, and nobody who left something out."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import polars as pl
import pytest

from utfall.analysis import Comparison, Context, compare
from utfall.analysis.comparison import Quality

from .conftest import controls, declared, people, plan

CONTEXT = Context(
    quality=Quality(rows_in=2000, rows_loaded=1990),
    locked_before_data=True,
    leave_out=False,
)


def answered(seed: int, *, n: int = 600, sites: int = 2, **changes: Any) -> Comparison:
    """Compare two programmes of known difference, each at as many sites."""
    world = {name: changes.pop(name) for name in ("hidden", "confounding") if name in changes}
    rows = people(np.random.default_rng(seed), n, **world)
    site = pl.col("programme") + pl.int_range(pl.len()).mod(sites).cast(pl.String)
    rows = rows.with_columns(site=site, hours_planned=pl.lit(100.0), hours_given=pl.lit(85.0))
    protocol = plan(**{"negative_controls": controls(), **changes})
    return compare(rows, protocol, context=CONTEXT)


def test_a_comparable_pair_reaches_the_top_in_most_worlds() -> None:
    said = Counter(answered(seed, confounding=0.5).fairness for seed in range(8))
    assert said["comparable"] >= 6
    assert not set(said) - {"comparable", "with_reservations"}


def test_a_hidden_confounder_keeps_the_top_away_in_most_worlds() -> None:
    said = Counter(answered(seed, hidden=1.0).fairness for seed in range(8))
    assert said["comparable"] <= 2


def test_eighty_an_arm_is_not_refused_for_being_few() -> None:
    said = Counter(answered(seed, n=160).fairness for seed in range(8))
    assert said["not_comparable"] + said["bounds_only"] <= 1


@pytest.mark.parametrize(
    "short",
    [
        {"sites": 1},
        {"negative_controls": []},
    ],
)
def test_one_site_or_no_controls_keep_the_top_away(short: dict[str, Any]) -> None:
    assert answered(3, **short).fairness == "with_reservations"


def test_a_plan_with_age_and_sex_alone_never_reaches_the_top() -> None:
    two = [
        {**one, "core": None, "name": name}
        for one, name in zip(
            declared()["covariates"], ("years_in_sweden", "from_social"), strict=False
        )
    ]
    said = {answered(seed, covariates=two, confounding=0.5).fairness for seed in range(6)}
    assert said == {"not_comparable"}
