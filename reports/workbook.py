"""Workbook: the numbers of one comparison's figures as an Excel file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from utfall.reports.figure import FORMULA_STARTS
from utfall.reports.told import Told
from utfall.reports.words import Words

if TYPE_CHECKING:
    from xlsxwriter import Workbook

#: A file's own dates would make every build differ.
WRITTEN = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)

#: Excel allows no longer name for a sheet.
LONGEST_NAME = 31


def workbook_name(comparison: str, words: Words) -> str:
    """Return the file of a comparison's workbook."""
    return f"{comparison}_{words.language}.xlsx"


def write_workbook(document: Mapping[str, Any], told: Told, folder: Path, words: Words) -> Path:
    """Write a sheet per figure, after one that says what they are.

    Counts and shares stand as numbers, a protected one as an empty cell.

    Returns
    -------
    Path
        The file.
    """
    import xlsxwriter

    path = folder / workbook_name(told.comparison["id"], words)
    with xlsxwriter.Workbook(
        path, {"strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        book.set_properties({"created": WRITTEN, "title": words.text(told.comparison["question"])})
        _about(book, document, told, words)
        for exhibit in told.exhibits:
            figure = exhibit.figure
            name = f"{exhibit.number} {figure.id}"[:LONGEST_NAME]
            rows = [(figure.title,), (figure.subtitle,), (), figure.machine_header]
            _fill(book, name, [*rows, *figure.machine_rows], bold=(0, 3))
    return path


def _about(book: Workbook, document: Mapping[str, Any], told: Told, words: Words) -> None:
    study = document["study"]
    lines = [
        words.text(told.comparison["question"]),
        told.verdict.tag,
        told.verdict.sentence,
        *told.verdict.cannot,
        *([words("synthetic_banner")] if study["synthetic"] else []),
        words("protected_note", n=words.threshold),
        words("protected_cells"),
        words("run_id", run=document["run_id"]),
    ]
    _fill(book, words("read_me"), [(line,) for line in lines], bold=(0,))


def _fill(
    book: Workbook, name: str, rows: list[tuple[object, ...]], *, bold: tuple[int, ...]
) -> None:
    sheet = book.add_worksheet(name)
    heading = book.add_format({"bold": True})
    for place, row in enumerate(rows):
        for column, value in enumerate(row):
            sheet.write(place, column, _safe(value), heading if place in bold else None)
    sheet.set_column(0, 0, 40)


def _safe(value: object) -> object:
    """Return a cell that no spreadsheet program takes for a formula.

    >>> _safe("=1+1"), _safe(-3.5), _safe(None)
    ("'=1+1", -3.5, '')
    """
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value if isinstance(value, int | float) else str(value)
