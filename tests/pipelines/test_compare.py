"""From marts to results: what a comparison is given, and what a lock is worth."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from utfall.analysis import load_protocol
from utfall.pipelines import compare
from utfall.pipelines.locks import ProtocolLock
from utfall.pipelines.study import load_study

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("locked_at", "is_changed", "expected"),
    [
        ("2020-01-31T10:00:00+00:00", False, True),
        ("2020-02-01T00:00:01+00:00", False, False),
        ("2026-11-01T10:00:00+00:00", False, False),
        ("2020-01-31T10:00:00+00:00", True, False),
    ],
)
def test_a_lock_counts_only_if_it_came_before_the_extract_and_nothing_changed_since(
    monkeypatch: pytest.MonkeyPatch, locked_at: str, is_changed: bool, expected: bool
) -> None:
    protocol = load_protocol(ROOT / "analysis/protocols/ama_vac_border.yml")
    lock = ProtocolLock(
        sha256="0" * 64 if is_changed else protocol.sha256,
        locked_at=locked_at,
        results_existed=False,
    )
    monkeypatch.setattr(compare, "read_lock", lambda *_: lock)
    monkeypatch.setattr(compare, "read_first_extract", lambda _: date(2020, 2, 1))
    assert compare.locked_before_data(load_study(ROOT), protocol) is expected


def test_a_protocol_that_was_never_locked_is_neither_before_nor_after() -> None:
    protocol = load_protocol(ROOT / "analysis/protocols/ama_vac_border.yml")
    assert compare.locked_before_data(load_study(ROOT), protocol) is None


def test_each_outcome_and_horizon_is_a_column_and_no_row_is_not_a_success() -> None:
    episodes = pl.DataFrame(
        {
            "episode_id": ["a", "b", "c"],
            "municipality": ["vallentuna", "vallentuna", None],
            "referral_date": [date(2016, 5, 31), date(2016, 6, 1), date(2016, 5, 1)],
        }
    )
    labour_market = pl.DataFrame(
        {"municipality": ["vallentuna"], "month": ["2016-05"], "unemployed_pct": [2.9]}
    )
    told: list[dict[str, Any]] = [
        {
            "episode_id": "a",
            "outcome": "work",
            "horizon_days": 365,
            "occurred": 1,
            "status": "observed",
            "reached_on": date(2016, 9, 1),
        },
        {
            "episode_id": "b",
            "outcome": "work",
            "horizon_days": 365,
            "occurred": None,
            "status": "unknown",
            "reached_on": None,
        },
    ]
    cohort = compare.cohort_from(episodes, pl.DataFrame(told), labour_market)
    assert cohort["work_365"].to_list() == [1, None, None]
    assert cohort["unemployed_pct"].to_list() == [2.9, None, None]
    assert cohort["work_365_status"].to_list() == ["observed", "unknown", None]
    assert cohort["work_365_on"].to_list() == [date(2016, 9, 1), None, None]


def test_a_cohort_of_nobody_has_the_outcomes_that_plans_name() -> None:
    protocol = load_protocol(ROOT / "analysis/protocols/ama_vac_border.yml")
    nobody = compare.with_declared_outcomes(
        pl.DataFrame(schema={"episode_id": pl.String, "work_365": pl.Int8}), [protocol]
    )
    assert nobody.is_empty()
    assert nobody.schema["work_365"] == pl.Int8, "what is there stays as it is"
    name = protocol.outcome.name
    assert nobody.select(name, f"{name}_status", f"{name}_on").dtypes == [
        pl.Float64,
        pl.String,
        pl.Date,
    ]
    assert {one.name for one in protocol.secondary_outcomes} <= set(nobody.columns)
