"""Treatments: the way a disruption is handled may not decide which way the answer points."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from utfall.analysis import Context, compare
from utfall.analysis.disclosure import Rules, protect
from utfall.analysis.results import Comparison, Estimate, SensitivityRow
from utfall.analysis.treatments import TREATMENTS, sign_hinges
from utfall.analysis.vocabulary import Text

from .conftest import FIRE, people, plan
from .test_counterfactual import left_some_day


def fire_handled(handling: str, rows: pl.DataFrame | None = None, **changes) -> Comparison:
    disruption = {"id": FIRE.id, "handling": handling, "reason": "half capacity for long"}
    rows = people(np.random.default_rng(4), 1600, fire_penalty=0.2) if rows is None else rows
    return compare(
        rows, plan(disruptions=[disruption], **changes), context=Context(disruptions=(FIRE,))
    )


def row(id: str, estimate: float | None, half: float = 0.05) -> SensitivityRow:
    low, high = (None, None) if estimate is None else (estimate - half, estimate + half)
    return SensitivityRow(
        id=id,
        label=Text(id, id),
        estimate=estimate,
        conf_low=low,
        conf_high=high,
        admissible=True,
    )


def shown(estimate: float, half: float = 0.05) -> Estimate:
    return Estimate(
        estimate=estimate,
        std_error=half / 2,
        conf_low=estimate - half,
        conf_high=estimate + half,
        p_value=None,
        mean_target=0.5,
        mean_comparator=0.5 - estimate,
        n_target=100,
        n_comparator=100,
        method="-",
    )


@pytest.mark.parametrize(
    ("own", "other", "expected"),
    [
        (0.10, row("exposure", -0.03), True),  # claims more, the other treatment says fewer
        (-0.10, row("exposure", 0.03), True),
        (0.03, row("exposure", -0.10), True),  # it is the other one that claims
        (0.10, row("did", -0.03), True),
        (0.10, row("counterfactual", -0.03), True),
        (0.10, row("exposure", 0.01), False),
        (0.02, row("exposure", -0.02), False),  # neither claims a direction
        (0.10, row("exposure", None), False),
        (0.10, row("crude", -0.10), False),  # not a treatment of the disruption
    ],
)
def test_a_direction_stands_only_where_no_treatment_denies_it(own, other, expected) -> None:
    assert sign_hinges(shown(own), [other], plan()) is expected


def test_a_direction_that_hangs_on_the_treatment_is_not_claimed() -> None:
    """During the fire VAC did poorly for reasons of its own, which only one treatment sees."""
    rows = people(np.random.default_rng(8), 2400, effect=-0.08)
    met = pl.col("referral_date").is_between(date(2015, 12, 10), date(2018, 3, 31))
    is_poor = met & (pl.col("programme") == "vac")
    poor = rows.with_columns(
        work_365=pl.when(is_poor).then(pl.lit(0.0)).otherwise(pl.col("work_365"))
    )
    found = fire_handled("exclude", poor)
    tried = {one.id: one for one in found.sensitivity}
    gate = next(gate for gate in found.gates if gate.id == "G11")
    assert found.estimate.conf_high < -0.005
    assert tried["exposure"].estimate > 0
    assert gate.reason.code == "g11_treatment"
    assert found.headline == "cannot_tell"


@pytest.mark.parametrize(("own", "other"), [("exclude", "exposure"), ("exposure", "exclude")])
def test_the_treatment_not_taken_stands_beside_the_one_that_was(own: str, other: str) -> None:
    found = fire_handled(own)
    tried = {one.id: one for one in found.sensitivity}
    assert own not in tried
    assert tried[other].estimate == pytest.approx(found.estimate.estimate, abs=0.08)
    assert tried[other].admissible
    assert not tried["with_disruption"].admissible
    assert tried["with_disruption"].estimate < found.estimate.estimate


def test_each_treatment_gives_what_the_plan_that_names_it_gives() -> None:
    exclude, exposure = (fire_handled(name, estimator="aipw") for name in ("exclude", "exposure"))
    tried = {one.id: one for one in exclude.sensitivity}
    assert tried["exposure"].estimate == exposure.estimate.estimate


def test_all_four_treatments_stand_side_by_side_and_what_cannot_be_computed_says_why() -> None:
    found = fire_handled("exclude")
    tried = {one.id: one for one in found.sensitivity}
    assert [name for name in TREATMENTS if name in tried] == ["exposure", "did", "counterfactual"]
    # One site each, and nobody's day of leaving is known.
    assert tried["did"].reason.code == "treatment_did_few_sites"
    assert tried["counterfactual"].reason.code == "treatment_no_exit_dates"
    assert tried["did"].estimate is None
    assert tried["exposure"].reason is None


def test_where_days_and_sites_are_known_all_four_answer_alike() -> None:
    rows = people(np.random.default_rng(4), 2400, fire_penalty=0.2)
    rng = np.random.default_rng(7)
    place = pl.Series([f"s{one}" for one in rng.integers(0, 4, rows.height)])
    rows = left_some_day(rows).with_columns(site=pl.col("programme") + place)
    found = fire_handled("exclude", rows)
    tried = {one.id: one.estimate for one in found.sensitivity if one.id in TREATMENTS}
    assert len(tried) == 3
    for estimate in tried.values():
        assert estimate == pytest.approx(found.estimate.estimate, abs=0.08)
    curve = {one.id: one.estimate for one in found.specifications}
    assert curve["ipw+disruption.did"] == tried["did"]
    assert curve["ipw+disruption.counterfactual"] == tried["counterfactual"]


def test_pages_show_every_treatment_and_every_moved_window() -> None:
    from utfall.analysis.document import comparison_document
    from utfall.reports.treatment_figures import treatments_figure
    from utfall.reports.window_figures import windows_figure
    from utfall.reports.words import Words

    rows = left_some_day(people(np.random.default_rng(4), 1600, fire_penalty=0.2))
    document = comparison_document(protect(fire_handled("exclude", rows), Rules()))
    treatments = treatments_figure(document, Words("sv"))
    assert [row[1] == "kan inte beräknas" for row in treatments.rows] == [False, False, True, False]
    assert "minst tre orter" in treatments.rows[2][4]
    assert treatments.rows[0][1] == Words("sv").signed(document["estimate"], "share")
    assert len(windows_figure(document, Words("sv")).rows) == 9


def test_nothing_tells_why_a_treatment_of_a_hidden_or_refused_answer_fails() -> None:
    rows = people(np.random.default_rng(4), 60, fire_penalty=0.2)
    hidden = protect(fire_handled("exclude", rows), Rules())
    assert hidden.estimate is None
    for one in (*hidden.sensitivity, *hidden.specifications):
        assert one.estimate is None
        assert one.reason is None or not one.admissible
    refused = fire_handled("describe_only")
    assert refused.fairness == "not_comparable"
    assert all(one.reason is None for one in refused.sensitivity if one.admissible)


def test_recalculated_people_all_stay_and_the_disruption_no_longer_stops_the_answer() -> None:
    exposure, ignored = fire_handled("exposure"), fire_handled("describe_only")
    gates = {gate.id: gate for gate in exposure.gates}
    assert gates["G6"].reason.code == "g6_pass_exposure"
    assert exposure.n_target == ignored.n_target
    assert ignored.fairness == "not_comparable"
    assert [part.source for part in exposure.decomposition if part.source == "disruption"]


def test_a_programme_never_seen_in_normal_operation_is_refused() -> None:
    rows = people(np.random.default_rng(4), 1600).filter(
        (pl.col("programme") == "vac")
        | pl.col("referral_date").is_between(date(2016, 2, 1), date(2018, 3, 1))
    )
    found = fire_handled("exposure", rows)
    gate = next(gate for gate in found.gates if gate.id == "G6")
    assert (gate.status, gate.reason.code) == ("FAIL", "g6_fail_never_calm")
    assert found.estimate is None
    assert all(one.estimate is None for one in found.sensitivity)


def test_another_treatment_with_few_in_a_cell_is_hidden() -> None:
    from dataclasses import replace

    found = fire_handled("exposure")
    few = replace(
        found,
        sensitivity=tuple(
            replace(one, smallest_cell=4) if one.id == "exclude" else one
            for one in found.sensitivity
        ),
    )
    tried = {one.id: one for one in protect(few, Rules()).sensitivity}
    assert tried["exclude"].estimate is None
    assert tried["with_disruption"].estimate is not None
