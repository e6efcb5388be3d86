"""Answer: what a question family returns, and the document that is made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

import polars as pl

from utfall.analysis.disclosure import Rules
from utfall.analysis.questions.cells import Cell, Share
from utfall.analysis.questions.protection import (
    Shown,
    hidden_like,
    hidden_with_another,
    hidden_with_the_rest,
    shown,
)
from utfall.analysis.vocabulary import LANGUAGES, Language, Text
from utfall.analysis.wording import catalogue, number_text

Status = Literal["answered", "partly", "cannot"]

#: Said in place of a sentence one of whose numbers is withheld.
TOO_FEW = "q_too_few"

#: Said where a number does not exist: nobody was followed that far.
NOT_SEEN = "q_not_seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A table, or some columns of it, that a question rests on.

    Attributes
    ----------
    table : str
        Of the contracts in ``expectations/contracts``.
    columns : tuple of str
        Of that table.
    why : str
        Key of the wording catalogue: what to record from next month, and what for.
    essential : bool
        Without it there is no answer at all; else only a part is missing.
    held : bool
        Whether any contract has it; what is in none is recorded outside them.
    """

    table: str
    columns: tuple[str, ...]
    why: str
    essential: bool = False
    held: bool = True


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the wording catalogue and the cells that fill it."""

    code: str
    values: tuple[tuple[str, Cell], ...] = ()


def sentence(code: str, **values: Cell) -> Sentence:
    """Return a sentence with its cells by name."""
    return Sentence(code, tuple(values.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells under headings.

    Attributes
    ----------
    id : str
        Within its answer.
    title : Sentence
        Says what the table shows.
    columns : tuple of str
        Keys of the wording catalogue.
    rows : tuple of tuple of Cell
        The first cell of each is its name.
    has_total : bool
        The last row is the sum of those above it.
    parts : {"rows", "columns"} or None
        Along which the shares add to everybody: across each row, or down each column.
    bars : int or None
        Column that a chart draws, with its bounds.
    funnel : (int, int, int, int) or None
        Columns of people, share, and the limits of chance in per cent, drawn as a funnel.
    is_curve : bool
        The first column is a time, and a chart draws the others along it.
    """

    id: str
    title: Sentence
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    has_total: bool = False
    parts: Literal["rows", "columns"] | None = None
    bars: int | None = None
    funnel: tuple[int, int, int, int] | None = None
    is_curve: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as the study declares it.

    Attributes
    ----------
    family : str
        Which of the families answers it.
    settings : mapping
        What the family is to look at: programmes, codes, declared amounts.
    """

    id: str
    document: str
    family: str
    text: Text
    settings: Mapping[str, Any] = field(default_factory=dict)

    def name(self, code: str) -> Text:
        """Return the declared name of a programme, site or group; its code where undeclared."""
        declared = self.settings.get("names", {}).get(code)
        return Text(declared["sv"], declared["en"]) if declared else Text(code, code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a family found.

    Attributes
    ----------
    sentences : tuple of Sentence
        The answer first, what it cannot say last.
    numbers : tuple of (name, Cell)
        What claims are held against.
    status : str
        ``partly`` where the family itself knows that some of the question stays open.
    """

    sentences: tuple[Sentence, ...]
    tables: tuple[Table, ...] = ()
    numbers: tuple[tuple[str, Cell], ...] = ()
    status: Status = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A question with what was found, and what was missing."""

    asked: Asked
    status: Status
    found: Found
    missing: tuple[Need, ...] = ()
    needs: tuple[Need, ...] = ()


class Frames:
    """The tables of a study by name; what was never delivered is not there.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Marts and delivered tables. One without rows counts as not delivered.
    """

    def __init__(self, tables: Mapping[str, pl.DataFrame]) -> None:
        self._tables = {name: table for name, table in tables.items() if table.height}

    def __contains__(self, name: str) -> bool:
        return name in self._tables

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self._tables[name]

    def get(self, name: str) -> pl.DataFrame | None:
        """Return a table, or None where it was not delivered."""
        return self._tables.get(name)

    def of(self, name: str, **where: Any) -> pl.DataFrame | None:
        """Return the rows of a table with these values; None where none are left."""
        table = self._tables.get(name)
        if table is None:
            return None
        for column, value in where.items():
            wanted = [value] if isinstance(value, str) else list(value)
            table = table.filter(pl.col(column).is_in(wanted))
        return table if table.height else None

    def without(self, *names: str) -> Frames:
        """Return the frames as if some tables had never been delivered."""
        return Frames({name: t for name, t in self._tables.items() if name not in names})


def last_seen(frames: Frames, programme: str) -> date:
    """Return the last day that a programme's people were followed.

    Sources are delivered on different days: another's last day says nothing of this one, and
    would make its open stays longer than anybody saw.
    """
    rows = frames.of("episodes", programme=programme)
    # A programme that nobody entered has no day of its own.
    known = frames.get("episodes") if rows is None else rows
    seen = None if known is None else known["observed_until"].max()
    return seen if isinstance(seen, date) else date.max


def answer_document(answer: Answer, rules: Rules | None) -> dict[str, Any]:
    """Return an answer as plain values; every number passes protection here, and only here."""
    asked, found = answer.asked, answer.found
    grids = [_grid(table, rules) for table in found.tables]
    kept_back = {
        cell
        for table, grid in zip(found.tables, grids, strict=True)
        for row, told in zip(table.rows, grid, strict=True)
        for cell, one in zip(row, told, strict=True)
        if isinstance(cell, Share) and one.withheld
    }
    sentences = _once([spoken(one, rules, kept_back) for one in found.sentences])
    return {
        "id": asked.id,
        "document": asked.document,
        "question": _text(asked.text),
        "status": _status(answer, sentences),
        "sentences": sentences,
        "tables": [
            _table_of(table, grid, rules) for table, grid in zip(found.tables, grids, strict=True)
        ],
        "numbers": {name: _plain(_told(cell, rules, kept_back)) for name, cell in found.numbers},
        "record": _once([_text(catalogue()[need.why]) for need in answer.missing]),
        "needs": [
            {
                "table": need.table,
                "columns": list(need.columns),
                "held": need.held,
                "missing": need in answer.missing,
            }
            for need in answer.needs
        ],
    }


def _status(answer: Answer, sentences: Sequence[Mapping[str, str]]) -> Status:
    """Return how far a question is answered: not all the way where a number is kept back."""
    silent = [_text(catalogue()[code]) for code in (TOO_FEW, NOT_SEEN)]
    is_whole = all(one not in silent for one in sentences)
    return "partly" if answer.status == "answered" and not is_whole else answer.status


def _told(cell: Cell, rules: Rules | None, kept_back: AbstractSet[Cell]) -> Shown:
    """Return a cell as shown; hidden where a table hides it so that another stays hidden."""
    found = shown(cell, rules)
    return hidden_like(found) if cell in kept_back else found


def spoken(
    said: Sentence, rules: Rules | None, kept_back: AbstractSet[Cell] = frozenset()
) -> dict[str, str]:
    """Return a sentence in both languages; one that a hidden number is in says only that.

    A cell ``x`` fills ``{x}``; its bounds fill ``{x_low}`` and ``{x_high}``, and a share
    fills ``{x_of100}`` as people of a hundred.
    """
    cells = {name: _told(cell, rules, kept_back) for name, cell in said.values}
    code = said.code
    if any(cell.withheld for cell in cells.values()):
        code = TOO_FEW
    elif any(cell.value is None for cell in cells.values() if cell.kind != "words"):
        code = NOT_SEEN
    template = catalogue()[code]
    return {
        language: template.in_language(language).format(**_fillings(cells, language))
        for language in LANGUAGES
    }


def _fillings(cells: Mapping[str, Shown], language: Language) -> dict[str, str]:
    filled: dict[str, str] = {}
    for name, cell in cells.items():
        filled[name] = cell.text.in_language(language)
        scale = 100.0 if cell.kind in ("share", "modelled", "points") else 1.0
        pattern = "#,##0.##" if cell.kind in ("rate", "ratio", "times", "number") else "#,##0"
        bounds = {"low": cell.low, "high": cell.high}
        if scale > 1:
            bounds["of100"] = cell.value
        for end, number in bounds.items():
            filled[f"{name}_{end}"] = (
                "–" if number is None else number_text(scale * number, language, pattern)
            )
    return filled


def _grid(table: Table, rules: Rules | None) -> list[list[Shown]]:
    """Return the cells of a table as shown, hidden ones with what would give them away."""
    grid = [[shown(cell, rules) for cell in row] for row in table.rows]
    if table.has_total and rules is not None:
        for place in range(1, len(table.columns)):
            column = hidden_with_the_rest(
                [row[place] for row in grid], [row[place] for row in table.rows]
            )
            for row, cell in zip(grid, column, strict=True):
                row[place] = cell
        grid = [_with_its_shares(row) for row in grid]
    if rules is not None and table.parts == "rows":
        grid = [hidden_with_another(row) for row in grid]
    if rules is not None and table.parts == "columns":
        columns = [hidden_with_another(column) for column in zip(*grid, strict=True)]
        grid = [list(row) for row in zip(*columns, strict=True)]
    return grid


def _table(table: Table, rules: Rules | None) -> dict[str, Any]:
    return _table_of(table, _grid(table, rules), rules)


def _table_of(table: Table, grid: Sequence[Sequence[Shown]], rules: Rules | None) -> dict[str, Any]:
    return {
        "id": table.id,
        "title": spoken(replace(table.title), rules),
        "columns": [_text(catalogue()[key]) for key in table.columns],
        "rows": [[_plain(cell) for cell in row] for row in grid],
        "bars": table.bars,
        **({} if table.funnel is None else {"funnel": list(table.funnel)}),
        **({"is_curve": True} if table.is_curve else {}),
    }


def _with_its_shares(row: Sequence[Shown]) -> list[Shown]:
    """Return a row in which what follows a hidden count, up to the next count, is hidden too."""
    hidden, kept = False, []
    for cell in row:
        hidden = cell.withheld if cell.kind == "count" else hidden
        covers = hidden and cell.kind in ("share", "rate", "modelled")
        kept.append(hidden_like(cell) if covers else cell)
    return kept


def _plain(cell: Shown) -> dict[str, Any]:
    return {
        "kind": cell.kind,
        "value": cell.value,
        "low": cell.low,
        "high": cell.high,
        "withheld": cell.withheld,
        "text": _text(cell.text),
    }


def _text(text: Text) -> dict[str, str]:
    return {"sv": text.sv, "en": text.en}


def _once(texts: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Return texts in order, each once."""
    return list({text["sv"]: text for text in texts}.values())
