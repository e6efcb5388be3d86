"""R1: is every bad delivery told apart, in the right place, without a row lost or a cell shown?"""

from __future__ import annotations

import unicodedata
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.trust.bad_deliveries import Bad, bad_deliveries
from tests.trust.good_delivery import CAPACITY, PERSONS, SPELLS, GoodDelivery
from utfall.expectations.rulebook import rulebook
from utfall.pipelines.delivery import CheckReport, check_delivery, read_delivery

CASES = bad_deliveries()


#: One case of each kind of fault, for the fast suite.
SMALL = tuple(
    case
    for case in CASES
    if case.id
    in (
        "encoding_mismatch",
        "row_long",
        "column_missing-dropped",
        "identifier_personal_number-dash",
        "identifier_hash-sha256 of twelve digits",
        "code_unmapped-exit reason",
        "file_outside",
        "end_before_start",
        "parent_quarantined",
    )
)


def test_the_corpus_is_as_large_as_was_promised():
    assert len(CASES) >= 150
    assert len({case.rule for case in CASES}) >= 60
    assert len({case.id for case in CASES}) == len(CASES)
    assert len(SMALL) == 9


#: Told of a study, of a flat sheet or of what cannot happen; tests of their own hold these.
ELSEWHERE = {
    "corrects_twice",
    "corrects_unknown",
    "deliveries_conflict",
    "delivery_changed",
    "delivery_differs",
    "delivery_gone",
    "file_too_large",
    "file_unreadable",
    "flat_invalid",
    "gate_error",
    "gate_failed",
    "mart_broken",
    "records_lost",
    "register_broken",
    "table_missing",
}


def test_every_rule_has_a_case_that_breaks_it():
    assert set(rulebook()) - {case.rule for case in CASES} == ELSEWHERE


def test_the_good_delivery_is_good(tmp_path):
    report = check_delivery(GoodDelivery().write(tmp_path))
    assert report.is_accepted
    assert report.quarantine.is_empty()
    assert all(verdict.is_kept for verdict in report.verdicts)


def test_a_file_that_cannot_be_opened_is_told(tmp_path, monkeypatch):
    folder = GoodDelivery().write(tmp_path)
    read_bytes = Path.read_bytes

    def without_rights(path: Path) -> bytes:
        if path.name == SPELLS:
            raise PermissionError(13, "Permission denied", str(path))
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", without_rights)
    (fault,) = check_delivery(folder).faults
    assert fault.rule == "file_unreadable"
    assert fault.file is not None
    assert fault.file.endswith(SPELLS)


@pytest.mark.trust
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_bad_delivery_is_told_apart_in_the_right_place(case, tmp_path, ledger):
    with ledger.attack("R1", "bad deliveries"):
        told_apart(case, tmp_path)
    if case is next(one for one in CASES if one.rule == case.rule):
        ledger.measure("R1", "fault classes")


@pytest.mark.parametrize("case", SMALL, ids=lambda case: case.id)
def test_one_of_each_kind_is_told_apart(case, tmp_path):
    told_apart(case, tmp_path)


def told_apart(case: Bad, tmp_path: Path) -> None:
    """Assert all that is promised of one bad delivery."""
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


GUARDS = {
    "sheets.identifier_faults": "identifier_personal_number-dash",
    "sheets.header_faults": "column_unknown-extra",
    "sheets.damaged_cells": "spreadsheet_error",
    "delivery._folder_faults": "file_unknown",
    "readers._refuse_ragged": "row_long",
    "readers._look_at_lines": "stray_cr",
    "delivery.settle": "orphan_person",
    "admission._limit_faults": "quarantine_limit-another date format",
}


@pytest.mark.trust
@pytest.mark.parametrize(("guard", "case_id"), GUARDS.items(), ids=lambda value: str(value))
def test_the_corpus_turns_red_when_a_guard_is_taken_away(guard, case_id, tmp_path, monkeypatch):
    (case,) = [case for case in CASES if case.id == case_id]
    asleep = {
        "sheets.header_faults": lambda _header, table, _shown: (
            {local: name for name, local in table.columns.items()},
            [],
        ),
        "delivery.settle": dict,
    }
    monkeypatch.setattr(f"utfall.pipelines.{guard}", asleep.get(guard, lambda *_: ()))
    assert _turns_red(case, tmp_path)


def _turns_red(case: Bad, root: Path) -> bool:
    """Return whether the test of a case fails: told wrongly, or not told but crashed."""
    try:
        told_apart(case, root)
    except Exception:
        return True
    return False


HARMLESS = {
    "a byte order mark": lambda good: good.spoil(PERSONS, lambda raw: b"\xef\xbb\xbf" + raw),
    "LF line ends": lambda good: good.spoil(PERSONS, lambda raw: raw.replace(b"\r\n", b"\n")),
    "mixed line ends": lambda good: good.spoil(PERSONS, lambda raw: raw.replace(b"\r\n", b"\n", 7)),
    "no last line end": lambda good: good.spoil(PERSONS, lambda raw: raw.rstrip()),
    "blank lines at the end": lambda good: good.spoil(PERSONS, lambda raw: raw + b"\r\n\r\n"),
    "quoted cells": lambda good: good.spoil(SPELLS, _quoted),
    "columns in another order": lambda good: [line.reverse() for line in good.files[SPELLS]],
    "header in capitals": lambda good: good.files[PERSONS].__setitem__(
        0, [f" {name.upper()} " for name in good.files[PERSONS][0]]
    ),
    "codes in other case and with blanks": lambda good: good.fill(
        SPELLS, "orsak", lambda code: f" {code.upper()} " if code else ""
    ),
    "codes with combining marks": lambda good: good.fill(
        SPELLS, "orsak", lambda code: unicodedata.normalize("NFD", code)
    ),
    "cp1252": lambda good: (
        good.header.update(encoding="windows-1252"),
        good.spoil(SPELLS, lambda raw: raw.decode("utf-8").encode("cp1252")),
    ),
    "months in another format, as declared": lambda good: (
        good.mapping["tables"]["capacity"].update(months="%m/%Y"),
        good.fill(CAPACITY, "manad", lambda month: f"{month[5:]}/{month[:4]}"),
    ),
    "an open end left blank": lambda good: good.fill(
        SPELLS, "slut", lambda cell: "" if cell == "9999-12-31" else cell
    ),
}


@pytest.mark.trust
@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_only_written_otherwise_reads_the_same(name, tmp_path):
    plain = read_delivery(GoodDelivery().write(tmp_path / "plain"))
    good = GoodDelivery()
    HARMLESS[name](good)
    other = read_delivery(good.write(tmp_path / "other"))
    assert other.quarantine.is_empty()
    assert {name: rows.rows() for name, rows in other.tables.items()} == {
        name: rows.rows() for name, rows in plain.tables.items()
    }


def _quoted(raw: bytes) -> bytes:
    lines = raw.decode("utf-8").removesuffix("\r\n").split("\r\n")
    quoted = ["".join(f';"{cell}"' for cell in line.split(";"))[1:] for line in lines]
    return "".join(f"{line}\r\n" for line in quoted).encode("utf-8")


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
