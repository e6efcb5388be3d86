"""Tables: which counts do the CSV files and workbooks of a bundle state, and of whom?"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from utfall.pipelines.audit.links import ARMS, band_of, name_of

_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

#: A number as a cell writes it, in either language.
_NUMBER = re.compile(r"[-+\u2212]?\d+(?:[.,]\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A number that stands somewhere in the bundle, and the count that it speaks of.

    Attributes
    ----------
    name : str
        The unknown, as in the puzzle.
    low, high : float
        What it may be, as it stands there.
    place : str
        ``file:row:column``.
    is_count : bool
        It is printed as a count of people, to be read by the publisher's rules.
    """

    name: str
    low: float
    high: float
    place: str
    is_count: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table as it stands in a file.

    Attributes
    ----------
    stem : str
        ``comparison_figure``, which says what it is about.
    first_row : int
        Line or row of the first row under the heading.
    """

    file: str
    stem: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    first_row: int


def read_tables(folder: Path, document: Mapping[str, Any]) -> list[Reading]:
    """Return every count of people that the tables of a bundle state."""
    return [
        reading
        for grid in grids(folder)
        for comparison in document["comparisons"]
        if (figure := _figure(grid.stem, comparison["id"])) is not None
        for reading in _readings(grid, figure, comparison)
    ]


def grids(folder: Path) -> Iterator[Grid]:
    """Yield the tables of a bundle's CSV files and workbooks."""
    for path in sorted(folder.rglob("*.csv")):
        text = path.read_text(encoding="utf-8-sig")
        swedish = path.stem.endswith("_sv")
        rows = list(csv.reader(io.StringIO(text), delimiter=";" if swedish else ","))
        if rows:
            yield Grid(
                file=path.relative_to(folder).as_posix(),
                stem=path.stem.removesuffix("_sv"),
                header=rows[0],
                rows=rows[1:],
                first_row=2,
            )
    for path in sorted(folder.rglob("*.xlsx")):
        yield from _sheets(path, path.relative_to(folder).as_posix())


def number(text: str) -> float | None:
    """Return the number that a cell holds, or None where it holds none.

    >>> number("12,5"), number("-3"), number("1 250"), number("..")
    (12.5, -3.0, 1250.0, None)
    """
    plain = re.sub(r"[\s\u00a0\u202f]", "", text).lstrip("'")
    if not _NUMBER.fullmatch(plain):
        return None
    return float(plain.replace("\u2212", "-").replace(",", "."))


def _figure(stem: str, comparison: str) -> str | None:
    prefix = f"{comparison}_"
    return stem.removeprefix(prefix) if stem.startswith(prefix) else None


def _readings(grid: Grid, figure: str, comparison: Mapping[str, Any]) -> Iterator[Reading]:
    """Yield the counts of one table whose people the attacker knows how to name."""
    columns = {name: place for place, name in enumerate(grid.header)}
    for i, row in enumerate(grid.rows):
        for name, column in _names(figure, columns, row, comparison):
            value = number(row[columns[column]]) if columns[column] < len(row) else None
            if value is not None:
                place = f"{grid.file}:{grid.first_row + i}:{column}"
                yield Reading(name=name, low=value, high=value, place=place)


def _names(
    figure: str,
    columns: Mapping[str, int],
    row: Sequence[str],
    comparison: Mapping[str, Any],
) -> Iterator[tuple[str, str]]:
    """Yield the unknowns that a row of a known figure speaks of, with their columns."""
    if figure == "flow" and "step" in columns:
        for arm in ARMS:
            if f"n_{arm}" in columns:
                yield name_of(comparison, arm, row[columns["step"]]), f"n_{arm}"
    elif figure == "overlap" and {"low", "high"} <= set(columns):
        for arm in ARMS:
            if f"n_{arm}" in columns:
                band = {end: number(row[columns[end]]) for end in ("low", "high")}
                if None not in band.values():
                    yield name_of(comparison, arm, band_of(band)), f"n_{arm}"
    elif figure.startswith("years_") and "year" in columns:
        programme = comparison.get(figure.removeprefix("years_"))
        for what in ("events", "entrants"):
            if programme and what in columns:
                yield f"{programme} {row[columns['year']]}: {what}", what


def _sheets(path: Path, file: str) -> Iterator[Grid]:
    """Yield the sheets of a workbook as tables; a heading is a row that starts one of ours."""
    for title, rows in sheets(path):
        figure = title.split(" ", 1)[-1]
        start = next((at for at, row in enumerate(rows) if _is_heading(row)), None)
        if start is not None:
            yield Grid(
                file=file,
                stem=f"{path.stem.rsplit('_', 1)[0]}_{figure}",
                header=rows[start],
                rows=rows[start + 1 :],
                first_row=start + 2,
            )


def sheets(path: Path) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield each sheet of a workbook, hidden ones too: its name and the text of its cells."""
    with zipfile.ZipFile(path) as book:
        names = set(book.namelist())
        shared: list[str] = []
        if "xl/sharedStrings.xml" in names:
            root = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
            shared = ["".join(one.itertext()) for one in root.iter(f"{_SHEET}si")]
        titles = [
            one.attrib["name"]
            for one in ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{_SHEET}sheet")
        ]
        for i, title in enumerate(titles, start=1):
            part = f"xl/worksheets/sheet{i}.xml"
            if part in names:
                yield title, _cells(ElementTree.fromstring(book.read(part)), shared)


def _is_heading(row: Sequence[str]) -> bool:
    return len(row) > 1 and row[0] in ("step", "year", "low", "programme")


def _cells(sheet: ElementTree.Element, shared: Sequence[str]) -> list[list[str]]:
    rows: list[list[str]] = []
    for row in sheet.iter(f"{_SHEET}row"):
        while len(rows) < int(row.attrib.get("r", len(rows) + 1)) - 1:
            rows.append([])
        cells: list[str] = []
        for cell in row.iter(f"{_SHEET}c"):
            letters = re.sub(r"\d", "", cell.attrib.get("r", ""))
            place = 0
            for letter in letters:
                place = 26 * place + ord(letter) - ord("A") + 1
            while len(cells) < place - 1:
                cells.append("")
            value = cell.findtext(f"{_SHEET}v") or "".join(cell.itertext())
            kind = cell.attrib.get("t")
            if kind == "b":
                value = "yes" if value == "1" else "no"
            cells.append(shared[int(value)] if kind == "s" else value)
        rows.append(cells)
    return rows
