"""Sheets: one delivered file, from its bytes to a table that was held against its contract."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from utfall.analysis.errors import Fault
from utfall.analysis.problems import closest
from utfall.expectations.cells import damaged_cells
from utfall.expectations.contract import TableContract
from utfall.expectations.conversion import Notation
from utfall.expectations.identifiers import identifier_faults
from utfall.expectations.pseudonyms import birth_dates, hashed_numbers
from utfall.expectations.rulebook import broken
from utfall.expectations.screening import Screened, screen
from utfall.pipelines.declarations import DeliveryHeader
from utfall.pipelines.households import Members, People, belonging, by_person, settled_amounts
from utfall.pipelines.mapping import TableMapping, header_faults, nameable
from utfall.pipelines.readers import Sheet, Unreadable, read_sheet

_DATED = ("DATE", "TIMESTAMP")


def screened_sheet(
    path: Path,
    shown: str,
    header: DeliveryHeader,
    table: TableMapping,
    contract: TableContract,
    notation: Notation,
    siblings: Collection[str] = (),
    tried: set[str] | None = None,
    people: People | None = None,
) -> Screened:
    """Return a file as a canonical table, held against its contract row by row.

    Parameters
    ----------
    shown : str
        The file as messages name it.
    header : DeliveryHeader
        How the file is written.
    table : TableMapping
        What its columns are.
    siblings : collection of str
        Sheets of the same workbook that the mapping reads as other tables.
    tried : set of str, optional
        Columns of the delivery that were searched for pseudonyms that can be undone.
    people : People, optional
        Members of households, where the mapping has a rule for them.

    Raises
    ------
    Unreadable
        What turns the file down, with every fault of the stage that found any: bytes,
        then header and identifiers, then cells.
    """
    sheet = open_sheet(path, shown, header, table, siblings)
    if not sheet.rows.height and not table.allow_empty:
        raise Unreadable(broken("rows_none", file=shown))
    _refuse_second_header(sheet, shown)
    read = _read_columns(sheet, shown, table, notation.codes)
    _refuse_telling(sheet, shown, read, contract, header, tried)
    text = sheet.rows.select(*read, "source_row").rename(read)
    text = text.with_columns(
        pl.lit(value, dtype=pl.String).alias(column) for column, value in table.constants.items()
    )
    text = text.with_columns(pl.col(of).alias(column) for column, of in table.also.items())
    if "unit_id" in contract.names and "unit_id" not in text.columns:
        text = text.with_columns(unit_id=(pl.col("source_row") - 1).cast(pl.String).str.zfill(7))
    members = None
    if table.household:
        text, members = by_person(text, people or People(), contract, notation)
    screened = screen(text, contract, notation, header.extracted_on)
    if table.household and members is not None:
        screened = settled_amounts(screened, members, table.household)
    faults = list(_cell_faults(text, screened, shown, table))
    if faults:
        raise Unreadable(*faults)
    return screened


def read_members(
    path: Path, shown: str, header: DeliveryHeader, members: Members, tried: set[str] | None = None
) -> pl.DataFrame:
    """Return who belonged to which household when, as ``households.belonging`` says.

    Raises
    ------
    Unreadable
        The file cannot be read, holds identifiers, or a member has no household or no day.
    """
    table = TableMapping(file=members.file, columns=members.columns)
    sheet = open_sheet(path, shown, header, table)
    read = _read_columns(sheet, shown, table, ())
    hits = hashed_numbers(sheet.rows, None, tried)
    faults = [broken(hit.rule, file=shown, row=hit.row, column=hit.column) for hit in hits]
    found, wrong = belonging(sheet.rows.select(*read, "source_row").rename(read), members, shown)
    if faults or wrong:
        raise Unreadable(*faults, *wrong)
    return found


def open_sheet(
    path: Path,
    shown: str,
    header: DeliveryHeader,
    table: TableMapping,
    siblings: Collection[str] = (),
) -> Sheet:
    """Return a file as text by the reader of its format.

    Raises
    ------
    Unreadable
        What of its bytes turns the file down.
    """
    match path.suffix.lower():
        case ".xlsm":
            raise Unreadable(broken("workbook_beside", file=shown, name="macros"))
        case ".xlsx":
            from utfall.pipelines.workbooks import Choice, read_workbook

            choice = Choice(
                sheet=table.sheet,
                header_row=table.header_row,
                known=frozenset(siblings),
                decimal=header.decimal,
            )
            return read_workbook(path, shown, choice)
        case ".parquet":
            from utfall.pipelines.columnar import read_columnar

            return read_columnar(path, shown, decimal=header.decimal)
    return read_sheet(path, shown, encoding=header.encoding, delimiter=header.delimiter)


def _read_columns(
    sheet: Sheet, shown: str, table: TableMapping, coded: Collection[str]
) -> dict[str, str]:
    """Return local → canonical names of the columns to read.

    Every column is searched for identifiers, those that are ignored included: the file
    stays where it is, whatever is read of it.
    """
    read, faults = header_faults(sheet.header, table, shown, sheet.header_row)
    places = {column: place for place, column in enumerate(sheet.header)}
    known = {*read, *(local for local in sheet.header if local in table.ignore)}
    found = identifier_faults(
        sheet.rows,
        shown,
        lambda column: column if column in known else nameable(column, places[column]),
        [local for local, canonical in read.items() if canonical in coded],
    )
    faults.extend(
        replace(fault, row=sheet.header_row) if fault.rule == "identifier_column" else fault
        for fault in found
    )
    if faults:
        raise Unreadable(*faults)
    return read


def _refuse_second_header(sheet: Sheet, shown: str) -> None:
    """Refuse a file in which the header comes back: two exports put after each other."""
    again = pl.all_horizontal(
        pl.col(name).str.strip_chars().eq_missing(name) for name in sheet.header
    )
    rows = sheet.rows.filter(again).get_column("source_row")
    if rows.len():
        raise Unreadable(broken("header_repeated", file=shown, row=int(rows[0]), rows=rows.len()))


def _refuse_telling(
    sheet: Sheet,
    shown: str,
    read: Mapping[str, str],
    contract: TableContract,
    header: DeliveryHeader,
    tried: set[str] | None,
) -> None:
    """Refuse dates of birth, and pseudonyms that anybody could turn back into numbers."""
    dated = {column.name for column in contract.columns if column.duckdb_type in _DATED}
    born = next((local for local, name in read.items() if name == "birth_year"), None)
    hits = (
        *hashed_numbers(sheet.rows, None if born is None else sheet.rows.get_column(born), tried),
        *birth_dates(
            sheet.rows,
            frozenset(local for local, name in read.items() if name in dated),
            header.extracted_on,
        ),
    )
    places = {column: place for place, column in enumerate(sheet.header)}
    faults = [
        broken(
            hit.rule,
            file=shown,
            row=hit.row,
            column=hit.column if hit.column in read else nameable(hit.column, places[hit.column]),
            rows=hit.rows,
        )
        for hit in hits
    ]
    if faults:
        raise Unreadable(*faults)


def _cell_faults(
    text: pl.DataFrame, screened: Screened, shown: str, table: TableMapping
) -> Iterator[Fault]:
    """Yield what turns a file down cell by cell: damage, and words without a meaning."""
    contract = screened.contract
    found: Mapping[tuple[str, str], tuple[int, int]] = {
        (rule, column): (row, rows)
        for rule, column, row, rows in (*damaged_cells(text, contract), *screened.refused)
    }
    for (rule, column), (row, rows) in found.items():
        allowed = ", ".join(contract.column(column).codes) or "the names that your study uses"
        local = table.local(column)
        hint = (
            _meant(text, row, column, table, contract.column(column).codes)
            if rule == "code_unmapped"
            else ""
        )
        yield broken(rule, file=shown, row=row, column=local, rows=rows, allowed=allowed, hint=hint)


def _meant(
    text: pl.DataFrame, row: int, column: str, table: TableMapping, codes: Collection[str]
) -> str:
    """Return a hint at the declared code that the first unknown one was perhaps meant to be."""
    cell = text.filter(pl.col("source_row") == row).get_column(column)
    known = table.codes.get(column) or codes
    return closest(cell[0], known) if known and cell.len() and cell[0] else ""
