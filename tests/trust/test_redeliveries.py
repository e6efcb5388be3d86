"""R7: do deliveries, repetitions, parts and corrections end in one state, whatever their order?"""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.trust.redeliveries import Redeliveries
from tests.trust.whole_runs import times
from utfall.pipelines import orphans, register


def counting() -> type[Redeliveries]:
    """Return a machine with counts of its own."""
    return type(
        "Machine", (Redeliveries,), {"sequences": 0, "ended": 0, "refused": 0, "returned": 0}
    )


def run(machine: type[Redeliveries], sequences: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=sequences,
            stateful_step_count=7,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_few_sequences_end_in_the_state_of_the_model():
    machine = counting()
    run(machine, 40)
    assert machine.ended == machine.sequences >= 30
    assert machine.refused > 0
    assert machine.returned > 0


@pytest.mark.trust
@pytest.mark.timeout(2 * 3600)
def test_two_thousand_sequences_end_in_the_state_of_the_model(ledger):
    machine = counting()
    try:
        run(machine, times(2300))
    finally:
        ledger.count(
            *("R7", "sequences of deliveries"),
            attacked=machine.sequences,
            leaked=machine.sequences - machine.ended,
        )
        ledger.measure("R7", "sequences in which a row set aside came back", machine.returned)
    assert 0 < machine.refused < machine.sequences / 2


GUARDS = {
    "the last word": (
        "overlaid",
        lambda rows, before, _: pl.concat([before, rows]).unique("person_id"),
    ),
    "corrections": ("_roles", lambda held: _all_stand(held)),
    "references": ("rejudged", list),
    "order": ("_order", lambda one: (one.source, one.delivery)),
    "the day": ("received_on", lambda one: one.header.extracted_on),
}


def _all_stand(held):
    return {
        (one.source, one.delivery): register.Entry(
            source=one.source, delivery=one.delivery, role="stands", by=None, content=""
        )
        for one in held
    }


@pytest.mark.parametrize("guard", GUARDS)
def test_the_sequences_turn_red_when_a_guard_is_taken_away(guard, monkeypatch):
    name, without = GUARDS[guard]
    monkeypatch.setattr(register, name, without)
    with pytest.raises(AssertionError):
        run(counting(), 25)


def test_the_sequences_turn_red_when_no_share_of_orphans_is_too_much(monkeypatch):
    monkeypatch.setattr(orphans, "MOST", 1.0)
    with pytest.raises(AssertionError):
        run(counting(), 25)
