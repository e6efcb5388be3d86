"""Curve, ladder and parts of the gap agree with each other, and with the potential outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

import numpy as np
import polars as pl
import pytest

from utfall.analysis import Comparison, Context, compare
from utfall.analysis.ladder import adjusted, adjustments_of, shapley, stages_of
from utfall.analysis.protocol import Protocol
from utfall.analysis.results import Estimate

from ..analysis.conftest import FIRE, both, plan

#: Raw covers the fire's year, the plan five years; AMA takes the readier and grows in bad times.
RAW = {"label": both("as debated"), "entry": {"from": "2016-07-01", "to": "2017-12-31"}}
ALL = ("disruption", "labour_market", "target_group")
SUBSETS = [frozenset(some) for n in range(4) for some in combinations(ALL, n)]

#: Three standard errors of an answer with this many people.
PEOPLE, NEAR = 24_000, 0.025


@dataclass(frozen=True, slots=True)
class World:
    """Referrals with the chance that each person had under either programme, fire and all."""

    rows: pl.DataFrame
    protocol: Protocol

    def truth(self, made: frozenset[str], *, window: str | None = None) -> float:
        """Return the difference that a subset of the adjustments has in the potential outcomes.

        Chances, not draws, and strata, not models: a mean over cells of what is adjusted for.
        """
        start, end = (date(2014, 1, 1), date(2018, 12, 31))
        if window == "raw":
            start, end = date(2016, 7, 1), date(2017, 12, 31)
        rows = self.rows.filter(pl.col("referral_date").is_between(start, end))
        if window is None:
            rows = rows.filter(pl.col("is_open"))
        if "disruption" in made:
            zero = pl.col("referral_date")
            met = (zero <= FIRE.ends_on) & (zero + timedelta(days=365) >= FIRE.starts_on)
            rows = rows.filter(~met)
        by = [
            column
            for name, column in (("labour_market", "unemployed_pct"), ("target_group", "readiness"))
            if name in made
        ]
        own = pl.when(pl.col("programme") == "ama").then(pl.col("p_ama")).otherwise(pl.col("p_vac"))
        cells = (
            rows.with_columns(own=own, whole=pl.lit(1))
            .group_by(by or ["whole"])
            .agg(
                n=pl.len(),
                gap=pl.col("own").filter(pl.col("programme") == "ama").mean()
                - pl.col("own").filter(pl.col("programme") == "vac").mean(),
            )
        )
        return float((cells["n"] * cells["gap"]).sum() / cells["n"].sum())


@pytest.fixture(scope="module")
def world() -> World:
    """Return a debated gap that has every source at once, and a true effect of six points."""
    rng = np.random.default_rng(20)
    n = PEOPLE
    days = rng.integers(0, 1826 - 366, n)
    zero = [date(2014, 1, 1) + timedelta(days=int(day)) for day in days]
    bad_times = (days // 180) % 2 == 0
    readiness = rng.integers(0, 3, n)
    is_open = rng.random(n) < 0.7
    logit = -0.6 + 0.6 * readiness + 0.7 * bad_times + 0.5 * ~is_open
    in_ama = rng.random(n) < 1 / (1 + np.exp(-logit))
    p_vac = 0.20 + 0.12 * readiness - 0.10 * bad_times - 0.08 * ~is_open
    met = np.array([z <= FIRE.ends_on and z + timedelta(days=365) >= FIRE.starts_on for z in zero])
    p_ama = p_vac + 0.06 - 0.15 * met
    rows = pl.DataFrame(
        {
            "episode_id": [f"e{i:05d}" for i in range(n)],
            "programme": np.where(in_ama, "ama", "vac").tolist(),
            "site": np.where(in_ama, "a", "b").tolist(),
            "referral_date": zero,
            "start_date": [None if i % 10 == 0 else z for i, z in enumerate(zero)],
            "wait_days": [None if i % 10 == 0 else 5 for i in range(n)],
            "is_first_referral": [True] * n,
            "could_enter_other": [1] * n,
            "could_enter_other_is_dated": [True] * n,
            "is_open": is_open,
            "readiness": [f"r{one}" for one in readiness],
            "unemployed_pct": np.where(bad_times, 8.0, 5.0),
            "p_ama": p_ama,
            "p_vac": p_vac,
            "work_365": (rng.random(n) < np.where(in_ama, p_ama, p_vac)).astype(float),
        }
    )
    covariates = [
        {"name": "readiness", "kind": "category", "label": both("r"), "reason": "decides"},
        {"name": "unemployed_pct", "kind": "number", "label": both("u"), "reason": "decides"},
    ]
    protocol = plan(
        raw=RAW,
        population={
            "label": both("open"), "keep": [{"column": "is_open", "equals": True}],
        },
        disruptions=[{"id": FIRE.id, "handling": "exclude", "reason": "half capacity"}],
        covariates=covariates,
        estimand="ate",
        estimator="aipw",
        missing_confounders={},
    )  # fmt: skip
    return World(rows, protocol)


@pytest.fixture(scope="module")
def found(world: World) -> Comparison:
    # What is missing on purpose (core confounders) must not stand in the way of the numbers.
    exempt = world.protocol.model_copy(
        update={"method_check": {"reason": both("a world with a known answer")}}
    )
    return compare(world.rows, exempt, context=Context(disruptions=(FIRE,), leave_out=False))


def test_every_subset_of_the_adjustments_gives_what_the_potential_outcomes_give(
    world: World,
) -> None:
    stages = stages_of(world.rows, [FIRE], world.protocol)
    assert adjustments_of([FIRE], world.protocol) == ALL
    for made in SUBSETS:
        answer = adjusted(stages, made, world.protocol)
        assert isinstance(answer, Estimate)
        assert answer.estimate == pytest.approx(world.truth(made), abs=NEAR), sorted(made)


def test_with_everything_made_only_the_effect_itself_is_left(world: World) -> None:
    assert world.truth(frozenset(ALL)) == pytest.approx(0.06, abs=0.003)
    assert abs(world.truth(frozenset()) - 0.06) > 0.04


def test_the_parts_of_the_gap_are_those_of_the_potential_outcomes(
    world: World, found: Comparison
) -> None:
    parts = {part.source: part.estimate for part in found.decomposition}
    raw, period = (world.truth(frozenset(), window=window) for window in ("raw", "period"))
    at = {made: world.truth(made) for made in SUBSETS}
    true = {
        **shapley(ALL, {made: -value for made, value in at.items()}),
        "period": raw - period,
        "population": period - at[frozenset()],
        "adjusted": at[frozenset(ALL)],
    }
    assert set(parts) == set(true)
    for source, value in true.items():
        assert parts[source] == pytest.approx(value, abs=NEAR), source
    # None of the sources is idle in this world, or its part would have proven nothing.
    assert min(abs(true[name]) for name in ALL) > 0.01


def test_parts_add_up_to_the_raw_number_and_rungs_climb_by_them(found: Comparison) -> None:
    parts = {part.source: part.estimate for part in found.decomposition}
    rungs = {rung.step: rung.estimate for rung in found.ladder}
    assert sum(parts.values()) == pytest.approx(found.raw.estimate, abs=1e-12)
    assert rungs["raw"] - rungs["period"] == pytest.approx(parts["period"], abs=1e-12)
    assert rungs["period"] - rungs["population"] == pytest.approx(parts["population"], abs=1e-12)
    inside = sum(parts[name] for name in ALL)
    assert rungs["population"] - found.ladder[-1].estimate == pytest.approx(inside, abs=1e-12)
    assert found.ladder[-1].estimate == found.estimate.estimate == parts["adjusted"]


def test_the_curve_s_points_are_the_same_numbers_as_rungs_and_subsets(
    world: World, found: Comparison
) -> None:
    curve = {one.id: one.estimate for one in found.specifications}
    stages = stages_of(world.rows, [FIRE], world.protocol)

    def subset(*made: str) -> float:
        answer = adjusted(stages, frozenset(made), world.protocol)
        assert isinstance(answer, Estimate)
        return answer.estimate

    rungs = {rung.step: rung.estimate for rung in found.ladder}
    assert curve["aipw"] == found.estimate.estimate
    assert curve["aipw+covariates.nothing"] == pytest.approx(subset("disruption"), abs=1e-12)
    assert curve["aipw+covariates.nothing"] == pytest.approx(rungs["disruption"], abs=1e-12)
    ignored = subset("labour_market", "target_group")
    assert curve["aipw+disruption.ignored"] == pytest.approx(ignored, abs=1e-12)
    unread = curve["aipw+covariates.without_readiness"]
    assert unread == pytest.approx(subset("disruption", "labour_market"), abs=1e-12)
    for name, estimate in curve.items():
        if "." not in name and estimate is not None:
            assert estimate == pytest.approx(world.truth(frozenset(ALL)), abs=NEAR), name
