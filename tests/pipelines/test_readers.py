"""Readers: is every line of a file read, under its own name, or the file refused?"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.refusals import refusal
from utfall.pipelines.readers import Unreadable, count_records, read_sheet


@pytest.fixture
def sheet(tmp_path):
    """Return a function that writes bytes and reads them."""

    def read(content: bytes, **options: str):
        path = tmp_path / "a.csv"
        path.write_bytes(content)
        return read_sheet(path, "a.csv", **{"encoding": "utf-8", "delimiter": ";"} | options)

    return read


def faults_of(sheet, content: bytes, **options: str) -> list[tuple[str, int | None]]:
    refused = refusal(Unreadable, lambda: sheet(content, **options))
    return [(fault.rule, fault.row) for fault in refused.faults]


def test_cells_are_text_and_blanks_are_null(sheet):
    read = sheet(b"a;b\n007;\n;x\n")
    assert read.header == ("a", "b")
    assert read.rows.rows() == [("007", None, 2), (None, "x", 3)]


def test_rows_are_numbered_as_an_editor_counts_lines(sheet):
    plain = sheet(b"a;b\n\n1;2\n\n\n3;4\n").rows
    quoted = sheet(b'a;b\n\n"1";2\n\n\n3;4\n').rows
    assert plain.get_column("source_row").to_list() == [3, 6]
    assert plain.equals(quoted)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("last", [b"", b"\n", b"\r\n\r\n"])
def test_line_ends_do_not_change_what_is_read(sheet, end, last):
    content = end.join([b"a;b", b"1;2", b"3;4"]) + last
    assert sheet(content).rows.rows() == [("1", "2", 2), ("3", "4", 3)]


def test_a_delimiter_or_quote_inside_quotes_belongs_to_the_cell(sheet):
    assert sheet(b'a;b\n"x;y";"say ""no"""\n').rows.rows() == [("x;y", 'say "no"', 2)]


def test_every_ragged_row_is_counted_and_the_first_is_named(sheet):
    with pytest.raises(Unreadable) as refused:
        sheet(b"a;b\n1\n1;2\n1;2;3\n1\n1;2;3\n1\n")
    told = [(fault.rule, fault.row, fault.rows) for fault in refused.value.faults]
    assert told == [("row_short", 2, 3), ("row_long", 4, 2)]


def test_swedish_letters_survive_every_declared_encoding(sheet):
    text = "namn;kod\nÅäö;1\n"
    for encoding in ("utf-8", "cp1252", "latin-1"):
        assert sheet(text.encode(encoding), encoding=encoding).rows.item(0, 0) == "Åäö"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ("file_empty", None)),
        (b"a;b\n1;\x002\n", ("nul_byte", 2)),
        (b"a;b\r1;2\r", ("line_ends_cr", None)),
        (b"a;b\n1;2\r3\n", ("stray_cr", 2)),
        (b"a,b\n1,2\n", ("delimiter_mismatch", 1)),
        (b'a;b\n"1;2\n3;4\n', ("quote_unterminated", 2)),
        (b"a;A\n1;2\n", ("header_duplicate", 1)),
        (b"12;b\n1;2\n", ("header_missing", 1)),
        (b"a;b\n1;\xe5\n", ("encoding_mismatch", 2)),
    ],
)
def test_damaged_bytes_are_told_apart(sheet, content, expected):
    assert faults_of(sheet, content) == [expected]


def test_a_file_larger_than_the_limit_is_not_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"a;b\n1;2\n")
    with pytest.raises(Unreadable) as refused:
        read_sheet(path, "a.csv", encoding="utf-8", delimiter=";", limit=7)
    assert [fault.rule for fault in refused.value.faults] == ["file_too_large"]


def test_a_file_that_cannot_be_opened_is_told(sheet, monkeypatch):
    def without_rights(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", without_rights)
    assert faults_of(sheet, b"a;b\n1;2\n") == [("file_unreadable", None)]


def test_a_mark_tells_an_encoding_of_two_bytes_also_without_a_blank_one(sheet):
    content = "\u2013\u2014\u2026".encode("utf-16")
    assert b"\0" not in content
    assert faults_of(sheet, content) == [("encoding_utf16", None)]


def test_a_sheet_of_another_kind_is_refused_by_its_name(tmp_path):
    with pytest.raises(Unreadable) as refused:
        read_sheet(tmp_path / "a.ods", "a.ods", encoding="utf-8", delimiter=";")
    assert [fault.rule for fault in refused.value.faults] == ["format_unsupported"]


def test_a_reader_that_loses_a_row_is_found_out(sheet, monkeypatch):
    import utfall.pipelines.readers as readers

    whole = readers._plain
    monkeypatch.setattr(readers, "_plain", lambda *told: whole(*told).head(1))
    assert faults_of(sheet, b"a;b\n1;2\n3;4\n") == [("records_lost", None)]


def test_a_parser_that_loses_a_row_is_found_out(sheet, monkeypatch):
    whole = pl.read_csv
    monkeypatch.setattr(pl, "read_csv", lambda *told, **more: whole(*told, **more).head(1))
    assert faults_of(sheet, b"a;b\n1;2\n3;4\n") == [("records_lost", None)]


def test_a_parser_that_stumbles_repeats_nothing(sheet, monkeypatch):
    def stumble(*_: object, **__: object) -> None:
        raise pl.exceptions.ComputeError("could not parse `secret`")

    monkeypatch.setattr(pl, "read_csv", stumble)
    refused = refusal(Unreadable, lambda: sheet(b"a;b\nsecret;2\n"))
    assert "secret" not in str(refused.faults)
    assert refused.__suppress_context__


CELL = st.text(st.sampled_from('ab1;,"åé \t'), max_size=5)
ROWS = st.lists(st.lists(CELL, min_size=2, max_size=2), min_size=1, max_size=12)


@given(ROWS, st.booleans())
@settings(max_examples=150, deadline=None)
def test_whatever_is_written_with_quotes_is_read_back(tmp_path_factory, rows, crlf):
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"'

    end = "\r\n" if crlf else "\n"
    lines = ["a;b", *(";".join(map(quoted, row)) for row in rows)]
    path = tmp_path_factory.mktemp("read") / "a.csv"
    path.write_bytes((end.join(lines) + end).encode("utf-8"))
    read = read_sheet(path, "a.csv", encoding="utf-8", delimiter=";").rows
    expected = [tuple(cell or None for cell in row) for row in rows]
    assert read.select(pl.exclude("source_row")).rows() == expected
    assert count_records(path) == len(rows)


def test_records_are_counted_across_blocks(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"a;b\r\n" + b"x" * 40 + b";1\r\n\r\n" + b"y;2\r\n" * 1_000_000)
    assert count_records(Path(path)) == 1_000_001
