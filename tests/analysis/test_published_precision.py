"""Every number that is published has the precision that pages print, and no more."""

from __future__ import annotations

import numpy as np

from utfall.analysis.comparison import Context, compare
from utfall.analysis.description_rows import ExitCurve, YearRow
from utfall.analysis.disclosure import Rules, protect
from utfall.analysis.headline import as_printed
from utfall.analysis.protected_description import protected_year
from utfall.analysis.protected_gates import protected_quantity, two_digits
from utfall.analysis.protected_numbers import printed
from utfall.analysis.protected_rates import coarse_curve, plain_difference
from utfall.analysis.results import Quantity, Rung

from .conftest import FIRE, people, plan
from .test_ladder import FIRE_PLAN

RULES = Rules()


def test_statistics_of_gates_have_two_digits(rng: np.random.Generator) -> None:
    exact = compare(people(rng, 700), plan())
    shown = [gate.statistic for gate in protect(exact, RULES).gates]
    told = [value for value in shown if value is not None]
    assert told
    assert [value for value in told if value != float(f"{value:.2g}")] == []
    assert two_digits(0.12345) == 0.12


def test_counts_and_shares_in_sentences_are_made_of_protected_counts(
    rng: np.random.Generator,
) -> None:
    assert protected_quantity(Quantity("count", 23.0), RULES) == Quantity("count", 25.0)
    assert protected_quantity(Quantity("count", 4.0), RULES) == Quantity("count", None)
    assert protected_quantity(Quantity("share", 0.1234), RULES).value == 0.12
    shown = protect(compare(people(rng, 703), plan()), RULES)
    counts = [
        value.value
        for gate in shown.gates
        for _, value in gate.reason.values
        if value.kind == "count" and value.value is not None
    ]
    assert counts
    assert [value for value in counts if value % 5] == []


def test_a_year_tells_tenths_and_place_months_by_tens() -> None:
    year = YearRow(
        **{"programme": "ama", "year": 2016, "events": 23, "entrants": 61},
        **{"place_months": 723.4, "conf_low": 14.58, "conf_high": 34.51, "rate": 3.1794},
        **{"rate_low": 2.0155, "rate_high": 4.7706, "normal_low": None, "normal_high": None},
        is_disrupted=False,
    )
    shown = protected_year(year, RULES)
    assert (shown.events, shown.entrants, shown.place_months) == (25, 60, 720.0)
    numbers = (shown.conf_low, shown.conf_high, shown.rate, shown.rate_low, shown.rate_high)
    assert [value for value in numbers if value is None or value != round(value, 1)] == []


def test_a_curve_tells_quarters_in_whole_percent_and_hides_few() -> None:
    months = tuple(range(13))
    curve = ExitCurve(
        programme="ama",
        exit="work",
        months=months,
        share=tuple(0.0123 * month for month in months),
        conf_low=tuple(0.0101 * month for month in months),
        conf_high=tuple(0.0145 * month for month in months),
        n_followed=tuple(203 - 5 * month for month in months),
    )
    shown = coarse_curve(curve, RULES, 0.95)
    assert shown.months == (0, 3, 6, 9, 12)
    assert shown.share == (0.0, None, 0.07, 0.1, 0.15)
    assert [n for n in shown.n_followed if n % 5] == []


def test_plain_differences_are_made_of_protected_counts_wherever_they_stand() -> None:
    """Made of exact counts, whole percents and their intervals would give the counts back."""
    moved = 0
    for seed in range(6):
        found = compare(people(np.random.default_rng(seed), 263 + seed), plan())
        shown = protect(found, RULES)
        exact_rows = (*found.ladder, *found.sensitivity)
        pairs = list(zip(exact_rows, (*shown.ladder, *shown.sensitivity), strict=True))
        plain = [(row, told) for row, told in pairs if row.tally and told.estimate is not None]
        assert {row.step for row, _ in plain if isinstance(row, Rung)} >= {"raw", "period"}
        for row, told in plain:
            coarse = plain_difference(row.tally, RULES, 0.95)
            assert coarse is not None
            wanted = (coarse.estimate, coarse.conf_low, coarse.conf_high)
            published = (told.estimate, told.conf_low, told.conf_high)
            assert published == tuple(printed(value, "share") for value in wanted)
            exact = (row.estimate, row.conf_low, row.conf_high)
            moved += published != tuple(printed(value, "share") for value in exact)
        assert shown.raw is not None
        raw = next(told for told in shown.ladder if told.step == "raw")
        assert shown.raw.estimate == raw.estimate
        assert all(told.tally is None for _, told in pairs)
    assert moved > 3


def test_parts_in_fixed_order_are_the_steps_of_the_ladder_as_published() -> None:
    """Two numbers for one step would give a finer one between them."""
    moved = 0
    for seed in range(6):
        rows = people(np.random.default_rng(seed), 400 + 7 * seed, fire_penalty=0.2)
        found = compare(rows, plan(**FIRE_PLAN), context=Context(disruptions=(FIRE,)))
        shown = protect(found, RULES)
        rungs = {rung.step: rung.estimate for rung in shown.ladder}
        parts = {part.source: part.estimate for part in shown.decomposition}
        exact = {part.source: part.estimate for part in found.decomposition}
        if rungs["raw"] is None or rungs["period"] is None or parts["period"] is None:
            continue
        step = rungs["raw"] - rungs["period"]
        assert parts["period"] == as_printed(step, "share")
        moved += parts["period"] != printed(exact["period"], "share")
    assert moved > 0
