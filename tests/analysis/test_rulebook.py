"""Rules of law are data with a source, differ by date, and never use the decision made."""

from __future__ import annotations

import itertools
from datetime import date

import polars as pl
import pytest

from utfall.analysis.cohort import DesignRows
from utfall.analysis.eligibility import cross_eligibility
from utfall.analysis.errors import ProtocolError
from utfall.analysis.gates import legal_overlap_gate
from utfall.analysis.protocol import EligibilityRule
from utfall.analysis.rulebook import rulebook
from utfall.analysis.wording import say

from .conftest import plan

GIVEN = {
    "municipal_residence": {"municipality": "0115"},
    "district_residence": {"district": "angered"},
    "age": {"from_age": 18, "to_age": 24},
}


def rules(name: str, programme: str = "vac") -> tuple[EligibilityRule, ...]:
    entry = {"programme": programme, "rule": name}
    if name in GIVEN:
        entry["with"] = GIVEN[name]  # type: ignore[assignment]
    return plan(eligibility=[entry]).eligibility


def people(**columns: list[object]) -> pl.DataFrame:
    n = len(next(iter(columns.values())))
    return pl.DataFrame(
        {
            "programme": ["ama"] * n,
            "referral_date": [date(2016, 5, 1)] * n,
            **columns,
        }
    )


@pytest.mark.parametrize("name", rulebook())
def test_every_rule_is_whole_and_says_where_it_stands(name: str) -> None:
    assert all(version["source"] for version in rulebook()[name])
    for rule in rules(name):
        assert rule.statute.sv
        assert rule.statute.en
        assert "$" not in rule.statute.sv


@pytest.mark.parametrize("name", rulebook())
def test_the_versions_of_a_rule_never_hold_on_the_same_day(name: str) -> None:
    periods = [rule.period for rule in rules(name)]
    for one, next_ in itertools.pairwise(periods):
        assert one.ends is not None
        assert next_.starts is not None
        assert one.ends < next_.starts


@pytest.mark.parametrize(
    ("name", "columns", "admitted"),
    [
        ("af_referral", {"referrer": ["af", "fk", None]}, 1),
        ("municipal_residence", {"municipality": ["0115", "0180", None]}, 1),
        ("district_residence", {"district": ["angered", "majorna", None]}, 1),
        ("age", {"age_at_referral": [17, 18, 24, 25, None]}, 2),
    ],
)
def test_what_was_known_before_assignment_decides(
    name: str, columns: dict[str, list[object]], admitted: int
) -> None:
    protocol = plan(eligibility=[{"programme": "vac", "rule": name, "with": GIVEN.get(name, {})}])
    assert cross_eligibility(people(**columns), protocol).could_target == admitted


def test_a_service_without_assessment_is_open_from_the_first_of_july_2025() -> None:
    protocol = plan(eligibility=[{"programme": "vac", "rule": "sol_open_service"}])
    rows = people(referrer=["af", "af"]).with_columns(
        referral_date=pl.Series([date(2025, 6, 30), date(2025, 7, 1)])
    )
    assert cross_eligibility(rows, protocol).could_target == 1


@pytest.mark.parametrize("name", ["sol_occupation", "lss_daily_activities", "neither_sol_nor_lss"])
def test_what_takes_a_judgement_admits_nobody_without_one(name: str) -> None:
    protocol = plan(eligibility=[{"programme": "vac", "rule": name}])
    rows = people(could_enter_other=[1, 1, 0], could_enter_other_is_dated=[True, False, True])
    found = cross_eligibility(rows, protocol)
    assert (found.could_target, found.late_judgements) == (1, 1)


def test_a_refusal_names_the_paragraph_in_force_and_not_the_later_law() -> None:
    named = [
        {"programme": "vac", "rule": rule} for rule in ("sol_occupation", "lss_daily_activities")
    ]
    rows = people(could_enter_other=[0] * 40, could_enter_other_is_dated=[True] * 40)
    both = pl.concat([rows, rows.with_columns(programme=pl.lit("vac"))])
    said = say(legal_overlap_gate(DesignRows(both), plan(eligibility=named)).reason)
    assert "4 kap. 1 § socialtjänstlagen (2001:453)" in said.sv
    assert "9 § 10 LSS" in said.sv
    assert "2025:400" not in said.sv


def test_a_refusal_names_the_district() -> None:
    named = [{"programme": "vac", "rule": "district_residence", "with": {"district": "Angered"}}]
    rows = people(district=["Majorna"] * 40)
    both = pl.concat([rows, rows.with_columns(programme=pl.lit("vac"))])
    gate = legal_overlap_gate(DesignRows(both), plan(eligibility=named))
    assert gate.status == "FAIL"
    assert "boende i Angered" in say(gate.reason).sv


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"rule": "sol_ocupation"}, "no rule sol_ocupation"),
        ({"rule": "age"}, "needs from_age, to_age"),
        ({"rule": "af_referral", "with": {"district": "x"}}, "has no district"),
        ({"rule": "af_referral", "statute": {"sv": "a", "en": "b"}}, "cannot stand beside"),
    ],
)
def test_a_rule_that_cannot_be_spelled_out_is_named(entry: dict[str, object], told: str) -> None:
    with pytest.raises(ProtocolError) as error:
        plan(eligibility=[{"programme": "vac", **entry}])
    assert any(told in fault.message for fault in error.value.faults)


def test_no_rule_uses_the_decision_that_was_made() -> None:
    used = {
        condition.column
        for name in rulebook()
        for rule in rules(name)
        for condition in rule.requires
    }
    assert not used & {"decision", "legal_basis", "programme", "start_date", "decision_date"}
