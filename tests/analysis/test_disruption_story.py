"""Disruption story: one programme held to itself, whatever the other one did."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from utfall.analysis import Context, compare
from utfall.analysis.disclosure import Rules, protect, protected_count, protected_share
from utfall.analysis.disruption_story import disruption_stories, own_loss
from utfall.analysis.document import comparison_document
from utfall.analysis.exposure import lost_share

from .conftest import FIRE, both, people, plan

RAW = {"label": both("as debated"), "entry": {"from": "2016-07-01", "to": "2017-12-31"}}
HANDLED = [{"id": FIRE.id, "handling": "exclude", "reason": "half capacity for long"}]


def programme_months(during: int = 1, otherwise: int = 3) -> pl.DataFrame:
    """Return AMA's months of 2015 to 2018: so many to work a month, in the fire and out of it."""
    months = [f"{year}-{month:02d}" for year in range(2015, 2019) for month in range(1, 13)]
    burnt = ["2016-12" <= month <= "2018-03" for month in months]
    return pl.DataFrame(
        {
            "programme": "ama",
            "site": "fabriksvagen",
            "month": months,
            "n_referred": [4] * 48,
            "n_exits_work_or_studies": [during if hit else otherwise for hit in burnt],
            "places": [30 if hit else 60 for hit in burnt],
            **{name: [4] * 48 for name in ("n_started", "n_enrolled", "n_exits")},
            "open_days": [20] * 48,
            **{name: [4.0] * 48 for name in ("fte", "caseload")},
            "capacity_share": [0.5 if hit else 1.0 for hit in burnt],
            "is_disrupted": burnt,
        }
    )


def test_months_before_during_and_after_are_counted_apart() -> None:
    (story,) = disruption_stories(
        people(np.random.default_rng(1)), [FIRE], programme_months(), plan()
    )
    found = {row.period: row for row in story.periods}
    assert {name: (row.months, row.events) for name, row in found.items()} == {
        "before": (23, 69),
        "during": (16, 16),
        "after": (9, 27),
    }
    assert [found[name].per_year for name in ("before", "during")] == [36.0, 12.0]
    assert found["during"].rate == pytest.approx(100 * 16 / 480)
    assert story.normal_low > found["during"].per_year


def test_events_that_hit_both_or_neither_have_no_story() -> None:
    rows = people(np.random.default_rng(1))
    other = replace(FIRE, kind="organisation"), replace(FIRE, programme=None)
    assert disruption_stories(rows, other, programme_months(), plan()) == ()


def test_the_loss_is_found_and_the_people_who_came_are_told_apart_from_it() -> None:
    """A lost month loses its share of those who would have made it; the ready came elsewhere."""
    errors, covered, came = [], 0, []
    for seed in range(60):
        rng = np.random.default_rng([seed, 3])
        rows = people(rng, 1200)
        met = pl.col("referral_date").is_between(date(2016, 7, 1), date(2017, 12, 31))
        own = rows.filter((~met | (pl.col("health") < 0)) & (pl.col("programme") == "ama"))
        lost = lost_share(own, [FIRE], plan())
        failed = pl.Series(rng.random(own.height) < lost)
        own = own.with_columns(work_365=pl.when(failed).then(0.0).otherwise(pl.col("work_365")))
        debated = own.select(met).to_series().to_numpy() & (lost > 0)
        risk = np.clip(0.35 + 0.08 * own["health"].to_numpy(), 0.02, 0.98)
        truth = float((lost * risk)[debated].mean())
        found = own_loss(own, FIRE, plan(raw=RAW, overdispersion_points=0))
        errors.append(found.lost - truth)
        covered += found.lost_low <= truth <= found.lost_high
        came.append(found.composition)
    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(60)
    assert covered >= 53
    # Half a normal's mean below zero is 0.8 of its deviation.
    assert np.mean(came) == pytest.approx(0.08 * 0.8, abs=0.02)


