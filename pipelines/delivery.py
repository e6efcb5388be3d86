"""Delivery: which rows of what was handed over may enter, and what is wrong with the rest?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from utfall.analysis.errors import DeliveryRefused, Fault
from utfall.analysis.problems import closest
from utfall.expectations.contract import load_contracts
from utfall.expectations.gate import Verdict
from utfall.expectations.identifiers import holds_number
from utfall.expectations.rulebook import broken
from utfall.expectations.screening import Screened, settle
from utfall.pipelines.admission import QUARANTINE, Admitted, Count, File, admit
from utfall.pipelines.bridges import bridgeable, is_bridgeable, read_bridge
from utfall.pipelines.declarations import (
    DELIVERY_FILE,
    DeliveryHeader,
    read_declaration,
    read_received_on,
)
from utfall.pipelines.households import Members, People
from utfall.pipelines.mapping import (
    MAPPING_FILE,
    SourceMapping,
    TableMapping,
    mapping_faults,
    nameable,
)
from utfall.pipelines.places import Place
from utfall.pipelines.readers import SUFFIXES, Unreadable
from utfall.pipelines.sheets import read_members, screened_sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What one system handed over on one day, as far as it may enter.

    Attributes
    ----------
    source, delivery : str
        Names of the two folders that it lies in.
    header : DeliveryHeader
        What it declares of itself.
    tables : dict of str to pl.DataFrame
        Typed canonical rows with ``source, delivery, source_file, source_row``, of every
        table that was delivered.
    quarantine : pl.DataFrame
        ``file, row, column, rule, table`` of every rule that a row was set aside for.
    counts : tuple of Count
        Rows in, loaded and set aside, by table.
    verdicts : tuple of Verdict
        What Great Expectations found of every rule.
    bridges : mapping
        By id column: pairs of ``old`` and ``new`` pseudonyms.
    """

    source: str
    delivery: str
    header: DeliveryHeader
    tables: dict[str, pl.DataFrame]
    quarantine: pl.DataFrame
    counts: tuple[Count, ...]
    verdicts: tuple[Verdict, ...]
    bridges: Mapping[str, pl.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What a check of one delivery found. Nothing was stored.

    Attributes
    ----------
    source, delivery : str
        Names of the two folders that it lies in; empty where a name looks personal.
    faults : tuple of Fault
        What turns the delivery down; empty where it may enter.
    quarantine : pl.DataFrame
        ``file, row, column, rule, table`` of the rows that would be set aside.
    counts : tuple of Count
        By table; empty where the delivery is turned down before its rows are counted.
    not_delivered : tuple of str
        Tables that the mapping knows and the delivery does not hold.
    verdicts : tuple of Verdict
        What Great Expectations found; empty where the delivery is turned down before.
    notes : tuple of Fault
        What differs from earlier deliveries, and is used all the same.
    """

    source: str
    delivery: str
    faults: tuple[Fault, ...]
    quarantine: pl.DataFrame
    counts: tuple[Count, ...]
    not_delivered: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    notes: tuple[Fault, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Return whether the delivery may enter."""
        return not self.faults

    @property
    def set_aside(self) -> tuple[Fault, ...]:
        """Return one fault per file, column and rule that rows would be set aside for."""
        return tuple(quarantine_faults(self.quarantine))


def check_delivery(folder: Path, *, study_root: Path | None = None) -> CheckReport:
    """Hold a delivery against its contract without storing anything.

    Parameters
    ----------
    folder : Path
        ``data/raw/<source>/<delivery>``.
    study_root : Path, optional
        Faults name files from here; from the folder above the source where absent.
    """
    return examine_delivery(folder, study_root=study_root)[0]


def examine_delivery(
    folder: Path, *, study_root: Path | None = None
) -> tuple[CheckReport, Delivery | None]:
    """Return what a check of a delivery found, and the delivery where it may enter.

    Parameters
    ----------
    folder, study_root : Path
        As for ``check_delivery``.
    """
    folder = folder.resolve()
    try:
        delivery, absent = _examined(folder, study_root)
    except DeliveryRefused as refused:
        report = CheckReport(
            source="" if holds_number(folder.parent.name) else folder.parent.name,
            delivery="" if holds_number(folder.name) else folder.name,
            faults=refused.faults,
            quarantine=pl.DataFrame(schema=QUARANTINE),
            counts=(),
            not_delivered=(),
            verdicts=(),
        )
        return report, None
    report = CheckReport(
        source=delivery.source,
        delivery=delivery.delivery,
        faults=(),
        quarantine=delivery.quarantine,
        counts=delivery.counts,
        not_delivered=absent,
        verdicts=delivery.verdicts,
    )
    return report, delivery


def read_delivery(folder: Path, *, study_root: Path | None = None) -> Delivery:
    """Return what of a delivery may enter.

    Parameters
    ----------
    folder, study_root : Path
        As for ``check_delivery``.

    Raises
    ------
    DeliveryRefused
        With every fault that turns it down.
    """
    return _examined(folder.resolve(), study_root)[0]


def find_deliveries(study_root: Path, as_of: date | None = None) -> list[Path]:
    """Return the folders of a study's deliveries, by source and name.

    Every folder two levels below ``data/raw`` that holds a file counts, so that one
    without its declaration is refused rather than overlooked.

    Parameters
    ----------
    as_of : date, optional
        Leave out what was received after this day.
    """
    raw = study_root.resolve() / "data" / "raw"
    found = sorted(
        folder
        for folder in raw.glob("*/*")
        if folder.is_dir()
        and not any(part.startswith(".") for part in folder.relative_to(raw).parts)
        and _files(folder)
    )
    if as_of is None:
        return found
    return [folder for folder in found if (read_received_on(folder) or as_of) <= as_of]


def delivery_sha256(folder: Path) -> str:
    """Return the hash of what a delivery says: its files, and the mapping that reads them.

    The names of the files count, the place of the folder does not.
    """
    digest = hashlib.sha256()
    governing = _mapping_path(folder)
    for path in sorted({*_files(folder), governing}, key=lambda path: path.name):
        if path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.name}\0{content}\n".encode())
    return digest.hexdigest()


