"""Mapping: what do a source's own files, columns and codes mean in canonical words?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import PurePath
from typing import Annotated, Literal

from pydantic import Field

from utfall.analysis.errors import Fault
from utfall.analysis.problems import closest
from utfall.expectations.contract import Column, TableContract, load_contracts
from utfall.expectations.conversion import CodeList, Notation, fold
from utfall.expectations.rulebook import broken
from utfall.pipelines.declarations import Declared, DeliveryHeader
from utfall.pipelines.households import MEMBER, HouseholdRule

MAPPING_FILE = "mapping.yml"

_FORMAT_OF = {"DATE": "dates", "TIMESTAMP": "timestamps"}
#: Letters that a format needs, and those it may have; two-digit years are never guessed.
_LETTERS = {"dates": ("Ymd", "Ymd"), "months": ("Ym", "Ym"), "timestamps": ("Ymd", "YmdHMSfT")}
_NUMBERS = {"INTEGER", "DOUBLE"}


class LaterCodes(Declared):
    """A code list that took the place of the one before it.

    Attributes
    ----------
    first_day : date
        Day from which rows are coded by it.
    dated_by : str
        Canonical date or month column that says of which day a row is.
    codes : mapping
        Local code to canonical value.
    """

    first_day: Annotated[date, Field(alias="from")]
    dated_by: str
    codes: dict[str, str]


class TableMapping(Declared):
    """How one canonical table is written in one file of the source.

    Attributes
    ----------
    columns : mapping
        Canonical column to local column.
    sheet : str or None
        Sheet of a workbook; the only one that holds anything where absent.
    header_row : int
        Row of a sheet that names the columns; what stands above is a title.
    ignore : tuple of str
        Local columns that are left out on purpose.
    dates, months, timestamps : str or mapping
        strptime format of all such columns, or by canonical column.
    codes : mapping
        By canonical column: local code to canonical value; ``""`` is a blank.
        A code that ends in ``*`` stands for all units that begin like it.
    later_codes : mapping
        By canonical column: lists that came into force later, oldest first.
    also : mapping
        Canonical column to the canonical column whose cell it is read from as well, such
        as the programme from the unit.
    constants : mapping
        Canonical value of columns that the file does not have.
    household : HouseholdRule or None
        How rows about households become rows about people.
    """

    file: str
    columns: dict[str, str]
    sheet: str | None = None
    header_row: Annotated[int, Field(ge=1, le=50)] = 1
    ignore: tuple[str, ...] = ()
    dates: str | dict[str, str] | None = None
    months: str | dict[str, str] | None = None
    timestamps: str | dict[str, str] | None = None
    codes: dict[str, dict[str, str]] = Field(default_factory=dict)
    later_codes: dict[str, tuple[LaterCodes, ...]] = Field(default_factory=dict)
    also: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)
    household: HouseholdRule | None = None
    allow_empty: bool = False

    @property
    def expected(self) -> tuple[str, ...]:
        """Return the local columns that the file must have."""
        return (*self.columns.values(), *(self.household.local if self.household else ()))

    @property
    def members_file(self) -> str | None:
        """Return the file that says who belongs to which household, where there is one."""
        return self.household.file if self.household else None

    @property
    def is_typed(self) -> bool:
        """Return whether the file has dates and numbers of its own."""
        return PurePath(self.file).suffix.lower() in (".xlsx", ".parquet")

    def local(self, canonical: str) -> str:
        """Return the local name of a canonical column, for messages about the file."""
        if self.household and canonical == "person_id":
            return self.household.person
        of = self.also.get(canonical, canonical)
        return self.columns.get(of, canonical)

    def formats(self, contract: TableContract) -> dict[str, str]:
        """Return the declared strptime format of each canonical column that has one."""
        found = {}
        for column in contract.columns:
            kind = _format_kind(column)
            declared = getattr(self, kind) if kind else None
            if isinstance(declared, dict):
                declared = declared.get(column.name)
            if declared:
                found[column.name] = declared
        return found


class SourceMapping(Declared):
    """What ``mapping.yml`` declares for all deliveries of one source.

    Attributes
    ----------
    open_end_dates : tuple of str
        Dates, as the files write them, that stand for no end.
    quarantine_limit : float
        Share of a table's rows, in [0, 1], that may be set aside before it is refused.
    """

    schema_: Annotated[Literal["utfall/mapping/1"], Field(alias="schema")] = "utfall/mapping/1"
    source: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,62}$")]
    tables: dict[str, TableMapping]
    open_end_dates: tuple[str, ...] = ()
    quarantine_limit: Annotated[float, Field(ge=0, le=0.5)] = 0.2

    def sheets_of(self, file: str) -> tuple[str, ...]:
        """Return the sheets of a workbook that some table is read from."""
        return tuple(one.sheet for one in self.tables.values() if one.file == file and one.sheet)

    def notation(self, table: str, header: DeliveryHeader) -> Notation:
        """Return how a table is written, by canonical column."""
        mapped = self.tables[table]
        return Notation(
            formats=mapped.formats(load_contracts()[table]),
            codes={
                column: {fold(local): value for local, value in codes.items()}
                for column, codes in mapped.codes.items()
            },
            code_lists={
                column: tuple(
                    CodeList(
                        first_day=one.first_day,
                        dated_by=one.dated_by,
                        codes={fold(local): value for local, value in one.codes.items()},
                    )
                    for one in lists
                )
                for column, lists in mapped.later_codes.items()
            },
            open_ends=frozenset(self.open_end_dates),
            decimal=header.decimal,
            is_typed=mapped.is_typed,
        )


def mapping_faults(mapping: SourceMapping, shown: str) -> Iterator[Fault]:
    """Yield what in a mapping the contracts do not have, or do not allow."""
    contracts = load_contracts()
    for name, table in mapping.tables.items():
        if name not in contracts:
            hint = closest(name, contracts)
            yield broken("mapping_table_unknown", file=shown, column=name, hint=hint)
            continue
        yield from _table_faults(table, contracts[name], shown)


def _table_faults(table: TableMapping, contract: TableContract, shown: str) -> Iterator[Fault]:
    def at(rule: str, *place: str, hint: str = "", allowed: str = "") -> Fault:
        column = ".".join((contract.name, *place))
        return broken(rule, file=shown, column=column, hint=hint, allowed=allowed)

    if PurePath(table.file).name != table.file or "\\" in table.file:
        yield at("mapping_path", "file")
    is_workbook = table.file.lower().endswith(".xlsx")
    if not is_workbook and (table.sheet is not None or table.header_row != 1):
        yield at("mapping_sheet", "sheet")
    yield from (at(*fault) for fault in _list_faults(table, contract))
    if table.household and not _is_of_households(table, contract):
        yield at("mapping_household", "household")
    for part in ("columns", "codes", "constants", "also", "later_codes"):
        for column in getattr(table, part):
            if column not in contract.names:
                hint = closest(column, contract.names)
                yield at("mapping_column_unknown", part, column, hint=hint)
    for column in contract.columns:
        given = {*table.columns, *table.constants, *table.also}
        given |= {"person_id"} if table.household else set()
        if column.is_required and column.name not in given:
            yield at("mapping_column_required", "columns", column.name)
        for rule, part, allowed, hint in _value_faults(table, column):
            yield at(rule, part, column.name, allowed=allowed, hint=hint)
    named = Counter(fold(local) for local in (*table.expected, *table.ignore))
    for local in dict.fromkeys((*table.expected, *table.ignore)):
        if named[fold(local)] > 1:
            yield at("mapping_column_twice", "columns", local)
    for column_name, form in table.formats(contract).items():
        if not _is_readable(form, _format_kind(contract.column(column_name)) or "dates"):
            yield at("mapping_format", column_name)


def _is_of_households(table: TableMapping, contract: TableContract) -> bool:
    """Return whether a table can be read by household: it names them, and no person."""
    needed = {"household_id", "month"} <= table.columns.keys()
    return needed and "person_id" in contract.names and "person_id" not in table.columns


def _list_faults(table: TableMapping, contract: TableContract) -> Iterator[tuple[str, ...]]:
    """Yield later lists out of order or without a day, and cells that are read from nowhere."""
    dated = {
        column.name
        for column in contract.columns
        if column.role == "month" or column.duckdb_type in ("DATE", "TIMESTAMP")
    }
    for column, lists in table.later_codes.items():
        days = [one.first_day for one in lists]
        if days != sorted(set(days)) or column not in table.codes:
            yield "mapping_lists_order", "later_codes", column
        if any(one.dated_by not in dated & {*table.columns} for one in lists):
            yield "mapping_lists_undated", "later_codes", column
    for column, of in table.also.items():
        if of not in table.columns or column in table.columns:
            yield "mapping_also", "also", column


def _value_faults(table: TableMapping, column: Column) -> Iterator[tuple[str, str, str, str]]:
    """Yield code lists and constants that lead to values that the column cannot hold.

    With each: the rule, where it stands, what may stand there, and what was perhaps meant.
    """
    targets = {"codes": list(table.codes.get(column.name, {}).values())}
    for later in table.later_codes.get(column.name, ()):
        targets["later_codes"] = [*targets.get("later_codes", ()), *later.codes.values()]
    if column.name in table.constants:
        targets["constants"] = [table.constants[column.name]]
    for part, values in targets.items():
        wrong = [value for value in values if not _is_allowed(value, column)]
        if wrong:
            hint = closest(wrong[0], column.codes)
            yield "mapping_code_unknown", part, _allowed(column), hint


def _is_allowed(value: str, column: Column) -> bool:
    if column.codes:
        return value in column.codes
    if column.role == "slug":
        return re.fullmatch(r"[a-z0-9][a-z0-9_]{0,62}", value) is not None
    if column.duckdb_type == "BOOLEAN":
        return value.lower() in ("0", "1", "true", "false")
    if column.duckdb_type in _NUMBERS:
        return re.fullmatch(r"[+-]?\d{1,9}", value) is not None
    return bool(value)


def _allowed(column: Column) -> str:
    if column.codes:
        return ", ".join(column.codes)
    return {"BOOLEAN": "1, 0", "INTEGER": "whole numbers"}.get(
        column.duckdb_type, "short names of a-z, 0-9 and _"
    )


def _format_kind(column: Column) -> str | None:
    return "months" if column.role == "month" else _FORMAT_OF.get(column.duckdb_type)


def _is_readable(form: str, kind: str) -> bool:
    """Return whether a strptime format names a full date and guesses nothing.

    >>> _is_readable("%d/%m/%Y", "dates"), _is_readable("%y%m%d", "dates")
    (True, False)
    """
    letters = re.findall("%(.)", form)
    if form == "%Y-%d-%m":  # nobody could tell such a day from an ISO one
        return False
    needed, known = _LETTERS[kind]
    return set(needed) <= set(letters) <= set(known) and len(letters) == len(set(letters))


def header_faults(
    header: Iterable[str], table: TableMapping, shown: str, row: int | None = 1
) -> tuple[dict[str, str], list[Fault]]:
    """Hold a file's header against the mapping.

    Parameters
    ----------
    row : int or None
        Row of the file that the header stands in.

    Returns
    -------
    dict
        Local name as the file has it → canonical name, for the columns that are read.
    list of Fault
        Missing and unknown columns, with the name that each was perhaps meant to be. A
        name that is not the mapping's is shown only in a file that plainly has a header,
        since a first row of data would otherwise be repeated.
    """
    present = {fold(name): name for name in header}
    wanted = {fold(local): canonical for canonical, local in table.columns.items()}
    if table.household:
        wanted |= {fold(one): f"{MEMBER}{n}" for n, one in enumerate(table.household.local)}
    ignored = {fold(local) for local in table.ignore}
    locals_ = {fold(local): local for local in table.expected}
    missing = [locals_[name] for name in wanted if name not in present]
    unknown = [name for name in present if name not in wanted and name not in ignored]
    if len(missing) * 2 > len(wanted):
        return {}, [broken("header_missing", file=shown, row=row)]
    faults = [
        broken(
            "column_missing",
            file=shown,
            row=row,
            column=local,
            hint=closest(local, [nameable(name, place) for place, name in enumerate(unknown)]),
        )
        for local in missing
    ]
    places = list(present)
    for name in unknown:
        column = nameable(present[name], places.index(name))
        hint = closest(name, [local for local in missing if _is_name(name)])
        faults.append(broken("column_unknown", file=shown, row=row, column=column, hint=hint))
    read = {present[name]: wanted[name] for name in wanted if name in present}
    return read, faults


def _is_name(name: str) -> bool:
    return re.fullmatch(r"[^\W\d]\w{0,39}", name) is not None and not re.search(r"\d{3}", name)


def nameable(name: str, place: int) -> str:
    """Return a column's name if it can only be a name, else its place.

    >>> nameable("fodelsear", 0), nameable("880209-0501", 1)
    ('fodelsear', 'column 2')
    """
    return name if _is_name(name) else f"column {place + 1}"
