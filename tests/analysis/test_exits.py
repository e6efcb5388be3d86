"""Exits compete: who has left one way can leave no other."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utfall.analysis.exits import aalen_johansen

CAUSES = ["work", "studies", "unknown"]
people = st.lists(
    st.tuples(st.integers(0, 15), st.sampled_from([None, *CAUSES])), min_size=1, max_size=60
)


def table_of(rows, horizon=12):
    return aalen_johansen(np.array([m for m, _ in rows]), [c for _, c in rows], CAUSES, horizon)


@given(people)
def test_ways_out_and_those_still_there_add_to_everyone(rows):
    table = table_of(rows)
    for month in table.months:
        if table.still_there[month] is None:
            continue
        parts = [exit_.share[month] for exit_ in table.exits]
        assert sum(parts) + table.still_there[month] == pytest.approx(1)
        for exit_ in table.exits:
            assert 0 <= exit_.conf_low[month] <= exit_.share[month] <= exit_.conf_high[month] <= 1


@given(people)
def test_incidence_only_grows_and_stops_where_nobody_is_followed(rows):
    table = table_of(rows)
    for exit_ in table.exits:
        known = [share for share in exit_.share if share is not None]
        assert all(b >= a - 1e-12 for a, b in pairwise(known))
        assert len(known) == sum(n > 0 for n in table.n_followed)


@given(people, st.randoms(use_true_random=False))
def test_row_order_does_not_matter(rows, random):
    mixed = list(rows)
    random.shuffle(mixed)
    assert table_of(mixed) == table_of(rows)


def test_without_loss_from_view_it_is_the_plain_share_and_its_error():
    rows = [(1, "work")] * 3 + [(4, "studies")] * 2 + [(9, "work")] * 4 + [(12, None)] * 11
    work = table_of(rows).exits[0]
    assert work.share[3] == pytest.approx(3 / 20)
    assert work.share[12] == pytest.approx(7 / 20)
    assert work.std_error[12] == pytest.approx(np.sqrt(0.35 * 0.65 / 20))


def test_one_minus_kaplan_meier_would_promise_more_work_than_there_was():
    rows = [(m, "work") for m in range(1, 7)] + [(m, "studies") for m in range(1, 7)]
    months = np.array([m for m, _ in rows])
    joint = table_of(rows).exits[0].share[6]
    as_if_lost = aalen_johansen(months, [c if c == "work" else None for _, c in rows], CAUSES, 6)
    assert joint == pytest.approx(0.5)
    assert as_if_lost.exits[0].share[6] > 0.75


def test_someone_lost_in_the_month_of_an_exit_was_still_at_risk_in_it():
    table = table_of([(3, "work"), (3, None)])
    assert table.exits[0].share[3] == 0.5


def test_none_so_far_does_not_mean_certainly_never():
    exit_ = table_of([(12, None)] * 20).exits[0]
    assert exit_.share[12] == 0
    assert exit_.conf_high[12] == pytest.approx(1 - 0.025 ** (1 / 20))


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 4))
def test_standard_errors_are_the_spread_over_repeated_samples(seed):
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(300):
        leaves = rng.geometric(0.08, 80)
        seen = rng.integers(4, 20, 80)
        ways = rng.choice(["work", "studies"], 80, p=[0.7, 0.3])
        cause = [w if a <= b else None for w, a, b in zip(ways, leaves, seen, strict=True)]
        exit_ = aalen_johansen(np.minimum(leaves, seen), cause, ["work", "studies"], 10).exits[0]
        found.append((exit_.share[10], exit_.std_error[10]))
    shares, errors = np.array(found).T
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(shares.std(), rel=0.15)


@pytest.mark.parametrize(
    ("months", "cause"),
    [([-1, 2], [None, "work"]), ([1.5, 2], [None, None]), ([1, np.nan], [None, None]),
     ([1, 2], ["work", "moon"]), ([1], [None, None])],
)  # fmt: skip
def test_impossible_times_and_unnamed_exits_are_refused(months, cause):
    with pytest.raises(ValueError, match=r"months|causes"):
        aalen_johansen(np.array(months), cause, CAUSES, 12)