def test_the_parts_add_up_to_the_drop_before_and_after_protection() -> None:
    found = compare(
        people(np.random.default_rng(4), 1600, fire_penalty=0.2),
        plan(raw=RAW, disruptions=HANDLED),
        context=Context(disruptions=(FIRE,), programme_months=programme_months()),
    )
    for shown in (found, protect(found, Rules())):
        (story,) = shown.disruption_stories
        assert story.loss.lost + story.loss.composition == pytest.approx(story.loss.drop)
        assert story.loss.drop == pytest.approx(story.loss.share_calm - story.loss.share_met)


def test_what_a_disruption_took_is_told_from_protected_counts_alone() -> None:
    found = compare(
        people(np.random.default_rng(4), 1603, fire_penalty=0.2),
        plan(raw=RAW, disruptions=HANDLED),
        context=Context(disruptions=(FIRE,), programme_months=programme_months()),
    )
    (raw,) = found.disruption_stories
    (shown,) = protect(found, Rules()).disruption_stories
    assert raw.loss.events_met > 7
    assert raw.loss.events_calm > 7
    assert (shown.loss.events_met, shown.loss.events_calm) == (0, 0)
    for name in ("met", "calm"):
        count, events = getattr(raw.loss, f"n_{name}"), getattr(raw.loss, f"events_{name}")
        assert getattr(shown.loss, f"n_{name}") == protected_count(count, Rules())
        assert getattr(shown.loss, f"share_{name}") == protected_share(events, count, Rules())
    few = replace(raw, loss=replace(raw.loss, events_met=raw.loss.n_met - 5))
    hidden = replace(found, disruption_stories=(few,))
    (story,) = protect(hidden, Rules()).disruption_stories
    assert story.loss.reason == "own_loss_few"
    assert (story.loss.share_met, story.loss.drop, story.loss.lost) == (None, None, None)


def test_variation_between_years_widens_what_the_disruption_took() -> None:
    rows = people(np.random.default_rng(4), 1600).filter(pl.col("programme") == "ama")
    widths = []
    for points in (0, 5):
        found = own_loss(rows, FIRE, plan(raw=RAW, overdispersion_points=points))
        widths.append(found.lost_high - found.lost_low)
    assert widths[1] > widths[0] + 0.05


def test_a_handful_is_never_told_of() -> None:
    rows = people(np.random.default_rng(4), 24).filter(pl.col("programme") == "ama")
    few = own_loss(rows, FIRE, plan(raw=RAW))
    assert (few.lost, few.reason) == (None, "own_loss_few")
    months = programme_months(during=0).with_columns(
        n_exits_work_or_studies=pl.when(pl.col("month") == "2017-05").then(5).otherwise(3)
    )
    months = months.with_columns(
        n_exits_work_or_studies=pl.when(pl.col("is_disrupted") & (pl.col("month") != "2017-05"))
        .then(0)
        .otherwise(pl.col("n_exits_work_or_studies"))
    )
    found = compare(
        people(np.random.default_rng(4), 24),
        plan(raw=RAW),
        context=Context(disruptions=(FIRE,), programme_months=months),
    )
    (story,) = protect(found, Rules()).disruption_stories
    during = next(row for row in story.periods if row.period == "during")
    assert (during.events, during.per_year, during.rate, during.per_year_high) == (None,) * 4


def test_what_the_comparator_did_moves_no_byte_of_the_story() -> None:
    """Refused by law: VAC's answer may turn upside down, and what is published stays."""
    rows = people(np.random.default_rng(6), 1200, border=0.05)
    in_vac = pl.col("programme") == "vac"
    debated = pl.col("referral_date").is_between(date(2016, 7, 1), date(2017, 12, 31))
    moved = rows.with_columns(
        work_365=pl.when(in_vac & ~debated)
        .then(pl.col("work_365").sort_by("health").over("programme", debated))
        .otherwise(pl.col("work_365"))
    )
    told = []
    for cohort in (rows, moved):
        found = compare(
            cohort,
            plan(raw=RAW, disruptions=HANDLED, estimand="ate"),
            context=Context(disruptions=(FIRE,), programme_months=programme_months()),
        )
        assert found.fairness == "not_comparable"
        (story,) = found.disruption_stories
        assert story.loss.lost is not None
        told.append(comparison_document(protect(found, Rules()))["disruption_stories"])
    assert told[0] == told[1]
    assert "events_met" not in told[0][0]["loss"]
