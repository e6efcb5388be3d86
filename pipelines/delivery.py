"""Delivery: which rows of what was handed over may enter, and what is wrong with the rest?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from utfall.analysis.errors import DeliveryRefused, Fault
from utfall.expectations.contract import load_contracts
from utfall.expectations.gate import Verdict
from utfall.expectations.identifiers import holds_number
from utfall.expectations.rulebook import broken
from utfall.expectations.screening import Screened, settle
from utfall.pipelines.admission import QUARANTINE, Admitted, Count, File, admit
from utfall.pipelines.declarations import DELIVERY_FILE, DeliveryHeader, read_declaration
from utfall.pipelines.mapping import MAPPING_FILE, SourceMapping, closest, mapping_faults
from utfall.pipelines.readers import SUFFIXES, Unreadable
from utfall.pipelines.sheets import screened_sheet
from utfall.pipelines.study import Study


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
    """

    source: str
    delivery: str
    header: DeliveryHeader
    tables: dict[str, pl.DataFrame]
    quarantine: pl.DataFrame
    counts: tuple[Count, ...]
    verdicts: tuple[Verdict, ...]


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
    """

    source: str
    delivery: str
    faults: tuple[Fault, ...]
    quarantine: pl.DataFrame
    counts: tuple[Count, ...]
    not_delivered: tuple[str, ...]
    verdicts: tuple[Verdict, ...]

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
    folder = folder.resolve()
    try:
        delivery, absent = _examined(folder, study_root)
    except DeliveryRefused as refused:
        return CheckReport(
            source="" if holds_number(folder.parent.name) else folder.parent.name,
            delivery="" if holds_number(folder.name) else folder.name,
            faults=refused.faults,
            quarantine=pl.DataFrame(schema=QUARANTINE),
            counts=(),
            not_delivered=(),
            verdicts=(),
        )
    return CheckReport(
        source=delivery.source,
        delivery=delivery.delivery,
        faults=(),
        quarantine=delivery.quarantine,
        counts=delivery.counts,
        not_delivered=absent,
        verdicts=delivery.verdicts,
    )


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


def check_deliveries(study: Study) -> None:
    """Hold every delivery of a study against its contract, storing nothing.

    Raises
    ------
    DeliveryRefused
        With the faults of all deliveries.
    """
    read_deliveries(study)


def read_deliveries(study: Study) -> list[Delivery]:
    """Return what of a study's deliveries may enter; one that another corrects is left out.

    Raises
    ------
    DeliveryRefused
        With the faults of all deliveries.
    """
    if study.settings.shape == "flat":
        from utfall.pipelines.flat import read_flat

        return [read_flat(study.root, study.settings.flat)]
    faults: list[Fault] = []
    deliveries: list[Delivery] = []
    for folder in find_deliveries(study.root):
        try:
            deliveries.append(read_delivery(folder, study_root=study.root))
        except DeliveryRefused as refused:
            faults.extend(refused.faults)
    if not faults:
        faults.extend(_study_faults(deliveries))
    if faults:
        raise DeliveryRefused("the deliveries are refused; nothing was stored", faults)
    corrected = {(one.source, one.header.corrects) for one in deliveries}
    return [one for one in deliveries if (one.source, one.delivery) not in corrected]


def _study_faults(deliveries: list[Delivery]) -> Iterator[Fault]:
    """Yield what a study needs of its deliveries together."""
    held = {table for delivery in deliveries for table in delivery.tables}
    for name, contract in load_contracts().items():
        if contract.is_required and name not in held:
            yield broken("table_missing", file="data/raw", name=name)
    known = {(one.source, one.delivery) for one in deliveries}
    for one in deliveries:
        corrects = one.header.corrects
        if corrects and ((one.source, corrects) not in known or corrects == one.delivery):
            file = f"data/raw/{one.source}/{one.delivery}/{DELIVERY_FILE}"
            yield broken("corrects_unknown", file=file, column="corrects")


def find_deliveries(study_root: Path) -> list[Path]:
    """Return the folders of a study's deliveries, by source and name.

    Every folder two levels below ``data/raw`` that holds a file counts, so that one
    without its declaration is refused rather than overlooked.
    """
    raw = study_root.resolve() / "data" / "raw"
    return sorted(
        folder
        for folder in raw.glob("*/*")
        if folder.is_dir()
        and not any(part.startswith(".") for part in folder.relative_to(raw).parts)
        and _files(folder)
    )


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
    place = _Place(folder, study_root)
    if not folder.is_dir():
        _refuse(place, [broken("delivery_missing", file=place.shown)])
    header, mapping = _declared(place)
    faults = list(_folder_faults(place, mapping))
    files: dict[str, File] = {}
    screened: dict[str, Screened] = {}
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
            )
            files[name] = File(shown, screened[name].delivered.height, table.columns)
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
    return _delivery(folder, header, admitted), absent


def _delivery(folder: Path, header: DeliveryHeader, admitted: Admitted) -> Delivery:
    return Delivery(
        source=header.source,
        delivery=folder.name,
        header=header,
        tables=admitted.tables,
        quarantine=admitted.quarantine,
        counts=admitted.counts,
        verdicts=admitted.verdicts,
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a delivery lies, and how messages name what is in it."""

    folder: Path
    study_root: Path | None

    @property
    def shown(self) -> str:
        """Return the folder's name, unless a name on the way to it looks personal."""
        root = (self.study_root or _root_of(self.folder)).resolve()
        inside = self.folder.is_relative_to(root)
        shown = self.folder.relative_to(root).as_posix() if inside else self.folder.name
        return "a delivery" if holds_number(shown) else shown

    def of(self, path: Path) -> str:
        """Return a file's name, or only its folder's where the name looks personal."""
        if holds_number(path.name):
            return f"a file in {self.shown}"
        return f"{self.shown}/{path.name}"


def _root_of(folder: Path) -> Path:
    """Return the study that a folder lies in, or the folder above its source.

    >>> _root_of(Path("/s/data/raw/town/2020-01-01")).as_posix()
    '/s'
    """
    above = folder.parents
    is_study = len(above) > 3 and (above[1].name, above[2].name) == ("raw", "data")
    return above[3] if is_study else above[min(1, len(above) - 1)]


def _refuse(place: _Place, faults: list[Fault] | tuple[Fault, ...]) -> None:
    raise DeliveryRefused(f"{place.shown} is refused; nothing was stored", faults)


def _declared(place: _Place) -> tuple[DeliveryHeader, SourceMapping]:
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


def _folder_faults(place: _Place, mapping: SourceMapping) -> Iterator[Fault]:
    """Yield what is wrong with the files as files: missing, unknown, linked or ill-named."""
    known = {table.file for table in mapping.tables.values()}
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
            yield broken("file_unknown", file=place.of(path))
    names = {path.name for path in present}
    contracts = load_contracts()
    for name, table in mapping.tables.items():
        if table.file not in names and contracts[name].is_required:
            hint = closest(
                table.file, [other for other in names - known if not holds_number(other)]
            )
            yield broken("file_missing", file=place.of(place.folder / table.file), hint=hint)
