"""Ingest: every delivery of a study through its contract and into raw tables, all or none."""

from __future__ import annotations

from collections.abc import Sequence
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

    deliveries = read_deliveries(study)
    study.work.mkdir(parents=True, exist_ok=True)
    set_aside = pl.concat([delivery.quarantine for delivery in deliveries])
    partial = study.work / f"{QUARANTINE_FILE}.partial"
    set_aside.sort("file", "row", "column", "rule", nulls_last=False).write_csv(partial)
    partial.replace(study.work / QUARANTINE_FILE)
    write_quality(study, counted(deliveries))
    build_raw(study.warehouse, deliveries, load_events(study), run_id(study))


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
    folders = find_deliveries(study.root)
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
    from utfall.pipelines.delivery import CheckReport, check_delivery, find_deliveries

    if study.settings.shape != "flat":
        return [
            check_delivery(folder, study_root=study.root) for folder in find_deliveries(study.root)
        ]
    named = {name: str(study.settings.flat.get(name, "")) for name in ("source", "delivery")}
    try:
        (found,) = read_deliveries(study)
    except DeliveryRefused as refused:
        return [
            CheckReport(
                **named,
                faults=refused.faults,
                quarantine=pl.DataFrame(schema=QUARANTINE),
                counts=(),
                not_delivered=(),
                verdicts=(),
            )
        ]
    return [
        CheckReport(
            **named,
            faults=(),
            quarantine=found.quarantine,
            counts=found.counts,
            not_delivered=(),
            verdicts=found.verdicts,
        )
    ]


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
