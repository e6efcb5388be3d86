"""Gate: does Great Expectations judge every declared rule, at any size, and show no value?"""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from utfall.expectations.contract import Rule, empty_table, load_contracts
from utfall.expectations.gate import Judged, judge, kept

EXTRACTED = date(2018, 9, 30)
SPELLS = load_contracts()["spells"]


def spells(**changes: list[object]) -> pl.DataFrame:
    rows = {
        "spell_id": ["s1", "s2"],
        "person_id": ["p1", "p2"],
        "referral_id": ["r1", "r2"],
        "programme": ["ama", "vac"],
        "site": ["x", "y"],
        "start_date": [date(2017, 1, 1), date(2017, 2, 1)],
        **changes,
    }
    return pl.concat([empty_table(SPELLS), pl.DataFrame(rows)], how="diagonal_relaxed")


def judged(rows: pl.DataFrame, most_rows: int = 20_000) -> list[tuple[str, str]]:
    table = Judged(table="spells", rows=rows, rules=SPELLS.rules, extracted_on=EXTRACTED)
    verdicts = judge([table], most_rows=most_rows)
    assert len(verdicts) == len(SPELLS.rules)
    assert all(verdict.is_judged for verdict in verdicts)
    assert kept(verdicts) == all(verdict.is_kept for verdict in verdicts)
    return [(verdict.rule, verdict.column) for verdict in verdicts if not verdict.is_kept]


@pytest.mark.parametrize("most_rows", [20_000, 1], ids=["row by row", "by counts"])
def test_a_table_is_judged_alike_whatever_its_size(most_rows):
    assert judged(spells(), most_rows) == []
    ended = spells(end_date=[date(2016, 12, 31), None], exit_reason=["W1", "F5"])
    assert judged(ended, most_rows) == [
        ("end_before_start", "end_date"),
        ("exit_without_end", "end_date"),
    ]
    assert judged(spells(spell_id=["s1", "s1"]), most_rows) == [("duplicate_key", "spell_id")]
    late = spells(start_date=[date(2017, 1, 1), date(2018, 10, 1)])
    assert judged(late, most_rows) == [("after_extract", "start_date")]


def test_several_large_tables_are_judged_together_and_told_apart():
    tables = [
        Judged(table=name, rows=rows, rules=SPELLS.rules, extracted_on=EXTRACTED)
        for name, rows in (("good", spells()), ("bad", spells(spell_id=["s1", "s1"])))
    ]
    verdicts = judge(tables, most_rows=1)
    broken = [(verdict.table, verdict.rule) for verdict in verdicts if not verdict.is_kept]
    assert broken == [("bad", "duplicate_key")]


@pytest.mark.parametrize("most_rows", [20_000, 1], ids=["row by row", "by counts"])
@pytest.mark.parametrize("column", ["start_date", "another"])
def test_what_cannot_be_judged_is_not_taken_for_kept(column, most_rows):
    mixed = pl.DataFrame({column: ["words", "more words"]})
    (rule,) = [rule for rule in SPELLS.rules if rule.id == "after_extract"]
    table = Judged(table="spells", rows=mixed, rules=(rule,), extracted_on=EXTRACTED)
    (verdict,) = judge([table], most_rows=most_rows)
    assert not verdict.is_judged
    assert not verdict.is_kept


def test_tables_without_rows_or_rules_need_no_judging():
    empty = Judged(
        table="spells", rows=empty_table(SPELLS), rules=SPELLS.rules, extracted_on=EXTRACTED
    )
    bare = Judged(table="spells", rows=spells(), rules=(), extracted_on=EXTRACTED)
    assert judge([empty, bare]) == ()


def test_a_verdict_repeats_no_value():
    rule = Rule(
        id="r",
        column="person_id",
        expectation="expect_column_values_to_be_in_set",
        kwargs={"column": "person_id", "value_set": ["secret-a"]},
    )
    rows = spells(person_id=["secret-a", "secret-b"])
    verdicts = judge([Judged(table="spells", rows=rows, rules=(rule,), extracted_on=EXTRACTED)])
    assert not kept(verdicts)
    assert "secret" not in repr(verdicts)


def test_nothing_is_written_and_no_bar_is_shown(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    judged(spells())
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_the_judge_says_nothing_even_where_another_library_has_turned_logging_on(caplog):
    """It tells of its temporary folders, through loggers that set a level of their own."""
    caplog.set_level("DEBUG")
    judged(spells())
    assert [record.name for record in caplog.records if "expectations" in record.name] == []
