"""What is published cannot be undone: counts, shares, estimates, reasons."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from utfall.analysis import compare
from utfall.analysis.counts import wilson_interval
from utfall.analysis.description_rows import ArmDescription, OverlapBin
from utfall.analysis.disclosure import Rules, protect, protected_count, protected_share
from utfall.analysis.document import comparison_document
from utfall.analysis.protected_description import merged_bins, protected_arm

from .conftest import people, plan


@given(st.integers(1, 7))
def test_one_to_seven_people_are_never_shown(n: int) -> None:
    assert protected_count(n, Rules()) is None


@given(st.integers(8, 10_000))
def test_every_other_count_is_a_multiple_of_five_within_two(n: int) -> None:
    found = protected_count(n, Rules())
    assert found is not None
    assert found % 5 == 0
    assert abs(found - n) <= 2.5


@given(st.integers(0, 400), st.integers(1, 400))
def test_a_share_never_comes_from_a_small_count_or_its_complement(part: int, whole: int) -> None:
    if part > whole:
        return
    found = protected_share(part, whole, Rules())
    if 0 < part <= 7 or 0 < whole - part <= 7 or whole <= 7:
        assert found is None
    else:
        assert found is not None
        assert round(100 * found) == pytest.approx(100 * found)


def test_the_threshold_cannot_be_lowered() -> None:
    with pytest.raises(ValueError, match="not allowed"):
        Rules(threshold=3)
    with pytest.raises(ValueError, match="not allowed"):
        Rules(round_to=1)


def test_bands_with_few_people_are_merged_with_their_neighbour() -> None:
    bands = [
        OverlapBin(low=i / 10, high=(i + 1) / 10, n_target=n, n_comparator=20)
        for i, n in enumerate((3, 2, 12, 30, 1))
    ]
    merged = merged_bins(bands, Rules())
    assert sum(band.n_comparator for band in merged) == 100
    assert all(band.n_target is not None for band in merged)
    assert merged[0].low == 0
    assert merged[-1].high == 0.5


def test_no_published_count_is_small_or_exact(rng: np.random.Generator) -> None:
    document = comparison_document(protect(compare(people(rng, 437), plan()), Rules()))
    counts = [
        value
        for rows in (document["attrition"], document["overlap"], document["ladder"])
        for row in rows
        for name, value in row.items()
        if name.startswith("n_") and value is not None
    ]
    assert len(counts) > 10
    assert all(value % 5 == 0 for value in counts)
    assert document["raw"]["n_target"] % 5 == 0


def test_an_outcome_that_few_reached_publishes_no_difference(rng: np.random.Generator) -> None:
    cohort = people(rng, 300)
    vac = cohort["programme"] == "vac"
    rare = cohort.with_columns(
        work_365=pl.when(vac)
        .then((pl.int_range(pl.len()).over("programme") < 3).cast(pl.Float64))
        .otherwise(pl.col("work_365"))
    )
    published = comparison_document(protect(compare(rare, plan()), Rules()))
    assert published["raw"] is None
    assert published["estimate"] is None
    assert published["second_low"] is None
    assert published["second_high"] is None
    assert published["bounds"] is None
    assert all(rung["estimate"] is None for rung in published["ladder"])
    assert all(row["estimate"] is None for row in published["sensitivity"])
    vac_alone = next(arm for arm in published["alone"] if arm["programme"] == "vac")
    assert vac_alone["value"] is None
    assert vac_alone["conf_low"] is None


def test_sentences_hold_protected_numbers_only(rng: np.random.Generator) -> None:
    cohort = people(rng, 900, border=0.02)
    found = compare(cohort, plan())
    exact = next(gate for gate in found.gates if gate.id == "G2")
    values = dict(exact.reason.values)
    few = values["share_target"]
    assert few.numerator is not None
    assert 0 < few.numerator <= 20
    published = comparison_document(protect(found, Rules()))
    said = next(gate for gate in published["gates"] if gate["id"] == "G2")["reason"]["sv"]
    if few.numerator <= 7:
        assert ".." in said
    assert "numerator" not in json.dumps(published)


def test_people_needed_are_told_of_protected_counts_alone() -> None:
    """The exact number tells the share that was reached, and so the people behind it."""
    moved = 0
    for seed in range(6):
        found = compare(people(np.random.default_rng(seed), 300), plan())
        shown = protect(found, Rules())
        exact, told = (
            dict(next(gate for gate in one.gates if gate.id == "G10").reason.values)["needed"].value
            for one in (found, shown)
        )
        assert told == shown.n_needed_per_arm
        moved += told != exact
    assert moved > 0


def test_printed_means_differ_by_the_printed_difference(rng: np.random.Generator) -> None:
    published = protect(compare(people(rng, 900, effect=0.13), plan()), Rules()).estimate
    assert published is not None
    assert published.mean_target - published.mean_comparator == pytest.approx(published.estimate)


def few_of_one_arm(rng: np.random.Generator) -> pl.DataFrame:
    """Return people of whom far more of AMA than of VAC reach the outcome, six of VAC."""
    return people(rng, 300, effect=0.25).with_columns(
        work_365=pl.when(pl.col("programme") == "vac")
        .then((pl.int_range(pl.len()).over("programme") % 25 == 0).cast(pl.Float64))
        .otherwise(pl.col("work_365"))
    )


def test_a_hidden_answer_keeps_its_sign_to_itself() -> None:
    """With the number gone, a page would have had to guess between more and fewer."""
    found = compare(few_of_one_arm(np.random.default_rng(3)), plan())
    assert found.headline == "better_clear"
    assert found.smallest_cell == 6
    published = protect(found, Rules())
    assert published.estimate is None
    assert (published.headline, published.precision) == ("cannot_tell", "too_few")
    open_data = protect(found, Rules(public_data=True))
    assert open_data.headline == "better_clear"
    assert open_data.estimate is not None


def test_an_interval_of_one_arm_tells_no_more_than_its_rounded_counts() -> None:
    """Thirteen and seventeen of forty are both published as fifteen of forty."""
    described = [
        ArmDescription(
            programme="ama",
            n=40,
            n_known=40,
            events=events,
            value=events / 40,
            conf_low=low,
            conf_high=high,
        )
        for events, (low, high) in ((x, wilson_interval(x, 40)) for x in (13, 17))
    ]
    published = [protected_arm(arm, "share", Rules(), 0.95) for arm in described]
    assert published[0] == published[1]
    assert published[0].value == 0.38
