"""Moves between states: their pace, their memory, and draws of whole persons."""

from __future__ import annotations

import numpy as np
import pytest

from utfall.analysis.multistate import exits_as_stays, occupancy
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


def test_intensities_are_moves_over_time_at_risk():
    found = {(i.origin, i.destination): i for i in transition_intensities(
        world(np.random.default_rng(7), 800)
    )}  # fmt: skip
    for (origin, destination), one in found.items():
        truth = RATES[STATES.index(origin), STATES.index(destination)]
        assert 0.8 * one.conf_low <= truth <= 1.2 * one.conf_high
    assert ("moved", "work") not in found


def test_a_bootstrap_of_one_person_or_of_no_numbers_is_refused():
    rows = exits_as_stays(np.array([2, 3]), ["work", None], ["work"])
    one = exits_as_stays(np.array([2]), ["work"], ["work"])
    assert person_bootstrap(one, lambda s: occupancy(s, 2).share[-1]).code == "too_few"

    assert (
        person_bootstrap(rows, lambda _: np.array([np.nan]), replicates=3).code
        == "unstable_bootstrap"
    )
