"""Contract: what must each canonical table hold, in which types, under which rules?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

import polars as pl
import yaml

Severity = Literal["quarantine", "refuse"]
Kahn = Literal["conformance", "completeness", "plausibility"]

#: Columns that say where a raw row came from; they stand last in every raw table.
PROVENANCE: Mapping[str, str] = {
    "source": "VARCHAR",
    "delivery": "VARCHAR",
    "source_file": "VARCHAR",
    "source_row": "INTEGER",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One declared rule, in the words of Great Expectations.

    Attributes
    ----------
    id : str
        Stable code, the key of ``utfall.expectations.rulebook``.
    column : str
        Column that a fault is reported at.
    expectation : str
        Type of the expectation, ``expect_…``.
    kwargs : mapping
        Its arguments; ``$extracted_on``, ``$extracted_month`` and ``$extracted_year`` stand for
        the day of extraction, its month and its year.
    severity : str
        ``quarantine`` sets the row aside, ``refuse`` turns the delivery down.
    kahn : str
        Category of data quality after Kahn and others (2016).
    """

    id: str
    column: str
    expectation: str
    kwargs: Mapping[str, Any]
    severity: Severity = "quarantine"
    kahn: Kahn = "plausibility"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Columns whose values must stand in another table of the same delivery."""

    id: str
    columns: tuple[str, ...]
    table: str
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One canonical column.

    Attributes
    ----------
    duckdb_type : str
        ``VARCHAR``, ``DATE``, ``INTEGER``, ``BOOLEAN``, ``TIMESTAMP`` or ``DECIMAL(p,s)``.
    role : str or None
        ``id``, ``slug``, ``code`` or ``month`` for text that is more than text.
    codes : tuple of str
        Allowed values of a code column; empty for others.
    is_open_ended : bool
        A date that a source may write as far ahead when nothing has ended.
    """

    name: str
    duckdb_type: str
    description: str
    is_required: bool = False
    role: str | None = None
    codes: tuple[str, ...] = ()
    is_open_ended: bool = False

    @property
    def polars_type(self) -> pl.DataType:
        """Return the type of the column in a typed raw frame."""
        found = re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", self.duckdb_type)
        if found:
            return pl.Decimal(int(found[1]), int(found[2]))
        return _POLARS[self.duckdb_type]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableContract:
    """One canonical table: its grain, columns, rules and references.

    Attributes
    ----------
    key : tuple of str
        Columns that identify a row together.
    is_required : bool
        Every study needs the table.
    """

    name: str
    grain: str
    purpose: str
    is_required: bool
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rules: tuple[Rule, ...]
    references: tuple[Reference, ...] = field(default=())

    def column(self, name: str) -> Column:
        """Return a column by name.

        Raises
        ------
        KeyError
            The table has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the column names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Return the names of the columns that no row may leave blank."""
        return tuple(column.name for column in self.columns if column.is_required)


_POLARS: Mapping[str, pl.DataType] = {
    "VARCHAR": pl.String(),
    "DATE": pl.Date(),
    "INTEGER": pl.Int32(),
    "DOUBLE": pl.Float64(),
    "BOOLEAN": pl.Boolean(),
    "TIMESTAMP": pl.Datetime("us"),
}


@cache
def load_contracts() -> dict[str, TableContract]:
    """Return the contracts of the canonical tables, parents before children.

    >>> list(load_contracts())[:4]
    ['persons', 'sites', 'referrals', 'spells']
    """
    folder = files("utfall.expectations") / "contracts"
    found = {
        contract.name: contract
        for contract in (
            _read(path)
            for path in sorted(folder.iterdir(), key=lambda path: path.name)
            if path.name.endswith(".yml")
        )
    }
    first = ("persons", "sites", "referrals", "spells")
    return {name: found[name] for name in (*first, *(n for n in found if n not in first))}


@cache
def load_flat_contract() -> TableContract:
    """Return the contract of ``flat_values``, the long form of a flat study's single sheet."""
    return _read(files("utfall.expectations") / "flat_values.yml")


def sheet_contract(columns: tuple[Column, ...]) -> TableContract:
    """Return the contract of a flat study's single sheet, one row per unit.

    Parameters
    ----------
    columns : tuple of Column
        ``unit_id`` first; the others as ``study.yml`` declares them.
    """
    key = columns[0].name
    pattern = load_flat_contract().rules[1].kwargs["regex"]
    rules = [
        _required(key),
        on_column(
            key,
            "id_malformed",
            "match_regex",
            {"regex": pattern},
            severity="refuse",
            kahn="conformance",
        ),
        *(_required(column.name) for column in columns[1:] if column.is_required),
    ]
    return TableContract(
        name="flat_values",
        grain="one row per unit",
        purpose="The single sheet of a flat study.",
        is_required=True,
        columns=columns,
        key=(key,),
        rules=(*rules, _unique((key,))),
    )


def raw_table_ddl(contract: TableContract) -> str:
    """Return the statement that creates a table's raw form in DuckDB.

    No keys or constraints: what they would say was checked before, and DuckDB cannot
    replay them from its log after a crash.
    """
    types = {column.name: column.duckdb_type for column in contract.columns} | dict(PROVENANCE)
    lines = ",\n".join(f'    "{name}" {kind}' for name, kind in types.items())
    return f'CREATE TABLE raw."{contract.name}" (\n{lines}\n)'


