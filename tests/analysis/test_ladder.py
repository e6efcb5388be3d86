"""The ladder and the parts of the gap tell one story."""

from __future__ import annotations

import itertools
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from utfall.analysis import Context, compare
from utfall.analysis.document import comparison_document
from utfall.analysis.ladder import shapley

from .conftest import FIRE, people, plan

FIRE_PLAN = {
    "disruptions": [
        {"id": "ama_fire_2016", "handling": "exclude", "reason": "half capacity all of 2017"}
    ],
    "raw": {
        "label": {"sv": "Bara 2017", "en": "Only 2017"},
        "entry": {"from": "2017-01-01", "to": "2017-12-31"},
    },
}


@given(st.lists(st.floats(-1, 1), min_size=8, max_size=8))
def test_shares_add_up_to_the_whole(values: list[float]) -> None:
    players = ("a", "b", "c")
    sets = [frozenset(s) for n in range(4) for s in itertools.combinations(players, n)]
    value = dict(zip(sets, values, strict=True))
    found = shapley(players, value)
    assert sum(found.values()) == pytest.approx(value[sets[-1]] - value[sets[0]], abs=1e-12)


def test_shares_are_the_mean_over_every_order() -> None:
    players = ("a", "b", "c")
    draw = np.random.default_rng(1)
    sets = [frozenset(s) for n in range(4) for s in itertools.combinations(players, n)]
    value = {s: float(draw.normal()) for s in sets}
    gains: dict[str, list[float]] = {p: [] for p in players}
    for order in itertools.permutations(players):
        for i, player in enumerate(order):
            before = frozenset(order[:i])
            gains[player].append(value[before | {player}] - value[before])
    found = shapley(players, value)
    for player in players:
        assert found[player] == pytest.approx(float(np.mean(gains[player])))


def test_the_last_rung_is_the_answer_and_the_first_is_the_debate(rng: np.random.Generator) -> None:
    found = compare(
        people(rng, 2500, fire_penalty=0.2),
        plan(**FIRE_PLAN),
        context=Context(disruptions=(FIRE,)),
    )
    steps = [rung.step for rung in found.ladder]
    assert steps == ["raw", "period", "disruption", "target_group"]
    assert found.estimate is not None
    assert found.raw is not None
    assert found.ladder[-1].estimate == found.estimate.estimate
    assert found.ladder[0].estimate == found.raw.estimate


def test_the_fire_is_found_to_be_what_made_the_gap(rng: np.random.Generator) -> None:
    found = compare(
        people(rng, 6000, fire_penalty=0.25),
        plan(**FIRE_PLAN),
        context=Context(disruptions=(FIRE,)),
    )
    parts = {part.source: part.estimate for part in found.decomposition}
    assert found.raw is not None
    assert found.raw.estimate < -0.15
    # 2017 is all fire; the whole period is part fire: both steps belong to it.
    assert parts["period"] is not None
    assert parts["disruption"] is not None
    assert parts["period"] + parts["disruption"] == pytest.approx(-0.25, abs=0.08)
    assert parts["target_group"] == pytest.approx(0.0, abs=0.03)
    assert parts["labour_market"] is None


def test_other_years_that_the_fire_fell_on_are_named_so(rng: np.random.Generator) -> None:
    rows = people(rng, 1600)
    hit = compare(rows, plan(**FIRE_PLAN), context=Context(disruptions=(FIRE,)))
    calm = compare(rows, plan(**FIRE_PLAN), context=Context())
    assert [part.source for part in hit.decomposition if part.holds_disruption] == ["period"]
    assert not any(part.holds_disruption for part in calm.decomposition)
    told = {row["source"]: row["label"]["en"] for row in comparison_document(hit)["decomposition"]}
    assert told["period"] == "The disrupted time alone"


def test_a_debated_number_that_cannot_be_estimated_has_no_parts_and_says_why(
    rng: np.random.Generator,
) -> None:
    """Nobody in VAC was referred in the debated year: there is no gap to take apart."""
    rows = people(rng, 1600)
    in_2017 = pl.col("referral_date").is_between(date(2017, 1, 1), date(2017, 12, 31))
    rows = rows.filter(~((pl.col("programme") == "vac") & in_2017))
    found = compare(rows, plan(**FIRE_PLAN), context=Context(disruptions=(FIRE,)))
    assert found.raw is None
    assert found.estimate is not None
    assert {part.source: part.estimate for part in found.decomposition} == dict.fromkeys(
        part.source for part in found.decomposition
    )
    assert {part.reason.code for part in found.decomposition if part.reason} == {
        "gap_not_estimable"
    }
    assert found.ladder[0].estimate is None
    assert found.ladder[-1].estimate == found.estimate.estimate
