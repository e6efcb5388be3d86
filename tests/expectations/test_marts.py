"""Marts: is the analysis kept from numbers that cannot be?"""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from utfall.analysis.errors import TransformFailed
from utfall.expectations.marts import judge_marts, mart_rules, require_marts

EPISODES = pl.DataFrame(
    {
        "episode_id": ["t:r1", "t:r2"],
        "person_id": ["p1", "p2"],
        "programme": ["ama", "vac"],
        "referral_date": [date(2017, 1, 1), date(2017, 2, 1)],
        "observed_until": [date(2018, 8, 31)] * 2,
        "start_date": [date(2017, 1, 20), None],
        "end_date": [date(2017, 6, 1), None],
        "exit_code": ["W1", None],
        "could_enter_other": [1, None],
        "age_at_referral": [34, 51],
        "benefit_months_before": [12, None],
    }
)
OUTCOMES = pl.DataFrame(
    {
        "outcome_id": ["t:r1:work:365", "t:r2:work:365"],
        "episode_id": ["t:r1", "t:r2"],
        "outcome": ["work"] * 2,
        "horizon_days": [365] * 2,
        "occurred": [1, None],
        "status": ["observed", "censored"],
        "reached_on": [date(2017, 6, 1), None],
    }
)
MARTS = {"episodes": EPISODES, "outcomes": OUTCOMES}


def test_marts_that_keep_their_rules_are_relied_on():
    verdicts = require_marts(MARTS)
    assert {verdict.table for verdict in verdicts} == {"episodes", "outcomes"}
    assert len(verdicts) == len(mart_rules()["episodes"]) + len(mart_rules()["outcomes"])


@pytest.mark.parametrize(
    ("mart", "column", "value", "rule"),
    [
        ("episodes", "episode_id", "t:r1", "key_repeated"),
        ("episodes", "referral_date", None, "referral_blank"),
        ("episodes", "end_date", date(2017, 1, 1), "end_without_start"),
        ("episodes", "exit_code", "X9", "exit_unknown"),
        ("episodes", "could_enter_other", 2, "could_enter_other_not_a_flag"),
        ("episodes", "age_at_referral", -1, "age_implausible"),
        ("episodes", "benefit_months_before", 13, "benefit_months_beyond_a_year"),
        ("outcomes", "occurred", 2, "occurred_not_a_flag"),
        ("outcomes", "occurred", 1, "known_but_no_status"),
        ("outcomes", "reached_on", date(2017, 6, 1), "reached_but_not_known"),
        ("outcomes", "status", "lost", "status_unknown"),
        ("outcomes", "horizon_days", 0, "horizon_not_ahead"),
    ],
)
def test_a_mart_that_breaks_a_rule_stops_the_analysis(mart, column, value, rule):
    whole = MARTS[mart]
    last = pl.int_range(pl.len()) == whole.height - 1
    changed = pl.when(last).then(pl.lit(value, whole.schema[column])).otherwise(pl.col(column))
    with pytest.raises(TransformFailed) as refused:
        require_marts({mart: whole.with_columns(changed.alias(column))})
    told = {fault.message for fault in refused.value.faults}
    assert any(rule in message for message in told)
    assert {fault.rule for fault in refused.value.faults} <= {"mart_broken", "gate_error"}
    assert all(fault.file == f"marts.{mart}" for fault in refused.value.faults)


def test_a_missing_column_is_a_rule_that_could_not_be_judged():
    with pytest.raises(TransformFailed) as refused:
        require_marts({"outcomes": OUTCOMES.drop("horizon_days")})
    assert "gate_error" in {fault.rule for fault in refused.value.faults}


def test_marts_without_rows_are_passed_over():
    assert judge_marts({"episodes": EPISODES.clear()}) == ()
