"""A plan's sentences say what the plan says, and the checklist hides no gap."""

from __future__ import annotations

import pytest

from utfall.analysis.ladder import ESTIMATORS
from utfall.analysis.plan import assumptions, checklist, definitions, limits, sentence

from .conftest import both, plan

FIRE = {"id": "ama_fire_2016", "handling": "exclude", "reason": "half capacity all of 2017"}


def test_the_sentence_holds_the_whole_plan() -> None:
    said = sentence(plan(disruptions=[FIRE], matters=7.5))
    for part in ("AMA", "VAC", "2014-01-01", "2018-12-31", "ama_fire_2016", "7,5", "95"):
        assert part in said.sv
    assert "7.5 percentage points" in said.en
    assert "education_years" in said.en
    assert "{" not in said.sv + said.en


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_every_estimator_has_words(estimator: str) -> None:
    protocol = plan().model_copy(update={"estimator": estimator})
    assert sentence(protocol).sv


def test_a_plan_without_dates_says_so() -> None:
    said = sentence(plan(time_zero="not_recorded"))
    assert "inga datum" in said.sv
    assert "2014" not in said.sv


def test_numerator_denominator_window_and_population_are_defined() -> None:
    told = {name.en: text.en for name, text in definitions(plan())}
    assert told["Numerator"] == "exit to work within 365 days"
    assert "first referral" in told["Denominator"]
    assert told["Window"] == "365 days from referral."
    assert told["Population"] == "everyone"
    everyone = plan(population={"label": both("everyone"), "first_referral_only": False})
    assert "Every referral" in dict((n.en, t.en) for n, t in definitions(everyone))["Denominator"]


def test_the_checklist_has_21_components_and_names_what_is_missing() -> None:
    rows = {row["id"]: row for row in checklist(plan(covariates=[]), {})}
    assert len(rows) == 21
    assert rows["eligibility"]["told"] is None
    assert rows["registration"]["told"] is None
    assert rows["baseline"]["told"] is None
    assert rows["outcome"]["told"].en == "exit to work within 365 days"
    locked = {row["id"]: row for row in checklist(plan(), {"G1": "PASS"})}
    assert locked["registration"]["told"] is not None


def test_every_strobe_item_but_funding_is_served() -> None:
    served = {
        item.strip()
        for row in checklist(plan(), {})
        for part in row["strobe"].split(",")
        for item in ([part] if "–" not in part else map(str, range(18, 22)))
    }
    assert {str(item) for item in range(1, 22)} <= served


def test_assumptions_stand_with_what_was_found_and_absent_confounders_are_one() -> None:
    told = dict(assumptions(plan(), {"G2": "PASS", "G3": "FAIL"}))
    by_en = {name.en: found.en for name, found in told.items()}
    assert by_en["Everybody could have ended up in either programme."] == "G2 passed; G3 failed"
    assert "cannot be tested with the data" in by_en.values()
    bare = [name.en for name, _ in assumptions(plan(covariates=[]), {})]
    assert any("education" in name for name in bare)


def test_every_limit_of_the_gates_is_printed() -> None:
    assert dict(limits(plan()))["other_arm_share"] == 0.9
    assert len(limits(plan())) == len(plan().thresholds.model_dump())
