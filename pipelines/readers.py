"""Readers: what do the bytes of a delivered file say, and is every one of its lines read?"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from utfall.analysis.errors import Fault
from utfall.expectations.conversion import fold
from utfall.expectations.rulebook import broken

#: Larger files are split by whoever delivers; a run reads one file into memory at a time.
LARGEST_FILE = 2 * 1024**3
LONGEST_LINE = 64 * 1024

DELIMITERS = {";": "semicolon", ",": "comma", "\t": "tab", "|": "bar"}
SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xls", ".ods", ".parquet", ".zip", ".gz")

_UNSUPPORTED = {
    ".xls": "XLS",
    ".ods": "ODS",
    ".zip": "ZIP",
    ".gz": "GZIP",
}
_MAGIC = (b"PK\x03\x04", b"PAR1", b"\x1f\x8b", b"%PDF", b"\xd0\xcf\x11\xe0", b"7z\xbc\xaf")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"
#: What å, ä, ö, Å, Ä, Ö become when UTF-8 is read as a Western 8-bit encoding and saved again.
_TWICE = re.compile("Ã[\u00a5\u00a4\u00b6\u0085\u0084\u0096…„–]")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A delivered file as text.

    Attributes
    ----------
    header : tuple of str
        Column names as the file has them, stripped.
    rows : pl.DataFrame
        One text column per header, and ``source_row``: the line of the file, header = 1.
    header_row : int or None
        Where the names of the columns stand; None in files that keep them apart.
    is_typed : bool
        The file has dates and numbers of its own, written here as ISO and plain digits.
    """

    header: tuple[str, ...]
    rows: pl.DataFrame
    header_row: int | None = 1
    is_typed: bool = False


class Unreadable(Exception):
    """A file stopped being readable; its faults say where."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("unreadable")
        self.faults = faults


def read_sheet(
    path: Path, shown: str, *, encoding: str, delimiter: str, limit: int = LARGEST_FILE
) -> Sheet:
    """Return a file's header and rows as text, by an own reading of its bytes.

    Parameters
    ----------
    path : Path
    shown : str
        The file's name as faults show it.
    encoding, delimiter : str
        As the delivery declares them; nothing is guessed.
    limit : int
        Largest size in bytes.

    Raises
    ------
    Unreadable
        With every fault that can be told apart; rows that are too short or too long are
        all counted.
    """
    content = _content(path, shown, limit)
    text = _decoded(content, shown, encoding)
    _look_at_lines(text, shown)
    lines = text.replace("\r\n", "\n")
    header = _header(lines, shown, delimiter)
    rows = _quoted(lines, header, shown, delimiter) if '"' in lines else None
    if rows is None:
        rows = _plain(lines, header, shown, delimiter)
    expected = count_records(path)
    if rows.height != expected:
        raise Unreadable(broken("records_lost", file=shown, rows=abs(expected - rows.height)))
    return Sheet(header, rows)


def count_records(path: Path) -> int:
    """Return how many lines of a file hold something, its header aside.

    Counts bytes and knows nothing of cells, so that it cannot share a reader's mistake.
    """
    count, rest = 0, b""
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            *lines, rest = (rest + block).split(b"\n")
            count += len(lines) - lines.count(b"") - lines.count(b"\r")
    count += rest not in (b"", b"\r")
    return max(count - 1, 0)


def _content(path: Path, shown: str, limit: int) -> bytes:
    suffix = path.suffix.lower()
    if suffix in _UNSUPPORTED:
        raise Unreadable(broken("format_unsupported", file=shown, name=_UNSUPPORTED[suffix]))
    try:
        size = path.stat().st_size
        if size > limit:
            raise Unreadable(broken("file_too_large", file=shown, limit=sized(limit)))
        content = path.read_bytes()
    except OSError:
        raise Unreadable(broken("file_unreadable", file=shown)) from None
    if not content.strip(b"\r\n\t ") or content == _UTF8_MARK:
        raise Unreadable(broken("file_empty", file=shown))
    if content.startswith(_UTF16):
        raise Unreadable(broken("encoding_utf16", file=shown))
    if content.startswith(_MAGIC):
        raise Unreadable(broken("file_not_text", file=shown))
    nul = content.find(b"\0")
    if nul >= 0:
        half = content[:4096].count(b"\0") * 3 > min(len(content), 4096)
        rule = "encoding_utf16" if half else "nul_byte"
        row = None if half else content.count(b"\n", 0, nul) + 1
        raise Unreadable(broken(rule, file=shown, row=row))
    return content


def first_bytes(path: Path, shown: str, limit: int) -> bytes:
    """Return the eight bytes that a file begins with.

    Raises
    ------
    Unreadable
        The file cannot be opened, holds nothing, or is larger than ``limit`` bytes.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            first = file.read(8)
    except OSError:
        raise Unreadable(broken("file_unreadable", file=shown)) from None
    if not size:
        raise Unreadable(broken("file_empty", file=shown))
    if size > limit:
        raise Unreadable(broken("file_too_large", file=shown, limit=sized(limit)))
    return first


