"""Layout: how does a municipality's system write the canonical tables into its own files?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import yaml

#: A local table: every cell as the system writes it, before quoting.
Local = dict[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The mapping of a source, read backwards, and what the mapping does not say.

    Attributes
    ----------
    mapping_text : str
        The mapping file as delivered.
    mapping, style : mapping
        What the two files hold.
    decimal : str
        Decimal sign.
    """

    mapping_text: str
    mapping: Mapping[str, Any]
    style: Mapping[str, Any]
    decimal: str

    @property
    def delivery(self) -> str:
        """Return the name of the delivery's folder."""
        return str(self.style["delivery"])

    def file_of(self, table: str) -> str:
        """Return the file that a canonical table is delivered in."""
        return str(self.mapping["tables"][table]["file"])


def load_layout(municipality: str, decimal: str) -> Layout:
    """Return the layout that is packaged with the simulator.

    Parameters
    ----------
    municipality : str
        ``vallentuna`` or ``goteborg``.
    decimal : str
        Decimal sign of the delivery.
    """
    here = Path(__file__).parent
    mapping_text = (here / f"{municipality}_mapping.yml").read_text(encoding="utf-8")
    style = (here / f"{municipality}_style.yml").read_text(encoding="utf-8")
    return Layout(
        mapping_text=mapping_text,
        mapping=yaml.safe_load(mapping_text),
        style=yaml.safe_load(style),
        decimal=decimal,
    )


def localised(table: str, rows: pl.DataFrame, layout: Layout, rng: np.random.Generator) -> Local:
    """Return a canonical table as the system would write it: local columns, codes and dates.

    Where several local codes mean one canonical code the first is written, except exit
    reasons, whose texts depend on which code list was in force.
    """
    spec = layout.mapping["tables"][table]
    codes = spec.get("codes", {})
    local: Local = {}
    for canonical, name in spec["columns"].items():
        if canonical == "exit_reason":
            local[name] = _exit_texts(rows, codes[canonical], layout, rng)
        elif canonical in codes:
            local[name] = _coded(rows[canonical], codes[canonical])
        else:
            local[name] = _written(rows[canonical], spec.get("dates", "%Y-%m-%d"), layout.decimal)
    if table == "spells":
        _open_ends(rows, local[spec["columns"]["end_date"]], layout)
    for name, pair in layout.style["texts"].get(table, {}).items():
        local[name] = [pair["texts"].get(code, "") for code in local[pair["of"]]]
    return _in_pairs(local, layout.style["texts"].get(table, {}))


def _in_pairs(local: Local, texts: Mapping[str, Any]) -> Local:
    """Return the columns with each text right after its code."""
    ordered: Local = {}
    for name, cells in local.items():
        if name in texts:
            continue
        ordered[name] = cells
        ordered |= {text: local[text] for text, pair in texts.items() if pair["of"] == name}
    return ordered


def _coded(column: pl.Series, codes: Mapping[str, str]) -> list[str]:
    first: dict[str, str] = {}
    for written, meant in codes.items():
        first.setdefault(str(meant), str(written))
    return ["" if value is None else first[value] for value in column.to_list()]


def _written(column: pl.Series, date_format: str, decimal: str) -> list[str]:
    if column.dtype == pl.Date:
        return column.dt.strftime(date_format).fill_null("").to_list()
    if isinstance(column.dtype, pl.Datetime):
        return column.dt.strftime("%Y-%m-%d %H:%M").fill_null("").to_list()
    if column.dtype == pl.Boolean:
        return ["" if value is None else str(int(value)) for value in column.to_list()]
    if column.dtype.is_float():
        places = 2 if column.name == "amount_sek" else 1
        return [
            "" if value is None else f"{value:.{places}f}".replace(".", decimal)
            for value in column.to_list()
        ]
    return ["" if value is None else str(value) for value in column.to_list()]


def _exit_texts(
    rows: pl.DataFrame, codes: Mapping[str, str], layout: Layout, rng: np.random.Generator
) -> list[str]:
    first = {meant: written for written, meant in reversed(list(codes.items()))}
    old, new = layout.style["old_texts"], layout.style["new_texts"]
    changed = layout.style["changed_on"]
    chance = rng.random(rows.height)
    texts = []
    for reason, ended, uniform in zip(
        rows["exit_reason"].to_list(), rows["end_date"].to_list(), chance, strict=True
    ):
        if reason is None:
            texts.append("")
            continue
        listed = (old if ended is not None and ended < changed else new).get(
            reason, [first[reason]]
        )
        texts.append(str(listed[int(uniform * len(listed))]))
    return texts


def _open_ends(rows: pl.DataFrame, cells: list[str], layout: Layout) -> None:
    ways = layout.style["open_ends"]
    for place, (programme, cell) in enumerate(zip(rows["programme"], cells, strict=True)):
        if not cell:
            cells[place] = ways[programme]


def untidied(table: str, local: Local, layout: Layout, rng: np.random.Generator) -> Local:
    """Return the table with some cells in other case or with spaces after them."""
    shares = layout.style["untidy"].get(table, {})
    changed = dict(local)
    for name, share in shares.items():
        cells = list(local[name])
        for place in np.flatnonzero(rng.random(len(cells)) < share):
            cells[place] = _untidy(cells[place], int(rng.integers(4)))
        changed[name] = cells
    return changed


def _untidy(cell: str, way: int) -> str:
    """Return a word as a hurried clerk writes it.

    >>> [_untidy("Arbete", way) for way in range(4)]
    ['Arbete ', 'arbete', 'ARBETE', 'Arbete  ']
    """
    if not cell:
        return cell
    return (cell + " ", cell.lower(), cell.upper(), cell + "  ")[way]


def encoded(local: Local, *, delimiter: str, newline: str, encoding: str) -> bytes:
    """Return the bytes of a delimited file; cells with the delimiter or a quote are quoted."""

    def quoted(cell: str) -> str:
        if delimiter in cell or '"' in cell:
            return '"' + cell.replace('"', '""') + '"'
        return cell

    lines = [delimiter.join(local)]
    lines.extend(
        delimiter.join(quoted(cell) for cell in row) for row in zip(*local.values(), strict=True)
    )
    return (newline.join(lines) + newline).encode(encoding)
