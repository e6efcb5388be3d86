"""Workbooks: which cells of an XLSX file may be read, and what in it may not be there?

Read with the standard library alone: what has to be refused here (formulas, hidden rows,
merged cells, cached copies of other data) is what ready-made readers leave out.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path, PurePosixPath

from utfall.analysis.problems import closest
from utfall.expectations.conversion import fold
from utfall.expectations.rulebook import broken
from utfall.pipelines.mapping import nameable
from utfall.pipelines.readers import (
    LARGEST_FILE,
    Sheet,
    Unreadable,
    first_bytes,
    framed,
    header_faults_of,
    sized,
)
from utfall.pipelines.worksheets import Damaged, Grid, Styles, elements, read_grid

#: A workbook larger than this when unpacked is no extract that a person could look through.
LARGEST_UNPACKED = 1024**3
_MOST_PARTS = 1000
#: Rows of one system pack to a fortieth at most; beyond this a file is made to burst.
_SUSPECT_SIZE, _HIGHEST_RATIO = 8 * 1024**2, 250

_PACKED, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"

#: Parts that hold data beside the cells, by what they are called in messages.
_BESIDE = {
    r"(^|/)vbaproject|\.bas$": "macros",
    r"^xl/(pivotcache|pivottables)/": "a pivot table, which keeps a copy of its rows",
    r"^xl/(comments|threadedcomments|persons)": "comments",
    r"^xl/externallinks/|^xl/connections|^xl/querytables/": "links to other files",
    r"^xl/embeddings/|^xl/activex/": "embedded files",
    r"^xl/(charts|chartsheets|drawings|media)/": "charts, pictures or drawings",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which rows of a workbook are wanted.

    Attributes
    ----------
    sheet : str or None
        Name of the sheet; the only one that holds anything where absent.
    header_row : int
        The row that names the columns; what stands above is a title.
    known : frozenset of str
        Sheets that the mapping reads as other tables.
    decimal : str
        Decimal mark that numbers are written with.
    """

    sheet: str | None = None
    header_row: int = 1
    known: frozenset[str] = frozenset()
    decimal: str = "."


@dataclass(frozen=True, slots=True)
class _Part:
    """One sheet of a workbook as its contents list it."""

    name: str
    is_hidden: bool
    path: str


@dataclass(frozen=True, slots=True)
class _Package:
    """An open workbook; parts are read whole, one at a time."""

    archive: zipfile.ZipFile
    shown: str
    styles: Styles = field(default_factory=Styles)
    strings: tuple[str, ...] = ()

    def part(self, name: str) -> bytes:
        """Return a part's bytes, empty where it is absent."""
        try:
            return self.archive.read(name)
        except KeyError:
            return b""


def read_workbook(path: Path, shown: str, choice: Choice, *, limit: int = LARGEST_FILE) -> Sheet:
    """Return the header and rows of one sheet of an XLSX file as text.

    Days become ``YYYY-MM-DD``, times ``YYYY-MM-DD HH:MM:SS``, whole numbers digits alone;
    rows keep the numbers that a spreadsheet program shows.

    Parameters
    ----------
    path : Path
    shown : str
        The file's name as faults show it.
    choice : Choice
    limit : int
        Largest size in bytes.

    Raises
    ------
    Unreadable
        The file is not one, is made to burst, holds more than cells, or its cells are not
        what the reader of the sheet sees.
    """
    _look_at_bytes(path, shown, limit)
    try:
        with zipfile.ZipFile(path) as archive:
            _look_at_parts(archive, shown)
            package = _opened(_Package(archive, shown))
            return _read(package, _chosen(package, choice), choice)
    except Damaged as damage:
        raise Unreadable(broken("workbook_damaged", file=shown, row=damage.row)) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError):
        # Their messages may repeat names and bytes of the file.
        raise Unreadable(broken("workbook_damaged", file=shown)) from None
    except RuntimeError:  # zipfile's word for a part that needs a password
        raise Unreadable(broken("workbook_locked", file=shown)) from None


def _look_at_bytes(path: Path, shown: str, limit: int) -> None:
    first = first_bytes(path, shown, limit)
    if first.startswith(_OLD):
        raise Unreadable(broken("workbook_locked", file=shown))
    if not first.startswith(_PACKED):
        raise Unreadable(broken("format_mismatch", file=shown, name="an XLSX workbook"))


def _look_at_parts(archive: zipfile.ZipFile, shown: str) -> None:
    """Refuse what bursts, what leads elsewhere, and what holds data beside the cells."""
    parts = archive.infolist()
    if (
        len(parts) > _MOST_PARTS
        or sum(part.file_size for part in parts) > LARGEST_UNPACKED
        or any(
            part.file_size > _SUSPECT_SIZE
            and part.file_size > _HIGHEST_RATIO * max(part.compress_size, 1)
            for part in parts
        )
    ):
        raise Unreadable(broken("workbook_bursts", file=shown, limit=sized(LARGEST_UNPACKED)))
    names = [part.filename.lower() for part in parts]
    if len(set(names)) < len(names) or any(
        name.startswith("/") or "\\" in name or ".." in PurePosixPath(name).parts for name in names
    ):
        raise Damaged
    faults = [
        broken("workbook_beside", file=shown, name=label)
        for pattern, label in _BESIDE.items()
        if any(re.search(pattern, name) for name in names)
    ]
    if faults:
        raise Unreadable(*faults)


