"""Other outcomes stand beside the answer: described always, compared only where it may be."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from statsmodels.stats.multitest import multipletests

from utfall.analysis import compare
from utfall.analysis.cohort import blinded
from utfall.analysis.counts import wilson_interval
from utfall.analysis.disclosure import Rules, protect
from utfall.analysis.document import canonical_json, comparison_document
from utfall.analysis.errors import ProtocolError
from utfall.analysis.multiplicity import holm
from utfall.analysis.protocol import Protocol

from .conftest import both, people, plan


def secondary(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "horizon_days": 365,
        "label": both(name),
        "rule": both("as the mart has it"),
        **changes,
    }


def looked_at(*outcomes: dict[str, Any], **changes: Any) -> Protocol:
    return plan(secondary_outcomes=list(outcomes), **changes)


def with_months(rng: np.random.Generator, n: int = 1200, *, effect: float = 0.0) -> pl.DataFrame:
    """Return people half of whom had assistance, with a true effect on who goes without."""
    rows = people(rng, n, confounding=0.8)
    in_ama = (rows["programme"] == "ama").to_numpy()
    risk = np.clip(0.3 + 0.1 * rows["health"].to_numpy() + effect * in_ama, 0.02, 0.98)
    had, followed = rng.random(n) < 0.5, rng.random(n) < 0.97
    off = (rng.random(n) < risk).astype(int)
    return rows.with_columns(
        off_365=pl.select(pl.when(pl.Series(had & followed)).then(pl.Series(off))).to_series(),
        off_365_status=pl.Series(
            np.where(~had, "not_applicable", np.where(followed, "observed", "censored"))
        ),
    )


def test_holm_is_what_statsmodels_gives(rng: np.random.Generator) -> None:
    for size in (0, 1, 2, 9):
        p_values = [float(p) for p in rng.uniform(0, 0.2, size)]
        expected = multipletests(p_values, method="holm")[1].tolist() if size else []
        assert holm(p_values) == pytest.approx(expected)


def test_shares_are_of_those_concerned_and_followed(rng: np.random.Generator) -> None:
    rows = with_months(rng)
    one = compare(rows, looked_at(secondary("off_365"))).secondary_outcomes[0]
    for arm in one.arms:
        own = rows.filter(
            (pl.col("programme") == arm.programme) & (pl.col("off_365_status") != "not_applicable")
        )
        known = own["off_365"].drop_nulls()
        assert (arm.n, arm.n_known, arm.events) == (own.height, known.len(), known.sum())
        assert arm.n_known < arm.n < rows.height / 2
        assert (arm.conf_low, arm.conf_high) == pytest.approx(
            wilson_interval(int(known.sum()), known.len())
        )


def test_a_true_difference_among_those_concerned_is_found() -> None:
    found = [
        compare(
            with_months(np.random.default_rng(seed), effect=0.2), looked_at(secondary("off_365"))
        ).secondary_outcomes[0]
        for seed in range(12)
    ]
    estimates = [one.estimate for one in found if one.estimate is not None]
    covered = sum(e.conf_low < 0.2 < e.conf_high for e in estimates)
    assert len(estimates) == 12
    assert covered >= 10
    assert abs(np.mean([e.estimate for e in estimates]) - 0.2) < 0.04
    assert all(one.differs for one in found)


def test_many_outcomes_without_a_difference_seldom_give_one() -> None:
    names = [f"noise{i}_365" for i in range(5)]
    said = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        rows = people(rng, 600).with_columns(
            **{name: pl.Series(rng.integers(0, 2, 600)) for name in names}
        )
        found = compare(rows, looked_at(*map(secondary, names))).secondary_outcomes
        assert all(one.p_adjusted is not None for one in found)
        said += any(one.differs for one in found)
    assert said <= 3


@pytest.mark.parametrize(
    ("rows", "changes", "code"),
    [
        pytest.param({"border": 0.02}, {}, "secondary_refused", id="a_refusal_covers_all"),
        pytest.param({}, {"counted_from": "exit"}, "secondary_after_exit", id="after_the_exit"),
    ],
)
def test_what_may_not_be_compared_is_described_with_the_reason(
    rng: np.random.Generator, rows: dict[str, Any], changes: dict[str, Any], code: str
) -> None:
    cohort = people(rng, 900, **rows)
    cohort = cohort.with_columns(off_365=pl.col("work_365"))
    one = compare(cohort, looked_at(secondary("off_365", **changes))).secondary_outcomes[0]
    assert one.estimate is None
    assert one.p_adjusted is None
    assert one.differs is None
    assert one.reason is not None
    assert one.reason.code == code
    assert all(arm.value is not None for arm in one.arms)


def test_an_outcome_that_many_were_not_followed_for_is_not_compared(
    rng: np.random.Generator,
) -> None:
    rows = people(rng, 900)
    seen = pl.Series(rng.random(900) < 0.7)
    one = compare(
        rows.with_columns(off_365=pl.when(seen).then(pl.col("work_365"))),
        looked_at(secondary("off_365")),
    ).secondary_outcomes[0]
    assert one.reason is not None
    assert one.reason.code == "secondary_unknown"


def test_too_few_concerned_show_no_difference_and_a_hidden_answer_hides_these_too(
    rng: np.random.Generator,
) -> None:
    rows = people(rng, 800).with_columns(off_365=pl.col("work_365"))
    few = rows.with_columns(
        off_365_status=pl.when(pl.int_range(pl.len()) < 36)
        .then(pl.lit("observed"))
        .otherwise(pl.lit("not_applicable"))
    )
    protocol = looked_at(secondary("off_365"))
    for cohort in (few, rows.head(34)):
        published = protect(compare(cohort, protocol), Rules()).secondary_outcomes[0]
        assert (published.estimate, published.differs) == (None, None)
        assert published.reason is not None


def test_what_is_published_is_rounded_and_holds_no_p_value(rng: np.random.Generator) -> None:
    found = compare(with_months(rng, effect=0.3), looked_at(secondary("off_365")))
    published = comparison_document(protect(found, Rules()))["secondary_outcomes"][0]
    assert published["p_adjusted"] is None
    assert published["differs"] is True
    assert published["estimate"] == round(published["estimate"], 2)
    for arm in published["arms"]:
        assert {arm["n"] % 5, arm["n_known"] % 5, arm["events"] % 5} == {0}
    assert canonical_json(published)


def test_gates_before_outcomes_see_no_other_outcome_either(rng: np.random.Generator) -> None:
    rows = with_months(rng)
    design = blinded(rows, looked_at(secondary("off_365")))
    assert not {"off_365", "off_365_status"} & set(design.rows.columns)


def test_a_plan_names_each_outcome_once_and_one_that_exists(rng: np.random.Generator) -> None:
    with pytest.raises(ProtocolError):
        looked_at(secondary("work_365"))
    with pytest.raises(ProtocolError):
        looked_at(secondary("off_365"), scale="currency", unit="kronor")
    with pytest.raises(ProtocolError) as error:
        compare(people(rng, 50), looked_at(secondary("never_365")))
    assert [fault.column for fault in error.value.faults] == ["never_365"]
