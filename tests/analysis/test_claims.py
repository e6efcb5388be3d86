"""A claim is judged by the number it names, both ways alike, and never by one that is hidden."""

from __future__ import annotations

from typing import Any

import pytest

from utfall.analysis.claims import Claim, ledger, tolerated, unknown_numbers
from utfall.analysis.vocabulary import Text

TEXT = Text("sv", "en")


def claim(rests_on: str | None = "q.n", **changes: Any) -> Claim:
    plain: dict[str, Any] = {
        "id": "c",
        "document": "000",
        "claimant": TEXT,
        "side": TEXT,
        "quote": TEXT,
        "source_file": "000.txt",
        "said_on": "2018-11-07",
        "quantity": TEXT,
        "checkability": "checkable",
        "reason": TEXT,
        "grade": "party",
        "rests_on": rests_on,
        "test": {"above": 0.1},
    }
    return Claim(**(plain | changes))


def answers(value: float | None, low: float | None, high: float | None, **more: Any) -> Any:
    cell = {"value": value, "low": low, "high": high, "withheld": False, **more}
    return {"questions": [{"id": "q", "numbers": {"n": cell}}], "comparisons": []}


@pytest.mark.parametrize(
    ("cell", "verdict"),
    [
        ((0.2, 0.15, 0.3), "fits"),
        ((0.05, 0.01, 0.08), "does_not_fit"),
        ((0.2, 0.05, 0.4), "cannot_tell"),
        ((None, None, None), "not_answered"),
    ],
)
def test_the_bounds_decide(cell: tuple[Any, Any, Any], verdict: str) -> None:
    (row,) = ledger([claim()], answers(*cell), is_synthetic=False)
    assert row["verdict"] == verdict


def test_what_was_given_up_before_it_could_show_anything_was_not_tried() -> None:
    rows = [
        ledger([claim(test={"tried": 52})], answers(weeks, None, None), is_synthetic=False)[0]
        for weeks in (0.0, 43.0, 60.0)
    ]
    assert [row["verdict"] for row in rows] == ["not_tried", "not_tried", "cannot_tell"]


def test_a_claim_and_its_denial_can_never_both_fit() -> None:
    for cell in ((0.2, 0.15, 0.3), (0.05, 0.01, 0.08), (0.1, 0.05, 0.4)):
        both = [claim(), claim(test={"below": 0.1})]
        found = {row["verdict"] for row in ledger(both, answers(*cell), is_synthetic=False)}
        assert found in ({"fits", "does_not_fit"}, {"cannot_tell"})


def test_a_hidden_number_decides_nothing() -> None:
    (row,) = ledger([claim()], answers(None, None, None, withheld=True), is_synthetic=False)
    assert row["verdict"] == "cannot_tell"
    assert row["number"]["value"] is None


def test_a_party_s_word_stays_the_lowest_grade_until_data_speak() -> None:
    spoken = answers(0.2, 0.15, 0.3)
    (told,) = ledger([claim(None)], spoken, is_synthetic=False)
    (counted,) = ledger([claim()], spoken, is_synthetic=False)
    (made_up,) = ledger([claim()], spoken, is_synthetic=True)
    assert [row["grade"] for row in (told, counted, made_up)] == ["party", "data", "synthetic"]


@pytest.mark.parametrize(
    ("fairness", "headline", "estimate", "test", "verdict"),
    [
        ("not_comparable", "not_comparable", None, {"more": "target"}, "not_comparable"),
        ("not_comparable", "not_comparable", None, {"refused": True}, "fits"),
        ("comparable", "better_clear", 0.2, {"refused": True}, "does_not_fit"),
        ("comparable", "better_clear", 0.2, {"more": "target"}, "fits"),
        ("comparable", "better_clear", -0.2, {"more": "target"}, "does_not_fit"),
        ("comparable", "better_uncertain", 0.1, {"more": "target"}, "cannot_tell"),
    ],
)
def test_a_comparison_decides_only_when_it_is_fair_and_clear(
    fairness: str, headline: str, estimate: float | None, test: dict[str, Any], verdict: str
) -> None:
    made = {"id": "ab", "fairness": fairness, "headline": headline, "estimate": estimate}
    (row,) = ledger(
        [claim("ab", test=test)], {"questions": [], "comparisons": [made]}, is_synthetic=False
    )
    assert row["verdict"] == verdict
    assert row["number"] is None


def test_a_comparison_that_nothing_is_claimed_of_decides_nothing() -> None:
    clear = {"id": "ab", "fairness": "comparable", "headline": "better_clear", "estimate": 0.2}
    (row,) = ledger(
        [claim("ab", test={})], {"questions": [], "comparisons": [clear]}, is_synthetic=False
    )
    assert row["verdict"] == "cannot_tell"


