"""Oracle: what does a program that shares nothing with ours find wrong with a delivery?

Frictionless reads the same files with a schema of its own making: the YAML of the contracts,
and the mapping as it was written. It knows shapes, types, codes, bounds, keys and references;
it looks for no identifier and knows no rule across tables but references.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import frictionless
import yaml
from frictionless import Checklist, Dialect, Package, Resource, Schema
from frictionless.formats import CsvControl

from tests.trust.good_delivery import GoodDelivery

CONTRACTS = Path(__file__).parents[2] / "expectations/contracts"
EARLIEST = date(1900, 1, 2)
_TYPES = {"DATE": "date", "INTEGER": "integer", "BOOLEAN": "boolean", "VARCHAR": "string"}
_ENCODINGS = {"windows-1252": "cp1252", "utf-8": "utf-8-sig"}


@dataclass(frozen=True)
class Found:
    """What the oracle says of the text files of a delivery.

    Attributes
    ----------
    rows
        Rows read, by file; files that it gave up have none.
    errors
        File, row and kind of error; the row is None where the file or its header is meant.
    """

    rows: dict[str, int]
    errors: frozenset[tuple[str, int | None, str]]

    @property
    def is_readable(self) -> bool:
        """Return whether it read every file to its end."""
        return all(row is not None for _, row, _ in self.errors)

    @property
    def rejected(self) -> set[tuple[str, int]]:
        """Return the rows that it would not let in."""
        return {(file, row) for file, row, _ in self.errors if row is not None}


def judged(good: GoodDelivery, folder: Path) -> Found:
    """Return what the oracle finds in a delivery as it was written."""
    resources = [
        _resource(name, table, good, folder)
        for name, table in good.mapping["tables"].items()
        if (folder / table["file"]).is_file() and table["file"].endswith(".csv")
    ]
    held = {resource.name for resource in resources}
    for resource in resources:
        keys = [key for key in resource.schema.foreign_keys if key["reference"]["resource"] in held]
        resource.schema.foreign_keys = keys
    with frictionless.system.use_context(trusted=True):
        report = Package(resources=resources).validate(checklist=Checklist(), parallel=False)
    rows, errors = {}, set()
    for task in report.tasks:
        file = good.mapping["tables"][task.name]["file"]
        if not any(
            error.type.endswith(("source-error", "encoding-error")) for error in task.errors
        ):
            rows[file] = task.stats.get("rows", 0)
        for error in task.errors:
            errors.add((file, getattr(error, "row_number", None), error.type))
    return Found(rows, frozenset(errors))


def _resource(name: str, table: dict[str, Any], good: GoodDelivery, folder: Path) -> Resource:
    dialect = Dialect(header_rows=[1], skip_blank_rows=True)
    dialect.add_control(CsvControl(delimiter=good.header["delimiter"]))
    encoding = str(good.header["encoding"]).lower()
    return Resource(
        name=name,
        path=str(folder / table["file"]),
        format="csv",
        encoding=_ENCODINGS.get(encoding, encoding),
        dialect=dialect,
        schema=Schema.from_descriptor(_schema(name, table, good)),
    )


@cache
def _contract(name: str) -> dict[str, Any]:
    document = yaml.safe_load((CONTRACTS / f"{name}.yml").read_text(encoding="utf-8"))
    return dict(document["schema"][0])


def _schema(name: str, table: dict[str, Any], good: GoodDelivery) -> dict[str, Any]:
    contract = _contract(name)
    columns = {one["name"]: one for one in contract["properties"]}
    local = dict(table["columns"])
    known = [canonical for canonical in local if canonical in columns]
    keys = [one for one in columns if columns[one].get("primaryKey")]
    written = [local[one] for one in keys if one in local]
    schema: dict[str, Any] = {
        "fields": [_field(columns[one], local[one], table, good) for one in known],
        "fieldsMatch": "subset",
        "missingValues": ["", " "],
    }
    # A key with a part that may be blank is none to the oracle.
    if len(written) == len(keys) and all(columns[one].get("required") for one in keys):
        schema["primaryKey"] = written
    schema["foreignKeys"] = list(_references(contract, local, good))
    return schema


def _field(
    column: dict[str, Any], local: str, table: dict[str, Any], good: GoodDelivery
) -> dict[str, Any]:
    codes = table.get("codes", {}).get(column["name"])
    options = column.get("logicalTypeOptions", {})
    role = {one["property"]: one["value"] for one in column.get("customProperties", ())}.get("role")
    kind = column["physicalType"].split("(")[0]
    constraints: dict[str, Any] = {}
    field: dict[str, Any] = {"name": local, "type": _TYPES.get(kind, "number")}
    if column.get("required") and "" not in (codes or {}):
        constraints["required"] = True
    if kind in ("INTEGER", "DECIMAL", "DOUBLE"):
        constraints |= {key: options[key] for key in ("minimum", "maximum") if key in options}
    if field["type"] == "number":
        field["decimalChar"] = good.header["decimal"]
    if field["type"] == "date":
        field["format"] = form = table.get("dates", "%Y-%m-%d")
        constraints |= _days(column, form, good)
        if any(one["property"] == "open_end" for one in column.get("customProperties", ())):
            field["missingValues"] = ["", " ", *good.mapping["open_end_dates"]]
    if kind == "TIMESTAMP":
        field |= {"type": "string"}
        constraints["pattern"] = r"\d{4}-\d\d-\d\d( \d\d:\d\d)?"
    if codes is not None:
        field["type"] = "string"
        constraints["enum"] = [code for code in codes if code]
    elif field["type"] == "boolean":
        field |= {"trueValues": ["1"], "falseValues": ["0"]}
    elif role == "slug":
        constraints["pattern"] = "[A-Za-z0-9][A-Za-z0-9_]{0,62}"
    elif role == "month" and "months" in table:
        pass
    elif field["type"] == "string":
        constraints |= {"pattern": options["pattern"]} if "pattern" in options else {}
        constraints |= {"maxLength": options["maxLength"]} if "maxLength" in options else {}
    return field | {"constraints": constraints}


def _days(column: dict[str, Any], form: str, good: GoodDelivery) -> dict[str, str]:
    """Return between which days a date must lie, as the file writes them."""
    bounds = {"minimum": EARLIEST.strftime(form)}
    for rule in column.get("quality", ()):
        if rule["implementation"]["kwargs"].get("max_value") == "$extracted_on":
            day = date.fromisoformat(good.header["extracted_on"])
            bounds["maximum"] = day.strftime(form)
    return bounds


def _references(
    contract: dict[str, Any], local: dict[str, str], good: GoodDelivery
) -> Iterator[dict[str, Any]]:
    """Yield foreign keys in local names, as far as both tables have the columns."""
    one_column = [
        ([column["name"]], [relation["to"]])
        for column in contract["properties"]
        for relation in column.get("relationships", ())
    ]
    several = [
        ([place.split(".")[1] for place in one["from"]], one["to"])
        for one in contract.get("relationships", ())
    ]
    for columns, targets in (*one_column, *several):
        parent = targets[0].split(".")[0]
        known = good.mapping["tables"].get(parent, {}).get("columns", {})
        to = [target.split(".")[1] for target in targets]
        if all(one in local for one in columns) and all(one in known for one in to):
            yield {
                "fields": [local[one] for one in columns],
                "reference": {"resource": parent, "fields": [known[one] for one in to]},
            }