def quarantine_faults(quarantine: pl.DataFrame) -> Iterator[Fault]:
    """Yield one fault per file, column and rule that rows were set aside for."""
    by_rule = quarantine.group_by("file", "column", "rule").agg(
        pl.col("row").min(), rows=pl.col("row").n_unique()
    )
    for file, column, rule, row, rows in by_rule.sort("file", "row", "column", "rule").iter_rows():
        yield broken(rule, file=file, row=row, column=column, rows=rows)


def _examined(folder: Path, study_root: Path | None) -> tuple[Delivery, tuple[str, ...]]:
    """Return a delivery that may enter, and the tables that it could have held."""
    place = Place(folder, study_root)
    if not folder.is_dir():
        _refuse(place, [broken("delivery_missing", file=place.shown)])
    header, mapping = _declared(place)
    faults = [*_folder_faults(place, mapping, header), *_header_faults(place, mapping, header)]
    files: dict[str, File] = {}
    screened: dict[str, Screened] = {}
    tried: set[str] = set()
    for name in (name for name in load_contracts() if name in mapping.tables):
        table = mapping.tables[name]
        path, shown = folder / table.file, place.of(folder / table.file)
        if not path.is_file():
            continue
        try:
            screened[name] = screened_sheet(
                path,
                shown,
                header,
                table,
                load_contracts()[name],
                mapping.notation(name, header),
                mapping.sheets_of(table.file),
                tried,
                _people(place, header, table, screened.get("persons"), tried),
            )
            rows = screened[name].delivered.get_column("source_row").n_unique()
            person = {"person_id": table.local("person_id")} if table.household else {}
            columns = table.columns | person
            files[name] = File(shown, rows, columns)
        except Unreadable as unreadable:
            faults.extend(unreadable.faults)
    bridges: dict[str, pl.DataFrame] = {}
    for column, bridge in header.rekeyed.items():
        try:
            path = folder / bridge.file
            bridges[column] = read_bridge(path, place.of(path), header, bridge)
        except Unreadable as unreadable:
            faults.extend(unreadable.faults)
    if faults:
        _refuse(place, faults)
    admitted = admit(
        settle(screened),
        files,
        source=header.source,
        delivery=folder.name,
        extracted_on=header.extracted_on,
        limit=mapping.quarantine_limit,
    )
    if admitted.faults:
        _refuse(place, admitted.faults)
    absent = tuple(name for name in mapping.tables if name not in admitted.tables)
    return _delivery(folder, header, admitted, bridges), absent


def _people(
    place: Place,
    header: DeliveryHeader,
    table: TableMapping,
    persons: Screened | None,
    tried: set[str],
) -> People | None:
    """Return the members of a table's households, and the people whom the delivery knows."""
    if table.household is None:
        return None
    known = None if persons is None else persons.delivered.get_column("person_id")
    rule = table.household.members
    if not isinstance(rule, Members):
        return People(None, known)
    path = place.folder / rule.file
    if not path.is_file():
        raise Unreadable()  # told among the files of the folder
    return People(read_members(path, place.of(path), header, rule, tried), known)


