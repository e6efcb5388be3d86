"""Gap intervals: parts of a draw add up, and the same plan draws the same people."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from utfall.analysis import Context, compare
from utfall.analysis.gap_intervals import _parts, with_intervals
from utfall.analysis.ladder import adjustments_of, decomposition, stages_of
from utfall.analysis.results import GapPart

from .conftest import FIRE, both, people, plan

RAW = {"label": both("as debated"), "entry": {"from": "2016-07-01", "to": "2017-12-31"}}
HANDLED = [{"id": FIRE.id, "handling": "exclude", "reason": "half capacity for long"}]


def setting(seed: int = 4, n: int = 1200, **changes):
    protocol = plan(raw=RAW, disruptions=HANDLED, **changes)
    rows = people(np.random.default_rng(seed), n, fire_penalty=0.2, confounding=0.5)
    stages = stages_of(rows, [FIRE], protocol)
    return stages, adjustments_of([FIRE], protocol), protocol


def parts_of(draws: int, seed: int = 4, **changes) -> dict[str, GapPart]:
    stages, adjustments, protocol = setting(seed, **changes)
    found = decomposition(stages, adjustments, protocol, is_refused=False)
    told = with_intervals(found, stages, adjustments, protocol, draws)
    return {part.source: part for part in told}


@pytest.mark.parametrize("estimator", ["ipw", "aipw", "g_computation"])
def test_the_parts_of_the_study_are_those_that_are_published(estimator: str) -> None:
    stages, adjustments, protocol = setting(estimator=estimator)
    own = _parts(stages, adjustments, protocol, draws=0)
    for part in decomposition(stages, adjustments, protocol, is_refused=False):
        if part.estimate is not None and part.source != "adjusted":
            assert own[part.source][0] == pytest.approx(part.estimate, abs=1e-8)


def test_every_part_has_an_interval_around_it_and_the_fair_one_keeps_its_own() -> None:
    before, after = parts_of(0), parts_of(60)
    for source in ("period", "disruption", "target_group"):
        part = after[source]
        assert before[source].conf_low is None
        assert part.conf_low < part.estimate < part.conf_high
    assert after["adjusted"] == before["adjusted"]
    assert after["labour_market"].conf_low is None


def test_the_same_plan_draws_the_same_people_and_another_plan_others() -> None:
    assert parts_of(40) == parts_of(40)
    one, other = parts_of(40)["period"], parts_of(40, matters=9)["period"]
    assert one.estimate == other.estimate
    assert one.conf_low != other.conf_low


def test_the_spread_of_draws_is_the_spread_of_worlds() -> None:
    estimates, widths = [], []
    for seed in range(40):
        part = parts_of(60 if seed < 8 else 0, seed=seed)["disruption"]
        estimates.append(part.estimate)
        if part.conf_low is not None:
            widths.append(part.conf_high - part.conf_low)
    assert np.mean(widths) / 3.92 == pytest.approx(np.std(estimates), rel=0.35)


@pytest.mark.parametrize("estimator", ["ipw", "aipw", "g_computation"])
@pytest.mark.parametrize("estimand", ["ate", "ato"])
def test_parts_recalculated_to_normal_operation_are_drawn_as_they_are_published(
    estimator: str, estimand: str
) -> None:
    stages, adjustments, protocol = setting(estimator=estimator, estimand=estimand)
    exposed = replace(stages, compared=stages.population, excluded=(), exposed=(FIRE,))
    found = decomposition(exposed, adjustments, protocol, is_refused=False)
    own = _parts(exposed, adjustments, protocol, draws=0)
    for part in found:
        if part.estimate is not None and part.source != "adjusted":
            assert own[part.source][0] == pytest.approx(part.estimate, abs=1e-9)
    told = {p.source: p for p in with_intervals(found, exposed, adjustments, protocol, 40)}
    fire = told["disruption"]
    assert fire.conf_low < fire.estimate < fire.conf_high


def test_an_estimator_that_cannot_be_drawn_has_no_intervals_and_neither_has_a_refusal() -> None:
    stages, adjustments, protocol = setting(estimator="entropy_balancing")
    found = decomposition(stages, adjustments, protocol, is_refused=False)
    assert with_intervals(found, stages, adjustments, protocol, 20) == found
    rows = people(np.random.default_rng(1), 400, border=0.05)
    refused = compare(
        rows,
        plan(raw=RAW, disruptions=HANDLED, estimand="ate"),
        context=Context(disruptions=(FIRE,), gap_draws=20),
    )
    assert all(part.conf_low is None for part in refused.decomposition)
