"""Validation: what is scored is what would be published of a world whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from utfall.pipelines.rehearsal import Rehearsal, rehearse
from utfall.pipelines.simulation import draw
from utfall.pipelines.validation import (
    MARTS,
    WHERE,
    Replicate,
    delivered,
    plan_of,
    replicate,
    replicates,
)
from utfall.pipelines.validation_bars import at_most
from utfall.pipelines.validation_case import Case
from utfall.pipelines.validation_cases import CASES
from utfall.pipelines.validation_checks import Check
from utfall.pipelines.validation_faults import FAULTS
from utfall.pipelines.validation_journal import code_sha256
from utfall.pipelines.validation_run import validate
from utfall.pipelines.validation_scores import scored

#: Large worlds tell no more of whether a case runs than small ones.
SMALL = 60


@pytest.fixture(scope="module")
def rehearsal() -> Rehearsal:
    return rehearse()


#: The lotteries differ by size alone, which is cut here.
SMOKED = [case for case in CASES if not case.id.startswith("S14_") or case.id == "S14_20"]


def small(case: Case) -> Case:
    """Return a case with few people and no more draws than show that there are intervals."""
    sizes = {"vallentuna": 0.5, "goteborg": 0.2}
    size = sizes.get(case.scenario, min(case.size or SMALL, SMALL))
    return replace(case, size=size, gap_draws=min(case.gap_draws, 5), is_graded=False)


@pytest.mark.parametrize("case", SMOKED, ids=lambda case: case.id)
def test_two_worlds_of_every_case_run_and_are_scored(rehearsal: Rehearsal, case: Case) -> None:
    made = list(replicates(rehearsal, small(case), range(2)))
    document = scored(made, [small(case)])
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


def test_a_world_is_answered_alike_alone_and_among_others(rehearsal: Rehearsal) -> None:
    case = next(case for case in CASES if case.id == "S1_34")
    together = list(replicates(rehearsal, case, range(4)))
    assert together == [replicate(rehearsal, case, number) for number in range(4)]
    assert all(isinstance(one, Replicate) for one in together)


@pytest.mark.parametrize("scenario", ["fire_only", "goteborg"])
def test_marts_made_in_one_pass_are_those_made_one_by_one(
    rehearsal: Rehearsal, scenario: str
) -> None:
    drawn = [delivered(draw(scenario, seed, 40)) for seed in range(3)]
    together = rehearsal.many(drawn, MARTS)
    for one, made in zip(drawn, together, strict=True):
        alone = rehearsal.marts(one.tables, delivery=one.delivery, events=one.events)
        assert all(made[name].equals(alone[name]) for name in MARTS)


def test_only_the_rows_that_are_asked_for_are_returned(rehearsal: Rehearsal) -> None:
    drawn = [delivered(draw("null", seed, 20)) for seed in range(2)]
    where = {"outcomes": "outcome = 'any_exit' and horizon_days = 90"}
    for made in rehearsal.many(drawn, ("outcomes",), where=where):
        assert made["outcomes"].select("outcome", "horizon_days").unique().rows() == [
            ("any_exit", 90)
        ]
        assert list(made) == ["outcomes"]


def test_a_condition_changes_no_row_that_meets_it(rehearsal: Rehearsal) -> None:
    drawn = [delivered(draw("goteborg", seed, 40)) for seed in range(2)]
    whole = rehearsal.many(drawn, MARTS)
    for one, asked in zip(whole, rehearsal.many(drawn, MARTS, where=WHERE), strict=True):
        met = one["outcomes"].filter(
            pl.col("outcome") == "work_or_studies", pl.col("horizon_days") == 365
        )
        assert met.height > 0
        assert asked["outcomes"].equals(met)
        assert all(asked[name].equals(one[name]) for name in MARTS if name != "outcomes")


def test_every_scenario_is_tried_where_years_swing() -> None:
    assert {case.id for case in CASES if not case.noises} == {case.id for case in FAULTS}


def test_a_case_replaces_what_it_names_and_keeps_the_rest() -> None:
    by_id = {case.id: case for case in CASES}
    assert [c.name for c in plan_of(by_id["S17"]).covariates] == ["age_at_referral", "sex"]
    assert plan_of(by_id["S2_service"]).disruptions[0].handling == "exposure"
    assert plan_of(by_id["S3"]).disruptions[0].handling == "exclude"
    assert plan_of(by_id["creaming"]).covariates[-1].name == "readiness"
    assert len(plan_of(by_id["S6_0"]).negative_controls) == 10


def test_what_decides_a_world_decides_its_hash_and_nothing_else_does() -> None:
    case = CASES[0]
    assert replace(case, size=401).sha256 != case.sha256
    assert replace(case, what="other words", bars=()).sha256 == case.sha256


def test_negative_controls_lean_on_what_is_hidden_and_not_on_the_programme() -> None:
    world = draw("null", 4, 2000, negative_controls=2, hidden_confounding=1.5)
    assert world.controls is not None
    joined = world.potential.join(world.controls, on="person_id")
    by_arm = joined.group_by("programme").agg(pl.col("control_01").mean()).sort("programme")
    assert by_arm["control_01"][0] - by_arm["control_01"][1] > 0.05
    assert draw("null", 4, 50).controls is None


def test_a_run_goes_on_where_it_was_stopped_and_gives_the_same(
    rehearsal: Rehearsal, tmp_path: Path
) -> None:
    case = replace(next(case for case in CASES if case.id == "S14_20"), worth=10, noises=())
    asked: list[int] = []

    def run(seed: int) -> dict[str, tuple[int, int]]:
        asked.append(seed)
        return {"held": (1, 2)}

    check = Check(id="S16", what="-", run=run, bars=(at_most("held", 1.0),))

    def tried(count: int) -> dict[str, object]:
        return validate(
            count,
            [case],
            checks=[check],
            told=lambda _: None,
            journal=tmp_path / "journal",
            rehearsal=rehearsal,
        )

    stopped = validate(
        3, [case], checks=[check], told=lambda _: None, journal=tmp_path / "no", seconds=0.0
    )
    assert stopped["replicates"] == 0
    first = tried(2)
    assert len(asked) == 2
    second = tried(3)
    assert len(asked) == 3
    assert second["replicates"] == first["replicates"] + 1 == 3
    assert tried(3) == second
    assert second["code"] == [code_sha256()]
