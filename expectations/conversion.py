"""Conversion: what does each cell's text mean, and which cells mean nothing?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from utfall.expectations.contract import Column, TableContract
from utfall.expectations.row_rules import BROKEN, marked

#: Dates outside are typing errors or undeclared words for "no end".
#: The first of January 1900 is what spreadsheets make of a nought.
EARLIEST, LATEST = date(1900, 1, 2), date(2098, 12, 31)

_ISO = "%Y-%m-%d"
_FLAGS = {"1": "true", "0": "false", "true": "true", "false": "false"}
_TIMESTAMPS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M",
    _ISO,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeList:
    """A code list that came into force on a day and holds until the next one does.

    Attributes
    ----------
    dated_by : str
        Canonical date or month column that tells which list a row was coded by.
    codes : mapping
        Local code, folded by ``fold``, to canonical value.
    """

    first_day: date
    dated_by: str
    codes: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notation:
    """How one source writes one table.

    Attributes
    ----------
    formats : mapping
        strptime format by canonical date, month or timestamp column; ISO where absent.
    codes : mapping
        By canonical column: local code, folded by ``fold``, to canonical value. A code that
        ends in ``*`` stands for all that begin like it and have none of their own.
    code_lists : mapping
        By canonical column: lists that later took the place of ``codes``, in order.
    open_ends : frozenset of str
        Dates, as written, that stand for no end.
    decimal : str
        ``,`` or ``.``.
    is_typed : bool
        The file has dates of its own, which come as ISO beside those that are written.
    """

    formats: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    code_lists: Mapping[str, tuple[CodeList, ...]] = field(default_factory=dict)
    open_ends: frozenset[str] = frozenset()
    decimal: str = "."
    is_typed: bool = False


@dataclass(frozen=True, slots=True)
class Converted:
    """A table after conversion.

    Attributes
    ----------
    rows : pl.DataFrame
        Typed canonical columns and ``source_row``; cells that mean nothing are null.
    broken : pl.DataFrame
        ``source_row, column, rule`` of those cells.
    """

    rows: pl.DataFrame
    broken: pl.DataFrame


def fold(text: str) -> str:
    """Return a code or name as it is compared: composed, stripped, without case.

    >>> fold(" Arbete ") == fold("ARBETE")
    True
    """
    return unicodedata.normalize("NFC", text).strip().casefold()


def convert(text: pl.DataFrame, contract: TableContract, notation: Notation) -> Converted:
    """Return a table with every column in its contract's type.

    Parameters
    ----------
    text : pl.DataFrame
        Canonical columns as text, as delivered, and ``source_row``. Columns of the contract
        that are absent become null.
    """
    columns: list[pl.Series] = []
    broken: list[pl.DataFrame] = [pl.DataFrame(schema=BROKEN)]
    for column in contract.columns:
        if column.name not in text.columns:
            empty = pl.repeat(None, text.height, dtype=column.polars_type, eager=True)
            columns.append(empty.alias(column.name))
            continue
        series, masks = _in_force(text, column, contract, notation)
        columns.append(series.alias(column.name))
        broken += [marked(text, mask, column.name, rule) for rule, mask in masks]
    rows = pl.DataFrame([*columns, text.get_column("source_row").cast(pl.Int32)])
    return Converted(rows, pl.concat(broken))


def _in_force(
    text: pl.DataFrame, column: Column, contract: TableContract, notation: Notation
) -> tuple[pl.Series, list[tuple[str, pl.Series]]]:
    """Return a column in its type and the rules its cells broke, each by the list of its day."""
    delivered = text.get_column(column.name)
    series, masks = _column(delivered, column, notation)
    broken = dict(masks)
    for later in notation.code_lists.get(column.name, ()):
        days, _ = _column(text[later.dated_by], contract.column(later.dated_by), notation)
        if days.dtype == pl.String:  # a month
            days = (days + "-01").str.to_date(_ISO, strict=False)
        is_later = (days.cast(pl.Date) >= later.first_day).fill_null(False)
        codes = {**notation.codes, column.name: later.codes}
        renewed, again = _column(delivered, column, replace(notation, codes=codes))
        series = renewed.zip_with(is_later, series)
        never = pl.repeat(False, series.len(), eager=True)
        found = dict(again)
        broken = {
            rule: found.get(rule, never).zip_with(is_later, broken.get(rule, never))
            for rule in (*broken, *(rule for rule in found if rule not in broken))
        }
    return series, [(rule, mask) for rule, mask in broken.items() if mask.any()]


def _column(
    delivered: pl.Series, column: Column, notation: Notation
) -> tuple[pl.Series, list[tuple[str, pl.Series]]]:
    """Return a column in its type, and the rules its cells broke with the rows that did."""
    stripped = delivered.str.strip_chars()
    written = stripped.set(stripped == "", None)
    codes = notation.codes.get(column.name)
    if codes is None and column.role == "code":
        codes = {fold(code): code for code in column.codes}
    if codes is None:
        unmapped = pl.repeat(False, written.len(), eager=True)
    else:
        decoded = _decoded(written, codes)
        unmapped = written.is_not_null() & decoded.is_null()
        written = decoded
    if column.is_open_ended and notation.open_ends:
        written = written.set(written.is_in(list(notation.open_ends)).fill_null(False), None)
    series = _typed(written, column, notation)
    masks = [("code_unmapped", unmapped), *_unreadable(written, series, column)]
    return series, [(rule, mask) for rule, mask in masks if mask.any()]


def _decoded(written: pl.Series, codes: Mapping[str, str]) -> pl.Series:
    """Return canonical values of local codes; null where the list has none.

    A blank is decoded only where the list says what a blank means.
    """
    local = [text for text in written.unique().to_list() if text is not None]
    starts = sorted((code[:-1] for code in codes if code.endswith("*")), key=len, reverse=True)
    known = {text: _meaning(fold(text), codes, starts) for text in local}
    decoded = written.replace_strict(
        list(known), list(known.values()), default=None, return_dtype=pl.String
    )
    blank = codes.get("")
    return decoded if blank is None else decoded.set(written.is_null(), blank)


def _meaning(code: str, codes: Mapping[str, str], starts: Sequence[str]) -> str | None:
    """Return what a code means: its own entry, else that of the longest start that it has.

    >>> _meaning("v12", {"v*": "vac", "v1*": "ama", "v2": "x"}, ["v1", "v"])
    'ama'
    """
    if code in codes:
        return codes[code]
    return next((codes[f"{start}*"] for start in starts if code.startswith(start)), None)


def _typed(written: pl.Series, column: Column, notation: Notation) -> pl.Series:
    form = notation.formats.get(column.name)
    kind = column.duckdb_type
    if column.role == "month":
        months = written if form is None else _months(written, form)
        return _or_months_of_days(months, written) if notation.is_typed else months
    if kind == "VARCHAR":
        is_plain = not written.str.contains(r"[^\x00-\x7f]").any()
        composed = written if is_plain else written.str.normalize("NFC")
        return composed.str.to_lowercase() if column.role == "slug" else composed
    if kind == "DATE":
        dates = _dates(written, form or _ISO)
        is_mixed = notation.is_typed and form not in (None, _ISO)
        return dates.zip_with(dates.is_not_null(), _dates(written, _ISO)) if is_mixed else dates
    if kind == "TIMESTAMP":
        forms = (form, *(_TIMESTAMPS if notation.is_typed else ())) if form else _TIMESTAMPS
        return _timestamps(written, forms)
    if kind == "BOOLEAN":
        return _decoded(written, _FLAGS) == "true"
    return _numbers(written, column, notation.decimal)


def _dates(written: pl.Series, form: str) -> pl.Series:
    """Return dates, null where unreadable.

    Letters that follow each other without a mark between (``%Y%m%d``) would read
    ``2017111`` as one of two days, so such a date must write itself back.
    """
    dates = written.str.to_date(form, strict=False)
    # ``16-02-05`` is read as a day of the year 16, which nobody meant.
    dates = dates.set((dates.dt.year() < 1000).fill_null(False), None)
    if re.search(r"%[A-Za-z]%", form):
        dates = dates.set((dates.dt.strftime(form) != written).fill_null(False), None)
    return dates


def _months(written: pl.Series, form: str) -> pl.Series:
    """Return months as ``YYYY-MM``; a day is added since a month alone is no date."""
    return _dates(written + "-01", f"{form}-%d").dt.strftime("%Y-%m")


def _or_months_of_days(months: pl.Series, written: pl.Series) -> pl.Series:
    """Return months, also of cells that a spreadsheet turned into the first day of one."""
    days = written.set(~written.str.contains(r"^\d{4}-\d{2}-01$").fill_null(False), None)
    return months.zip_with(days.is_null(), days.str.slice(0, 7))


def _timestamps(written: pl.Series, forms: tuple[str, ...]) -> pl.Series:
    found = pl.repeat(None, written.len(), dtype=pl.Datetime("us"), eager=True)
    for form in forms:
        if found.null_count() == written.null_count():
            break
        if "%H" in form:
            read = written.str.to_datetime(form, strict=False, time_unit="us")
        else:
            read = _dates(written, form).cast(pl.Datetime("us"))
        found = found.zip_with(found.is_not_null(), read)
    return found


def _numbers(written: pl.Series, column: Column, decimal: str) -> pl.Series:
    is_whole = column.duckdb_type == "INTEGER"
    pattern = r"^[+-]?\d{1,9}$" if is_whole else rf"^[+-]?\d{{1,15}}([{decimal}]\d+)?$"
    if column.duckdb_type == "DOUBLE":
        pattern = pattern.removesuffix("$") + r"([eE][+-]?\d{1,3})?$"
    plain = written.set(~written.str.contains(pattern), None)
    if not is_whole and decimal == ",":
        plain = plain.str.replace(",", ".", literal=True)
    return plain.cast(column.polars_type, strict=False)


def _unreadable(
    written: pl.Series, series: pl.Series, column: Column
) -> Iterator[tuple[str, pl.Series]]:
    lost = written.is_not_null() & series.is_null()
    match column.duckdb_type:
        case "DATE":
            serial = lost & written.str.contains(r"^\d{5}([.,]0+)?$").fill_null(False)
            yield "date_serial", serial
            yield "date_unreadable", lost & ~serial
            yield "date_implausible", ~series.is_between(EARLIEST, LATEST).fill_null(True)
        case "TIMESTAMP":
            yield "timestamp_unreadable", lost
        case "BOOLEAN":
            yield "flag_unreadable", lost
        case "VARCHAR":
            yield "month_malformed", lost
        case _:
            yield "number_unreadable", lost
