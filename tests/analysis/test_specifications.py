"""The curve holds every fair-minded choice, each side's best case, and what does not count."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from utfall.analysis import Comparison, Context, compare
from utfall.analysis.disclosure import Rules, protect
from utfall.analysis.document import comparison_document
from utfall.analysis.errors import ProtocolError
from utfall.analysis.ladder import ESTIMATORS
from utfall.analysis.results import Robustness, Specification
from utfall.analysis.sensitivity import stability_gate
from utfall.analysis.wording import say

from .conftest import FIRE, both, declared, people, plan

QUICK = Context(leave_out=False)
FIRE_PLAN = {
    "disruptions": [
        {"id": "ama_fire_2016", "handling": "exclude", "reason": "half capacity all of 2017"}
    ]
}


def with_age(**changes: Any) -> dict[str, Any]:
    """Return a plan with a covariate that is no core confounder."""
    age = {"name": "age", "kind": "number", "label": both("age"), "reason": "r"}
    return declared(covariates=[*declared()["covariates"], age], **changes)


def rows_of(rng: np.random.Generator, n: int = 500, **changes: float) -> pl.DataFrame:
    rows = people(rng, n, **changes)
    return rows.with_columns(age=pl.Series(rng.normal(size=n)))


def compared(rng: np.random.Generator, **changes: Any) -> Comparison:
    from utfall.analysis.protocol_file import parse_protocol

    return compare(rows_of(rng), parse_protocol(with_age(**changes)), context=QUICK)


def test_every_estimator_meets_every_admissible_set_and_trim(rng: np.random.Generator) -> None:
    counted = [one for one in compared(rng).specifications if one.admissible]
    assert len(counted) == len(ESTIMATORS) * 2 * 2
    assert len({one.id for one in counted}) == len(counted)
    assert all(one.estimate is not None for one in counted)


def test_what_leaves_out_a_known_confounder_is_shown_and_does_not_count(
    rng: np.random.Generator,
) -> None:
    curve = compared(rng).specifications
    greyed = {one.id: one for one in curve if not one.admissible}
    assert len(greyed) == 1 + 6
    one = greyed["ipw+covariates.without_education_years"]
    assert one.reason is not None
    assert "spelar roll" in say(one.reason).sv
    assert all(one.favours is None for one in greyed.values())


def test_each_side_s_best_case_is_the_outermost_admissible_one(rng: np.random.Generator) -> None:
    curve = compared(rng).specifications
    counted = [one.estimate for one in curve if one.admissible and one.estimate is not None]
    best = {one.favours: one.estimate for one in curve if one.favours}
    assert best == {"target": max(counted), "comparator": min(counted)}
    assert sum(one.favours is not None for one in curve) == 2


def test_a_trim_leaves_people_out(rng: np.random.Generator) -> None:
    found = compare(people(rng, 600, confounding=2.0), plan(estimand="ate"), context=QUICK)
    curve = {one.id: one for one in found.specifications}
    assert curve["ipw+trimming.p0.05"].estimate != curve["ipw"].estimate


def test_the_plan_s_own_choice_lies_on_the_curve(rng: np.random.Generator) -> None:
    found = compared(rng)
    (own,) = [one for one in found.specifications if one.id == "ipw"]
    assert found.estimate is not None
    assert own.estimate == found.estimate.estimate


def test_another_outcome_or_a_narrower_group_counts_where_the_plan_declares_it(
    rng: np.random.Generator,
) -> None:
    other = {**declared()["outcome"], "name": "work_180", "label": both("work within six months")}
    narrower = {"id": "older", "label": both("older"), "keep": [{"column": "age", "at_least": 0}]}
    rows = rows_of(rng).with_columns(work_180=pl.col("work_365") * (pl.col("age") > -1))
    from utfall.analysis.protocol_file import parse_protocol

    asked = parse_protocol(with_age(choices={"outcomes": [other], "populations": [narrower]}))
    curve = {one.id: one for one in compare(rows, asked, context=QUICK).specifications}
    assert curve["ipw+outcome.work_180"].admissible
    assert curve["ipw+population.older"].estimate != curve["ipw"].estimate
    assert dict(curve["ipw+outcome.work_180"].choices)["outcome"].en == "work within six months"
    with pytest.raises(ProtocolError):
        compare(rows.drop("work_180"), asked, context=QUICK)


def test_an_ignored_fire_does_not_count_and_another_treatment_does(
    rng: np.random.Generator,
) -> None:
    found = compare(
        people(rng, 1500, fire_penalty=0.25),
        plan(**FIRE_PLAN),
        context=replace(QUICK, disruptions=(FIRE,)),
    )
    curve = {one.id: one for one in found.specifications}
    assert not curve["ipw+disruption.ignored"].admissible
    assert curve["ipw+disruption.exposure"].admissible
    assert curve["ipw+disruption.ignored"].estimate < curve["ipw"].estimate  # type: ignore[operator]


def test_everyone_beside_a_border_group_is_named_and_never_computed(
    rng: np.random.Generator,
) -> None:
    """It is the very answer that the law withholds in another comparison of the study."""
    border = {"label": both("border"), "only_border": True}
    found = compare(people(rng, 800, border=0.5), plan(population=border), context=QUICK)
    (everyone,) = [one for one in found.specifications if "everyone" in one.id]
    assert found.estimate is not None
    assert (everyone.estimate, everyone.admissible) == (None, False)


def test_a_refusal_empties_the_curve_and_what_could_undo_the_answer(
    rng: np.random.Generator,
) -> None:
    found = compare(people(rng, 600, border=0.02), plan(estimand="ate"))
    assert found.fairness == "not_comparable"
    assert found.robustness is None
    assert found.specifications
    assert all(one.estimate is None and one.favours is None for one in found.specifications)


def test_an_answer_that_few_stand_behind_takes_its_robustness_along(
    rng: np.random.Generator,
) -> None:
    found = compare(people(rng, 600), plan(), context=QUICK)
    shown = comparison_document(protect(found, Rules()))
    assert shown["robustness"] is not None
    hidden = comparison_document(protect(replace(found, smallest_cell=3), Rules()))
    assert hidden["robustness"] is None
    assert all(one["estimate"] is None for one in hidden["specifications"])
    said = {gate["id"]: gate["status"] for gate in hidden["gates"]}
    assert (said["G11"], said["G13"]) == ("NOT_EVALUATED", "RESERVE")
    assert {gate["id"]: gate["status"] for gate in shown["gates"]}["G13"] == "PASS"


def test_a_point_with_few_people_behind_it_is_left_open(rng: np.random.Generator) -> None:
    found = compare(people(rng, 600), plan(), context=QUICK)
    few = replace(found.specifications[0], smallest_cell=5)
    published = protect(replace(found, specifications=(few,)), Rules()).specifications[0]
    assert (few.estimate is None, published.estimate) == (False, None)


def point(estimate: float, half: float, *, admissible: bool = True) -> Specification:
    return Specification(
        id=f"{estimate}",
        choices=(),
        estimate=estimate,
        conf_low=estimate - half,
        conf_high=estimate + half,
        admissible=admissible,
    )


@pytest.fixture
def shown(rng: np.random.Generator) -> Comparison:
    """Return a comparison that claims a difference of some twenty points."""
    return compare(people(rng, 1500, effect=0.2), plan(), context=QUICK)


def test_intervals_on_both_sides_of_zero_are_a_reversal(shown: Comparison) -> None:
    curve = [*[point(0.2, 0.05)] * 30, point(-0.1, 0.05)]
    gate = stability_gate(shown.estimate, shown.sensitivity, curve, None, plan())
    assert (gate.status, gate.reason.code) == ("RESERVE", "g11_reversal")
    greyed = [*[point(0.2, 0.05)] * 30, point(-0.1, 0.05, admissible=False)]
    assert stability_gate(shown.estimate, shown.sensitivity, greyed, None, plan()).status == "PASS"


def test_one_choice_in_ten_may_differ_and_two_may_not(shown: Comparison) -> None:
    assert shown.estimate is not None
    own = replace(
        point(shown.estimate.estimate, 0.0),
        conf_low=shown.estimate.conf_low,
        conf_high=shown.estimate.conf_high,
    )
    same = [own] * 46
    far = point(shown.estimate.estimate - 0.15, 0.3)
    once = stability_gate(shown.estimate, (), [*same, *[far] * 4], None, plan())
    often = stability_gate(shown.estimate, (), [*same, *[far] * 9], None, plan())
    assert (once.status, often.status) == ("PASS", "RESERVE")


def test_every_choice_is_read_with_the_variation_between_years_as_the_answer_is(
    shown: Comparison,
) -> None:
    assert shown.estimate is not None
    answer = replace(shown.estimate, estimate=0.06, conf_low=0.02, conf_high=0.10)
    curve = [point(0.05, 0.07)] * 10
    narrow, wide = (
        stability_gate(answer, (), curve, None, plan(), years=years) for years in (None, 0.1)
    )
    assert (narrow.statistic, wide.statistic) == (0.0, 1.0)


def test_choices_that_cannot_be_estimated_are_told_and_agree_with_nothing(
    shown: Comparison,
) -> None:
    assert shown.estimate is not None
    own = replace(
        point(shown.estimate.estimate, 0.0),
        conf_low=shown.estimate.conf_low,
        conf_high=shown.estimate.conf_high,
    )
    silent = replace(own, estimate=None, conf_low=None, conf_high=None)
    some = stability_gate(shown.estimate, (), [*[own] * 8, *[silent] * 3], None, plan())
    most = stability_gate(shown.estimate, (), [*[own] * 8, *[silent] * 9], None, plan())
    assert (some.status, some.reason.code) == ("PASS", "g11_pass_silent")
    assert say(some.reason).en.endswith("could not be estimated: 3.")
    assert (most.status, most.reason.code) == ("RESERVE", "g11_reserve_silent")
    assert say(most.reason).sv.startswith(
        "De flesta rimliga val av metod kunde inte räknas fram: 9"
    )


def test_a_claim_that_a_known_strength_could_undo_is_a_reservation(shown: Comparison) -> None:
    robust = shown.robustness
    assert isinstance(robust, Robustness)
    weak = replace(robust, if_as_strong_low=-0.02, if_as_strong_high=0.2)
    curve = shown.specifications
    gate = stability_gate(shown.estimate, shown.sensitivity, curve, weak, plan())
    assert gate.reason.code == "g11_reserve_hidden"
    assert "{" not in say(gate.reason).sv


def test_a_claim_that_a_known_strength_would_turn_round_is_a_reservation_too(
    shown: Comparison,
) -> None:
    robust, found = shown.robustness, shown.estimate
    assert isinstance(robust, Robustness)
    assert found is not None
    ends = (-0.30, -0.15) if found.estimate > 0 else (0.15, 0.30)
    turned = replace(robust, if_as_strong_low=ends[0], if_as_strong_high=ends[1])
    gate = stability_gate(found, shown.sensitivity, shown.specifications, turned, plan())
    assert gate.reason.code == "g11_reserve_hidden"