def _delivery(
    folder: Path,
    header: DeliveryHeader,
    admitted: Admitted,
    bridges: Mapping[str, pl.DataFrame],
) -> Delivery:
    return Delivery(
        source=header.source,
        delivery=folder.name,
        header=header,
        tables=admitted.tables,
        quarantine=admitted.quarantine,
        counts=admitted.counts,
        verdicts=admitted.verdicts,
        bridges=bridges,
    )


def _refuse(place: Place, faults: list[Fault] | tuple[Fault, ...]) -> None:
    raise DeliveryRefused(f"{place.shown} is refused; nothing was stored", faults)


def _declared(place: Place) -> tuple[DeliveryHeader, SourceMapping]:
    """Return both declarations; the faults of both are reported at once."""
    faults: list[Fault] = []
    header = mapping = None
    shown = place.of(place.folder / DELIVERY_FILE)
    try:
        header = read_declaration(place.folder / DELIVERY_FILE, shown, DeliveryHeader)
        if header.source != place.folder.parent.name:
            faults.append(broken("source_mismatch", file=shown, column="source"))
    except DeliveryRefused as refused:
        faults.extend(refused.faults)
    path = _mapping_path(place.folder)
    above = f"{place.shown.rpartition('/')[0]}/{MAPPING_FILE}".lstrip("/")
    shown = place.of(path) if path.parent == place.folder else above
    try:
        mapping = read_declaration(path, shown, SourceMapping)
        faults.extend(mapping_faults(mapping, shown))
        if header is not None and mapping.source != header.source:
            faults.append(broken("source_mismatch", file=shown, column="source"))
    except DeliveryRefused as refused:
        faults.extend(refused.faults)
    if header is None or mapping is None or faults:
        raise DeliveryRefused(f"{place.shown} is refused; nothing was stored", faults)
    return header, mapping


def _mapping_path(folder: Path) -> Path:
    """Return the mapping that governs a delivery: its own, else its source's."""
    own = folder / MAPPING_FILE
    return own if own.is_file() else folder.parent / MAPPING_FILE


def _files(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.iterdir()
        if not path.name.startswith(".") and (path.is_file() or path.is_symlink())
    )


def _header_faults(place: Place, mapping: SourceMapping, header: DeliveryHeader) -> Iterator[Fault]:
    """Yield tables and id columns that the declaration names and nobody knows."""
    shown = place.of(place.folder / DELIVERY_FILE)
    for name in header.holds:
        if name not in mapping.tables:
            hint = closest(name, mapping.tables)
            yield broken("holds_unknown", file=shown, column="holds", hint=hint)
    for column in header.rekeyed:
        if not is_bridgeable(column):
            name = nameable(column, 0)
            hint = closest(name, bridgeable())
            yield broken("bridge_unknown", file=shown, column=f"rekeyed.{name}", hint=hint)


def _folder_faults(place: Place, mapping: SourceMapping, header: DeliveryHeader) -> Iterator[Fault]:
    """Yield what is wrong with the files as files: missing, unknown, linked or ill-named."""
    bridges = {bridge.file for bridge in header.rekeyed.values()}
    beside = bridges | {file for table in mapping.tables.values() if (file := table.members_file)}
    known = {table.file for table in mapping.tables.values()} | beside
    present = _files(place.folder)
    if holds_number(place.folder.name):
        yield broken("identifier_in_file_name", file=place.shown)
    for path in present:
        is_inside = path.resolve().is_relative_to(place.folder) and path.is_file()
        if path.is_symlink() and not is_inside:
            yield broken("file_outside", file=place.of(path))
        if holds_number(path.name):
            yield broken("identifier_in_file_name", file=place.of(path))
        elif path.name not in known and path.suffix.lower() in SUFFIXES:
            hint = closest(path.name, known - {one.name for one in present})
            yield broken("file_unknown", file=place.of(path), hint=hint)
    names = {path.name for path in present}
    contracts = load_contracts()
    delivered = {table.members_file for table in mapping.tables.values() if table.file in names}
    for file in sorted((bridges | {file for file in delivered if file}) - names):
        hint = closest(file, [other for other in names - known if not holds_number(other)])
        yield broken("file_missing", file=place.of(place.folder / file), hint=hint)
    for name, table in mapping.tables.items():
        is_due = name in header.holds if header.holds else contracts[name].is_required
        if table.file not in names and is_due:
            hint = closest(
                table.file, [other for other in names - known if not holds_number(other)]
            )
            yield broken("file_missing", file=place.of(place.folder / table.file), hint=hint)
