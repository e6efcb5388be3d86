"""Pseudonyms: could anybody who knows how personal numbers are made undo them?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

import polars as pl

from utfall.expectations.identifiers import Hit

#: Digests by the length of their hexadecimal form.
_DIGESTS: Mapping[int, Callable[[bytes], hashlib._Hash]] = {
    32: hashlib.md5,
    40: hashlib.sha1,
    64: hashlib.sha256,
}
#: Fewer cells than this say nothing about what a column holds.
_FEW = 10
#: A column of dates that mostly lie this far back holds dates of birth.
_GROWN_UP = 20
_FORMATS = {
    r"^\d{4}-\d{2}-\d{2}$": "%Y-%m-%d",
    r"^(19|20)\d{6}$": "%Y%m%d",
    r"^\d{2}/\d{2}/\d{4}$": "%d/%m/%Y",
    r"^\d{2}\.\d{2}\.\d{4}$": "%d.%m.%Y",
}


def hashed_numbers(text: pl.DataFrame, birth_years: pl.Series | None) -> Iterator[Hit]:
    """Yield columns whose pseudonyms are personal numbers behind a plain digest.

    A digest without a secret key is undone by trying every number: there are a thousand a
    day. All numbers of the year in which most people were born are tried, so that several
    must be found if any are there.

    Parameters
    ----------
    text : pl.DataFrame
        Every column of the file as text, and ``source_row``.
    birth_years : pl.Series or None
        The file's own column of birth years, as text; without one nothing is tried.
    """
    if birth_years is None:
        return
    years = birth_years.str.strip_chars().cast(pl.Int32, strict=False)
    for series in text.drop("source_row").iter_columns():
        cells = series.str.strip_chars().str.to_lowercase()
        length = _digest_length(cells.drop_nulls())
        born = years.filter(cells.is_not_null() & years.is_between(1900, 2098))
        if not length or born.is_empty():
            continue
        year = int(born.mode().sort()[0])
        known = set(cells.filter(years == year).to_list())
        found = next((one for one in _digests(year, length) if one in known), None)
        if found is not None:
            rows = text.get_column("source_row")
            yield Hit("identifier_hash", series.name, int(rows.to_list()[0]), rows.len())


def birth_dates(text: pl.DataFrame, dated: frozenset[str], extracted_on: date) -> Iterator[Hit]:
    """Yield columns that hold whole dates of birth, whatever they are called.

    Parameters
    ----------
    text : pl.DataFrame
        Every column of the file as text, and ``source_row``.
    dated : frozenset of str
        Columns that the contract knows as dates of something else.
    extracted_on : date
        Day of extraction: dates of birth mostly lie decades before it.
    """
    for series in text.drop("source_row").iter_columns():
        filled = series.drop_nulls().str.strip_chars()
        if series.name in dated or filled.len() < _FEW:
            continue
        dates = _as_dates(filled)
        if dates is None or dates.null_count() > 0.1 * filled.len():
            continue
        long_ago = extracted_on.replace(year=extracted_on.year - _GROWN_UP, day=1)
        if (dates < long_ago).sum() > 0.5 * filled.len():
            rows = text.filter(series.is_not_null()).get_column("source_row")
            yield Hit("identifier_birth_date", series.name, int(rows[0]), rows.len())


def _digest_length(cells: pl.Series) -> int:
    """Return the length of a column of hexadecimal digests, 0 for any other column."""
    if cells.len() < _FEW:
        return 0
    length = int(cells.str.len_chars().mode().sort()[0])
    is_hex = cells.str.contains(rf"^[0-9a-f]{{{length}}}$")
    return length if length in _DIGESTS and is_hex.sum() > 0.95 * cells.len() else 0


def _digests(year: int, length: int) -> Iterator[str]:
    """Yield the digest of every personal number of a year, in the ways it is written."""
    digest = _DIGESTS[length]
    day = date(year, 1, 1)
    while day.year == year:
        short = day.strftime("%y%m%d")
        for serial in range(1000):
            nine = f"{short}{serial:03d}"
            last = nine[6:] + check_digit(nine)
            for written in (
                f"{day:%Y%m%d}{last}",
                f"{day:%Y%m%d}-{last}",
                f"{short}{last}",
                f"{short}-{last}",
            ):
                yield digest(written.encode()).hexdigest()
        day += timedelta(days=1)


def check_digit(nine: str) -> str:
    """Return the check digit of nine digits (mod 10, weights 2 and 1).

    >>> check_digit("121212121")
    '2'
    """
    total = 0
    for place, digit in enumerate(nine):
        product = int(digit) * (2 - place % 2)
        total += product - 9 if product > 9 else product
    return str(-total % 10)


def _as_dates(filled: pl.Series) -> pl.Series | None:
    """Return cells as dates where nearly all are written in one known way."""
    for pattern, form in _FORMATS.items():
        if filled.str.contains(pattern).sum() >= 0.9 * filled.len():
            return filled.str.to_date(form, strict=False)
    return None
