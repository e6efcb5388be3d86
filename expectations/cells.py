"""Cells: what may no cell of any delivery hold, whatever its column?"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from utfall.expectations.contract import TableContract

#: Characters that no export writes on purpose and that make equal ids differ unseen.
_INVISIBLE = (
    r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u{ad}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}\u{feff}]"
)
_SPREADSHEET = r"^\s*(#(REF|N/A|NAME|VALUE|DIV/0|NUM|NULL)|[=@])"
_ROUNDED = r"^\s*\d([.,]\d+)?[Ee]\+?\d+\s*$"

#: What a conversion writes in the place of a letter that it does not know.
_REPLACED = r"\u{fffd}"

_SUSPECT = rf"{_INVISIBLE}|{_REPLACED}|^\s*[#=@]|^\s*\d([.,]\d+)?[Ee]"


def damaged_cells(
    text: pl.DataFrame, contract: TableContract | None = None
) -> Iterator[tuple[str, str, int, int]]:
    """Yield rule, column, first row and number of rows of cells that were damaged on the way.

    Parameters
    ----------
    text : pl.DataFrame
        Columns as text, and ``source_row``.
    contract : TableContract, optional
        Its id columns are looked at for numbers that a spreadsheet rounded.
    """
    for series in text.drop("source_row").iter_columns():
        if not series.str.contains(_SUSPECT).any():
            continue
        rules = {
            "control_character": _INVISIBLE,
            "letters_lost": _REPLACED,
            "spreadsheet_error": _SPREADSHEET,
        }
        if contract is not None and series.name in _ids(contract):
            rules["id_damaged"] = _ROUNDED
        for rule, pattern in rules.items():
            found = text.filter(series.str.contains(pattern)).get_column("source_row")
            if found.len():
                yield rule, series.name, int(found[0]), found.len()


def _ids(contract: TableContract) -> set[str]:
    return {column.name for column in contract.columns if column.role == "id"}
