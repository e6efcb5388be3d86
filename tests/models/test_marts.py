"""Do the marts say of each person what happened, and nothing that is not known?"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

EPISODES = [
    "episode_id", "person_id", "referral_id", "source", "programme", "site", "referrer",
    "application_at", "referral_date", "decision", "decision_date", "start_date", "end_date",
    "exit_code", "exit_verified", "has_started", "wait_days", "legal_basis", "could_enter_other",
    "could_enter_other_is_dated", "obstacle_code", "readiness", "readiness_is_dated",
    "is_first_referral", "age_at_referral", "years_in_sweden_at_referral",
    "months_since_work_at_referral", "benefit_months_before", "sex", "birth_region", "education",
    "household_type", "children", "disability_code", "sfi_level", "municipality", "district",
    "is_resident", "observed_until",
]  # fmt: skip


def episode(world: Any, referral_id: str) -> dict[str, Any]:
    rows = world.marts["episodes"].filter(pl.col("referral_id") == referral_id)
    assert rows.height == 1
    return rows.row(0, named=True)


def test_marts_hold_the_columns_that_the_analysis_was_promised(world):
    columns = {name: mart.columns for name, mart in world.marts.items()}
    assert columns["episodes"] == EPISODES
    assert columns["outcomes"] == [
        "outcome_id", "episode_id", "outcome", "horizon_days", "occurred", "status", "reached_on",
    ]  # fmt: skip
    assert columns["programme_months"] == [
        "programme", "site", "month", "n_referred", "n_started", "n_enrolled", "n_exits",
        "n_exits_work_or_studies", "places", "open_days", "fte", "caseload", "capacity_share",
        "is_disrupted", "is_provisional",
    ]  # fmt: skip
    assert columns["persons"] == [
        "person_id", "source", "birth_year", "sex", "birth_region", "arrival_year", "education",
        "household_type", "children", "disability_code", "last_worked_month", "sfi_level",
        "municipality", "district", "observed_until", "left_municipality_on", "died_on",
    ]  # fmt: skip
    assert columns["disruptions"] == [
        "disruption_id", "kind", "programme", "site", "starts_on", "ends_on", "capacity_share",
        "label_sv", "label_en", "source", "evidence_grade",
    ]  # fmt: skip
    assert columns["flat_values"] == ["unit_id", "column_name", "number", "text"]


def test_marts_hold_no_float_that_could_be_summed_in_another_order(world):
    floats = {
        (name, column)
        for name, mart in world.marts.items()
        for column, kind in mart.schema.items()
        if kind.is_float()
    }
    assert floats == {
        ("programme_months", "capacity_share"),
        ("disruptions", "capacity_share"),
        ("flat_values", "number"),
    }


def test_every_referral_is_an_episode_and_every_person_is_kept(world):
    assert world.marts["episodes"].height == 9 + 14
    assert world.marts["persons"].height == 8 + 14
    assert world.marts["outcomes"].height == (9 + 14) * (4 * 4 + 6 + 2)


def test_an_episode_lasts_over_a_short_gap_and_not_over_a_long_one(world):
    reopened = episode(world, "r02")
    assert reopened["start_date"] == date(2017, 1, 20)
    assert reopened["end_date"] == date(2017, 6, 30)
    assert reopened["exit_code"] == "S1"
    assert reopened["wait_days"] == 10


def test_a_judgement_made_the_day_after_referral_is_not_dated_in_time(world):
    assert episode(world, "r01")["could_enter_other_is_dated"] is True
    assert episode(world, "r03")["could_enter_other_is_dated"] is False
    assert episode(world, "r01")["readiness_is_dated"] is False


def test_the_second_referral_of_a_person_is_not_the_first(world):
    assert episode(world, "r01")["is_first_referral"] is True
    assert episode(world, "r09")["is_first_referral"] is False


def test_history_is_counted_before_referral_and_only_where_the_register_reaches(world):
    assert episode(world, "r01")["benefit_months_before"] == 5
    assert episode(world, "r02")["benefit_months_before"] == 0
    assert episode(world, "k00")["benefit_months_before"] is None, "2015 is not covered"
    assert episode(world, "r08")["benefit_months_before"] is None, "lives elsewhere"
    assert episode(world, "r01")["months_since_work_at_referral"] == 2
    assert episode(world, "r02")["months_since_work_at_referral"] is None, "worked after referral"
    assert episode(world, "r02")["years_in_sweden_at_referral"] == 7


def test_commuters_are_not_residents(world):
    assert episode(world, "r01")["is_resident"] is True
    assert episode(world, "r08")["is_resident"] is False
    assert episode(world, "k00")["is_resident"] is True, "the source is named after Vallentuna"


def test_observation_ends_with_the_cover_or_the_move(world):
    assert episode(world, "r01")["observed_until"] == date(2018, 6, 30)
    assert episode(world, "r07")["observed_until"] == date(2017, 3, 1)


@pytest.mark.parametrize(
    ("referral_id", "name", "horizon_days", "expected"),
    [
        pytest.param("r01", "work", 90, (0, "observed"), id="not_yet_in_work_after_90_days"),
        pytest.param("r01", "work", 180, (1, "observed"), id="in_work_after_100_days"),
        pytest.param("r01", "work", 730, (1, "observed"), id="seen_before_observation_ended"),
        pytest.param("r01", "any_exit", 180, (1, "observed"), id="work_is_an_exit"),
        pytest.param("r01", "returned", 180, (0, "observed"), id="work_is_no_return"),
        pytest.param("r02", "work", 365, (0, "observed"), id="studies_are_not_work"),
        pytest.param("r02", "work_or_studies", 180, (1, "observed"), id="studies_count_by_kolada"),
        pytest.param("r02", "returned", 730, (0, "observed"), id="only_the_first_stretch_counts"),
        pytest.param("r03", "work", 180, (1, "observed"), id="never_started_found_in_work"),
        pytest.param("r03", "work", 90, (None, "unknown"), id="never_started_before_any_contact"),
        pytest.param("r03", "any_exit", 365, (None, "not_applicable"), id="no_exit_unstarted"),
        pytest.param("r04", "work", 365, (None, "unknown"), id="never_started_never_asked"),
        pytest.param("r04", "work", 730, (None, "censored"), id="could_still_have_started"),
        pytest.param("r05", "work", 365, (None, "unknown"), id="lost_contact_is_not_a_failure"),
        pytest.param("r05", "any_exit", 90, (1, "observed"), id="lost_contact_is_an_exit"),
        pytest.param("r06", "work", 90, (0, "observed"), id="enrolled_and_followed"),
        pytest.param("r06", "work", 180, (None, "censored"), id="enrolled_and_not_followed"),
        pytest.param("r07", "work", 365, (None, "censored"), id="worked_after_moving_away"),
        pytest.param("r08", "work", 730, (0, "observed"), id="sent_back_is_settled"),
        pytest.param("r01", "no_assistance_3_months", 180, (1, "observed"), id="off_assistance"),
        pytest.param("r01", "no_assistance_12_months", 730, (None, "censored"), id="not_yet_seen"),
        pytest.param("r02", "no_assistance_6_months", 365, (None, "not_applicable"), id="had_none"),
        pytest.param("r08", "no_assistance_6_months", 365, (None, "unknown"), id="other_register"),
        pytest.param("r01", "assistance_again", 365, (0, "observed"), id="stayed_off_assistance"),
        pytest.param("r01", "referred_again", 365, (1, "observed"), id="referred_anew"),
        pytest.param("r08", "referred_again", 365, (None, "not_applicable"), id="sent_back"),
    ],
)
def test_outcomes_say_what_is_known(outcome, referral_id, name, horizon_days, expected):
    assert outcome(referral_id, name, horizon_days) == expected


def test_kolada_u40455_of_twelve_exits_is_a_third(world):
    months = world.marts["programme_months"].filter(
        (pl.col("programme") == "mia") & pl.col("month").str.starts_with("2017")
    )
    assert months.height == 12
    assert months["n_exits"].sum() == 12
    assert months["n_exits_work_or_studies"].sum() == 4


def test_the_fire_halves_the_months_it_touched_and_no_other(world):
    months = world.marts["programme_months"].filter(pl.col("is_disrupted"))
    assert months["programme"].unique().to_list() == ["ama"]
    assert months["capacity_share"].unique().to_list() == [0.5]
    assert (months["month"].min(), months["month"].max()) == ("2017-01", "2018-03")


def test_people_are_enrolled_at_the_end_of_the_month(world):
    january = world.marts["programme_months"].row(
        by_predicate=(pl.col("programme") == "ama") & (pl.col("month") == "2017-01"), named=True
    )
    assert january["n_referred"] == 7
    assert january["n_started"] == 5
    assert january["n_enrolled"] == 5
    assert january["places"] == 34
    april = world.marts["programme_months"].row(
        by_predicate=(pl.col("programme") == "ama") & (pl.col("month") == "2017-04"), named=True
    )
    assert (april["n_exits"], april["n_exits_work_or_studies"]) == (2, 2)
    assert april["n_enrolled"] == 2


def test_marts_do_not_depend_on_the_order_of_rows_and_deliveries(world, unbuilt):
    backwards = unbuilt.build(backwards=True)
    for name, mart in world.marts.items():
        assert mart.equals(backwards.marts[name]), name


def test_tables_that_only_some_questions_need_reach_their_marts(world):
    def only(name: str) -> dict[str, Any]:
        return world.marts[name].row(0, named=True)

    assert (only("activities")["state"], only("activities")["days_lasted"]) == ("practice", 59)
    assert only("attendance_months")["days_enrolled"] == 28
    assert only("income_months")["months_since_referral"] == 4
    assert (only("handovers")["is_open"], only("handovers")["days_open"]) == (True, 29)
    assert (only("costs")["cost_year"], only("costs")["price_year"]) == (2017, 2017)
    assert (only("queue")["queue_rank"], only("queue")["days_waited"]) == (3, 29)
    assert only("programme_versions")["weeks_in_operation"] == 2
    assert only("screenings")["instrument"] == "freda"
    assert (only("caseload_months")["cases"], only("caseload_months")["n_enrolled"]) == (70, 0)
    assert world.marts["applications"]["is_reapplied_within_a_year"].to_list() == [True, False]
    window = world.marts["assistance_months"].filter(pl.col("person_id") == "works")
    assert window.height == 12 + 1 + 24
    assert window["had_assistance"].sum() == 5
    assert window.filter(pl.col("is_seen"))["month"].to_list()[-1] == "2018-06"


def test_a_year_has_both_denominators_and_the_share_of_kolada(world):
    year = world.marts["programme_years"].row(
        by_predicate=(pl.col("programme") == "mia") & (pl.col("calendar_year") == 2017), named=True
    )
    assert (year["n_exits"], year["n_work_or_studies"]) == (12, 4)
    assert float(year["kolada_u40455_pct"]) == 33.3
    assert (year["n_entrants"], year["n_left_out_elsewhere"]) == (0, 1)
    assert 60 < year["person_months"] < 100


def test_a_flat_study_has_values_and_no_episodes(unbuilt):
    unbuilt.sources = {
        "sheet": {
            "flat_values": [
                {"unit_id": "u2", "column_name": "age", "number": 31.0},
                {"unit_id": "u1", "column_name": "age", "number": 24.0},
                {"unit_id": "u1", "column_name": "degree", "text": "no"},
            ]
        }
    }
    marts = unbuilt.build().marts
    assert marts["flat_values"].rows() == [
        ("u1", "age", 24.0, None),
        ("u1", "degree", None, "no"),
        ("u2", "age", 31.0, None),
    ]
    assert {name for name, mart in marts.items() if mart.height} == {"flat_values", "disruptions"}