def sized(size: int) -> str:
    """Return a size as messages write it."""
    return f"{size / 1024**3:.0f} GiB" if size >= 1024**3 else f"{size} bytes"


def _decoded(content: bytes, shown: str, declared: str) -> str:
    marked = content.startswith(_UTF8_MARK)
    eight_bit = declared != "utf-8"
    if marked and eight_bit:
        raise Unreadable(_encoding(shown, 1, declared, "utf-8"))
    content = content[len(_UTF8_MARK) :] if marked else content
    try:
        text = content.decode(declared)
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        found = "utf-8" if eight_bit and _is_utf8(content) else "cp1252 or damaged"
        raise Unreadable(_encoding(shown, row, declared, found)) from None
    if eight_bit and not content.isascii() and _is_utf8(content):
        row = _row_of(text, next(place for place, char in enumerate(text) if char > "\x7f"))
        raise Unreadable(_encoding(shown, row, declared, "utf-8"))
    if declared == "latin-1" and (found_at := re.search("[\x80-\x9f]", text)):
        raise Unreadable(_encoding(shown, _row_of(text, found_at.start()), declared, "cp1252"))
    if not text.isascii() and (found_at := _TWICE.search(text)):
        row = _row_of(text, found_at.start())
        raise Unreadable(broken("encoding_twice", file=shown, row=row))
    return text


