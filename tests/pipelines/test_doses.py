"""What was offered is read from the marts, and what nobody recorded stays unknown."""

from __future__ import annotations

import polars as pl
import pytest

from utfall.analysis.cohort import require_columns
from utfall.analysis.errors import ProtocolError
from utfall.analysis.protocol_file import parse_protocol
from utfall.pipelines.doses import with_doses

COHORT = pl.DataFrame({"episode_id": ["s:a", "s:b", "s:c"]})
REFERRALS = pl.DataFrame(
    {"episode_id": ["s:a", "s:b", "s:c"], "minutes_application_to_meeting": [2880, None, -60]}
)
ATTENDANCE = pl.DataFrame(
    {
        "episode_id": ["s:a", "s:a", "s:a", "s:b"],
        "hours_given": [40.0, 20.0, None, 10.0],
        "planned_hours": [50.0, 50.0, 50.0, None],
    }
)


def test_a_first_meeting_is_counted_in_hours_and_one_before_the_application_is_unknown() -> None:
    found = with_doses(COHORT, REFERRALS, ATTENDANCE)
    assert found["first_meeting_hours"].to_list() == [48.0, None, None]


def test_hours_count_only_where_they_were_planned_and_recorded_alike() -> None:
    found = with_doses(COHORT, REFERRALS, ATTENDANCE)
    assert found["hours_given"].to_list() == [60.0, None, None]
    assert found["hours_planned"].to_list() == [100.0, None, None]
    assert found.height == COHORT.height


def test_no_plan_adjusts_for_what_came_after_assignment(study) -> None:
    from utfall.pipelines.study import load_protocols

    (protocol,) = load_protocols(study)
    values = protocol.model_dump(by_alias=True, mode="json")
    dose = {"name": "hours_given", "kind": "number", "reason": "r"}
    dose["label"] = {"sv": "timmar", "en": "hours"}
    declared = parse_protocol({**values, "covariates": [dose]})
    rows = pl.DataFrame(
        {"programme": ["ama"], "work": [1], "referral_date": ["2016-01-01"], "hours_given": [3.0]}
    )
    with pytest.raises(ProtocolError) as error:
        require_columns(rows, declared)
    assert any(fault.rule == "covariate_after_assignment" for fault in error.value.faults)
