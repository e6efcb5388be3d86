"""Three styles: does a study say the same whichever system its files come from?"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
import yaml

from utfall.expectations.contract import load_contracts
from utfall.pipelines import admission
from utfall.pipelines.delivery import Delivery, find_deliveries, read_delivery
from utfall.pipelines.register import settled, state_sha256
from utfall.pipelines.simulation import simulate
from utfall.pipelines.simulation.layout import encoded

Mapped = dict[str, Any]


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> Path:
    """Return a study as the first system delivers it: CSV, commas, codes as words."""
    folder = tmp_path_factory.mktemp("styles") / "first"
    simulate("vallentuna", folder, seed=5, size=40, faults=False)
    return folder


@pytest.fixture(autouse=True)
def _without_the_gate(monkeypatch):
    """Great Expectations judges canonical rows, which are the same by then."""
    monkeypatch.setattr(admission, "judge", lambda _: ())


def read(root: Path) -> Delivery:
    (folder,) = find_deliveries(root)
    return read_delivery(folder, study_root=root)


def _listed(rows: pl.DataFrame, codes: set[str]) -> tuple[pl.DataFrame, Mapped]:
    """Return rows with numbers for codes, and the code lists that undo it."""
    lists = {
        column: {str(place + 10): value for place, value in enumerate(sorted(set(known)))}
        for column in codes
        if (known := rows.get_column(column).drop_nulls().to_list())
    }
    for column, listed in lists.items():
        local = {value: code for code, value in listed.items()}
        rows = rows.with_columns(pl.col(column).replace_strict(local, default=None))
    return rows, lists


def _coded(name: str) -> set[str]:
    return {one.name for one in load_contracts()[name].columns if one.role in ("code", "slug")}


def _canonical(delivery: Delivery, name: str) -> pl.DataFrame:
    """Return a table's columns that hold something, in another order than before."""
    rows = delivery.tables[name].select(load_contracts()[name].names)
    filled = [column.name for column in rows if column.null_count() < column.len()]
    return rows.select(sorted(filled, reverse=True)).reverse()


def tabs_and_numbers(delivery: Delivery, folder: Path, header: Mapped) -> Mapped:
    """Write cp1252 with tabs, decimal points, days as 20170403 and numbers for codes."""
    header |= {"encoding": "cp1252", "delimiter": "\t", "decimal": "."}
    tables: Mapped = {}
    for name in delivery.tables:
        rows, codes = _listed(_canonical(delivery, name), _coded(name))
        columns = {column: f"{column[:3].upper()}{n}" for n, column in enumerate(rows.columns)}
        cells = {columns[one.name]: [_text(cell) for cell in one.to_list()] for one in rows}
        tables[name] = {
            "file": f"{name}.txt", "columns": columns, "codes": codes, "dates": "%Y%m%d",
            "allow_empty": not rows.height,
        }  # fmt: skip
        content = encoded(cells, delimiter="\t", newline="\n", encoding="cp1252")
        (folder / f"{name}.txt").write_bytes(content)
    return tables


def _text(cell: object) -> str:
    if isinstance(cell, dt.datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, dt.date):
        return f"{cell:%Y%m%d}"
    if isinstance(cell, bool):
        return str(int(cell))
    return "" if cell is None else str(cell)


def cells_and_columns(delivery: Delivery, folder: Path, header: Mapped) -> Mapped:
    """Write one workbook under a title row, and tables of months as Parquet."""
    header |= {"decimal": ","}
    book = openpyxl.Workbook()
    book.remove(book.active)
    tables: Mapped = {}
    for name in delivery.tables:
        rows = _canonical(delivery, name)
        columns = {column: column.title().replace("_", " ") for column in rows.columns}
        mapped = tables[name] = {"columns": columns, "allow_empty": not rows.height}
        if "month" in rows.columns:
            mapped["file"] = f"{name}.parquet"
            rows.rename(columns).write_parquet(folder / f"{name}.parquet")
            continue
        mapped |= {"file": "uttag.xlsx", "sheet": name, "header_row": 3}
        sheet = book.create_sheet(name)
        sheet.append([f"Uttag {name}"])
        sheet.append([])
        sheet.append([columns[column] for column in rows.columns])
        for row in rows.rows():
            sheet.append([float(cell) if hasattr(cell, "as_tuple") else cell for cell in row])
    book.save(folder / "uttag.xlsx")
    return tables


STYLES = {"tabs and numbers": tabs_and_numbers, "cells and columns": cells_and_columns}


def rewritten(first: Path, root: Path, style: Callable[[Delivery, Path, Mapped], Mapped]) -> Path:
    """Write a study again as another system would deliver it."""
    delivery = read(first)
    (former,) = find_deliveries(first)
    folder = root / former.relative_to(first)
    folder.mkdir(parents=True)
    header = yaml.safe_load((former / "delivery.yml").read_text(encoding="utf-8"))
    tables = style(delivery, folder, header)
    mapping = {"source": delivery.source, "tables": tables}
    for path, document in ((folder / "delivery.yml", header),
                           (folder.parent / "mapping.yml", mapping)):  # fmt: skip
        path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    shutil.copy(first / "events.yml", root)
    return root


@pytest.mark.parametrize("style", STYLES)
def test_a_study_in_another_style_gives_the_same_rows(first, tmp_path, style):
    other = rewritten(first, tmp_path / "other", STYLES[style])
    assert {path.suffix for path in other.rglob("*.*")}.isdisjoint({".csv"})
    plain, again = read(first), read(other)
    assert {name: rows.height for name, rows in plain.tables.items()} == {
        name: rows.height for name, rows in again.tables.items()
    }
    assert again.quarantine.is_empty()
    assert state_sha256(settled([again])) == state_sha256(settled([plain]))
