"""Sheets: does a delivery read the same whichever kind of file it comes in?"""

from __future__ import annotations

from pathlib import Path

import openpyxl
import polars as pl
import pytest

from tests.trust.good_delivery import ASSISTANCE, PERSONS, REFERRALS, SPELLS, GoodDelivery
from utfall.pipelines import admission
from utfall.pipelines.delivery import check_delivery, read_delivery

SITES = sorted({line[3] for line in GoodDelivery().files[REFERRALS][1:]})


@pytest.fixture(autouse=True)
def _without_the_gate(monkeypatch):
    """Great Expectations judges canonical rows, which are the same by then."""
    monkeypatch.setattr(admission, "judge", lambda _: ())


def as_one_workbook(good: GoodDelivery, root: Path) -> Path:
    """Write every table as a sheet of one workbook; numbers and days as cells of their kind."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for table in good.mapping["tables"].values():
        sheet = book.create_sheet(table["file"].removesuffix(".csv"))
        for number, row in enumerate(good.files.pop(table["file"])):
            sheet.append([_cell(text) if number else text for text in row])
        table.update(file="uttag.xlsx", sheet=sheet.title)
    folder = good.write(root)
    book.save(folder / "uttag.xlsx")
    return folder


def as_parquet(good: GoodDelivery, root: Path) -> Path:
    """Write every table as a Parquet file."""
    frames = {}
    for table in good.mapping["tables"].values():
        header, *rows = good.files.pop(table["file"])
        cells = [[_cell(row[place]) for row in rows] for place in range(len(header))]
        table["file"] = table["file"].replace(".csv", ".parquet")
        frames[table["file"]] = pl.DataFrame(
            {name: _column(column) for name, column in zip(header, cells, strict=True)}
        )
    folder = good.write(root)
    for name, frame in frames.items():
        frame.write_parquet(folder / name)
    return folder


def _cell(text: str) -> object:
    if len(text) == 10 and text[4] == text[7] == "-":
        return pl.Series([text]).str.to_date().item() if text < "9999" else text
    if text.replace(",", "").isdigit() and (text == "0" or not text.startswith("0")):
        return float(text.replace(",", ".")) if "," in text else int(text)
    return text or None


def _column(cells: list[object]) -> pl.Series:
    kinds = {type(cell) for cell in cells if cell is not None}
    if len(kinds) == 1:
        return pl.Series(cells)
    return pl.Series([None if cell is None else str(cell).replace(".", ",") for cell in cells])


def canonical(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    return {
        name: rows.drop("source_file", "source_row").rows()
        for name, rows in read_delivery(folder).tables.items()
    }


@pytest.mark.parametrize("written", [as_one_workbook, as_parquet])
def test_every_kind_of_file_gives_the_same_canonical_rows(tmp_path, written):
    plain = canonical(GoodDelivery().write(tmp_path / "csv"))
    assert canonical(written(GoodDelivery(), tmp_path / "other")) == plain


def test_a_row_of_a_workbook_is_set_aside_where_the_program_shows_it(tmp_path):
    good = GoodDelivery()
    good.put(ASSISTANCE, 9, "belopp", "saknas")
    report = check_delivery(as_one_workbook(good, tmp_path))
    assert report.is_accepted, report.faults
    assert [(fault.row, fault.column) for fault in report.set_aside] == [(9, "belopp")]
    for count in report.counts:
        assert count.rows_in == count.rows_loaded + count.rows_quarantined


def test_identifiers_are_found_in_any_kind_of_file(tmp_path):
    for written in (as_one_workbook, as_parquet):
        good = GoodDelivery()
        good.put(PERSONS, 5, "kon_text", "19880209-0501")
        report = check_delivery(written(good, tmp_path / written.__name__))
        assert "identifier_personal_number" in {fault.rule for fault in report.faults}
        assert "880209" not in str(report.faults)


def test_months_that_a_spreadsheet_made_into_days_and_mixed_dates_are_read(tmp_path):
    good = GoodDelivery()
    good.mapping["tables"]["spells"]["dates"] = "%d/%m/%Y"
    good.fill(ASSISTANCE, "manad", lambda month: f"{month}-01")
    plain = canonical(GoodDelivery().write(tmp_path / "csv"))
    read = canonical(as_one_workbook(good, tmp_path / "xlsx"))
    assert read["assistance_months"] == plain["assistance_months"]
    written = {row[7] for row in read["spells"]}
    assert written == {row[7] for row in plain["spells"]}


def test_rows_are_read_by_the_code_list_of_their_day(tmp_path):
    good = GoodDelivery()
    table = good.mapping["tables"]["spells"]
    first = dict(table["codes"]["exit_reason"])
    dated = {"dated_by": "start_date"}
    table["later_codes"] = {
        "exit_reason": [
            {"from": "2016-06-01", "codes": {"Arbete": "W2"}, **dated},
            {"from": "2017-01-01", "codes": first, **dated},
        ]
    }
    good.fill(SPELLS, "orsak", lambda reason: "Arbete" if reason else "")
    spells = read_delivery(good.write(tmp_path)).tables["spells"]
    spells = spells.filter(pl.col("exit_reason").is_not_null())
    between = pl.col("start_date").is_between(
        pl.date(2016, 6, 1), pl.date(2017, 1, 1), closed="left"
    )
    assert set(spells.filter(between)["exit_reason"]) == {"W2"}
    assert set(spells.filter(~between)["exit_reason"]) == {"W1"}


def test_a_code_of_another_list_is_unmapped_on_the_days_when_its_list_was_not_in_force(tmp_path):
    good = GoodDelivery()
    later = {"from": "2016-06-01", "dated_by": "start_date", "codes": {"Arbete": "W2"}}
    good.mapping["tables"]["spells"]["later_codes"] = {"exit_reason": [later]}
    report = check_delivery(good.write(tmp_path))
    (fault,) = report.faults
    start = good.column(SPELLS, "start")
    reason = good.column(SPELLS, "orsak")
    rows = [
        number
        for number, line in enumerate(good.files[SPELLS][1:], start=2)
        if line[start] >= "2016-06-01" and line[reason] not in ("", "Arbete")
    ]
    assert (fault.rule, fault.row, fault.rows) == ("code_unmapped", rows[0], len(rows))


def test_a_unit_tells_the_programme_as_well(tmp_path):
    plain = canonical(GoodDelivery().write(tmp_path / "plain"))
    good = GoodDelivery()
    table = good.mapping["tables"]["referrals"]
    unit = good.column(REFERRALS, "enhet")
    programme = good.column(REFERRALS, "verksamhet")
    units = {}
    for line in good.files[REFERRALS][1:]:
        units[line[programme]] = line[unit]
        line[unit] = f"{line[programme]}-{line[unit]}-{line[0]}"
        del line[programme]
    del good.files[REFERRALS][0][programme], table["columns"]["programme"]
    table["also"] = {"programme": "site"}
    table["codes"]["programme"] = {"AMA-*": "ama", "VAC-*": "vac", "VAC-finns inte": "ama"}
    table["codes"]["site"] = {f"{name}-{site}-*": site for name in units for site in SITES}
    assert canonical(good.write(tmp_path / "units"))["referrals"] == plain["referrals"]


def test_an_unknown_code_gets_a_hint_at_a_declared_one(tmp_path):
    good = GoodDelivery()
    good.put(SPELLS, 4, "orsak", "Studeir")
    (fault,) = check_delivery(good.write(tmp_path)).faults
    assert "did you mean Studier?" in fault.message
    assert "Studeir" not in str(fault)


def test_sheets_are_for_workbooks_alone(tmp_path):
    good = GoodDelivery()
    good.mapping["tables"]["spells"]["sheet"] = "Blad1"
    report = check_delivery(good.write(tmp_path))
    assert [(fault.rule, fault.column) for fault in report.faults] == [
        ("mapping_sheet", "spells.sheet")
    ]


def test_a_workbook_with_macros_is_refused_by_its_name(tmp_path):
    good = GoodDelivery()
    good.mapping["tables"]["spells"]["file"] = "a.xlsm"
    good.files["a.xlsm"] = good.files.pop(SPELLS)
    report = check_delivery(good.write(tmp_path))
    assert "workbook_beside" in {fault.rule for fault in report.faults}
