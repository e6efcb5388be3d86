"""Pseudonyms: could anybody who knows how personal numbers are made undo them?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta

import polars as pl

from utfall.expectations.identifiers import Hit

#: Digests by the length of their hexadecimal form.
_DIGESTS: Mapping[int, Callable[[bytes], hashlib._Hash]] = {
    32: hashlib.md5,
    40: hashlib.sha1,
    64: hashlib.sha256,
}
#: Length in base 64, without its filling, by length in hexadecimal.
_BASE_64 = {22: 32, 27: 40, 43: 64}
#: Days of birth of those whom such deliveries are about, tried where no years are given.
_FIRST_DAY, _LAST_DAY = date(1950, 1, 1), date(2004, 12, 31)
#: How many numbers should be found by chance if they are there: missed once in 3,000 columns.
_EXPECTED_HITS = 8
#: A day costs three milliseconds, so that no column costs much more than a second. Fewer than
#: 440 pseudonyms without years of birth may therefore pass: 60 do in one case of three.
_MOST_DAYS = 365
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


def hashed_numbers(
    text: pl.DataFrame, birth_years: pl.Series | None, tried: set[str] | None = None
) -> Iterator[Hit]:
    """Yield columns whose pseudonyms are personal numbers behind a plain digest.

    A digest without a secret key is undone by trying every number: there are a thousand a
    day. All numbers of the year in which most people were born are tried, so that several
    must be found if any are there. Where the file has no years of birth, days spread over
    half a century are tried, the fewer the more pseudonyms there are.

    Parameters
    ----------
    text : pl.DataFrame
        Every column of the file as text, and ``source_row``.
    birth_years : pl.Series or None
        The file's own column of birth years, as text.
    tried : set of str, optional
        Columns of the same delivery that need not be tried again; those tried are added.
    """
    tried = set() if tried is None else tried
    years = None
    if birth_years is not None:
        years = birth_years.str.strip_chars().cast(pl.Int32, strict=False)
    for series in text.drop("source_row").iter_columns():
        if _in_hex(_sample(series)) is None:
            continue
        cells = _in_hex(series.str.strip_chars())
        length = 0 if cells is None or series.name in tried else _digest_length(cells.drop_nulls())
        if cells is None or not length:
            continue
        tried.add(series.name)
        known = set(cells.drop_nulls().to_list())
        days = _days(len(known), None if years is None else years.filter(cells.is_not_null()))
        if any(one in known for one in _digests(days, length)):
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
        if series.name in dated or _as_dates(_sample(series), 0.7) is None:
            continue
        filled = series.drop_nulls().str.strip_chars()
        if filled.len() < _FEW:
            continue
        dates = _as_dates(filled)
        if dates is None or dates.null_count() > 0.1 * filled.len():
            continue
        long_ago = extracted_on.replace(year=extracted_on.year - _GROWN_UP, day=1)
        if (dates < long_ago).sum() > 0.5 * filled.len():
            rows = text.filter(series.is_not_null()).get_column("source_row")
            yield Hit("identifier_birth_date", series.name, int(rows[0]), rows.len())


def _sample(series: pl.Series) -> pl.Series:
    """Return some hundred cells from all over a column; what they rule out need not be read."""
    filled = series.drop_nulls()
    return filled.gather_every(max(1, filled.len() // 300)).str.strip_chars()


def _in_hex(cells: pl.Series) -> pl.Series | None:
    """Return cells in lower hexadecimal; None for a column that can be no digest."""
    filled = cells.drop_nulls()
    if filled.len() < _FEW:
        return None
    length = int(filled.str.strip_chars_end("=").str.len_chars().mode().sort()[0])
    if length in _DIGESTS:
        return cells.str.to_lowercase()
    if length not in _BASE_64:
        return None
    plain = cells.str.strip_chars_end("=").str.replace_all("-", "+").str.replace_all("_", "/")
    whole = plain + "=" * (-length % 4)
    is_digest = whole.str.contains(rf"^[A-Za-z0-9+/]{{{length}}}=*$").fill_null(False)
    if is_digest.sum() <= 0.95 * filled.len():
        return None
    return whole.set(~is_digest, None).str.decode("base64", strict=False).bin.encode("hex")


def _days(n_cells: int, years: pl.Series | None) -> Iterator[date]:
    """Yield the days of birth to try: a whole year where years are known, else some of many."""
    born = None if years is None else years.filter(years.is_between(1900, 2098))
    if born is not None and born.len():
        year = int(born.mode().sort()[0])
        first, last, step = date(year, 1, 1), date(year, 12, 31), 1.0
    else:
        first, last = _FIRST_DAY, _LAST_DAY
        span = (last - first).days + 1
        step = span / min(_MOST_DAYS, max(10, _EXPECTED_HITS * span / n_cells))
    place = 0.0
    while first + timedelta(days=int(place)) <= last:
        yield first + timedelta(days=int(place))
        place += step


def _digest_length(cells: pl.Series) -> int:
    """Return the length of a column of hexadecimal digests, 0 for any other column."""
    if cells.len() < _FEW:
        return 0
    length = int(cells.str.len_chars().mode().sort()[0])
    is_hex = cells.str.contains(rf"^[0-9a-f]{{{length}}}$")
    return length if length in _DIGESTS and is_hex.sum() > 0.95 * cells.len() else 0


def _digests(days: Iterable[date], length: int) -> Iterator[str]:
    """Yield the digest of every personal number of some days, in the ways it is written."""
    digest = _DIGESTS[length]
    for day in days:
        long, short = day.strftime("%Y%m%d"), day.strftime("%y%m%d")
        of_day = _weighted(short)
        for serial, of_serial in _SERIALS:
            last = f"{serial}{-(of_day + of_serial) % 10}"
            yield digest(f"{long}{last}".encode()).hexdigest()
            yield digest(f"{long}-{last}".encode()).hexdigest()
            yield digest(f"{short}{last}".encode()).hexdigest()
            yield digest(f"{short}-{last}".encode()).hexdigest()


def _weighted(digits: str) -> int:
    """Return the sum that a check digit brings to a multiple of ten (weights 2 and 1)."""
    total = 0
    for place, digit in enumerate(digits):
        product = int(digit) * (2 - place % 2)
        total += product - 9 if product > 9 else product
    return total


#: The thousand serial numbers of a day, each with its part of the sum; six digits before
#: them leave the weights as they are.
_SERIALS = tuple((f"{serial:03d}", _weighted(f"{serial:03d}")) for serial in range(1000))


def check_digit(nine: str) -> str:
    """Return the check digit of nine digits (mod 10, weights 2 and 1).

    >>> check_digit("121212121")
    '2'
    """
    return str(-_weighted(nine) % 10)


def _as_dates(filled: pl.Series, share: float = 0.9) -> pl.Series | None:
    """Return cells as dates where nearly all are written in one known way."""
    for pattern, form in _FORMATS.items():
        if filled.str.contains(pattern).sum() >= share * filled.len():
            return filled.str.to_date(form, strict=False)
    return None
