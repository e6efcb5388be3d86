"""Pseudonyms that can be undone are found; random ones and other dates are not."""

import base64
import hashlib
import random
from datetime import date

import polars as pl
import pytest

from utfall.expectations import pseudonyms
from utfall.expectations.pseudonyms import birth_dates, check_digit, hashed_numbers

EXTRACTED = date(2018, 9, 30)


def sheet(**columns):
    frame = pl.DataFrame(
        {name: pl.Series(cells, dtype=pl.String) for name, cells in columns.items()}
    )
    return frame.with_row_index("source_row", 2)


def number(day, serial, form="{0}{1}-{2}"):
    nine = f"{day:%y%m%d}{serial:03d}"
    return form.format(
        f"{day:%Y}"[:2] if "{0}" in form else "", f"{day:%y%m%d}", nine[6:] + check_digit(nine)
    )


def people(digest, form="{0}{1}-{2}"):
    draw = random.Random(4)
    days = [
        date(draw.randint(1960, 1964), draw.randint(1, 12), draw.randint(1, 28)) for _ in range(60)
    ]
    cells = [digest(number(day, draw.randrange(1000), form).encode()).hexdigest() for day in days]
    return sheet(nyckel=cells, ar=[str(day.year) for day in days])


@pytest.mark.parametrize("digest", [hashlib.md5, hashlib.sha1, hashlib.sha256])
@pytest.mark.parametrize("form", ["{0}{1}-{2}", "{0}{1}{2}", "{1}{2}", "{1}-{2}"])
def test_a_plain_digest_of_a_number_is_undone(digest, form):
    text = people(digest, form)
    (hit,) = hashed_numbers(text, text["ar"])
    assert (hit.rule, hit.column, hit.row, hit.rows) == ("identifier_hash", "nyckel", 2, 60)


def test_a_digest_with_a_key_is_left_alone():
    text = people(lambda raw: hashlib.sha256(b"a secret that stays at home" + raw))
    assert list(hashed_numbers(text, text["ar"])) == []


WRITTEN = {
    "hex": lambda raw: raw.hex(),
    "capitals": lambda raw: raw.hex().upper(),
    "base 64": lambda raw: base64.b64encode(raw).decode(),
    "base 64 for addresses": lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("="),
}


@pytest.mark.parametrize("digest", [hashlib.md5, hashlib.sha1, hashlib.sha256])
@pytest.mark.parametrize("written", WRITTEN)
def test_digests_are_undone_without_years_of_birth_however_they_are_written(digest, written):
    draw = random.Random(11)
    cells = [
        WRITTEN[written](digest(number(day, draw.randrange(1000)).encode()).digest())
        for day in days(1955, 2000, 1200)
    ]
    (hit,) = hashed_numbers(sheet(nyckel=cells), None)
    assert (hit.rule, hit.row, hit.rows) == ("identifier_hash", 2, 1200)


@pytest.mark.parametrize("written", WRITTEN)
def test_digests_with_a_key_are_left_alone_however_they_are_written(written):
    cells = [
        WRITTEN[written](hashlib.sha256(b"a secret that stays at home%d" % place).digest())
        for place in range(3000)
    ]
    assert list(hashed_numbers(sheet(nyckel=cells), None)) == []


def test_a_column_is_tried_once_in_a_delivery_and_others_not_at_all(monkeypatch):
    text, tried = people(hashlib.sha256), set()
    monkeypatch.setattr(pseudonyms, "_digests", lambda *_: iter(()))
    assert list(hashed_numbers(text, text["ar"], tried)) == []
    assert tried == {"nyckel"}
    monkeypatch.undo()
    assert list(hashed_numbers(text, text["ar"], tried)) == []
    assert list(hashed_numbers(sheet(a=["x"] * 30), pl.Series(["1960"] * 30))) == []


def days(first, last, n=40):
    draw = random.Random(7)
    span = (date(last, 1, 1) - date(first, 1, 1)).days
    return [
        date.fromordinal(date(first, 1, 1).toordinal() + draw.randrange(span)) for _ in range(n)
    ]


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y%m%d", "%d/%m/%Y", "%d.%m.%Y"])
def test_dates_of_birth_are_told_by_their_years(form):
    text = sheet(fd=[day.strftime(form) for day in days(1950, 1999)])
    (hit,) = birth_dates(text, frozenset(), EXTRACTED)
    assert (hit.rule, hit.column, hit.row, hit.rows) == ("identifier_birth_date", "fd", 2, 40)


def test_other_dates_and_declared_ones_are_not_dates_of_birth():
    recent = sheet(handelse=[f"{day}" for day in days(2012, 2018)])
    assert list(birth_dates(recent, frozenset(), EXTRACTED)) == []
    old = sheet(start=[f"{day}" for day in days(1950, 1999)])
    assert list(birth_dates(old, frozenset({"start"}), EXTRACTED)) == []
    assert list(birth_dates(sheet(n=["19450101"] * 9), frozenset(), EXTRACTED)) == []
    eight_digits = [str(19_000_000 + 7 * place) for place in range(200)]
    assert list(birth_dates(sheet(n=eight_digits), frozenset(), EXTRACTED)) == []
