"""Validation scores: a shortfall is named, hedging fails, and a gate's errors are counted."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from utfall.analysis.protocol import Thresholds
from utfall.pipelines.validation import Replicate
from utfall.pipelines.validation_bars import at_least
from utfall.pipelines.validation_case import Case
from utfall.pipelines.validation_cases import CASES, REASONS
from utfall.pipelines.validation_checks import CHECKS
from utfall.pipelines.validation_measures import MEASURES, within
from utfall.pipelines.validation_noise import noise_table
from utfall.pipelines.validation_rule import CHOICES, MOST_FALSE, by_rule, tuned
from utfall.pipelines.validation_scores import confusion, gate_table, hedging, scored
from utfall.pipelines.validation_text import as_markdown, as_text, with_table


def one(**changes) -> Replicate:
    """Return a replicate whose answer holds the truth."""
    return replace(
        Replicate(
            case="S3",
            noise=0.0,
            number=0,
            truth=0.15,
            is_identified=True,
            headline="better_clear",
            fairness="with_reservations",
            estimate=0.16,
            interval=(0.11, 0.21),
            second=(0.05, 0.27),
            raw=(0.02, 0.10),
            bounds=None,
            identified_width=None,
            disrupted=None,
            labels=("overlap_only",),
            treatments={},
            gates={"G2": "PASS", "G10": "PASS"},
            codes={},
            statistics={},
            margin=0.10,
            n_compared=800,
            n_border=800,
            sampling=0.10,
        ),
        **changes,
    )


def worlds(headline: str, estimate: float | None) -> list[Replicate]:
    """Return worlds of a large difference and of none, all answered alike."""
    said = {"headline": headline, "estimate": estimate}
    return [
        *(one(case="S3", truth=0.15, **said) for _ in range(20)),
        *(one(case="S18", truth=0.0, **said) for _ in range(20)),
    ]


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
    assert "holds" in as_text(met)


def test_half_a_point_of_rounding_is_not_a_miss() -> None:
    assert MEASURES["coverage"]([one(interval=(0.154, 0.3))]) == (1.0, 1)
    assert MEASURES["coverage"]([one(interval=(0.16, 0.3))]) == (0.0, 1)
    assert not within(None, 0.1)


def test_an_engine_that_always_hedges_fails() -> None:
    hedged = worlds("cannot_tell", 0.0)
    assert not hedging(hedged)["is_met"]
    assert hedging(hedged)["wrong"] == 0.0
    assert "headlines: fall short" in as_text(scored(hedged, CASES))


def test_an_engine_that_always_claims_fails() -> None:
    assert not hedging(worlds("better_clear", 0.16))["is_met"]


def test_an_engine_that_says_what_is_true_passes() -> None:
    right = [
        *worlds("better_clear", 0.16)[:20],
        *worlds("no_meaningful_difference", 0.0)[20:],
    ]
    assert hedging(right)["is_met"]
    assert confusion(right) == [
        {"truth": "more, beyond the margin", "headline": "better_clear", "n": 20},
        {"truth": "no difference", "headline": "no_meaningful_difference", "n": 20},
    ]


def test_a_wrong_direction_is_a_wrong_claim() -> None:
    wrong = one(estimate=-0.2, truth=0.15)
    assert MEASURES["type_one"]([wrong, one()]) == (0.5, 2)
    assert MEASURES["type_one"]([one(headline="cannot_tell", truth=0.0)]) == (0.0, 1)
    assert MEASURES["wrong_at_the_top"]([wrong, replace(wrong, fairness="comparable")]) == (0.5, 2)


def test_gates_are_told_by_what_they_catch_and_what_they_raise_for_nothing() -> None:
    cases = [
        Case(id="bad", what="-", scenario="null", stops=("G2", "G11"), is_graded=True),
        Case(id="good", what="-", scenario="null", is_sound=True),
        Case(id="few", what="-", scenario="null", is_sound=True, size=80),
    ]
    made = [
        one(case="bad", gates={"G2": "FAIL", "G11": "RESERVE"}),
        one(case="bad", gates={"G2": "PASS", "G11": "PASS"}),
        one(case="good", gates={"G2": "FAIL", "G11": "RESERVE"}),
        one(case="few", gates={"G2": "PASS", "G11": "PASS"}),
        one(case="good", gates={"G2": "NOT_EVALUATED", "G11": "PASS"}),
    ]
    rows = {row["gate"]: row for row in gate_table(made, cases)}
    found = rows["G2"]
    assert (found["sensitivity"], found["false_alarm"], found["not_evaluated"]) == (0.5, 1.0, 0.5)
    assert (found["false_alarm_few"], found["n_few"]) == (0.0, 1)
    # Where the other choices were not tried, stability was not asked.
    assert (rows["G11"]["n_due"], rows["G11"]["n_sound"]) == (2, 0)


def test_a_direction_that_only_the_years_made_falls_short_up_to_the_declared_noise() -> None:
    cases = [Case(id="S18", what="-", scenario="null")]
    wrong = {"truth": 0.0, "headline": "better_uncertain"}
    made = [
        one(case="S18", noise=noise, number=number, **(wrong if number < 10 else {"truth": 0.0}))
        for noise in (0.05, 0.08)
        for number in range(60)
    ]
    verdicts = {
        line["noise"]: line["verdict"]
        for line in scored(made, cases)["lines"]
        if line["measure"] == "type_one"
    }
    assert verdicts == {0.05: "falls_short", 0.08: "not_required"}


def test_where_years_swing_worlds_are_judged_together_and_told_apart() -> None:
    cases = [
        Case(id="S3", what="-", scenario="null"),
        Case(id="S4", what="-", scenario="null"),
        Case(id="S6", what="-", scenario="null", is_biased=True),
    ]
    made = [
        *(one(noise=0.05, number=number) for number in range(60)),
        *(one(noise=0.05, number=number, second=(0.3, 0.4)) for number in range(60, 65)),
        *(one(case="S4", noise=0.05, number=number, second=None) for number in range(4)),
        *(one(case="S6", noise=0.05, number=number, second=(0.3, 0.4)) for number in range(60)),
        one(noise=0.08, second=(0.3, 0.4)),
    ]
    declared, claimed, beyond, _ = scored(made, cases)["lines"]
    assert (claimed["measure"], claimed["value"]) == ("type_one", 0.0)
    # None of 65 is too few to tell from one in twenty.
    assert claimed["verdict"] == "too_few_replicates"
    assert (declared["value"], declared["n"]) == (round(60 / 65, 3), 65)
    assert declared["verdict"] == "too_few_replicates"
    assert (beyond["noise"], beyond["verdict"]) == (0.08, "not_required")
    rows = {(row["case"], row["noise"]): row for row in noise_table(made, cases)}
    assert (rows["S3", 0.05]["n"], rows["S4", 0.05]["n"], rows["S4", 0.05]["worlds"]) == (65, 0, 4)
    # What bends the answer itself is not the interval's to hold.
    assert rows["S6", 0.05]["value"] is None
    assert rows["S3", 0.08]["verdict"] is None
    assert "where site-years swing" in as_text(scored(made, cases))


def test_an_interval_that_misses_where_years_swing_falls_short_alone() -> None:
    case = Case(id="S3", what="-", scenario="null")
    made = [one(noise=0.03, number=number, second=(0.3, 0.4)) for number in range(20)]
    (row,) = noise_table(made, [case])
    assert (row["value"], row["verdict"]) == (0.0, "falls_short")


def test_the_rule_takes_the_strictest_threshold_that_stops_few_alike_pairs() -> None:
    values = [0.01] * 95 + [0.30] * 5
    assert by_rule(values, (0.10, 0.05, 0.50)) == 0.05
    assert by_rule([*values, 0.30], (0.10, 0.05, 0.50)) == 0.50
    assert by_rule([], (0.10,)) is None
    assert MOST_FALSE == 0.05


def test_thresholds_are_told_beside_what_the_rule_gives() -> None:
    alike = [one(case="S6_0", unknown_reach=0.06, statistics={"G8": 0.01}) for _ in range(20)]
    faulty = [one(case="S7", unknown_reach=0.20) for _ in range(5)]
    rows = {row["threshold"]: row for row in tuned([*alike, *faulty], CASES)}
    assert rows["unknown_reach"]["by_rule"] == 0.075
    assert rows["unknown_reach"]["sensitivity"] == 1.0
    assert rows["control_error"]["by_rule"] == 0.25
    assert set(rows) <= set(CHOICES)


def test_every_requirement_has_a_measure_and_every_reason_a_requirement() -> None:
    bars = {(case.id, bar.measure) for case in CASES for bar in case.bars}
    assert {measure for _, measure in bars} <= set(MEASURES)
    assert len({case.id for case in CASES}) == len(CASES)
    assert {case for case, _ in REASONS} <= {one.id for one in (*CASES, *CHECKS)}


def test_every_gate_that_can_err_has_a_world_with_its_fault() -> None:
    tried = {gate for case in CASES for gate in case.stops}
    assert tried == {f"G{number}" for number in range(15)}


def committed() -> dict[str, Any]:
    path = resources.files("utfall.analysis").joinpath("validation.json")
    return dict(json.loads(path.read_text(encoding="utf-8")))


def test_what_is_committed_measures_every_requirement_and_names_each_shortfall() -> None:
    document = committed()
    required = {(one.id, bar.measure) for one in (*CASES, *CHECKS) for bar in one.bars}
    assert required <= {(line["case"], line["measure"]) for line in document["lines"]}
    short = [line for line in document["lines"] if line["verdict"] == "falls_short"]
    assert all(line["reason"] for line in short)
    assert document["hedging"]["is_met"]


def test_thresholds_in_use_are_those_that_the_rule_gives_on_other_seeds() -> None:
    document = committed()
    assert {row["threshold"] for row in document["thresholds"]} == set(CHOICES)
    limits = Thresholds().model_dump()
    for row in document["thresholds"]:
        assert row["in_use"] == row["by_rule"] == limits[row["threshold"]]
    assert abs(document["first_seed"] - document["tuning_seed"]) > document["replicates"]


def test_the_readme_shows_what_is_committed() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert as_markdown(committed()) in readme
    with pytest.raises(ValueError, match="no place"):
        with_table("no marks", {"lines": []})