def _opened(package: _Package) -> _Package:
    """Return the package with its styles and shared texts."""
    settings = elements(package.part("xl/workbook.xml"), "workbookPr")
    is_1904 = any(found.get("date1904") in ("1", "true") for _, found, _ in settings)
    return _Package(
        package.archive,
        package.shown,
        Styles.read(package.part("xl/styles.xml"), is_1904=is_1904),
        tuple(_shared(package.part("xl/sharedStrings.xml"))),
    )


def _shared(part: bytes) -> Iterator[str]:
    """Yield the shared texts; reading aids over Asian characters are no part of them."""
    texts: list[str] = []
    for name, _, text in elements(part, "si", "t", "rPh"):
        if name == "t":
            texts.append(text)
        elif name == "rPh":
            texts.pop()
        else:
            yield "".join(texts)
            texts.clear()


def _parts(package: _Package) -> list[_Part]:
    targets = {
        found.get("Id", ""): (found.get("Type", ""), found.get("Target", ""))
        for _, found, _ in elements(package.part("xl/_rels/workbook.xml.rels"), "Relationship")
    }
    parts = []
    for _, found, _ in elements(package.part("xl/workbook.xml"), "sheet"):
        kind, target = targets.get(found.get("id", ""), ("", ""))
        if not kind.endswith("/worksheet"):
            raise Damaged
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        hidden = found.get("state", "visible") != "visible"
        parts.append(_Part(found.get("name", ""), hidden, path))
    if not parts:
        raise Damaged
    return parts


def _chosen(package: _Package, choice: Choice) -> _Part:
    """Return the wanted sheet; every other one is empty, or another table's."""
    shown, parts = package.shown, _parts(package)
    wanted = None if choice.sheet is None else fold(choice.sheet)
    filled = [part for part in parts if fold(part.name) == wanted or _holds_rows(package, part)]
    hidden = [place for place, part in enumerate(filled) if part.is_hidden]
    if hidden:
        raise Unreadable(broken("sheet_hidden", file=shown, rows=len(hidden)))
    if wanted is None:
        if len(filled) != 1:
            rule = "sheet_undeclared" if filled else "file_empty"
            raise Unreadable(broken(rule, file=shown))
        return filled[0]
    known = {fold(name) for name in choice.known} | {wanted}
    if not any(fold(part.name) == wanted for part in parts):
        hint = closest(choice.sheet or "", [nameable(part.name, 0) for part in parts])
        raise Unreadable(broken("sheet_missing", file=shown, name=choice.sheet, hint=hint))
    unknown = [place for place, part in enumerate(parts) if fold(part.name) not in known]
    for place in unknown:
        if parts[place] in filled:
            name = nameable(parts[place].name, place).replace("column", "sheet")
            absent = known - {fold(part.name) for part in parts}
            hint = closest(name, [sheet for sheet in choice.known if fold(sheet) in absent])
            raise Unreadable(broken("sheet_unknown", file=shown, name=name, hint=hint))
    return next(part for part in parts if fold(part.name) == wanted)


def _holds_rows(package: _Package, part: _Part) -> bool:
    return count_rows(package.part(part.path)) > 0


def count_rows(part: bytes) -> int:
    """Return how many rows of a sheet hold something.

    Counts marks in bytes and parses nothing, so that it cannot share a reader's mistake.
    """
    starts = [found.start() for found in re.finditer(rb"<(?:\w+:)?row[\s>/]", part)]
    value = re.compile(rb"<(?:\w+:)?(?:v|is|f)[\s>/]")
    return sum(
        value.search(part, start, end) is not None for start, end in pairwise([*starts, len(part)])
    )


def _read(package: _Package, part: _Part, choice: Choice) -> Sheet:
    content = package.part(part.path)
    grid = read_grid(
        content,
        strings=package.strings,
        styles=package.styles,
        header_row=choice.header_row,
        decimal=choice.decimal,
    )
    expected = count_rows(content)
    if grid.seen != expected:
        lost = abs(expected - grid.seen)
        raise Unreadable(broken("records_lost", file=package.shown, rows=lost))
    _refuse_unlike_seen(grid, package.shown)
    header, columns = _columns(grid, package.shown, choice.header_row)
    rows = framed(columns, header, grid.numbers)
    return Sheet(header, rows, header_row=choice.header_row, is_typed=True)


def _refuse_unlike_seen(grid: Grid, shown: str) -> None:
    """Refuse cells that hold something else than the person at the screen sees."""
    faults = [
        broken(rule, file=shown, row=min(rows), rows=len(rows))
        for rule, rows in grid.unlike_seen.items()
        if rows
    ]
    hidden = [place for place in grid.hidden_from if place <= len(grid.header)]
    if hidden:
        faults.append(broken("column_hidden", file=shown, column=f"column {min(hidden)}"))
    if faults:
        raise Unreadable(*faults)


def _columns(
    grid: Grid, shown: str, header_row: int
) -> tuple[tuple[str, ...], list[list[str | None]]]:
    """Return the names of the columns, and the cells of each; nameless empty ones are left out."""
    named = [name.strip() for name in grid.header]
    if not any(named) or any(name.isdigit() for name in named):
        raise Unreadable(broken("header_missing", file=shown, row=header_row))
    filled = [any(cell is not None for cell in column) for column in grid.columns]
    places = [place for place, name in enumerate(named) if name or filled[place]]
    header = tuple(named[place] for place in places)
    faults = list(header_faults_of(header, shown, header_row))
    if grid.beyond:
        faults.append(broken("row_long", file=shown, row=grid.beyond[0], rows=len(grid.beyond)))
    if faults:
        raise Unreadable(*faults)
    return header, [grid.columns[place] for place in places]
