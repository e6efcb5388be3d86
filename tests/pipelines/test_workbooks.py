"""Workbooks: is what a person sees in a sheet read, and nothing that is hidden in the file?"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment

from utfall.pipelines import workbooks
from utfall.pipelines.readers import Unreadable
from utfall.pipelines.workbooks import Choice, count_rows, read_workbook

HEADER = ["id", "datum", "tal"]
ROWS = [["a", dt.date(2017, 4, 3), 1.5], ["b", None, 20]]


def workbook(*rows: list[object]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    for row in (HEADER, *(rows or ROWS)):
        book.active.append(row)
    return book


def saved(book: openpyxl.Workbook, path: Path) -> Path:
    book.save(path)
    return path


@pytest.fixture
def read(tmp_path):
    """Return a function that saves a workbook and reads it."""

    def saved_and_read(book: openpyxl.Workbook, **choice: object):
        path = saved(book, tmp_path / "a.xlsx")
        return read_workbook(path, "a.xlsx", Choice(**choice))

    return saved_and_read


def faults_of(action: Callable[[], object]) -> list[tuple[str, int | None, int]]:
    with pytest.raises(Unreadable) as refused:
        action()
    return [(fault.rule, fault.row, fault.rows) for fault in refused.value.faults]


def repacked(path: Path, change: Callable[[str, bytes], bytes | None], **more: bytes) -> Path:
    """Write a workbook again with its parts changed, left out or added to."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (parts | more).items():
            changed = change(name, content)
            if changed is not None:
                archive.writestr(name, changed)
    return path


def test_cells_are_what_is_seen_and_rows_are_numbered_as_the_program_shows_them(read):
    book = workbook(["007", dt.date(2017, 4, 3), 1234.5], [None, None, None], ["x", None, 7])
    sheet = read(book, decimal=",")
    assert sheet.header == ("id", "datum", "tal")
    assert sheet.rows.rows() == [("007", "2017-04-03", "1234,5", 2), ("x", None, "7", 4)]
    assert sheet.is_typed


@pytest.mark.parametrize(
    ("value", "shown", "seen"),
    [
        (dt.datetime(2017, 4, 3, 12, 30), None, "2017-04-03 12:30:00"),
        (dt.date(1900, 1, 31), None, "1900-01-31"),
        (42828, "dd/mm/yyyy", "2017-04-03"),
        (42828, "mmm-yy", "2017-04-03"),
        (42828, '"den" d mmmm', "2017-04-03"),
        (42828, "General", "42828"),
        (42828, '#,##0 "kr"', "42828"),
        (0.75, "hh:mm", "18:00:00"),
        (7, "0000", "0007"),
        (0.1 + 0.2, "General", "0.3"),
        (123456789012345678, "General", "1.23457E+17"),
        (True, "General", "1"),
        ("_x000D_", "@", "\r"),
    ],
)
def test_a_cell_is_read_by_its_format(read, value, shown, seen):
    book = workbook(["a", None, value])
    if shown:
        book.active["C2"].number_format = shown
    assert read(book).rows.item(0, "tal") == seen


def test_days_count_from_1904_where_the_workbook_says_so(read):
    book = workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    assert read(book).rows.item(0, "datum") == "2017-04-03"


def test_a_title_above_the_header_and_empty_columns_are_passed_over(read):
    book = openpyxl.Workbook()
    for row in (["Uttag 2018"], [], ["id", None, "kod"], ["a", None, "x"]):
        book.active.append(row)
    book.active.merge_cells("A1:C1")
    sheet = read(book, header_row=3)
    assert (sheet.header, sheet.header_row) == (("id", "kod"), 3)
    assert sheet.rows.rows() == [("a", "x", 4)]


def test_a_sheet_is_found_by_its_name_beside_those_of_other_tables(read):
    book = workbook()
    book.active.title = "Personer"
    book.create_sheet("Remisser").append(["annat"])
    book.create_sheet("Tomt")
    known = frozenset({"Personer", "Remisser"})
    assert read(book, sheet=" personer", known=known).rows.height == 2
    assert read(book, sheet="Remisser", known=known).header == ("annat",)
    assert faults_of(lambda: read(book)) == [("sheet_undeclared", None, 1)]
    assert faults_of(lambda: read(book, sheet="Personer")) == [("sheet_unknown", None, 1)]
    assert faults_of(lambda: read(book, sheet="Persons")) == [("sheet_missing", None, 1)]


def _second(book: openpyxl.Workbook, state: str) -> None:
    other = book.create_sheet("Dolt")
    other.append(["hemligt"])
    other.sheet_state = state


