"""Every accepted method is put to the comparison, and says what it rests on or why it cannot."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import numpy as np
import polars as pl
import pytest

from utfall.analysis import Comparison, Context, compare
from utfall.analysis.battery import within_margin
from utfall.analysis.battery_methods import METHODS
from utfall.analysis.disclosure import Rules, protect
from utfall.analysis.document import comparison_document
from utfall.analysis.protocol_file import parse_protocol
from utfall.analysis.vocabulary import MethodName
from utfall.analysis.wording import label, say
from utfall.reports.withheld import places_of_withheld

from ..recovery.coverage import INTERVALS
from .conftest import CONTROLS, FIRE, controls, declared, people, plan

ALL = Context(leave_out=False, methods=True)
EFFECT = 0.15


def with_exits(rng: np.random.Generator, n: int = 700, **changes: Any) -> pl.DataFrame:
    """Return referrals with dated exits: to work for those who reached it, elsewhere for some."""
    rows = people(rng, n, effect=EFFECT, **changes)
    days = rng.integers(20, 365, n)
    elsewhere = rng.random(n) < 0.2
    ends = [
        zero + timedelta(days=int(day)) if work or other else None
        for zero, day, work, other in zip(
            rows["referral_date"], days, rows["work_365"].fill_null(0), elsewhere, strict=True
        )
    ]
    codes = [
        "W1" if work else "F1" if end else None
        for work, end in zip(rows["work_365"].fill_null(0), ends, strict=True)
    ]
    # Delivered long enough afterwards that nobody's follow-up is cut.
    seen = [zero + timedelta(days=500) for zero in rows["referral_date"]]
    frame = rows.with_columns(
        end_date=pl.Series(ends, dtype=pl.Date), exit_code=pl.Series(codes, dtype=pl.String),
        observed_until=pl.Series(seen, dtype=pl.Date),
    )  # fmt: skip
    last = frame["referral_date"].max() + timedelta(days=500)
    return frame.with_columns(observed_until=pl.lit(last))


@pytest.fixture(autouse=True)
def trusted(monkeypatch):
    """Have every interval shown from twenty people; which are is for the table to say."""
    monkeypatch.setattr("utfall.analysis.battery.fewest_people", lambda _: 20)


def battery_of(found: Comparison) -> dict[str, Any]:
    return {one.id: one for one in found.methods}


def test_every_method_that_a_plan_may_name_is_there_with_its_words_and_its_coverage():
    assert set(METHODS) == set(get_args(MethodName))
    for name, method in METHODS.items():
        assert label(f"method_{name}").sv
        assert label(f"method_error_{method.error}").sv
        used = method.measured if isinstance(method.measured, str) else method.measured(plan())
        assert used in INTERVALS, name


def test_methods_that_answer_the_question_find_the_same_effect(rng):
    rows = with_exits(rng, 900, unknown=0.1)
    found = battery_of(compare(rows, plan(), context=ALL))
    for name in ("g_computation", "ipw", "aipw", "entropy_balancing", "bootstrap", "imputed",
                 "known_weighted"):  # fmt: skip
        one = found[name]
        assert one.answers
        assert one.basis == "rows"
        assert one.note is None
        assert one.conf_low < EFFECT < one.conf_high, name
        assert abs(one.estimate - EFFECT) < 0.12, name
    trimmed = found["lee_bounds"]
    assert trimmed.estimate is None
    assert trimmed.conf_low < EFFECT < trimmed.conf_high
    assert found["risk_ratio"].estimate > 1
    assert found["risk_ratio"].measure == "ratio"
    assert found["months_reached"].conf_low > 0
    assert found["months_stayed"].estimate < 0
    assert not found["landmark"].answers


def test_a_method_without_what_it_needs_says_so(rng):
    found = battery_of(compare(people(rng, 500, effect=EFFECT), plan(), context=ALL))
    reasons = {name: one.note.code for name, one in found.items() if one.estimate is None}
    assert reasons["imputed"] == reasons["known_weighted"] == "method_not_nothing_missing"
    assert reasons["clustered"] == reasons["wild"] == "method_not_too_few_clusters"
    assert reasons["calibrated"] == "method_not_few_controls"
    assert reasons["months_reached"] == "method_not_no_exits"
    assert reasons["series_target"] == "method_not_no_break"
    bare = compare(
        people(rng, 500, effect=EFFECT), parse_protocol(declared(covariates=[])), context=ALL
    )
    assert {one.estimate for one in bare.methods} == {None}


def test_sites_enough_in_each_arm_are_taken_as_what_was_chosen(rng):
    rows = people(rng, 800, effect=EFFECT)
    number = np.arange(800) % 5
    sites = [f"{arm}{one}" for arm, one in zip(rows["programme"], number, strict=True)]
    found = battery_of(compare(rows.with_columns(site=pl.Series(sites)), plan(), context=ALL))
    for name in ("clustered", "wild", "randomised"):
        one = found[name]
        assert one.conf_low < EFFECT < one.conf_high
        assert one.estimate == pytest.approx(EFFECT, abs=0.12)
    both_arms = rows.with_columns(site=pl.Series([f"s{one}" for one in number]))
    mixed = battery_of(compare(both_arms, plan(), context=ALL))
    assert mixed["wild"].note.code == "method_not_mixed_sites"


def test_with_controls_the_answer_is_moved_and_widened_by_what_they_show(rng):
    rows = people(rng, 900, effect=EFFECT, hidden=0.5)
    declared_plan = plan(negative_controls=controls())
    found = compare(rows, declared_plan, context=ALL)
    if found.estimate is not None:
        one = battery_of(found)["calibrated"]
        assert abs(one.estimate - EFFECT) < abs(found.estimate.estimate - EFFECT)
    assert len(CONTROLS) >= 10


def test_a_small_difference_is_shown_to_be_small_by_the_printed_interval():
    wide = plan(matters=10)
    assert within_margin(-0.09, 0.09, wide)
    assert not within_margin(-0.09, 0.096, wide)


def test_a_wide_margin_makes_the_test_of_a_small_difference_pass(rng):
    found = battery_of(compare(people(rng, 900), plan(matters=40), context=ALL))
    one = found["equivalence"]
    assert one.note.code == "method_equivalent"
    narrow = battery_of(compare(people(rng, 900), plan(matters=2), context=ALL))
    assert narrow["equivalence"].note.code == "method_not_equivalent"


def test_the_plan_says_which_methods_are_shown(rng):
    few = plan(methods=["entropy_balancing", "bootstrap"])
    found = compare(people(rng, 300), few, context=ALL)
    assert [one.id for one in found.methods] == ["entropy_balancing", "bootstrap"]


def test_simulated_worlds_do_without(rng):
    assert compare(people(rng, 300), plan(), context=Context(leave_out=False)).methods == ()


def test_where_the_answer_is_withheld_no_method_tells_it(rng):
    rows = people(rng, 600, effect=EFFECT, unknown=0.5)
    found = compare(rows, plan(), context=ALL)
    assert found.estimate is None
    assert len(found.methods) == len(METHODS)
    for one in found.methods:
        assert (one.estimate, one.conf_low, one.conf_high, one.basis) == (None,) * 4
    assert not [
        place
        for place in places_of_withheld(comparison_document(found))
        if place.startswith("methods_compared")
    ]


def test_notes_of_a_withheld_comparison_do_not_depend_on_how_it_went(rng):
    rows = people(rng, 600, unknown=0.5)
    other = rows.with_columns(work_365=1 - pl.col("work_365"))
    one, two = (compare(each, plan(), context=ALL).methods for each in (rows, other))
    assert one == two


def test_a_number_planted_behind_a_refusal_is_found(rng):
    rows = people(rng, 600, unknown=0.5)
    found = comparison_document(compare(rows, plan(), context=ALL))
    found["methods_compared"][3]["conf_low"] = 0.1
    assert "methods_compared[3]" in list(places_of_withheld(found))


def test_protection_prints_no_more_digits_than_pages_do(rng):
    found = compare(with_exits(rng, 900, unknown=0.1), plan(), context=ALL)
    for one in protect(found, Rules()).methods:
        digits = 2 if one.measure in ("difference", "part") else 1
        for value in (one.estimate, one.conf_low, one.conf_high):
            assert value is None or value == round(value, digits)


def test_few_people_behind_the_answer_hide_every_method(rng):
    found = compare(people(rng, 500, effect=EFFECT), plan(), context=ALL)
    few = replace(
        found, smallest_cell=5, methods=tuple(replace(m, smallest_cell=5) for m in found.methods)
    )
    hidden = protect(few, Rules())
    assert all(one.estimate is None and one.conf_low is None for one in hidden.methods)
    assert battery_of(hidden)["equivalence"].note is None
    assert not list(places_of_withheld(comparison_document(hidden)))


def test_an_interval_that_did_not_hold_its_promise_at_so_few_is_not_shown(rng, monkeypatch):
    monkeypatch.setattr(
        "utfall.analysis.battery.fewest_people",
        lambda name: {"imputed": None, "ipw.share.ato": 5000}.get(name, 20),
    )
    found = battery_of(compare(people(rng, 500, unknown=0.1), plan(), context=ALL))
    assert found["imputed"].note.code == "method_not_not_measured"
    assert found["ipw"].note.code == "method_few"
    assert "5\xa0000" in say(found["ipw"].note).sv
    assert found["ipw"].estimate is None
    assert found["aipw"].estimate is not None


def test_a_series_is_judged_by_its_months_and_not_by_people(rng, monkeypatch):
    months = pl.DataFrame(
        {
            "programme": ["ama"] * 60, "site": ["x"] * 60,
            "month": [f"{2014 + i // 12}-{1 + i % 12:02d}" for i in range(60)],
            "n_exits_work_or_studies": rng.poisson(4, 60), "n_referred": [5] * 60,
            "places": [20.0] * 60, "open_days": [20] * 60, "is_disrupted": [False] * 60,
        }
    )  # fmt: skip
    context = replace(ALL, disruptions=(FIRE,), programme_months=months)
    fire = [{"id": FIRE.id, "handling": "exclude", "reason": "half capacity all of 2017"}]
    rows = people(rng, 900)
    one = battery_of(compare(rows, plan(disruptions=fire), context=context))["series_target"]
    assert one.measure == "monthly"
    assert one.conf_low < one.estimate < one.conf_high
    monkeypatch.setattr("utfall.analysis.battery.fewest_people", lambda _: 30)
    one = battery_of(compare(rows, plan(disruptions=fire), context=context))["series_target"]
    assert one.note.code == "method_few"  # 25 months after the fire, of 60