def _encoding(shown: str, row: int, declared: str, found: str) -> Fault:
    return broken("encoding_mismatch", file=shown, row=row, declared=declared, found=found)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _row_of(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def _look_at_lines(text: str, shown: str) -> None:
    """Refuse line ends that editors and readers count differently, and endless lines."""
    if "\r" in text:
        if "\n" not in text:
            raise Unreadable(broken("line_ends_cr", file=shown))
        if found := re.search("\r(?!\n)", text):
            raise Unreadable(broken("stray_cr", file=shown, row=_row_of(text, found.start())))
    if len(text) > LONGEST_LINE:
        start = 0
        while len(text) - start > LONGEST_LINE:
            end = text.rfind("\n", start, start + LONGEST_LINE + 1)
            if end < 0:
                row = _row_of(text, start)
                limit = f"{LONGEST_LINE:,}"
                raise Unreadable(broken("line_too_long", file=shown, row=row, limit=limit))
            start = end + 1


def _header(lines: str, shown: str, delimiter: str) -> tuple[str, ...]:
    first, _, _ = lines.partition("\n")
    if re.match("(?i)sep=.$", first):
        raise Unreadable(broken("separator_line", file=shown, row=1))
    if first.count('"') % 2:
        raise Unreadable(broken("quote_unterminated", file=shown, row=1))
    header = tuple(name.strip() for name in next(csv.reader([first], delimiter=delimiter), []))
    if len(header) <= 1:
        others = [other for other in DELIMITERS if other != delimiter and other in first]
        if others:
            found = DELIMITERS[max(others, key=first.count)]
            raise Unreadable(broken("delimiter_mismatch", file=shown, row=1, found=found))
        if delimiter in lines.partition("\n")[2].partition("\n")[0]:
            raise Unreadable(broken("header_missing", file=shown, row=1))
    faults = list(header_faults_of(header, shown, 1))
    if not header or any(name.isdigit() for name in header):
        faults = [broken("header_missing", file=shown, row=1)]
    if faults:
        raise Unreadable(*faults)
    return header


def header_faults_of(header: Sequence[str], shown: str, row: int | None) -> Iterator[Fault]:
    """Yield what is wrong with the names of the columns, whatever they mean."""
    folded = [fold(name) for name in header]
    for place, name in enumerate(folded):
        column = f"column {place + 1}"
        if not name:
            yield broken("header_blank", file=shown, row=row, column=column)
        elif name in folded[:place]:
            yield broken("header_duplicate", file=shown, row=row, column=column)
        elif name == "source_row":
            yield broken("header_reserved", file=shown, row=row, column=column)


def _plain(lines: str, header: tuple[str, ...], shown: str, delimiter: str) -> pl.DataFrame:
    """Return the rows of a file without quotes.

    Every line is measured before polars reads it: polars fills short rows with nulls and
    says nothing.
    """
    content = lines.encode("utf-8")
    if not content.endswith(b"\n"):
        content += b"\n"
    buffer = np.frombuffer(content, dtype=np.uint8)
    ends = np.flatnonzero(buffer == ord("\n"))
    marks = np.flatnonzero(buffer == ord(delimiter))
    counts = np.diff(np.searchsorted(marks, ends), prepend=0)
    is_blank = np.diff(ends, prepend=-1) == 1
    _refuse_ragged(counts + 1, is_blank, len(header), shown)
    numbers = np.flatnonzero(~is_blank)[1:] + 1
    if is_blank.any():
        content = re.sub(rb"\n\n+", b"\n", content).lstrip(b"\n")
    if not numbers.size:
        return framed([[] for _ in header], header, [])
    try:
        rows = pl.read_csv(
            io.BytesIO(content),
            has_header=False,
            skip_rows=1,
            new_columns=list(header),
            separator=delimiter,
            quote_char=None,
            infer_schema=False,
        )
    except pl.exceptions.PolarsError:
        # Its message would repeat the line that it stumbled on.
        raise Unreadable(broken("records_lost", file=shown, rows=numbers.size)) from None
    if rows.height != numbers.size:
        raise Unreadable(broken("records_lost", file=shown, rows=numbers.size))
    return rows.with_columns(source_row=pl.Series(numbers, dtype=pl.Int32))


def _refuse_ragged(
    cells: np.ndarray[tuple[int], np.dtype[np.int64]],
    is_blank: np.ndarray[tuple[int], np.dtype[np.bool_]],
    width: int,
    shown: str,
) -> None:
    faults = []
    for rule, wrong in (("row_short", cells < width), ("row_long", cells > width)):
        at = np.flatnonzero(wrong & ~is_blank)
        if at.size:
            faults.append(broken(rule, file=shown, row=int(at[0]) + 1, rows=at.size))
    if faults:
        raise Unreadable(*faults)


def _quoted(lines: str, header: tuple[str, ...], shown: str, delimiter: str) -> pl.DataFrame:
    """Return the rows of a file with quotes.

    A cell may not hold a line break: a lost closing quote would otherwise swallow the
    rows that follow, up to the next quote.
    """
    cells: list[list[str]] = []
    numbers: list[int] = []
    lengths: list[int] = []
    for number, line in enumerate(lines.split("\n"), start=1):
        if number == 1 or not line:
            continue
        if line.count('"') % 2:
            raise Unreadable(broken("quote_unterminated", file=shown, row=number))
        try:
            (record,) = csv.reader([line], delimiter=delimiter, strict=True)
        except csv.Error:
            raise Unreadable(broken("quote_misplaced", file=shown, row=number)) from None
        cells.append(record)
        numbers.append(number)
        lengths.append(len(record))
    measured = np.array([len(header), *lengths])
    if (measured != len(header)).any():
        at = np.array([1, *numbers])
        full = np.full(at.max(), len(header))
        full[at - 1] = measured
        _refuse_ragged(full, np.zeros(full.size, dtype=bool), len(header), shown)
    return framed([list(column) for column in zip(*cells, strict=True)], header, numbers)


def framed(
    columns: Sequence[Sequence[str | None]], header: Sequence[str], numbers: Sequence[int]
) -> pl.DataFrame:
    """Return columns of text as a frame with the numbers of their rows; blanks are null."""
    filled = columns or [[] for _ in header]
    series = [
        pl.Series(name, values, dtype=pl.String).replace("", None)
        for name, values in zip(header, filled, strict=True)
    ]
    return pl.DataFrame([*series, pl.Series("source_row", numbers, dtype=pl.Int32)])
