"""Flat: one sheet with a row per person, taken through the same checks as any delivery."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import Field, ValidationError

from utfall.analysis.errors import DeliveryRefused
from utfall.analysis.problems import told
from utfall.expectations.contract import (
    PROVENANCE,
    Column,
    load_flat_contract,
    raw_schema,
    sheet_contract,
)
from utfall.expectations.conversion import Notation, fold
from utfall.expectations.identifiers import holds_number
from utfall.expectations.rulebook import broken
from utfall.pipelines.admission import File, admit
from utfall.pipelines.declarations import (
    DELIVERY_FILE,
    Declared,
    DeliveryHeader,
    read_declaration,
)
from utfall.pipelines.delivery import Delivery
from utfall.pipelines.mapping import TableMapping
from utfall.pipelines.readers import Unreadable
from utfall.pipelines.sheets import screened_sheet

_NAME = r"^[a-z0-9][a-z0-9_]{0,62}$"


class FlatColumn(Declared):
    """One column of the sheet.

    Attributes
    ----------
    kind : str
        ``number`` or ``text``; ``text`` where a code list is given.
    codes : mapping
        Local code to the name that protocols use.
    is_required : bool
        A row that leaves it blank is set aside.
    """

    column: str
    kind: Literal["number", "text"] | None = None
    codes: dict[str, Annotated[str, Field(pattern=_NAME)]] = Field(default_factory=dict)
    is_required: Annotated[bool, Field(alias="required")] = False


class FlatSettings(Declared):
    """What ``study.yml`` declares under ``flat``.

    Attributes
    ----------
    unit : str or None
        Column that tells the people apart; the row's number where absent.
    columns : mapping
        Name that protocols use → column of the sheet.
    extracted_on : date or None
        Day of the extract; the last day that the delivery's name can mean where absent.
    """

    file: str
    source: Annotated[str, Field(pattern=_NAME)]
    delivery: Annotated[str, Field(pattern=r"^[\w-]{1,40}$")]
    unit: str | None = None
    columns: Annotated[dict[Annotated[str, Field(pattern=_NAME)], FlatColumn], Field(min_length=1)]
    ignore: tuple[str, ...] = ()
    encoding: Literal["utf-8", "cp1252", "latin-1"] = "utf-8"
    delimiter: Literal[";", ",", "\t", "|"] = ","
    decimal: Literal[",", "."] = "."
    purpose: Literal["follow_up", "research"] = "follow_up"
    ethics_id: str | None = None
    extracted_on: date | None = None
    quarantine_limit: Annotated[float, Field(ge=0, le=0.5)] = 0.2

    @property
    def mapping(self) -> TableMapping:
        """Return how the sheet is written, as of any other table."""
        unit = {"unit_id": self.unit} if self.unit else {}
        named = {name: column.column for name, column in self.columns.items()}
        return TableMapping(file=self.file, columns=unit | named, ignore=self.ignore)

    def notation(self, header: DeliveryHeader) -> Notation:
        """Return the code lists and the decimal mark of the sheet."""
        codes = {
            name: {fold(local): code for local, code in column.codes.items()}
            for name, column in self.columns.items()
            if column.codes
        }
        return Notation(codes=codes, decimal=header.decimal)


def read_flat(study_root: Path, flat: Mapping[str, Any]) -> Delivery:
    """Return the sheet of a flat study in long form, as table ``flat_values``.

    Parameters
    ----------
    study_root : Path
        The sheet is ``data/raw/<source>/<delivery>/<file>`` below it.
    flat : mapping
        What ``study.yml`` declares under ``flat``. A ``delivery.yml`` beside the sheet
        says how it is written instead, where there is one.

    Raises
    ------
    DeliveryRefused
        With every fault that turns the sheet down.
    """
    settings = _settings(flat)
    shown = f"data/raw/{settings.source}/{settings.delivery}"
    folder = study_root.resolve() / shown
    path = folder / settings.file
    place = f"a file in {shown}" if holds_number(settings.file) else f"{shown}/{settings.file}"
    header = _header(folder, shown, settings)
    try:
        if holds_number(settings.file):
            raise Unreadable(broken("identifier_in_file_name", file=place))
        if not path.is_file() or PurePath(settings.file).name != settings.file:
            raise Unreadable(broken("file_missing", file=place))
        contract = sheet_contract(_columns(settings))
        notation = settings.notation(header)
        sheet = screened_sheet(path, place, header, settings.mapping, contract, notation)
    except Unreadable as unreadable:
        raise DeliveryRefused(f"{place} is refused", unreadable.faults) from None
    admitted = admit(
        {"flat_values": sheet},
        {"flat_values": File(place, sheet.delivered.height, settings.mapping.columns)},
        source=settings.source,
        delivery=settings.delivery,
        extracted_on=header.extracted_on,
        limit=settings.quarantine_limit,
    )
    if admitted.faults:
        raise DeliveryRefused(f"{place} is refused", admitted.faults)
    return Delivery(
        source=settings.source,
        delivery=settings.delivery,
        header=header,
        tables={"flat_values": _long(admitted.tables["flat_values"], settings)},
        quarantine=admitted.quarantine,
        counts=admitted.counts,
        verdicts=admitted.verdicts,
    )


def _settings(flat: Mapping[str, Any]) -> FlatSettings:
    try:
        return FlatSettings.model_validate(dict(flat))
    except ValidationError as error:
        faults = [
            broken(
                "flat_invalid",
                file="study.yml",
                column=".".join(["flat", *(str(step) for step in problem["loc"])]),
                problem=(said := told(problem, FlatSettings))[0],
                problem_sv=said[1],
            )
            for problem in error.errors(include_url=False, include_input=False)
        ]
        raise DeliveryRefused("study.yml does not describe a sheet", faults) from None


def _header(folder: Path, shown: str, settings: FlatSettings) -> DeliveryHeader:
    """Return what the sheet's delivery declares, or what ``study.yml`` says in its place."""
    if (folder / DELIVERY_FILE).is_file():
        return read_declaration(folder / DELIVERY_FILE, f"{shown}/{DELIVERY_FILE}", DeliveryHeader)
    if settings.purpose == "research" and not settings.ethics_id:
        fault = broken("ethics_id_missing", file="study.yml", column="flat.ethics_id")
        raise DeliveryRefused("study.yml does not describe a sheet", [fault])
    return DeliveryHeader(
        source=settings.source,
        extracted_on=settings.extracted_on or last_day(settings.delivery),
        encoding=settings.encoding,
        delimiter=settings.delimiter,
        decimal=settings.decimal,
        purpose=settings.purpose,
        ethics_id=settings.ethics_id,
    )


