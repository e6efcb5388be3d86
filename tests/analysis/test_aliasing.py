"""A factor that tells the programme without exception cannot be told from it."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from utfall.analysis.aliasing import aliasing_gate, is_aliased
from utfall.analysis.cohort import DesignRows, blinded

from .conftest import people, plan


@pytest.fixture
def rows(rng: np.random.Generator) -> pl.DataFrame:
    """Return people of two programmes that each ran at two sites."""
    site = pl.col("programme") + pl.int_range(pl.len()).mod(2).cast(pl.String)
    return blinded(people(rng, 200), plan()).rows.with_columns(site=site)


def test_two_programmes_at_two_sites_each_in_the_same_years_can_be_told_apart(
    rows: pl.DataFrame,
) -> None:
    assert aliasing_gate(DesignRows(rows), plan()).status == "PASS"


def test_programmes_that_never_ran_at_the_same_time_are_refused(rows: pl.DataFrame) -> None:
    day = pl.when(pl.col("programme") == "ama").then(date(2014, 2, 1)).otherwise(date(2015, 2, 1))
    gate = aliasing_gate(DesignRows(rows.with_columns(referral_date=day)), plan())
    assert (gate.status, gate.reason.code) == ("FAIL", "g9_fail_period")
    assert gate.is_structural


def test_programmes_without_a_place_in_common_are_refused_and_with_one_person_they_are_not(
    rows: pl.DataFrame,
) -> None:
    apart = rows.with_columns(district=pl.col("programme"))
    assert aliasing_gate(DesignRows(apart), plan()).reason.code == "g9_fail_residence"
    one = pl.int_range(pl.len()) == 0
    mixed = apart.with_columns(
        district=pl.when(one).then(pl.lit("vac")).otherwise(pl.col("district"))
    )
    first = rows.row(0, named=True)["programme"]
    assert first == "ama" or mixed["district"].to_list() == apart["district"].to_list()
    expected = "PASS" if first == "ama" else "FAIL"
    assert aliasing_gate(DesignRows(mixed), plan()).status == expected


def test_a_manager_for_each_programme_is_a_reservation(rows: pl.DataFrame) -> None:
    gate = aliasing_gate(DesignRows(rows.with_columns(manager=pl.col("programme"))), plan())
    assert (gate.status, gate.is_structural) == ("RESERVE", False)


def test_what_is_unknown_tells_nothing() -> None:
    blank = pl.Series([None, None, "b", "b"], dtype=pl.String)
    assert not is_aliased(blank, np.array([True, True, False, False]))
