"""R1: is every bad delivery told apart, in the right place, without a row lost or a cell shown?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from tests.trust.bad_deliveries import Bad, bad_deliveries
from tests.trust.good_delivery import GoodDelivery
from utfall.pipelines.delivery import CheckReport, check_delivery

pytestmark = pytest.mark.trust

CASES = bad_deliveries()


def test_the_corpus_is_as_large_as_was_promised():
    assert len(CASES) >= 150
    assert len({case.rule for case in CASES}) >= 60


def test_the_good_delivery_is_good(tmp_path):
    report = check_delivery(GoodDelivery().write(tmp_path))
    assert report.is_accepted
    assert report.quarantine.is_empty()
    assert all(verdict.is_kept for verdict in report.verdicts)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_bad_delivery_is_told_apart_in_the_right_place(case, tmp_path):
    good = GoodDelivery()
    case.spoil(good)
    folder = good.write(tmp_path)
    before = _contents(tmp_path)

    report = check_delivery(folder)

    assert _contents(tmp_path) == before
    if case.outcome == "refused":
        _is_refused(case, report)
    else:
        _is_set_aside(case, report, folder)
    _shows_nothing(case, report)


def _is_refused(case: Bad, report: CheckReport) -> None:
    assert not report.is_accepted
    assert report.quarantine.is_empty()
    told = [fault for fault in report.faults if fault.rule == case.rule]
    places = [(fault.file, fault.row, fault.column) for fault in told]
    assert any(
        (case.file is None or case.file in (file or ""))
        and (case.row is None or row == case.row)
        and (case.column is None or column == case.column)
        for file, row, column in places
    ), [str(fault) for fault in report.faults]
    assert all(fault.message and fault.way_out for fault in report.faults)


def _is_set_aside(case: Bad, report: CheckReport, folder: Path) -> None:
    assert report.is_accepted, [str(fault) for fault in report.faults]
    found = {
        (Path(file).name, row, column, rule)
        for file, row, column, rule, _ in report.quarantine.iter_rows()
    }
    assert (case.file, case.row, case.column, case.rule) in found
    named = {(file, row) for file, row, _, _ in found}
    expected = {(case.file, case.row), *((file, row) for file, row, _, _ in case.also if row)}
    if all(row for _, row, _, _ in case.also):
        assert named == expected
    for count in report.counts:
        lines = (folder / Path(count.file).name).read_bytes().count(b"\n") - 1
        assert count.rows_in == lines == count.rows_loaded + count.rows_quarantined
    aside = sum(count.rows_quarantined for count in report.counts)
    assert aside == len(named)


def _shows_nothing(case: Bad, report: CheckReport) -> None:
    told = "\n".join(
        [*map(str, report.faults), *map(str, report.set_aside), str(report.quarantine.rows())]
        + [str(asdict(fault)) for fault in report.faults]
    )
    for planted in case.planted:
        assert planted not in told


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