def last_day(name: str) -> date:
    """Return the last day that a delivery's name can mean.

    >>> last_day("2024-11"), last_day("1986")
    (datetime.date(2024, 11, 30), datetime.date(1986, 12, 31))

    Raises
    ------
    DeliveryRefused
        The name is no year, month or day.
    """
    found = re.fullmatch(r"((?:19|20)\d\d)(?:-(0[1-9]|1[0-2])(?:-(\d\d))?)?", name)
    if found:
        year, month = int(found[1]), int(found[2] or 12)
        last = calendar.monthrange(year, month)[1]
        if 1 <= int(found[3] or last) <= last:
            return date(year, month, int(found[3] or last))
    problem = "the delivery's name is no year, month or day, so its extract needs a date"
    fault = broken("flat_invalid", file="study.yml", column="flat.extracted_on", problem=problem)
    raise DeliveryRefused("study.yml does not describe a sheet", [fault])


def _columns(settings: FlatSettings) -> tuple[Column, ...]:
    unit = Column(
        name="unit_id", duckdb_type="VARCHAR", description="The unit.", is_required=True, role="id"
    )
    return (
        unit,
        *(
            Column(
                name=name,
                duckdb_type="DOUBLE" if _is_number(column) else "VARCHAR",
                description="As study.yml declares it.",
                is_required=column.is_required or name == "programme",
            )
            for name, column in settings.columns.items()
        ),
    )


def _is_number(column: FlatColumn) -> bool:
    return column.kind == "number" or (column.kind is None and not column.codes)


def _long(wide: pl.DataFrame, settings: FlatSettings) -> pl.DataFrame:
    """Return one row per unit and declared column, in the schema of ``raw.flat_values``."""
    parts = [
        wide.select(
            "unit_id",
            pl.lit(name).alias("column_name"),
            (pl.col(name) if _is_number(column) else pl.lit(None, pl.Float64)).alias("number"),
            (pl.lit(None, pl.String) if _is_number(column) else pl.col(name)).alias("text"),
            *PROVENANCE,
        )
        for name, column in settings.columns.items()
    ]
    schema = pl.Schema(raw_schema(load_flat_contract()))
    return pl.concat(parts).sort("source_row", "column_name").cast(schema)