def raw_schema(contract: TableContract) -> dict[str, pl.DataType]:
    """Return the polars schema of a table's typed raw frame, in the order of its DDL."""
    schema = {column.name: column.polars_type for column in contract.columns}
    return schema | {name: _POLARS[kind] for name, kind in PROVENANCE.items()}


def empty_table(contract: TableContract) -> pl.DataFrame:
    """Return a raw frame without rows, for a table that was not delivered."""
    return pl.DataFrame(schema=raw_schema(contract))


def _read(path: Traversable) -> TableContract:
    # The compiled loader reads nineteen contracts in a tenth of a second instead of one.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    (table,) = document["schema"]
    properties = table["properties"]
    key = sorted(
        (item["primaryKeyPosition"], item["name"]) for item in properties if "primaryKey" in item
    )
    names = tuple(name for _, name in key)
    rules = [rule for item in properties for rule in _column_rules(item)]
    rules += [_custom(item) for item in table.get("quality", ())]
    return TableContract(
        name=table["name"],
        grain=table["dataGranularityDescription"],
        purpose=document["description"]["purpose"],
        is_required=bool(_custom_properties(table).get("required")),
        columns=tuple(_column(item) for item in properties),
        key=names,
        rules=(*rules, _unique(names)),
        references=tuple(_references(table)),
    )


def _column(item: Mapping[str, Any]) -> Column:
    extra = _custom_properties(item)
    return Column(
        name=item["name"],
        duckdb_type=item["physicalType"],
        description=item["description"],
        is_required=bool(item.get("required", False)),
        role=extra.get("role"),
        codes=_codes(item),
        is_open_ended=bool(extra.get("open_end", False)),
    )


def _codes(item: Mapping[str, Any]) -> tuple[str, ...]:
    for quality in item.get("quality", ()):
        if quality.get("metric") == "invalidValues":
            return tuple(str(value) for value in quality["arguments"]["validValues"])
    return ()


def _column_rules(item: Mapping[str, Any]) -> list[Rule]:
    """Return the rules that a property declares, its required mark and options included."""
    name, options = item["name"], item.get("logicalTypeOptions", {})
    rules = []
    if item.get("required"):
        rules.append(_required(name))
    if "pattern" in options:
        rule_id = {"month": "month_malformed", "slug": "not_a_slug"}.get(
            _custom_properties(item).get("role", ""), "id_malformed"
        )
        regex = {"regex": options["pattern"]}
        severity: Severity = "quarantine" if rule_id == "month_malformed" else "refuse"
        rules.append(
            on_column(name, rule_id, "match_regex", regex, severity=severity, kahn="conformance")
        )
    if "maxLength" in options:
        length = {"max_value": options["maxLength"]}
        kind = "expect_column_value_lengths_to_be_between"
        rules.append(
            on_column(name, "text_too_long", kind, length, severity="refuse", kahn="conformance")
        )
    if "minimum" in options:
        limits = {"min_value": options["minimum"], "max_value": options["maximum"]}
        rules.append(on_column(name, "number_out_of_range", "be_between", limits))
    codes = _codes(item)
    if codes:
        allowed = {"value_set": list(codes)}
        rules.append(
            on_column(
                name, "code_unmapped", "be_in_set", allowed, severity="refuse", kahn="conformance"
            )
        )
    custom = [quality for quality in item.get("quality", ()) if quality["type"] == "custom"]
    return rules + [_custom(quality) for quality in custom]


def _required(column: str) -> Rule:
    return on_column(column, "missing_required", "not_be_null", {}, kahn="completeness")


def on_column(
    column: str,
    rule_id: str,
    expectation: str,
    kwargs: Mapping[str, Any],
    *,
    severity: Severity = "quarantine",
    kahn: Kahn = "plausibility",
) -> Rule:
    """Return a rule on one column; ``be_in_set`` is short for ``expect_column_values_to_…``."""
    if not expectation.startswith("expect_"):
        expectation = f"expect_column_values_to_{expectation}"
    return Rule(
        id=rule_id,
        column=column,
        expectation=expectation,
        kwargs={"column": column, **kwargs},
        severity=severity,
        kahn=kahn,
    )


def _unique(key: tuple[str, ...]) -> Rule:
    if len(key) == 1:
        return on_column(key[0], "duplicate_key", "be_unique", {})
    return Rule(
        id="duplicate_key",
        column=key[0],
        expectation="expect_compound_columns_to_be_unique",
        kwargs={"column_list": list(key), "ignore_row_if": "never"},
    )


def _custom(quality: Mapping[str, Any]) -> Rule:
    implementation = quality["implementation"]
    kwargs = implementation["kwargs"]
    return Rule(
        id=quality["id"],
        column=kwargs.get("column") or kwargs["column_A"],
        expectation=implementation["type"],
        kwargs=kwargs,
        severity=quality["severity"],
        kahn=_custom_properties(quality)["kahn"],
    )


def _references(table: Mapping[str, Any]) -> list[Reference]:
    found = [
        (relation, [item["name"]], [relation["to"]])
        for item in table["properties"]
        for relation in item.get("relationships", ())
    ]
    found += [
        (relation, [name.split(".")[1] for name in relation["from"]], relation["to"])
        for relation in table.get("relationships", ())
    ]
    return [
        Reference(
            id=relation["id"],
            columns=tuple(columns),
            table=to[0].split(".")[0],
            to=tuple(name.split(".")[1] for name in to),
        )
        for relation, columns, to in found
    ]


def _custom_properties(item: Mapping[str, Any]) -> dict[str, Any]:
    return {entry["property"]: entry["value"] for entry in item.get("customProperties", ())}
