"""R7: do deliveries, repetitions, parts and corrections end in one state, whatever their order?"""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.trust.redeliveries import Redeliveries
from utfall.pipelines import orphans, register


def run(sequences: int) -> int:
    """Run so many sequences of deliveries and return how many were judged."""
    machine = type("Machine", (Redeliveries,), {"sequences": 0})
    with pytest.MonkeyPatch.context() as patch:
        # Two people and their months are easily more than a fifth; the limit has its own tests.
        patch.setattr(orphans, "MOST", 1.0)
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
    return machine.sequences


def test_a_few_sequences_end_in_the_state_of_the_model():
    assert run(25) >= 20


@pytest.mark.trust
@pytest.mark.timeout(1800)
def test_two_thousand_sequences_end_in_the_state_of_the_model(ledger):
    judged = run(2300)
    assert judged >= 2000
    ledger.add("R7", "sequences of deliveries", judged)
    ledger.add("R7", "sequences that end elsewhere", 0)


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
        run(25)
