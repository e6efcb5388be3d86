"""Window scan: another day for the fire is another answer, and tells of nobody in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from utfall.analysis import Context, compare
from utfall.analysis.disclosure import Rules, protect
from utfall.analysis.document import comparison_document
from utfall.analysis.ladder import adjusted, adjustments_of, stages_of
from utfall.analysis.moved_windows import WindowRow
from utfall.analysis.protected_scan import protected_scan
from utfall.analysis.window_scan import months_later, shifted, window_scan

from .conftest import FIRE, people, plan

HANDLED = {"id": FIRE.id, "handling": "exclude", "reason": "half capacity for long"}


@pytest.fixture(scope="module")
def burnt():
    return people(np.random.default_rng(4), 2400, fire_penalty=0.3)


def scanned(rows, protocol, window=FIRE):
    stages = stages_of(rows, [window], protocol)
    names = adjustments_of(stages.excluded, protocol)
    return stages, window_scan(stages, names, protocol, is_refused=False)


def test_every_row_is_what_the_plan_would_give_with_that_window(burnt) -> None:
    protocol = plan(disruptions=[HANDLED])
    _, rows = scanned(burnt, protocol)
    assert [(row.moved, row.months) for row in rows] == [
        (end, months) for end in ("starts", "ends") for months in (-6, -3, 3, 6)
    ]
    moved = rows[2]
    assert moved.starts_on == date(2017, 3, 10)
    own = stages_of(burnt, [replace(FIRE, starts_on=moved.starts_on)], protocol)
    found = adjusted(own, frozenset({"disruption", "target_group"}), protocol)
    assert moved.estimate == found.estimate
    assert (moved.n_target, moved.n_comparator) == (found.n_target, found.n_comparator)


def test_a_window_that_leaves_the_fire_in_shows_it(burnt) -> None:
    """Half a year of people followed into the fire come back when it is said to begin later."""
    _, rows = scanned(burnt, plan(disruptions=[HANDLED]))
    answers = {(row.moved, row.months): row.estimate for row in rows}
    assert answers["starts", 6] < answers["starts", -3] - 0.01
    assert answers["ends", -6] < answers["ends", 3] - 0.01


def test_windows_nest_so_that_people_only_come_or_only_go(burnt) -> None:
    _, rows = scanned(burnt, plan(disruptions=[HANDLED]))
    starts = [row.n_target for row in rows if row.moved == "starts"]
    ends = [row.n_target for row in rows if row.moved == "ends"]
    assert starts == sorted(starts)
    assert ends == sorted(ends, reverse=True)


def test_an_end_that_is_open_or_comes_before_the_beginning_is_not_moved() -> None:
    assert shifted(replace(FIRE, ends_on=date(9999, 12, 30)), "ends", 3) is None
    short = replace(FIRE, ends_on=date(2017, 1, 10))
    assert shifted(short, "starts", 3) is None
    assert shifted(short, "starts", -3).starts_on == date(2016, 9, 10)
    assert months_later(date(2016, 8, 31), 6) == date(2017, 2, 28)
    assert months_later(date(2015, 11, 30), 3) == date(2016, 2, 29)


def test_few_people_give_a_row_without_a_number() -> None:
    rows = people(np.random.default_rng(4), 70)
    _, found = scanned(rows, plan(disruptions=[HANDLED]))
    assert any(row.estimate is None for row in found)
    assert all(
        min(row.n_target, row.n_comparator) >= 20 for row in found if row.estimate is not None
    )


def test_a_withheld_answer_has_no_scan_and_recalculation_has_one(burnt) -> None:
    ignored = {**HANDLED, "handling": "describe_only"}
    refused = compare(burnt, plan(disruptions=[ignored]), context=Context(disruptions=(FIRE,)))
    assert refused.estimate is None
    assert refused.window_scan == ()
    exposed = {**HANDLED, "handling": "exposure"}
    found = compare(burnt, plan(disruptions=[exposed]), context=Context(disruptions=(FIRE,)))
    assert len({row.n_target for row in found.window_scan}) == 1
    assert len({row.estimate for row in found.window_scan}) > 1
    quick = Context(disruptions=(FIRE,), leave_out=False)
    assert compare(burnt, plan(disruptions=[exposed]), context=quick).window_scan == ()


def test_the_document_holds_it_protected(burnt) -> None:
    found = compare(burnt, plan(disruptions=[HANDLED]), context=Context(disruptions=(FIRE,)))
    (first, *_) = comparison_document(protect(found, Rules()))["window_scan"]
    assert first["n_target"] % 5 == 0
    assert "smallest_cell" not in first
    assert first["starts_on"] == "2016-06-10"
    assert round(first["estimate"], 3) == first["estimate"]


def row(months: int, n: tuple[int, int], cell: int = 50) -> WindowRow:
    return WindowRow(
        disruption="fire", moved="starts", months=months, starts_on=date(2017, 1, 1),
        ends_on=date(2018, 1, 1), n_target=n[0], n_comparator=n[1], estimate=0.1234,
        conf_low=0.01, conf_high=0.2, smallest_cell=cell,
    )  # fmt: skip


def test_two_rows_that_differ_by_a_few_people_are_not_both_shown() -> None:
    chain = [row(-6, (90, 85)), row(-3, (97, 100)), row(3, (104, 100)), row(6, (111, 110))]
    shown = protected_scan(chain, (100, 100), "share", Rules(), is_hidden=False)
    # Three fewer and four more are too near the plan's hundred; eleven more and ten fewer are not.
    assert [one.estimate is None for one in shown] == [False, True, True, False]
    assert shown[0].n_comparator == 85


def test_a_hidden_answer_hides_its_scan_and_public_data_hide_nothing() -> None:
    chain = [row(-3, (97, 100)), row(3, (130, 130), cell=3)]
    assert protected_scan(chain, (100, 100), "share", Rules(), is_hidden=True) == ()
    few = protected_scan(chain, (100, 100), "share", Rules(), is_hidden=False)
    assert [(one.estimate, one.conf_low, one.n_target) for one in few] == [(None, None, None)] * 2
    public = protected_scan(chain, (100, 100), "share", Rules(public_data=True), is_hidden=False)
    assert all(one.estimate is not None for one in public)
