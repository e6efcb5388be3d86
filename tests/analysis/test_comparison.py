"""A whole comparison, on small labour markets where the right answer is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from utfall.analysis import Context, compare
from utfall.analysis.cohort import DesignRows, blinded, outcome_columns
from utfall.analysis.design import fit_design
from utfall.analysis.disclosure import Rules, protect
from utfall.analysis.document import canonical_json, comparison_document
from utfall.analysis.errors import ProtocolError

from .conftest import FIRE, people, plan

FIRE_PLAN = {
    "disruptions": [
        {"id": "ama_fire_2016", "handling": "exclude", "reason": "half capacity all of 2017"}
    ]
}
DURING_THE_FIRE = {
    "raw": {
        "label": {"sv": "Bara 2017", "en": "Only 2017"},
        "entry": {"from": "2017-01-01", "to": "2017-12-31"},
    }
}


def status(comparison: Any, gate: str) -> str:
    return next(found.status for found in comparison.gates if found.id == gate)


def test_a_true_effect_is_found_among_people_who_differ() -> None:
    found = [
        compare(
            people(np.random.default_rng(seed), 1200, effect=0.2, confounding=0.8),
            plan(),
            context=Context(leave_out=False),
        )
        for seed in range(16)
    ]
    estimates = [one.estimate for one in found if one.estimate is not None]
    crude = [row.estimate for one in found for row in one.sensitivity if row.id == "crude"]
    points = np.array([one.estimate for one in estimates])
    covered = sum(one.conf_low < 0.2 < one.conf_high for one in estimates)
    assert len(estimates) == 16
    assert abs(points.mean() - 0.2) < 3 * points.std(ddof=1) / 4
    assert covered >= 13
    assert min(value for value in crude if value is not None) > 0.2


def test_the_fire_year_alone_does_not_make_ama_look_worse(rng: np.random.Generator) -> None:
    cohort = people(rng, 4000, fire_penalty=0.25)
    found = compare(
        cohort, plan(**FIRE_PLAN, **DURING_THE_FIRE), context=Context(disruptions=(FIRE,))
    )
    assert found.raw is not None
    assert found.raw.conf_high < 0
    assert found.estimate is not None
    assert found.estimate.conf_low < 0 < found.estimate.conf_high
    assert status(found, "G6") == "PASS"


def test_an_unhandled_fire_stops_the_comparison(rng: np.random.Generator) -> None:
    found = compare(people(rng, 2000), plan(), context=Context(disruptions=(FIRE,)))
    assert status(found, "G6") == "FAIL"
    assert found.fairness == "not_comparable"


def test_groups_that_the_law_keeps_apart_are_refused(rng: np.random.Generator) -> None:
    found = compare(people(rng, 1000, border=0.02), plan(estimand="ate"))
    assert found.headline == "not_comparable"
    assert status(found, "G2") == "FAIL"
    assert found.estimate is None
    assert all(rung.estimate is None for rung in found.ladder if not rung.is_raw)
    assert all(part.estimate is None for part in found.decomposition)
    assert all(row.estimate is None for row in found.sensitivity)
    assert found.second_low is None
    assert found.smallest_detectable is None
    assert found.bounds is None


def test_a_border_group_below_thirty_is_refused_as_too_small(rng: np.random.Generator) -> None:
    cohort = people(rng, 50)
    found = compare(cohort, plan(population={"label": {"sv": "a", "en": "a"}, "only_border": True}))
    reason = next(gate.reason.code for gate in found.gates if gate.id == "G2")
    assert (found.headline, reason) == ("not_comparable", "g2_fail_small")


def test_judgements_made_after_referral_do_not_count(rng: np.random.Generator) -> None:
    late = people(rng, 1000).with_columns(could_enter_other_is_dated=pl.lit(value=False))
    assert compare(late, plan()).headline == "not_comparable"


def test_a_refused_answer_leaves_no_trace_in_what_is_published(rng: np.random.Generator) -> None:
    """Non-interference: move the withheld answer by far, and the published bytes stay."""
    # 2017 stays as it is (the debated number may be shown), and so do the totals of each
    # programme (each is described on its own): only what is withheld moves.
    cohort = people(rng, 1200, border=0.05, confounding=1.2)
    protocol = plan(estimand="ate", **DURING_THE_FIRE)
    health = cohort["health"].to_numpy()
    y = cohort["work_365"].to_numpy().copy()
    ama = (cohort["programme"] == "ama").to_numpy()
    year = cohort["referral_date"].dt.year().to_numpy()
    moved = y.copy()
    for arm in (ama, ~ama):
        # Only the healthy find work now: who came to which programme explains the more.
        rows = np.flatnonzero(arm & (year != 2017))
        order = np.argsort(health[rows], kind="stable")
        moved[rows[order]] = np.sort(y[rows])
    other = cohort.with_columns(work_365=pl.Series(moved))
    adjusted = [
        compare(rows, plan(estimator="g_computation")).sensitivity
        for rows in (
            cohort.with_columns(could_enter_other=pl.lit(1)),
            other.with_columns(could_enter_other=pl.lit(1)),
        )
    ]
    gap = max(
        abs(a.estimate - b.estimate)
        for a, b in zip(*adjusted, strict=True)
        if a.estimate is not None and b.estimate is not None and a.id != "crude"
    )
    published = [
        canonical_json(comparison_document(protect(compare(rows, protocol), Rules())))
        for rows in (cohort, other)
    ]
    assert gap > 0.1
    assert published[0] == published[1]


def test_the_gates_before_outcomes_never_see_an_outcome(rng: np.random.Generator) -> None:
    cohort = people(rng, 400).with_columns(
        work_365_status=pl.lit("observed"), exit_code=pl.lit("W1"), end_date=pl.lit(None)
    )
    protocol = plan()
    design = blinded(cohort, protocol)
    assert isinstance(design, DesignRows)
    assert not set(design.rows.columns) & set(outcome_columns(protocol))
    judged = fit_design(design, design, (), protocol, locked_before_data=None)
    assert {gate.id for gate in judged.gates} >= {"G1", "G2", "G3", "G4", "G5", "G6", "G9", "G14"}


@pytest.mark.parametrize("spoil", ["turned", "gone"])
def test_every_gate_before_outcomes_says_the_same_whatever_the_outcomes(
    rng: np.random.Generator, spoil: str
) -> None:
    """The frame, not the type alone: all that is known after time zero is turned or taken."""
    cohort = people(rng, 600).with_columns(
        work_365_status=pl.lit("observed"),
        work_365_on=pl.col("referral_date"),
        exit_code=pl.lit("W1"),
        end_date=pl.col("referral_date"),
    )
    protocol = plan()
    hidden = [name for name in outcome_columns(protocol) if name in cohort.columns]
    assert {"work_365", "work_365_on", "work_365_status", "exit_code", "end_date"} <= set(hidden)
    other = (
        cohort.with_columns(work_365=1 - pl.col("work_365"), end_date=pl.lit(None, pl.Date))
        if spoil == "turned"
        else cohort.with_columns(
            pl.lit(None).cast(cohort[name].dtype).alias(name) for name in hidden
        )
    )
    found = [compare(rows, protocol) for rows in (cohort, other)]
    before = {"G1", "G2", "G3", "G4", "G5", "G6", "G9", "G12", "G14"}
    spoken = [[gate for gate in one.gates if gate.id in before] for one in found]
    assert len(spoken[0]) == len(before)
    assert spoken[0] == spoken[1]
    # Else the outcomes would have been no others, and the same words would prove nothing.
    assert found[0].alone != found[1].alone
    assert found[0].balance == found[1].balance
    assert found[0].overlap == found[1].overlap
    assert found[0].foresight == found[1].foresight


def test_a_plan_with_age_and_sex_only_never_gets_an_answer(rng: np.random.Generator) -> None:
    few = plan(covariates=[])
    found = compare(people(rng, 800), few)
    assert status(found, "G14") == "FAIL"
    assert found.headline == "not_comparable"


def test_one_missing_core_confounder_is_a_reservation(rng: np.random.Generator) -> None:
    known = plan().model_dump(by_alias=True)["covariates"][:-1]
    found = compare(
        people(rng, 800), plan(covariates=known, missing_confounders={"referrer": "not delivered"})
    )
    assert status(found, "G14") == "RESERVE"
    assert found.fairness == "with_reservations"


def test_unknown_outcomes_leave_bounds_that_hold_the_truth(rng: np.random.Generator) -> None:
    found = compare(people(rng, 1500, effect=0.1, unknown=0.3), plan())
    assert found.headline == "bounds"
    assert found.estimate is None
    assert found.bounds is not None
    assert found.bounds.low < 0.1 < found.bounds.high
    assert found.bounds.high - found.bounds.low == pytest.approx(0.6, abs=0.08)


def test_one_site_per_arm_is_labelled_and_never_fully_comparable(rng: np.random.Generator) -> None:
    found = compare(people(rng, 800), plan())
    assert "programme_at_this_site" in found.labels
    assert found.fairness == "with_reservations"


def test_the_second_interval_holds_the_first(rng: np.random.Generator) -> None:
    found = compare(people(rng, 1500), plan())
    assert found.estimate is not None
    assert found.second_low is not None
    assert found.second_high is not None
    assert found.second_low < found.estimate.conf_low
    assert found.second_high > found.estimate.conf_high


@pytest.mark.parametrize(("points", "headline"), [(0, "better_uncertain"), (5, "cannot_tell")])
def test_a_difference_that_the_years_alone_could_give_is_no_direction(
    points: int, headline: str
) -> None:
    cohort = people(np.random.default_rng(3), 4000, effect=0.03)
    found = compare(cohort, plan(overdispersion_points=points))
    assert found.estimate is not None
    assert found.estimate.conf_low > 0.005
    assert found.headline == headline
    assert protect(found, Rules()).headline == headline


def test_the_parts_of_the_gap_add_up_to_the_gap(rng: np.random.Generator) -> None:
    found = compare(
        people(rng, 3000, fire_penalty=0.2, confounding=0.6),
        plan(**FIRE_PLAN, **DURING_THE_FIRE),
        context=Context(disruptions=(FIRE,)),
    )
    assert found.raw is not None
    parts = [part.estimate for part in found.decomposition if part.estimate is not None]
    assert len(parts) >= 4
    assert sum(parts) == pytest.approx(found.raw.estimate, abs=1e-9)
    published = protect(found, Rules())
    shown = [part.estimate for part in published.decomposition if part.estimate is not None]
    assert published.raw is not None
    assert sum(shown) == pytest.approx(published.raw.estimate, abs=1e-9)


def test_fewer_than_twenty_in_an_arm_shows_no_number(rng: np.random.Generator) -> None:
    cohort = people(rng, 400)
    vac = cohort.filter(pl.col("programme") == "vac").head(19)
    # Everybody could have entered either, so the law does not stop it; the size does.
    few = pl.concat([cohort.filter(pl.col("programme") == "ama"), vac])
    thin = plan(covariates=plan().model_dump(by_alias=True)["covariates"])
    found = compare(few, thin)
    assert found.estimate is None
    assert found.headline == "not_comparable"


def test_row_order_changes_nothing(rng: np.random.Generator) -> None:
    cohort = people(rng, 600)
    shuffled = cohort.sample(fraction=1.0, shuffle=True, seed=3)
    first, second = (
        canonical_json(comparison_document(compare(rows, plan()))) for rows in (cohort, shuffled)
    )
    assert first == second


def test_a_missing_column_is_told_with_all_the_others(rng: np.random.Generator) -> None:
    cohort = people(rng, 50).drop("health", "work_365")
    with pytest.raises(ProtocolError) as caught:
        compare(cohort, plan())
    assert {fault.column for fault in caught.value.faults} == {"health", "work_365"}