def test_values_and_what_such_data_cannot_show_are_not_judged() -> None:
    rows = ledger(
        [claim(checkability="value"), claim(checkability="not_here")],
        answers(0.2, 0.15, 0.3),
        is_synthetic=False,
    )
    assert [row["verdict"] for row in rows] == ["value", "not_here"]
    assert all(row["number"] is None for row in rows)


def test_a_claim_that_rests_on_nothing_is_found_out() -> None:
    assert unknown_numbers([claim("elsewhere.n")], answers(0.2, 0.1, 0.3)) == ["c"]


def test_a_number_that_covers_a_part_of_a_claim_can_bear_it_out_but_not_disprove_it() -> None:
    partial = claim(test={"above": 0.1, "refutes": False})
    few, many = (
        ledger([partial], answers(*cell), is_synthetic=False)[0]["verdict"]
        for cell in ((0.05, 0.01, 0.08), (0.2, 0.15, 0.3))
    )
    assert (few, many) == ("cannot_tell", "fits")


def test_where_two_fair_readings_disagree_the_data_cannot_tell() -> None:
    def cell(value: float) -> dict[str, Any]:
        return {"value": value, "low": value, "high": value, "withheld": False}

    both = claim(also="q.m")
    for other, verdict in ((0.05, "cannot_tell"), (0.3, "fits")):
        found = {
            "questions": [{"id": "q", "numbers": {"n": cell(0.2), "m": cell(other)}}],
            "comparisons": [],
        }
        assert ledger([both], found, is_synthetic=False)[0]["verdict"] == verdict
    assert unknown_numbers([claim(also="nowhere.m")], answers(0.2, 0.1, 0.3)) == ["c"]


@pytest.mark.parametrize(
    ("cell", "verdict"),
    [
        ((1.1, 0.9, 1.2), "fits"),
        ((1.1, 0.65, 1.7), "cannot_tell"),
        ((1.4, 1.3, 1.5), "does_not_fit"),
        ((1.3, 1.1, 1.5), "cannot_tell"),
        ((1.0, None, None), "fits"),
        ((2.0, None, None), "does_not_fit"),
    ],
)
def test_about_asks_the_whole_interval_as_above_and_below_do(
    cell: tuple[Any, Any, Any], verdict: str
) -> None:
    (row,) = ledger([claim(test={"about": [1, 1]})], answers(*cell), is_synthetic=False)
    assert row["verdict"] == verdict


def test_a_fifth_either_way_is_as_good_whoever_said_it() -> None:
    assert tolerated([70, 70]) == (56.0, 84.0)
    assert tolerated([0, 0]) == (0.0, 0.0)
    for said in (0.15, 18.0, 70.0):
        near, far = (
            ledger(
                [claim(test={"about": [said, said]})],
                answers(said * part, said * part, said * part),
                is_synthetic=False,
            )[0]["verdict"]
            for part in (1.19, 1.21)
        )
        assert (near, far) == ("fits", "does_not_fit")


@pytest.mark.parametrize("low", [0.0, 0.3, 0.5, 0.7])
@pytest.mark.parametrize("width", [0.0, 0.1, 0.4])
def test_no_kind_of_claim_has_an_easier_test_than_another(low: float, width: float) -> None:
    def verdict(test: dict[str, Any]) -> str:
        cell = answers(low, low, low + width)
        return str(ledger([claim(test=test)], cell, is_synthetic=False)[0]["verdict"])

    # About with an open end is above or below, once what is tolerated is taken out.
    for limit in (0.25, 0.45, 0.75):
        assert verdict({"about": [limit / 0.8, 9.0]}) == verdict({"above": limit})
        assert verdict({"about": [-9.0, limit / 1.2]}) == verdict({"below": limit})


def test_a_denial_that_a_number_can_only_disprove_is_not_borne_out_by_it() -> None:
    denial = claim(test={"below": 0.1, "confirms": False})
    few, many = (
        ledger([denial], answers(*cell), is_synthetic=False)[0]["verdict"]
        for cell in ((0.05, 0.01, 0.08), (0.2, 0.15, 0.3))
    )
    assert (few, many) == ("cannot_tell", "does_not_fit")


def test_the_ledger_carries_what_each_number_was_held_against() -> None:
    rows = ledger(
        [claim(), claim(test={"about": [10, 20], "refutes": False}), claim(test={"tried": 1})],
        answers(0.2, 0.15, 0.3),
        is_synthetic=False,
    )
    assert [row["rule"] for row in rows] == [
        {"kind": "above", "limits": [0.1], "can_fit": True, "can_miss": True},
        {"kind": "about", "limits": [8.0, 24.0], "can_fit": True, "can_miss": False},
        None,
    ]


def test_both_numbers_of_a_claim_with_two_readings_are_shown() -> None:
    shown = claim(also="q.n", also_quantity=TEXT)
    (row,) = ledger([shown], answers(0.2, 0.15, 0.3), is_synthetic=False)
    assert row["also"]["number"]["value"] == 0.2
    assert ledger([claim()], answers(0.2, 0.15, 0.3), is_synthetic=False)[0]["also"] is None
