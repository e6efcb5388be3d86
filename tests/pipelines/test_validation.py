"""Validation: what is scored is what would be published, and a shortfall is not passed over."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources

import pytest

from utfall.pipelines.rehearsal import Rehearsal, rehearse
from utfall.pipelines.validation import (
    MEASURES,
    Replicate,
    confusion,
    gate_table,
    plan_of,
    replicate,
    scored,
)
from utfall.pipelines.validation_cases import CASES, NOT_MEASURED, REASONS, Case, at_least
from utfall.pipelines.validation_text import as_text

#: Large worlds tell no more of whether a case runs than small ones.
SMALL = 60


@pytest.fixture(scope="module")
def rehearsal() -> Rehearsal:
    return rehearse()


def one(**changes) -> Replicate:
    """Return a replicate whose answer holds the truth."""
    return replace(
        Replicate(
            case="S3",
            noise=0.0,
            truth=0.15,
            is_identified=True,
            headline="better_clear",
            fairness="with_reservations",
            estimate=0.16,
            interval=(0.11, 0.21),
            second=(0.05, 0.27),
            raw=(0.02, 0.10),
            bounds=None,
            labels=("overlap_only",),
            gates={"G2": "PASS", "G10": "PASS"},
            margin=0.10,
        ),
        **changes,
    )


#: The lotteries differ by size alone, which is cut here.
SMOKED = [case for case in CASES if not case.id.startswith("S14_") or case.id == "S14_20"]


@pytest.mark.parametrize("case", SMOKED, ids=lambda case: case.id)
def test_two_worlds_of_every_case_run_and_are_scored(rehearsal: Rehearsal, case: Case) -> None:
    sizes = {"vallentuna": 0.5, "goteborg": 0.2}
    size = sizes.get(case.scenario, min(case.size or SMALL, SMALL))
    small = replace(case, size=size)
    made = [replicate(rehearsal, small, number) for number in range(2)]
    document = scored(made, [small])
    assert {line["measure"] for line in document["lines"]} >= {bar.measure for bar in case.bars}
    assert sum(row["n"] for row in document["confusion"]) == 2
    for found in made:
        refused = found.fairness in ("not_comparable", "bounds_only")
        assert not (refused and found.interval)
        assert found.is_identified or found.fairness != "comparable"


def test_the_same_seed_is_the_same_replicate(rehearsal: Rehearsal) -> None:
    case = next(case for case in CASES if case.id == "S14_40")
    assert replicate(rehearsal, case, 3) == replicate(rehearsal, case, 3)
    assert replicate(rehearsal, case, 3) != replicate(rehearsal, case, 4)


def test_a_case_replaces_what_it_names_and_keeps_the_rest() -> None:
    by_id = {case.id: case for case in CASES}
    assert [c.name for c in plan_of(by_id["S17"]).covariates] == ["age_at_referral", "sex"]
    assert plan_of(by_id["S2_service"]).disruptions[0].handling == "exposure"
    assert plan_of(by_id["S3"]).disruptions[0].handling == "exclude"


def test_a_miss_is_counted_as_one_and_said_to_fall_short() -> None:
    case = Case(id="S3", what="-", scenario="null", bars=(at_least("coverage", 0.9),))
    missed = one(interval=(0.20, 0.30))
    document = scored([one(), missed], [case])
    (line,) = document["lines"]
    assert (line["value"], line["verdict"], line["n"]) == (0.5, "too_few_replicates", 2)
    assert line["error"] == pytest.approx(0.354)
    short = scored([missed] * 9 + [one()], [case])
    assert short["lines"][0]["verdict"] == "falls_short"
    assert "falls short" in as_text(short)
    met = scored([one()] * 60, [case])
    assert met["lines"][0]["verdict"] == "met"


def test_half_a_point_of_rounding_is_not_a_miss() -> None:
    assert MEASURES["coverage"]([one(interval=(0.154, 0.3))]) == (1.0, 1)
    assert MEASURES["coverage"]([one(interval=(0.16, 0.3))]) == (0.0, 1)


def test_always_hedging_shows_in_the_matrix() -> None:
    hedged = [one(headline="cannot_tell") for _ in range(3)]
    assert confusion(hedged) == [
        {"truth": "more, beyond the margin", "headline": "cannot_tell", "n": 3}
    ]


def test_a_wrong_direction_is_a_wrong_claim() -> None:
    wrong = one(estimate=-0.2, truth=0.15)
    assert MEASURES["type_one"]([wrong, one()]) == (0.5, 2)
    assert MEASURES["type_one"]([one(headline="cannot_tell", truth=0.0)]) == (0.0, 1)


def test_gates_are_told_by_what_they_catch_and_what_they_stop_for_nothing() -> None:
    cases = [
        Case(id="bad", what="-", scenario="null", stops=("G2",)),
        Case(id="good", what="-", scenario="null", is_sound=True),
    ]
    made = [
        one(case="bad", gates={"G2": "FAIL"}),
        one(case="bad", gates={"G2": "PASS"}),
        one(case="good", gates={"G2": "FAIL"}),
        one(case="good", gates={"G2": "NOT_EVALUATED"}),
    ]
    row = next(row for row in gate_table(made, cases) if row["gate"] == "G2")
    assert (row["sensitivity"], row["false_alarm"], row["not_evaluated"]) == (0.5, 0.5, 0.5)


def test_every_requirement_has_a_measure_and_every_gap_a_reason() -> None:
    bars = {(case.id, bar.measure) for case in CASES for bar in case.bars}
    assert {measure for _, measure in bars} <= set(MEASURES)
    assert {case for case, _ in REASONS} <= {case.id for case in CASES}
    assert all(reason.strip() for reason in NOT_MEASURED.values())


def test_what_is_committed_was_measured_by_these_cases_and_names_each_shortfall() -> None:
    path = resources.files("utfall.analysis").joinpath("validation.json")
    document = json.loads(path.read_text(encoding="utf-8"))
    required = {(case.id, bar.measure) for case in CASES for bar in case.bars}
    measured = {(line["case"], line["measure"]) for line in document["lines"]}
    assert required <= measured
    short = [line for line in document["lines"] if line["verdict"] == "falls_short"]
    assert all(line["reason"] for line in short)