def _hidden_row(book: openpyxl.Workbook) -> None:
    book.active.row_dimensions[3].hidden = True


def _hidden_column(book: openpyxl.Workbook) -> None:
    book.active.column_dimensions["B"].hidden = True


def _percent(book: openpyxl.Workbook) -> None:
    book.active["C2"].number_format = "0.0%"


UNLIKE_SEEN = {
    "sheet_hidden": (lambda book: _second(book, "hidden"), None),
    "row_hidden": (_hidden_row, 3),
    "column_hidden": (_hidden_column, None),
    "cell_formula": (lambda book: book.active.__setitem__("C3", "=1+1"), 3),
    "cell_merged": (lambda book: book.active.merge_cells("A2:A3"), 2),
    "cell_share": (_percent, 2),
    "workbook_beside": (
        lambda book: setattr(book.active["A2"], "comment", Comment("secret", "x")),
        None,
    ),
    "row_long": (lambda book: book.active.__setitem__("F3", "x"), 3),
    "header_missing": (lambda book: book.active.insert_rows(1), 1),
    "header_duplicate": (lambda book: book.active.__setitem__("B1", "ID"), 1),
    "header_blank": (lambda book: book.active.__setitem__("B1", None), 1),
}


@pytest.mark.parametrize("rule", UNLIKE_SEEN)
def test_what_a_person_at_the_screen_would_not_see_is_refused_where_it_stands(read, rule):
    spoil, row = UNLIKE_SEEN[rule]
    book = workbook()
    spoil(book)
    told = faults_of(lambda: read(book))
    assert (rule, row) in [(fault[0], fault[1]) for fault in told]


def test_a_very_hidden_sheet_is_refused_as_well(read):
    book = workbook()
    _second(book, "veryHidden")
    assert faults_of(lambda: read(book)) == [("sheet_hidden", None, 1)]


@pytest.mark.parametrize(
    "part",
    [
        "xl/vbaProject.bin",
        "xl/pivotCache/pivotCacheRecords1.xml",
        "xl/externalLinks/externalLink1.xml",
        "xl/embeddings/oleObject1.bin",
        "xl/media/image1.png",
        "xl/connections.xml",
    ],
)
def test_data_beside_the_cells_turns_the_file_down(tmp_path, part):
    path = saved(workbook(), tmp_path / "a.xlsx")
    repacked(path, lambda _, content: content, **{part: b"x"})
    told = faults_of(lambda: read_workbook(path, "a.xlsx", Choice()))
    assert told == [("workbook_beside", None, 1)]


def test_a_file_made_to_burst_is_not_unpacked(tmp_path):
    path = saved(workbook(), tmp_path / "a.xlsx")
    repacked(path, lambda _, content: content, **{"xl/big.xml": b" " * 64 * 1024**2})
    assert path.stat().st_size < 1024**2
    told = faults_of(lambda: read_workbook(path, "a.xlsx", Choice()))
    assert told == [("workbook_bursts", None, 1)]


def as_excel_packs_it(path: Path) -> Path:
    """Move the texts of a workbook to the list that all its sheets share, in two runs each."""
    texts: list[bytes] = []

    def shared(found: re.Match[bytes]) -> bytes:
        texts.append(found[1])
        return b't="s"><v>%d</v>' % (len(texts) - 1)

    def change(name: str, content: bytes) -> bytes:
        pattern = rb't="inlineStr"><is><t>(.*?)</t></is>'
        return re.sub(pattern, shared, content) if "/sheet" in name else content

    repacked(path, change)
    run = b"<si><r><t>%b</t></r><r><t>%b</t></r><rPh><t>kana</t></rPh></si>"
    listed = b"".join(run % (text[:1], text[1:]) for text in texts)
    part = b'<x:sst xmlns:x="y">' + listed.replace(b"<", b"<x:").replace(b"<x:/", b"</x:")
    return repacked(
        path, lambda _, content: content, **{"xl/sharedStrings.xml": part + b"</x:sst>"}
    )


def test_texts_that_sheets_share_are_read_without_their_reading_aids(tmp_path):
    path = as_excel_packs_it(saved(workbook(), tmp_path / "a.xlsx"))
    sheet = read_workbook(path, "a.xlsx", Choice())
    assert sheet.header == ("id", "datum", "tal")
    assert sheet.rows.get_column("id").to_list() == ["a", "b"]


