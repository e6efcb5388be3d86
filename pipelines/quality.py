"""Quality: what do the results say about the data behind them, from delivery to cohort?"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from utfall.analysis.disclosure import Rules
from utfall.analysis.protected_quality import protected_counts, quality_document
from utfall.analysis.quality import data_quality
from utfall.expectations.contract import load_contracts
from utfall.pipelines.stages import QUALITY_FILE
from utfall.pipelines.study import Study, load_protocols

if TYPE_CHECKING:
    from utfall.expectations.gate import Verdict
    from utfall.pipelines.admission import Count


def read_quality(study: Study) -> dict[str, Any]:
    """Return what the delivery check counted; empty where nothing was checked."""
    path = study.work / QUALITY_FILE
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def study_quality(study: Study, rules: Rules | None = None) -> dict[str, Any]:
    """Return everything that the results tell of the data; protected where rules are given."""
    from utfall.pipelines.compare import read_cohort
    from utfall.pipelines.warehouse import read_coverage

    counted = protected_counts(read_quality(study), rules)
    found = data_quality(read_cohort(study), load_protocols(study))
    return {
        **counted,
        "coverage": read_coverage(study.warehouse),
        **quality_document(found, rules),
    }


def counted_by_table(counts: Iterable[Count]) -> list[dict[str, Any]]:
    """Return where the rows of each table went, over all deliveries."""
    names = ("rows_in", "rows_loaded", "rows_quarantined")
    sums: dict[str, Counter[str]] = {}
    for count in counts:
        sums.setdefault(count.table, Counter()).update(
            {name: getattr(count, name) for name in names}
        )
    return [
        {"table": table, **{name: sums[table][name] for name in names}} for table in sorted(sums)
    ]


def counted_by_check(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Return which rules were judged on how many columns, with Kahn category and severity.

    A reference to another table sets a row aside; what is counted of a delivery as a whole
    turns it down.
    """
    severity: Mapping[tuple[str, str], str] = {
        (contract.name, rule.id): rule.severity
        for contract in load_contracts().values()
        for rule in contract.rules
    }
    found = Counter(
        (
            verdict.kahn,
            verdict.rule,
            severity.get(
                (verdict.table, verdict.rule),
                "refuse" if verdict.table == "deliveries" else "quarantine",
            ),
        )
        for verdict in verdicts
    )
    tables: dict[tuple[str, str], set[str]] = {}
    for verdict in verdicts:
        tables.setdefault((verdict.kahn, verdict.rule), set()).add(verdict.table)
    return [
        {
            "kahn": kahn,
            "rule": rule,
            "severity": how,
            "judged": found[kahn, rule, how],
            "tables": len(tables[kahn, rule]),
        }
        for kahn, rule, how in sorted(found)
    ]
