"""Ingest: every delivery of a study through its contract and into raw tables, all or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from utfall.analysis.errors import DeliveryRefused, Fault
from utfall.pipelines.quality import counted_by_check, counted_by_table
from utfall.pipelines.stages import QUARANTINE_FILE
from utfall.pipelines.study import Study, load_events

if TYPE_CHECKING:
    from utfall.pipelines.delivery import CheckReport, Delivery


def ingest_deliveries(study: Study) -> None:
    """Store what of a study's deliveries may enter, and where the rest went.

    Beside the database lie ``quarantine.csv`` (file, row, column and rule of every row set
    aside; never what it held) and the counts that gate G0 and the pages read.

    Raises
    ------
    DeliveryRefused
        With every fault of every delivery; nothing was stored.
    """
    from utfall.pipelines.compare import write_quality
    from utfall.pipelines.manifest import run_id
    from utfall.pipelines.warehouse import build_raw

    delivered = read_deliveries(study)
    deliveries, register = standing(study, delivered)
    study.work.mkdir(parents=True, exist_ok=True)
    set_aside = pl.concat([delivery.quarantine for delivery in deliveries])
    partial = study.work / f"{QUARANTINE_FILE}.partial"
    set_aside.sort("file", "row", "column", "rule", nulls_last=False).write_csv(partial)
    partial.replace(study.work / QUARANTINE_FILE)
    write_quality(study, counted(deliveries) | register)
    build_raw(study.warehouse, deliveries, load_events(study), run_id(study))
    if register and study.as_of is None:
        from utfall.pipelines.ledger import extend_ledger

        extend_ledger(study.root, delivered)


def standing(
    study: Study, deliveries: Sequence[Delivery]
) -> tuple[Sequence[Delivery], dict[str, Any]]:
    """Return the deliveries that the study's state rests on, and what the register says of all.

    Raises
    ------
    DeliveryRefused
        They contradict each other, or are not as they were registered.
    """
    if study.settings.shape == "flat":
        return deliveries, {}
    from utfall.pipelines.ledger import ledger_faults, read_ledger
    from utfall.pipelines.register import register_document, settled

    faults = [
        *ledger_faults(read_ledger(study.root), deliveries, study.root, study.as_of),
    ]
    if faults:
        raise DeliveryRefused("the deliveries are not as registered; nothing was stored", faults)
    state = settled(deliveries, study.as_of)
    faults = list(_missing_tables(state.deliveries))
    if faults:
        raise DeliveryRefused("the deliveries may not enter; nothing was stored", faults)
    return state.deliveries, {"register": register_document(state, study.as_of)}


def _missing_tables(deliveries: Sequence[Delivery]) -> Iterator[Fault]:
    """Yield required tables that no delivery of a source holds."""
    from utfall.expectations.contract import load_contracts
    from utfall.expectations.rulebook import broken

    held = {table for delivery in deliveries for table in delivery.tables}
    for name, contract in load_contracts().items():
        if contract.is_required and name not in held:
            yield broken("table_missing", file="data/raw", name=name)


def read_deliveries(study: Study) -> list[Delivery]:
    """Return every delivery of a study; the faults of all are told at once.

    Raises
    ------
    DeliveryRefused
        One of them may not enter, or there is none.
    """
    if study.settings.shape == "flat":
        from utfall.pipelines.flat import read_flat

        return [read_flat(study.root, study.settings.flat)]
    from utfall.pipelines.delivery import find_deliveries, read_delivery

    deliveries: list[Delivery] = []
    faults: list[Fault] = []
    folders = find_deliveries(study.root, study.as_of)
    for folder in folders:
        try:
            deliveries.append(read_delivery(folder, study_root=study.root))
        except DeliveryRefused as refused:
            faults.extend(refused.faults)
    if not folders:
        faults.append(
            Fault(
                rule="delivery_none",
                file="data/raw",
                message="nothing has been handed over",
                way_out="put a delivery into data/raw/<source>/<delivery>/",
            )
        )
    if faults:
        raise DeliveryRefused("the deliveries may not enter; nothing was stored", faults)
    return deliveries


def check_study(study: Study) -> list[CheckReport]:
    """Hold every delivery of a study against its contract, storing nothing."""
    from utfall.pipelines.admission import QUARANTINE
    from utfall.pipelines.delivery import CheckReport

    if study.settings.shape != "flat":
        return _checked_together(study)
    source, delivery = (str(study.settings.flat.get(name, "")) for name in ("source", "delivery"))
    try:
        (found,) = read_deliveries(study)
    except DeliveryRefused as refused:
        return [
            CheckReport(
                source=source,
                delivery=delivery,
                faults=refused.faults,
                quarantine=pl.DataFrame(schema=QUARANTINE),
                counts=(),
                not_delivered=(),
                verdicts=(),
            )
        ]
    return [
        CheckReport(
            source=source,
            delivery=delivery,
            faults=(),
            quarantine=found.quarantine,
            counts=found.counts,
            not_delivered=(),
            verdicts=found.verdicts,
        )
    ]


def _checked_together(study: Study) -> list[CheckReport]:
    """Check every delivery by itself, and all of them together where each may enter."""
    from utfall.pipelines.delivery import examine_delivery, find_deliveries
    from utfall.pipelines.register import settled

    examined = [
        examine_delivery(folder, study_root=study.root)
        for folder in find_deliveries(study.root, study.as_of)
    ]
    reports = [report for report, _ in examined]
    delivered = [delivery for _, delivery in examined if delivery is not None]
    if len(delivered) < len(reports) or not reports:
        return reports
    told: tuple[Fault, ...] = ()
    faults: tuple[Fault, ...] = ()
    try:
        standing(study, delivered)
        told = settled(delivered, study.as_of).told
    except DeliveryRefused as refused:
        faults = refused.faults
    together = [
        replace(
            report,
            faults=_within(report, faults),
            notes=_within(report, told),
        )
        for report in reports
    ]
    placed = {fault for report in together for fault in report.faults}
    # What concerns no delivery by itself stands in the last report.
    homeless = tuple(fault for fault in faults if fault not in placed)
    together[-1] = replace(together[-1], faults=(*together[-1].faults, *homeless))
    return together


def _within(report: CheckReport, faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """Return the faults that lie in the files of one delivery."""
    place = f"data/raw/{report.source}/{report.delivery}/"
    return tuple(fault for fault in faults if (fault.file or "").startswith(place))


def counted(deliveries: Sequence[Delivery]) -> dict[str, Any]:
    """Return where the rows of all deliveries went, in all and by rule.

    A row that breaks two rules is one row set aside, and is counted under both.
    """
    counts = [count for delivery in deliveries for count in delivery.counts]
    by_rule = (
        pl.concat([delivery.quarantine for delivery in deliveries])
        .group_by("rule", "table")
        .agg(rows=pl.struct("file", "row").n_unique())
        .sort("rule", "table")
    )
    return {
        "rows_in": sum(count.rows_in for count in counts),
        "rows_loaded": sum(count.rows_loaded for count in counts),
        "rows_quarantined": sum(count.rows_quarantined for count in counts),
        "by_rule": [
            {"rule": rule, "table": table, "rows": rows}
            for rule, table, rows in by_rule.iter_rows()
        ],
        "tables": counted_by_table(counts),
        "checks": counted_by_check(
            [verdict for delivery in deliveries for verdict in delivery.verdicts]
        ),
    }