def test_a_text_that_is_not_in_the_list_is_damage(tmp_path):
    path = as_excel_packs_it(saved(workbook(), tmp_path / "a.xlsx"))
    repacked(path, lambda name, content: None if "sharedStrings" in name else content)
    told = faults_of(lambda: read_workbook(path, "a.xlsx", Choice()))
    assert told == [("workbook_damaged", 1, 1)]


def _entities(name: str, content: bytes) -> bytes:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    return re.sub(rb"(<worksheet)", bomb + rb"\1", content) if "sheet1" in name else content


DAMAGE = {
    "entities of its own": _entities,
    "no contents": lambda name, content: None if name == "xl/workbook.xml" else content,
    "rows out of order": lambda name, content: (
        content.replace(b'<row r="3"', b'<row r="1"') if "sheet1" in name else content
    ),
    "cells of another row": lambda name, content: (
        content.replace(b'r="A3"', b'r="A9"') if "sheet1" in name else content
    ),
    "a number that is none": lambda _, content: content.replace(b"<v>1.5<", b"<v>1,5<"),
    "an endless number": lambda _, content: content.replace(b"<v>1.5<", b"<v>inf<"),
    "cut short": lambda name, content: content[:-40] if "sheet1" in name else content,
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_workbook_is_refused_without_its_words(tmp_path, name):
    path = repacked(saved(workbook(), tmp_path / "a.xlsx"), DAMAGE[name])
    (fault,) = faults_of(lambda: read_workbook(path, "a.xlsx", Choice()))
    assert fault[0] == "workbook_damaged"


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "file_empty"),
        (b"id;datum\n", "format_mismatch"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "workbook_locked"),
        (b"PK\x03\x04 and no more", "workbook_damaged"),
    ],
)
def test_other_bytes_under_the_name_of_a_workbook_are_told_apart(tmp_path, content, rule):
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    assert faults_of(lambda: read_workbook(path, "a.xlsx", Choice())) == [(rule, None, 1)]


def test_a_reader_that_loses_a_row_is_found_out(read, monkeypatch):
    def forgetful(part: bytes, **options: object):
        return whole(part.replace(b"<v>20<", b"<w>20<").replace(b't="s"><v>', b"><w>"), **options)

    whole = workbooks.read_grid
    monkeypatch.setattr(workbooks, "read_grid", forgetful)
    monkeypatch.setattr(workbooks, "_refuse_unlike_seen", lambda *_: None)
    with pytest.raises(Unreadable):
        read(workbook())


def test_a_row_that_was_not_seen_is_lost_in_so_many_words(tmp_path, monkeypatch):
    def forgetful(part: bytes, **options: object):
        grid = whole(part, **options)
        return replace(grid, seen=grid.seen - 1)

    whole = workbooks.read_grid
    monkeypatch.setattr(workbooks, "read_grid", forgetful)
    path = saved(workbook(), tmp_path / "a.xlsx")
    told = faults_of(lambda: read_workbook(path, "a.xlsx", Choice()))
    assert told == [("records_lost", None, 1)]


def test_a_part_behind_a_password_is_told_as_locked(tmp_path):
    path = saved(workbook(), tmp_path / "a.xlsx")
    content = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(re.escape(mark), bytes(content)):
            content[found.start() + place] |= 1
    path.write_bytes(content)
    told = faults_of(lambda: read_workbook(path, "a.xlsx", Choice()))
    assert told == [("workbook_locked", None, 1)]


def test_rows_are_counted_without_being_parsed():
    part = b'<row r="1"><c><v>1</v></c></row><row r="2"><c s="1"/></row><x:row><x:is/></x:row>'
    assert count_rows(part) == 2


CELL = st.one_of(
    st.none(),
    st.integers(-(10**9), 10**9),
    st.floats(-1e6, 1e6).map(lambda value: round(value, 4)),
    st.dates(dt.date(1901, 1, 1), dt.date(2090, 1, 1)),
    st.text(st.sampled_from("abåäö 01;,\"'<&>\n"), min_size=1, max_size=6),
)


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_another_reader_of_workbooks_reads_the_same_cells(tmp_path_factory, rows):
    path = saved(workbook(*rows), tmp_path_factory.mktemp("read") / "a.xlsx")
    seen = [
        tuple(_written(cell.value) for cell in row)
        for row in openpyxl.load_workbook(path).active.iter_rows(min_row=2)
    ]
    ours = read_workbook(path, "a.xlsx", Choice()).rows
    kept = [row for row in seen if any(cell is not None for cell in row)]
    assert [row[:-1] for row in ours.rows()] == kept


def _written(value: object) -> str | None:
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return None if value is None or value == "" else str(value)
