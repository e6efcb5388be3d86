"""Every rule that was judged is told with its category and what follows from breaking it."""

from __future__ import annotations

from tests.trust.good_delivery import SPELLS, GoodDelivery
from utfall.pipelines.delivery import read_delivery
from utfall.pipelines.quality import counted_by_check, counted_by_table


def test_checks_are_counted_as_they_were_judged(tmp_path):
    delivery = read_delivery(GoodDelivery().write(tmp_path))
    told = counted_by_check(delivery.verdicts)
    assert sum(one["judged"] for one in told) == len(delivery.verdicts)
    by_rule = {one["rule"]: one for one in told}
    assert by_rule["code_unmapped"]["severity"] == "refuse"
    assert by_rule["end_before_start"]["severity"] == "quarantine"
    assert by_rule["orphan_person"]["severity"] == "quarantine"
    assert by_rule["quarantine_limit"]["severity"] == "refuse"
    assert by_rule["missing_required"]["kahn"] == "completeness"
    assert by_rule["missing_required"]["tables"] == len(delivery.tables)


def test_rows_are_counted_by_table_over_all_deliveries(tmp_path):
    good = GoodDelivery()
    good.put(SPELLS, 3, "slut", "2015-12-31")
    counts = read_delivery(good.write(tmp_path)).counts
    told = {one["table"]: one for one in counted_by_table([*counts, *counts])}
    assert told["spells"]["rows_quarantined"] == 2
    for one in told.values():
        assert one["rows_in"] == one["rows_loaded"] + one["rows_quarantined"]
