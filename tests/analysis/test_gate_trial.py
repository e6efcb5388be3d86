"""A gate asked alone says what it says within a comparison, and its errors are counted."""

from __future__ import annotations

import numpy as np
import pytest

from utfall.analysis import Context, compare
from utfall.analysis.gate_trial import error_rates, judge
from utfall.analysis.gates import not_evaluated

from .conftest import controls, people, plan

GATES = ("G0", "G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8", "G9", "G10", "G11", "G12", "G14")


def test_every_gate_says_alone_what_it_says_in_a_comparison(rng: np.random.Generator) -> None:
    rows, protocol = people(rng, 400, unknown=0.05), plan(negative_controls=controls())
    context = Context(locked_before_data=True, leave_out=False)
    whole = {gate.id: gate for gate in compare(rows, protocol, context=context).gates}
    assert set(whole) == set(GATES)
    for gate in GATES:
        assert judge(gate, rows, protocol, context=context) == whole[gate]


def test_a_gate_that_does_not_speak_of_cohorts_is_refused(rng: np.random.Generator) -> None:
    with pytest.raises(ValueError, match="no gate G13"):
        judge("G13", people(rng, 100), plan())


def test_rates_count_finds_and_false_alarms_and_leave_out_the_unjudged(
    rng: np.random.Generator,
) -> None:
    refused = judge("G2", people(rng, 200, border=0.0), plan())
    passed = judge("G2", people(rng, 200), plan())
    unjudged = not_evaluated("G2", "g2_not_evaluated")
    found = error_rates(
        [(True, refused), (True, passed), (False, passed), (False, passed), (True, unjudged)]
    )
    assert (found.sensitivity, found.false_alarm) == (0.5, 0.0)
    assert (found.worlds, found.not_evaluated) == (4, 1)


def test_a_hidden_confounder_is_found_by_its_gate_more_often_than_it_is_feared() -> None:
    protocol = plan(negative_controls=controls())
    found = error_rates(
        (hidden > 0, judge("G8", people(np.random.default_rng(seed), 500, hidden=hidden), protocol))
        for hidden in (0.0, 1.2)
        for seed in range(8)
    )
    assert found.sensitivity is not None
    assert found.false_alarm is not None
    assert found.sensitivity >= 0.75
    assert found.false_alarm <= 0.25
