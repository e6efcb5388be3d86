"""Each gate opens and closes where it should, and says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from utfall.analysis.aliasing import aliasing_gate
from utfall.analysis.cohort import DesignRows, blinded
from utfall.analysis.gates import (
    confounder_gate,
    disruption_gate,
    legal_overlap_gate,
    lock_gate,
    overlap_gate,
    time_zero_gate,
)
from utfall.analysis.overlap import measure_overlap, preference_score, separated
from utfall.analysis.unknowns import unknown_gate
from utfall.analysis.wording import say

from .conftest import FIRE, people, plan

METHOD_CHECK = {"method_check": {"reason": {"sv": "öppna data", "en": "public data"}}}


def design(rng: np.random.Generator, n: int = 300, **changes: float) -> DesignRows:
    return blinded(people(rng, n, **changes), plan())


def test_a_plan_locked_before_the_data_passes_and_any_other_is_a_reservation() -> None:
    assert lock_gate(True).status == "PASS"
    assert lock_gate(False).status == "RESERVE"
    assert lock_gate(None).needed is not None


def test_the_refusal_names_the_law_the_shares_and_the_way_out(rng: np.random.Generator) -> None:
    statute = {"sv": "4 kap. 1 § SoL", "en": "chapter 4, section 1 SoL"}
    protocol = plan(eligibility=[{"programme": "vac", "statute": statute}])
    gate = legal_overlap_gate(design(rng, border=0.0), protocol)
    assert gate.status == "FAIL"
    assert "4 kap. 1 § SoL" in say(gate.reason).sv
    assert "0%" in say(gate.reason).en
    assert gate.needed is not None


def test_a_method_check_is_exempt_from_law_place_and_confounders(rng: np.random.Generator) -> None:
    protocol = plan(**METHOD_CHECK)
    rows = design(rng)
    for gate in (legal_overlap_gate, aliasing_gate, confounder_gate):
        assert gate(rows, protocol).status == "NOT_APPLICABLE"


def test_judgements_that_were_never_recorded_are_not_a_pass(rng: np.random.Generator) -> None:
    bare = DesignRows(design(rng).rows.drop("could_enter_other", "could_enter_other_is_dated"))
    assert legal_overlap_gate(bare, plan()).status == "NOT_EVALUATED"


def test_a_delivery_of_started_cases_only_cannot_start_the_clock_at_referral(
    rng: np.random.Generator,
) -> None:
    rows = design(rng).rows
    started = DesignRows(rows.filter(pl.col("start_date").is_not_null()))
    assert time_zero_gate(DesignRows(rows), plan()).status == "PASS"
    assert time_zero_gate(started, plan()).status == "FAIL"


def test_start_copied_into_referral_is_found(rng: np.random.Generator) -> None:
    copied = DesignRows(design(rng).rows.with_columns(wait_days=pl.lit(0)))
    assert time_zero_gate(copied, plan()).status == "FAIL"


def test_a_delivery_of_the_granted_alone_cannot_start_at_referral(
    rng: np.random.Generator,
) -> None:
    rows = DesignRows(design(rng).rows.with_columns(source=pl.lit("town")))
    assert time_zero_gate(rows, plan(), frozenset({"elsewhere"})).status == "PASS"
    found = time_zero_gate(rows, plan(), frozenset({"town"}))
    assert (found.status, found.reason.code) == ("FAIL", "g5_fail_covers")


@pytest.mark.parametrize(
    ("referred", "share"),
    [
        (date(2014, 1, 1), 0.0),
        (date(2017, 1, 1), 1.0),
        (FIRE.starts_on - timedelta(days=365), 0.0),
        (FIRE.ends_on, 1 / 365),
        (FIRE.ends_on + timedelta(days=1), 0.0),
    ],
)
def test_the_fire_counts_the_days_of_planned_follow_up_that_it_covers(
    referred: date, share: float
) -> None:
    rows = pl.DataFrame(
        {"programme": ["ama", "vac"], "referral_date": [referred, date(2014, 1, 1)]}
    )
    gate = disruption_gate(DesignRows(rows), (FIRE,), plan())
    assert gate.statistic == pytest.approx(share, abs=1e-9)


@pytest.mark.parametrize("programmes", [[], ["ama"], ["vac"]])
def test_where_nobody_is_left_there_is_no_time_to_disturb(programmes: list[str]) -> None:
    rows = pl.DataFrame(
        {"programme": programmes, "referral_date": [date(2016, 8, 1)] * len(programmes)},
        schema={"programme": pl.String, "referral_date": pl.Date},
    )
    gate = disruption_gate(DesignRows(rows), (FIRE,), plan())
    assert (gate.status, gate.statistic, gate.reason.code) == ("NOT_EVALUATED", None, "g6_nobody")


def test_a_period_that_is_only_described_is_not_said_to_be_set_aside(
    rng: np.random.Generator,
) -> None:
    def gate(handling: str) -> str:
        disruption = {"id": "fire", "handling": handling, "reason": "half capacity in 2017"}
        return disruption_gate(design(rng), (), plan(disruptions=[disruption])).reason.code

    assert gate("describe_only") == "g6_pass"
    assert gate("exclude") == "g6_pass_handled"


def test_a_break_in_the_code_list_is_no_loss_of_capacity(rng: np.random.Generator) -> None:
    code_break = replace(FIRE, id="codes_2017", kind="measurement")
    assert disruption_gate(design(rng), (code_break,), plan()).statistic == 0.0


def test_two_sites_in_each_arm_can_tell_programme_from_place(rng: np.random.Generator) -> None:
    rows = design(rng).rows
    many = rows.with_columns(site=pl.col("programme") + pl.int_range(pl.len()).mod(2).cast(str))
    assert aliasing_gate(DesignRows(rows), plan()).status == "RESERVE"
    assert aliasing_gate(DesignRows(many), plan()).status == "PASS"


def test_a_confounder_column_that_is_all_blank_counts_as_missing(rng: np.random.Generator) -> None:
    rows = design(rng).rows.with_columns(health=pl.lit(None, dtype=pl.Float64))
    gate = confounder_gate(DesignRows(rows), plan())
    assert gate.status == "RESERVE"
    assert "hälsa" in say(gate.reason).sv


def test_weights_that_rest_on_one_person_are_refused_for_everyone_but_not_for_the_overlap(
    rng: np.random.Generator,
) -> None:
    treated = np.array([True] * 100 + [False] * 100)
    scores = np.where(treated, 0.6, 0.4) + rng.uniform(-0.05, 0.05, 200)
    scores[0] = 0.001
    everyone = measure_overlap(scores, treated, plan(estimand="ate"))
    similar = measure_overlap(scores, treated, plan(estimand="ato"))
    assert overlap_gate(everyone, plan(estimand="ate")).reason.code == "g3_fail_weights"
    assert overlap_gate(similar, plan(estimand="ato")).status == "PASS"


def test_perfect_separation_is_a_refusal_whatever_the_estimand() -> None:
    treated = np.array([True] * 30 + [False] * 30)
    assert overlap_gate(separated(treated, plan()), plan()).reason.code == "g3_fail_separated"


def test_preference_forgets_how_common_the_programme_is() -> None:
    scores = np.array([0.05, 0.1, 0.2])
    assert preference_score(scores, 0.1)[1] == pytest.approx(0.5)
    assert np.all(np.diff(preference_score(scores, 0.1)) > 0)


@pytest.mark.parametrize("left", ["ama", None])
def test_where_nobody_is_there_to_compare_that_is_the_reason(
    rng: np.random.Generator, left: str | None
) -> None:
    rows = people(rng, 60)
    rows = rows.filter(pl.col("programme") == left) if left else rows.clear()
    gate = legal_overlap_gate(blinded(rows, plan()), plan())
    assert (gate.status, gate.reason.code) == ("FAIL", "g2_fail_nobody")
    assert gate.needed is not None
    assert "period" in say(gate.needed).en
    if left is None:
        assert unknown_gate(rows, plan()).reason.code == "g7_not_evaluated"
