"""Sites as what was chosen: errors by site, and courses that may have differed all along."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from utfall.analysis import Context, compare
from utfall.analysis.battery_sites import _site_years, trends
from utfall.analysis.panels import breakdown, group_time_effects, trend_bounds
from utfall.analysis.results import NotEstimable

from .conftest import FIRE, people, plan
from .test_battery import battery_of, trusted

__all__ = ["trusted"]

PLAN = {
    "disruptions": [
        {"id": "ama_fire_2016", "handling": "exclude", "reason": "half capacity all of 2017"}
    ]
}
ALL = Context(leave_out=False, methods=True, disruptions=(FIRE,))


def at_sites(rng: np.random.Generator, n: int = 1500, each: int = 5) -> pl.DataFrame:
    rows = people(rng, n, effect=0.1, fire_penalty=0.2)
    number = np.arange(n) % each
    sites = [f"{arm}{one}" for arm, one in zip(rows["programme"], number, strict=True)]
    return rows.with_columns(site=pl.Series(sites))


@pytest.fixture
def tasks(monkeypatch):
    """Keep every task that the bounds on courses were asked about."""
    kept = []

    def watched(task):
        kept.append(task)
        return trends(task)

    from utfall.analysis.battery_methods import METHODS

    monkeypatch.setitem(METHODS, "trends", replace(METHODS["trends"], run=watched))
    return kept


def test_what_the_event_did_is_bounded_by_how_sites_had_moved_before(rng, tasks):
    found = battery_of(compare(at_sites(rng), plan(**PLAN), context=ALL))["trends"]
    panel, first, years = _site_years(tasks[0])
    assert panel.shape == (10, len(years))
    assert sorted(set(first.tolist())) == [2017.0, np.inf]
    study = group_time_effects(panel, first, years)
    bounds = trend_bounds(study, 1.0)
    assert (found.conf_low, found.conf_high) == (bounds.conf_low, bounds.conf_high)
    assert found.estimate is None
    assert not found.answers
    assert found.note.code == "method_trends_few"
    plain = study.overall
    assert found.conf_high - found.conf_low > plain.conf_high - plain.conf_low


def test_from_ten_sites_of_each_kind_a_limit_on_their_courses_is_told(rng, tasks):
    found = battery_of(compare(at_sites(rng, each=10), plan(**PLAN), context=ALL))["trends"]
    panel, first, years = _site_years(tasks[0])
    assert panel.shape[0] == 20
    limit = breakdown(group_time_effects(panel, first, years))
    assert found.note.code == ("method_trends_open" if limit is None else "method_trends_limit")


def test_without_an_event_or_with_two_sites_there_is_nothing_to_bound(rng, tasks):
    calm = replace(ALL, disruptions=())
    found = battery_of(compare(at_sites(rng), plan(), context=calm))["trends"]
    assert found.note.code == "method_not_no_break"
    few = battery_of(compare(at_sites(rng, each=2), plan(**PLAN), context=ALL))["trends"]
    assert few.note.code == "method_not_too_few_clusters"
    assert all(isinstance(trends(task), NotEstimable) for task in tasks)
