"""Moves between states: their pace, their memory, and draws of whole persons."""

from __future__ import annotations

import numpy as np
import pytest

from utfall.analysis.multistate import exits_as_stays, occupancy, stays
from utfall.analysis.transitions import (
    markov_tests,
    person_bootstrap,
    transition_intensities,
)

from .test_multistate import RATES, STATES, world


def test_the_person_bootstrap_agrees_with_the_jackknife():
    rows = world(np.random.default_rng(3), 120)
    found = occupancy(rows, 12)

    def last(drawn):
        return occupancy(drawn, 12).share[-1]

    error, low, high = person_bootstrap(rows, last, replicates=150, seed=4)
    assert error == pytest.approx(found.std_error[-1], rel=0.2)
    assert (low < found.share[-1]).all()
    assert (found.share[-1] < high).all()


def test_what_people_did_before_matters_when_some_are_always_fast():
    rng = np.random.default_rng(5)
    mixed, alike = world(rng, 1200, fast_share=0.5), world(rng, 1200)
    assert min(test.p_value for test in markov_tests(mixed, 6.0)) < 0.001
    assert min(test.p_value for test in markov_tests(alike, 6.0)) > 0.01


def test_intensities_are_found_and_their_bounds_hold_as_often_as_they_say():
    rng, pairs = np.random.default_rng(7), [(0, 1), (0, 2), (1, 0), (1, 2)]
    rates, held = [], []
    for _ in range(200):
        found = {(i.origin, i.destination): i for i in transition_intensities(world(rng, 60))}
        assert ("moved", "work") not in found
        every = [(found.get((STATES[here], STATES[there])), RATES[here, there])
                 for here, there in pairs]  # fmt: skip
        rates.append([one.rate if one else 0.0 for one, _ in every])
        held.append([one is None or one.conf_low <= truth <= one.conf_high for one, truth in every])
    truth = np.array([RATES[pair] for pair in pairs])
    error = np.std(rates, axis=0) / np.sqrt(len(rates))
    assert (abs(np.mean(rates, axis=0) - truth) < 4 * error + 0.01 * truth).all()
    # Exact bounds hold at least as often as they say, short of the error of 200 worlds.
    assert (np.mean(held, axis=0) > 0.91).all()


def test_moves_over_time_at_risk_have_exact_bounds():
    stop = np.array([2.0, 3.0, 4.0, 11.0])
    left = ["work", "work", None, None]
    rows = stays(np.arange(4), ["enrolled"] * 4, np.zeros(4), stop, left, STATES)
    (one,) = transition_intensities(rows)
    assert (one.moves, one.person_time, one.rate) == (2, 20.0, 0.1)
    # Garwood 1936: half the 0.025 and 0.975 points of chi-squared with 4 and 6 degrees of freedom.
    assert (one.conf_low, one.conf_high) == pytest.approx((0.24220928 / 20, 7.22468766 / 20))


def test_without_moves_there_is_no_pace():
    rows = exits_as_stays(np.array([2.0, 3.0]), [None, None], ["work"])
    assert transition_intensities(rows) == ()


def test_a_bootstrap_of_one_person_or_of_no_numbers_is_refused():
    rows = exits_as_stays(np.array([2, 3]), ["work", None], ["work"])
    one = exits_as_stays(np.array([2]), ["work"], ["work"])
    assert person_bootstrap(one, lambda s: occupancy(s, 2).share[-1]).code == "too_few"

    assert (
        person_bootstrap(rows, lambda _: np.array([np.nan]), replicates=3).code
        == "unstable_bootstrap"
    )
