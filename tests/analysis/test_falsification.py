"""The method is tried where nothing is to be found, and hidden differences show there."""

from __future__ import annotations

import numpy as np
import pytest

from utfall.analysis.cohort import blinded
from utfall.analysis.errors import ProtocolError
from utfall.analysis.falsification import falsification_gate, trials
from utfall.analysis.wording import say

from .conftest import CONTROLS, controls, people, plan


def test_a_method_that_finds_nothing_where_nothing_is_passes(rng: np.random.Generator) -> None:
    gate = falsification_gate(people(rng, 800), plan(negative_controls=controls()))
    assert gate.status == "PASS"
    assert gate.statistic is not None
    assert gate.statistic < 0.05
    assert "12" in say(gate.reason).en


def test_what_no_column_holds_shows_in_the_controls(rng: np.random.Generator) -> None:
    rows = people(rng, 800, hidden=1.2)
    found = trials(rows, plan(negative_controls=controls()))
    assert np.mean([trial.estimate for trial in found]) > 0.05
    gate = falsification_gate(rows, plan(negative_controls=controls()))
    assert gate.status in ("RESERVE", "FAIL")
    assert gate.needed is not None


def test_no_control_is_no_pass(rng: np.random.Generator) -> None:
    rows = people(rng, 200)
    assert falsification_gate(rows, plan()).status == "NOT_EVALUATED"
    few = plan(negative_controls=controls("outcome", CONTROLS[:9]))
    assert falsification_gate(rows, few).status == "NOT_EVALUATED"
    absent = plan(negative_controls=controls(names=("never_recorded",)))
    assert falsification_gate(rows, absent).status == "NOT_EVALUATED"


def test_one_outcome_from_before_must_be_shown_to_be_alike_not_just_unseen(
    rng: np.random.Generator,
) -> None:
    one = plan(negative_controls=controls(names=CONTROLS[:1]))
    many, few = people(rng, 3000), people(rng, 100)
    assert falsification_gate(many, one).status == "PASS"
    assert falsification_gate(few, one).status == "RESERVE"
    assert falsification_gate(people(rng, 3000, hidden=2.5), one).status == "FAIL"


def test_an_exposure_that_cannot_have_worked_is_a_control_too(rng: np.random.Generator) -> None:
    protocol = plan(negative_controls=controls("exposure"))
    found = trials(people(rng, 600), protocol)
    assert len(found) == len(CONTROLS)
    assert abs(np.mean([trial.estimate for trial in found])) < 0.05


def test_months_of_assistance_are_read_in_the_unit_of_the_outcome(
    rng: np.random.Generator,
) -> None:
    rows = people(rng, 1000)
    share = trials(rows, plan(negative_controls=controls(names=CONTROLS[:1])))[0]
    hundredfold = rows.with_columns(before_00=1 + 99 * rows["before_00"])
    scaled = trials(hundredfold, plan(negative_controls=controls(names=CONTROLS[:1])))[0]
    ratio = rows["work_365"].to_numpy().std() / rows["before_00"].to_numpy().std()
    assert scaled.estimate == pytest.approx(share.estimate * ratio, rel=1e-6)


def test_control_outcomes_are_hidden_until_the_design_has_spoken(
    rng: np.random.Generator,
) -> None:
    rows = people(rng, 50)
    hidden = blinded(rows, plan(negative_controls=controls("outcome"))).rows
    assert not set(CONTROLS) & set(hidden.columns)
    assert set(CONTROLS) <= set(blinded(rows, plan(negative_controls=controls())).rows.columns)


def test_what_is_adjusted_for_cannot_try_the_adjustment() -> None:
    with pytest.raises(ProtocolError) as error:
        plan(negative_controls=controls(names=("benefit_months",)))
    assert "cannot try" in error.value.faults[0].message
