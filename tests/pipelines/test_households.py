"""Households: do months paid to a household become the months of those who lived in it?"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.expectations.test_pseudonyms import number
from tests.trust.by_household import MEMBERS, by_columns, by_file, by_person, stranger
from tests.trust.good_delivery import ASSISTANCE, GoodDelivery
from utfall.pipelines import admission
from utfall.pipelines.delivery import CheckReport, check_delivery, read_delivery

Way = Callable[[GoodDelivery], None]
COLUMNS = ("person_id", "household_id", "month", "amount_sek")


@pytest.fixture(autouse=True)
def _without_the_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Great Expectations judges canonical rows, which are the same by then."""
    monkeypatch.setattr(admission, "judge", lambda _: ())


def months(root: Path, *ways: Way) -> pl.DataFrame:
    good = GoodDelivery()
    for way in ways:
        way(good)
    delivery = read_delivery(good.write(root))
    (count,) = (one for one in delivery.counts if one.table == "assistance_months")
    rows = delivery.tables["assistance_months"]
    assert count.rows_in == good.files[ASSISTANCE].__len__() - 1
    assert count.rows_in == count.rows_loaded + count.rows_quarantined
    return rows.select(COLUMNS).sort(COLUMNS)


def checked(root: Path, *ways: Way) -> CheckReport:
    good = GoodDelivery()
    for way in ways:
        way(good)
    return check_delivery(good.write(root))


@pytest.mark.parametrize("way", [by_file, by_columns])
def test_a_household_of_two_says_the_same_as_two_people(tmp_path, way):
    told = months(tmp_path / "households", way)
    assert told.height == 80
    assert told.equals(months(tmp_path / "people", by_person))


@pytest.mark.parametrize("way", [by_file, by_columns])
def test_a_shared_amount_is_divided_among_all_who_lived_there(tmp_path, way):
    told = months(tmp_path / "households", lambda good: way(good, "shared"))
    assert told.equals(months(tmp_path / "people", lambda good: by_person(good, "3250,25")))


def test_somebody_else_in_the_household_takes_a_share_and_leaves_no_row(tmp_path):
    def with_a_child(good: GoodDelivery) -> None:
        by_file(good, "shared")
        good.files[MEMBERS].append(["h000", stranger(0), "2014-05-01", ""])

    told = months(tmp_path, with_a_child)
    assert told.height == 80
    assert stranger(0) not in told["person_id"].to_list()
    amounts = told.filter(pl.col("household_id") == "h000")["amount_sek"].cast(pl.Float64)
    assert amounts.to_list() == [2166.83] * 4


def test_who_moved_out_has_no_months_after(tmp_path):
    def moved(good: GoodDelivery) -> None:
        by_file(good, "shared")
        good.files[MEMBERS][1][3] = "2015-11-20"

    told = months(tmp_path, moved).filter(pl.col("household_id") == "h000")
    assert told.group_by("month").len().sort("month").rows() == [("2015-11", 2), ("2015-12", 1)]
    assert told.filter(pl.col("month") == "2015-12")["amount_sek"].cast(pl.Float64)[0] == 6500.5


def test_a_household_without_members_is_set_aside_and_counted_once(tmp_path):
    def nobody(good: GoodDelivery) -> None:
        by_file(good)
        good.files[MEMBERS] = [line for line in good.files[MEMBERS] if line[0] != "h003"]

    report = checked(tmp_path, nobody)
    assert report.is_accepted
    assert report.quarantine.select("row", "column", "rule").rows() == [
        (8, "person", "household_unknown"),
        (9, "person", "household_unknown"),
    ]
    (count,) = (one for one in report.counts if one.table == "assistance_months")
    assert (count.rows_in, count.rows_loaded, count.rows_quarantined) == (40, 38, 2)


def test_a_household_of_strangers_alone_is_an_orphan(tmp_path):
    def strangers(good: GoodDelivery) -> None:
        by_columns(good)
        good.files[ASSISTANCE].append(["h900", stranger(1), stranger(2), "2015-12", "1,0"])

    report = checked(tmp_path, strangers)
    told = report.quarantine.select("row", "column", "rule").unique().rows()
    assert told == [(42, "sokande", "orphan_person")]
    assert sum(one.rows_quarantined for one in report.counts) == 1


def test_the_same_household_month_twice_is_one_row_for_each_member(tmp_path):
    def twice(good: GoodDelivery) -> None:
        by_file(good)
        good.files[ASSISTANCE].append(list(good.files[ASSISTANCE][1]))

    told = checked(tmp_path, twice).quarantine.select("row", "rule").unique().rows()
    assert told == [(42, "duplicate_row")]


def without_person(good: GoodDelivery) -> None:
    by_file(good)
    good.files[MEMBERS][4][1] = ""


def without_day(good: GoodDelivery) -> None:
    by_file(good)
    good.files[MEMBERS][4][2] = "i maj"


def without_file(good: GoodDelivery) -> None:
    by_file(good)
    del good.files[MEMBERS]


def with_a_person_too(good: GoodDelivery) -> None:
    by_columns(good)
    good.mapping["tables"]["assistance_months"]["columns"]["person_id"] = "sokande"


def with_a_number(good: GoodDelivery) -> None:
    by_file(good)
    good.files[MEMBERS][4][1] = "880209-0501"


def with_digests(good: GoodDelivery) -> None:
    """Name the members by plain digests of personal numbers, in a column of its own name."""
    by_file(good)
    draw = random.Random(11)
    good.files[MEMBERS][0][1] = "medlem"
    good.mapping["tables"]["assistance_months"]["household"]["members"]["person"] = "medlem"
    for line in good.files[MEMBERS][1:]:
        day = date(1945, 1, 1) + timedelta(days=draw.randrange(18_000))
        line[1] = hashlib.sha256(number(day, draw.randrange(1000)).encode()).hexdigest()


def without_a_column(good: GoodDelivery) -> None:
    by_columns(good)
    for line in good.files[ASSISTANCE]:
        del line[2]


@pytest.mark.parametrize(
    ("way", "rule", "file", "row", "column"),
    [
        (without_person, "household_member", MEMBERS, 5, "person"),
        (without_day, "household_member", MEMBERS, 5, "fran"),
        (without_file, "file_missing", MEMBERS, None, None),
        (
            with_a_person_too,
            "mapping_household",
            "mapping.yml",
            None,
            "assistance_months.household",
        ),
        (with_a_number, "identifier_personal_number", MEMBERS, 5, "person"),
        (with_digests, "identifier_hash", MEMBERS, 2, "medlem"),
        (without_a_column, "column_missing", ASSISTANCE, 1, "medsokande"),
    ],
)
def test_what_is_wrong_with_the_members_refuses_in_its_place(
    tmp_path, way, rule, file, row, column
):
    report = checked(tmp_path, way)
    told = [(one.rule, Path(one.file or "").name, one.row, one.column) for one in report.faults]
    assert (rule, file, row, column) in told
    assert "880209" not in "\n".join(map(str, report.faults))
