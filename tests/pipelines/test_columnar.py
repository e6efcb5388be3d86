"""Columnar: are Parquet columns read as the text that they say, or refused?"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from tests.refusals import refusal
from utfall.pipelines import columnar
from utfall.pipelines.columnar import count_rows, read_columnar
from utfall.pipelines.readers import Unreadable


@pytest.fixture
def read(tmp_path):
    """Return a function that writes a frame and reads it."""

    def written_and_read(frame: pl.DataFrame, decimal: str = "."):
        frame.write_parquet(tmp_path / "a.parquet")
        return read_columnar(tmp_path / "a.parquet", "a.parquet", decimal=decimal)

    return written_and_read


def faults_of(action) -> list[tuple[str, str | None]]:
    return [(fault.rule, fault.column) for fault in refusal(Unreadable, action).faults]


def test_a_file_without_columns_is_none(read):
    assert faults_of(lambda: read(pl.DataFrame())) == [("parquet_damaged", None)]


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (["007", ""], "007"),
        ([7, None], "7"),
        ([7.0, None], "7"),
        ([1234.5, None], "1234,5"),
        ([0.1, None], "0,1"),
        ([Decimal("12.50"), None], "12,50"),
        ([True, None], "1"),
        ([dt.date(2017, 4, 3), None], "2017-04-03"),
        ([dt.datetime(2017, 4, 3), None], "2017-04-03"),
        ([dt.datetime(2017, 4, 3, 12, 30), None], "2017-04-03 12:30:00"),
        (pl.Series(["AMA", None], dtype=pl.Categorical), "AMA"),
    ],
)
def test_each_plain_type_becomes_the_text_that_it_says(read, cells, text):
    sheet = read(pl.DataFrame({"a": cells}), ",")
    assert sheet.rows.rows() == [(text, 1), (None, 2)]
    assert (sheet.header, sheet.header_row, sheet.is_typed) == (("a",), None, True)


@pytest.mark.parametrize(
    "cells",
    [
        [["x"], ["y"]],
        [{"x": 1}, {"x": 2}],
        [b"x", b"y"],
        pl.Series([dt.datetime(2017, 4, 3)] * 2).dt.replace_time_zone("Europe/Stockholm"),
        [dt.timedelta(1), None],
        [dt.time(1), None],
    ],
)
def test_columns_that_are_not_plain_are_refused_by_name(read, cells):
    frame = pl.DataFrame({"id": ["p", "q"], "extra": cells})
    assert faults_of(lambda: read(frame)) == [("column_not_plain", "extra")]


def test_names_are_held_to_the_same_rules_as_in_any_file(read):
    assert faults_of(lambda: read(pl.DataFrame({"a": [1], "A": [1]}))) == [
        ("header_duplicate", "column 2")
    ]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "file_empty"),
        (b"id;datum\n", "format_mismatch"),
        (b"PARE" + b"\0" * 40, "workbook_locked"),
        (b"PAR1" + b"\0" * 40 + b"PAR1", "parquet_damaged"),
    ],
)
def test_other_bytes_under_the_name_are_told_apart(tmp_path, content, rule):
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    assert faults_of(lambda: read_columnar(path, "a", decimal=".")) == [(rule, None)]


def test_a_file_that_is_too_large_or_cannot_be_opened_is_told(tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    pl.DataFrame({"id": ["a"]}).write_parquet(path)
    read = partial(read_columnar, path, "a", decimal=".")
    assert faults_of(lambda: read(limit=20)) == [("file_too_large", None)]

    def without_rights(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", without_rights)
    assert faults_of(read) == [("file_unreadable", None)]


def test_damage_anywhere_in_the_file_is_refused_or_harmless(tmp_path):
    path = tmp_path / "a.parquet"
    frame = pl.DataFrame({"id": [f"secret{n}" for n in range(50)], "n": range(50)})
    frame.write_parquet(path, compression="uncompressed")
    content = path.read_bytes()
    for place in range(4, len(content), 7):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        assert _harmless_or_refused(path)


def _harmless_or_refused(path) -> bool:
    try:
        return read_columnar(path, "a.parquet", decimal=".").rows.height == 50
    except Unreadable as refused:
        return "secret" not in str(refused.faults)
    except Exception:
        # What another library says of a file may repeat its cells.
        return False


def test_a_reader_that_loses_a_row_is_found_out(read, monkeypatch):
    whole = pl.from_arrow
    monkeypatch.setattr(pl, "from_arrow", lambda table: whole(table.slice(0, 1)))
    assert faults_of(lambda: read(pl.DataFrame({"a": [1, 2]}))) == [("records_lost", None)]


def test_a_file_that_unpacks_to_too_much_is_not_read(read, monkeypatch):
    monkeypatch.setattr(columnar, "LARGEST_UNPACKED", 1000)
    frame = pl.DataFrame({"a": pl.int_range(10_000, eager=True)})
    assert faults_of(lambda: read(frame)) == [("workbook_bursts", None)]


def test_rows_are_counted_from_the_footer(tmp_path):
    pl.DataFrame({"a": range(7)}).write_parquet(tmp_path / "a.parquet", row_group_size=2)
    assert count_rows(tmp_path / "a.parquet", "a") == 7
