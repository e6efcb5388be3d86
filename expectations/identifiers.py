"""Identifiers: does a delivered text column hold something that names a person?"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import polars as pl
import yaml

from utfall.analysis.errors import Fault
from utfall.expectations.rulebook import broken

_DASH = r"[-+\u2010-\u2015\u2212]"
_DATE = r"\d{2}[-./]?(?:0[1-9]|1[0-2])[-./]?(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01])"
#: A number with its dash is refused at one hit: nothing else is written like it.
_DASHED = re.compile(rf"(?<!\d)(?:(?:18|19|20) ?)?{_DATE} ?{_DASH} ?\d{{4}}(?!\d)")
#: Reserve numbers of care and benefit systems carry letters in the last four places.
_RESERVE = re.compile(
    rf"(?<![0-9A-Za-z])(?:18|19|20)?{_DATE}(?:{_DASH}[A-ZÅÄÖ]\d{{3}}|{_DASH}[A-ZÅÄÖ]{{2}}\d{{2}}"
    r"|[A-ZÅÄÖ]\d{3}|[A-ZÅÄÖ]{2}\d{2})(?![0-9A-Za-z])"
)
_EMAIL = re.compile(r"[\w.+-]+(?:@|\(at\)|\[at\])[\w-]+\.[\w.-]+", re.IGNORECASE)
_PHONE = re.compile(
    r"(?:\+|(?<!\d)00)46[ -]?(?:\(0\))?[ -]?\d(?:[ -]?\d){6,9}(?!\d)"
    r"|(?<![\d-])0(?:8|[1-9]\d{1,2}) ?[-–/] ?\d{2,3}(?: ?\d{2,3}){1,2}(?![\d-])"
    r"|(?<![\d-])0(?:8|[1-9]\d{1,2}) \d{2,3} \d{2,3}(?: \d{2,3})?(?!\d)"
)
_ADDRESS = re.compile(
    r"\w+(?:gatan|gata|vägen|väg|gränden|gränd|stigen|stig|torget|torg|allén|backen) ?\d{1,3}"
    r"|(?<!\d)[1-9]\d{2} \d{2} [A-ZÅÄÖ][a-zåäö]{2,}",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(r"(?<![A-Za-z])SE\d{2}(?: ?\d{4}){5}(?!\d)", re.IGNORECASE)
_OPAQUE = re.compile(
    r"(?=.*[A-Za-z])[0-9A-Fa-f]{16,}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
)
_RUN = re.compile(r"(?<!\d)(?:\d{8}[ ._/:]\d{4}|\d{6}[ ._/:]\d{4}|\d{12}|\d{11}|\d{10})(?!\d)")

#: What a cell must have for a closer look, in the dialect of polars: no looking around. It
#: lets through everything that the patterns above can match, and little else.
_SUSPECT = "|".join(
    (
        r"\d\s*\d[-./\s]*(?:0\s*[1-9]|1\s*[0-2])[-./\s]*"
        r"(?:0\s*[1-9]|[12]\s*\d|3\s*[01]|6\s*[1-9]|[78]\s*\d|9\s*[01])"
        r"[^\d\p{L}]{0,3}(?:\d\s*\d\s*\d\s*\d|\p{Lu}\d{3}|\p{Lu}{2}\d{2})",
        r"\d{10}|\d{6}[ ._/:]\d{4}",
        r"@|\((?i:at)\)|\[(?i:at)\]",
        r"(?:\+|00)46|(?:^|\D)0\d{1,2} ?[-–/] ?\d{2}|(?:^|\D)0\d{1,2} \d{2}",
        r"(?i:gatan|gata|vägen|väg|gränden|gränd|stigen|stig|torget|torg|allén|backen) ?\d",
        r"\d{2} \p{L}{3}|(?i:SE)\d{2} ?\d{4}",
    )
)
#: Two words, as the name of a person is.
_TWO_WORDS = r"\p{L}{2}[^\p{L}]{1,3}\p{L}{2}"

#: Dates, times and hashes, the many cells that the closer look would only clear.
_HARMLESS = (
    r"^\s*\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?\s*$"
    r"|^[0-9A-Fa-f]{0,15}[A-Fa-f][0-9A-Fa-f]{15,}$"
)

_TEXT_LENGTH, _TEXT_WORDS = 40, 5

#: Words that, between marks in a column's name, say that it holds something personal.
_PERSONAL_WORDS = frozenset(
    {"personnummer", "personnr", "pnr", "persnr", "samordningsnummer", "ssn"}
    | {"namn", "fornamn", "efternamn", "personnamn", "tilltalsnamn"}
    | {"name", "firstname", "lastname", "surname", "fullname"}
    | {"epost", "email", "mail", "mejl", "telefon", "telefonnr", "tel", "mobil", "mobilnr", "phone"}
    | {"adress", "gatuadress", "postadress", "address", "street", "kontonummer", "iban"}
    | {"fodelsedatum", "fodelsedag", "birthdate", "birthday", "dob"}
    | {"fritext", "anteckning", "anteckningar", "notering", "journaltext", "freetext"}
)
#: A name beside one of these is the name of a place or programme.
_PLACE_WORDS = frozenset(
    {"programme", "program", "enhet", "verksamhet", "site", "plats", "kommun", "insats", "ort"}
)


class Hit(NamedTuple):
    """Something personal in a column: the rule, the first row, how many rows. No value."""

    rule: str
    column: str
    row: int
    rows: int


@dataclass(frozen=True, slots=True)
class _Run:
    """One run of ten or twelve digits that stands in a cell."""

    text: str
    digits: str
    is_date: bool
    passes_check: bool
    is_clock: bool


def find_identifiers(text: pl.DataFrame, decoded: Sequence[str] = ()) -> Iterator[Hit]:
    """Yield what names a person in any column of a table.

    Parameters
    ----------
    text : pl.DataFrame
        Every column of the file as text, those that are ignored included, and ``source_row``.
    decoded : sequence of str
        Columns whose cells are held against a code list and so cannot be notes.
    """
    for series in text.drop("source_row").iter_columns():
        found = _in_column(series.drop_nulls(), may_be_notes=series.name not in decoded)
        for rule, values in found.items():
            rows = text.filter(series.is_in(list(values))).get_column("source_row")
            yield Hit(rule, series.name, min(rows.to_list()), rows.len())


def identifier_faults(
    text: pl.DataFrame, file: str, name_of: Callable[[str], str], decoded: Sequence[str] = ()
) -> Iterator[Fault]:
    """Yield the faults of a file that holds personal identifiers.

    Parameters
    ----------
    name_of : callable
        Column of the frame → name as messages may show it.
    """
    for column in text.drop("source_row").columns:
        if is_personal_name(column):
            yield broken("identifier_column", file=file, row=1, column=name_of(column))
    for hit in find_identifiers(text, decoded):
        yield broken(hit.rule, file=file, row=hit.row, column=name_of(hit.column), rows=hit.rows)


def is_personal_name(column: str) -> bool:
    """Return whether a column's name says that it holds something personal.

    >>> [is_personal_name(name) for name in ("Personnr", "kon", "enhet_namn", "fornamn")]
    [True, False, False, True]
    """
    plain = unicodedata.normalize("NFKD", column.casefold()).encode("ascii", "ignore").decode()
    words = set(re.split(r"[^a-z]+", plain)) | {re.sub(r"[^a-z]", "", plain)}
    if words & _PLACE_WORDS:
        words -= {"namn", "name"}
    return bool(words & _PERSONAL_WORDS)


def holds_number(name: str) -> bool:
    """Return whether a file's or folder's name looks like a personal number.

    A date and a time since 2010 are what an export puts into its name.

    >>> holds_number("uttag_19880209-0501.csv"), holds_number("uttag_20161130_1200.csv")
    (True, False)
    """
    plain = _plain(name)
    for found in (*_DASHED.finditer(plain), *_RESERVE.finditer(plain)):
        digits = re.sub(r"\D", "", found[0])
        is_stamp = len(digits) == 12 and "2010" <= digits[:4] < "2100" and _is_clock(digits)
        if not is_stamp:
            return True
    return any(
        run.is_date and run.passes_check and not (run.is_clock and run.digits[:2] == "20")
        for run in _runs(plain)
    )


def _in_column(filled: pl.Series, *, may_be_notes: bool) -> dict[str, set[str]]:
    """Return the distinct cells of a column that break each rule."""
    cells = filled.unique()
    found: dict[str, set[str]] = {"identifier_free_text": _notes(filled) if may_be_notes else set()}
    composed = _composed(cells)
    is_named = composed.str.contains(_TWO_WORDS)
    is_suspect = composed.str.contains(_SUSPECT) | _may_name(composed, is_named)
    if not is_suspect.any() and not is_named.any():
        return {rule: values for rule, values in found.items() if values}
    is_suspect &= ~composed.str.contains(_HARMLESS) & ~_decimals(cells)
    hex_length = _hex_length(cells)
    runs: dict[str, list[_Run]] = {}
    for cell in cells.filter(is_suspect).to_list():
        plain = _plain(cell)
        rules = [] if plain.isdigit() else list(_certain(plain))
        for rule in rules:
            found.setdefault(rule, set()).add(cell)
        if not rules and not _OPAQUE.fullmatch(plain.strip()):
            in_hex = len(cell) == hex_length
            runs[cell] = [run for run in _runs(plain) if not in_hex or run.text == cell]
    for rule, judge in (("identifier_personal_number", _personal), ("identifier_phone", _mobile)):
        guilty = judge(
            [run for of_cell in runs.values() for run in of_cell], cells.len(), hex_length
        )
        for cell, of_cell in runs.items():
            if guilty & {run.text for run in of_cell}:
                found.setdefault(rule, set()).add(cell)
    if not found.get("identifier_name") and _look_like_names(cells):
        found["identifier_name"] = set(cells.to_list())
    return {rule: values for rule, values in found.items() if values}


def _may_name(composed: pl.Series, is_named: pl.Series) -> pl.Series:
    """Return which cells of two words may join a common first name and a surname.

    In plain letters names are looked for at once; other letters are folded one by one.
    """
    if not is_named.any() or composed.str.contains(r"[^\x00-\x7f]").any():
        return is_named
    for part in ("first", "last"):
        is_named &= composed.str.contains_any(sorted(_common()[part]), ascii_case_insensitive=True)
    return is_named


def _composed(cells: pl.Series) -> pl.Series:
    is_plain = not cells.str.contains(r"[^\x00-\x7f]").any()
    return cells if is_plain else cells.str.normalize("NFKC").str.replace_all(r"\p{Cf}", "")


def _plain(cell: str) -> str:
    """Return a cell with look-alike digits, odd blanks and invisible characters made plain."""
    if not cell.isascii():
        composed = unicodedata.normalize("NFKC", cell)
        cell = "".join(char for char in composed if unicodedata.category(char) != "Cf")
    return re.sub(r"\s+", " ", cell)


def _certain(plain: str) -> Iterator[str]:
    """Yield the rules that one cell breaks whatever stands in the rest of its column."""
    if not _OPAQUE.fullmatch(plain.strip()):
        closed = plain.replace(" ", "")
        if _DASHED.search(plain) or (len(closed) <= 13 and _DASHED.fullmatch(closed)):
            yield "identifier_personal_number"
        if _RESERVE.search(plain):
            yield "identifier_reserve_number"
        if any(sum(map(str.isdigit, found[0])) >= 8 for found in _PHONE.finditer(plain)):
            yield "identifier_phone"
    if _EMAIL.search(plain):
        yield "identifier_email"
    if _ADDRESS.search(plain):
        yield "identifier_address"
    if _ACCOUNT.search(plain):
        yield "identifier_account"
    if _names_somebody(plain):
        yield "identifier_name"


def _runs(plain: str) -> Iterator[_Run]:
    for found in _RUN.finditer(plain):
        digits = re.sub(r"\D", "", found[0])
        short = digits[-10:]
        is_date = re.fullmatch(_DATE, short[:6]) is not None and (
            len(digits) == 10 or (len(digits) == 12 and digits[:2] in ("18", "19", "20"))
        )
        yield _Run(found[0], digits, is_date, _passes_check(short), _is_clock(digits))


def _is_clock(digits: str) -> bool:
    return len(digits) == 12 and digits[8:10] < "24" and digits[10:] < "60"


def _passes_check(digits: str) -> bool:
    """Return whether ten digits end in their own check digit (mod 10, weights 2 and 1).

    >>> _passes_check("1212121212"), _passes_check("1212121213")
    (True, False)
    """
    weighted = (int(digit) * (2 - place % 2) for place, digit in enumerate(digits))
    return sum(product - 9 if product > 9 else product for product in weighted) % 10 == 0


def _personal(runs: Sequence[_Run], n_cells: int, hex_length: int) -> set[str]:
    """Return the runs that are personal numbers, judged by the company they keep.

    Ten digits at random look like a date in 7 % of cases and pass the check in 0.7 %;
    times of day pass it in 10 %. One such number proves nothing in a column of its kind,
    and everything in a column of another kind.
    """
    guilty: set[str] = set()
    for length, by_chance in ((10, 0.0074), (12, 0.0003)):
        alike = {run.digits: run for run in runs if len(run.digits) == length}
        dated = [run for run in alike.values() if run.is_date]
        if not dated:
            continue
        passing = [run for run in dated if run.passes_check]
        if len(alike) < 0.2 * n_cells and length != hex_length:
            is_guilty = True
        elif length == hex_length or len(dated) < 0.5 * len(alike):
            is_guilty = _is_beyond(len(passing), len(alike) * by_chance)
        elif length == 12 and _mostly_clocks(dated):
            dated = [run for run in dated if not run.is_clock]
            is_guilty = bool(dated)
        else:
            few = 0.5 if len(dated) < 20 else 0.3
            is_guilty = len(passing) > few * len(dated) or len(dated) == 1
        if is_guilty:
            guilty |= {run.text for run in dated}
    return guilty


def _mostly_clocks(dated: Sequence[_Run]) -> bool:
    clocks = sum(run.is_clock for run in dated)
    passing = sum(run.passes_check for run in dated)
    return clocks >= 0.7 * len(dated) and passing <= 0.5 * len(dated)


def _mobile(runs: Sequence[_Run], n_cells: int, hex_length: int) -> set[str]:
    """Return the runs that are mobile numbers written without any mark."""
    guilty: set[str] = set()
    for length, shape in ((10, r"07[02369]\d{7}"), (11, r"467[02369]\d{7}")):
        alike = {run.digits: run for run in runs if len(run.digits) == length}
        mobile = [run for run in alike.values() if re.fullmatch(shape, run.digits)]
        if length == hex_length:
            continue
        if mobile and (len(alike) < 0.2 * n_cells or len(mobile) >= 0.5 * len(alike)):
            guilty |= {run.text for run in mobile}
    return guilty


def _is_beyond(seen: int, expected: float) -> bool:
    """Return whether more was seen than chance would ever show."""
    return seen > expected + 5 * math.sqrt(expected) + 3


def _notes(filled: pl.Series) -> set[str]:
    """Return long cells of several words; a code's label repeats, a note does not."""
    long = filled.filter(filled.str.len_chars() > _TEXT_LENGTH)
    long = long.filter(long.str.strip_chars().str.count_matches(r"\s+") + 1 >= _TEXT_WORDS)
    return set(long.to_list()) if long.len() < 3 * long.n_unique() else set()


def _decimals(cells: pl.Series) -> pl.Series:
    """Return which cells are decimal numbers in a column of numbers; their digits say nothing."""
    is_decimal = cells.str.contains(r"^\s*[+-]?\d+[.,]\d+\s*$")
    is_number = cells.str.contains(r"^\s*[+-]?\d+([.,]\d+)?\s*$")
    is_numeric = is_decimal.sum() >= 2 and _share(is_number) > 0.5
    return is_decimal & is_numeric


def _hex_length(cells: pl.Series) -> int:
    """Return the length of a column of random hexadecimal pseudonyms, 0 for any other.

    Runs of digits arise in them by chance, so a run inside one says nothing.
    """
    if cells.len() < 20:
        return 0
    length = int(cells.str.len_chars().mode().sort()[0])
    is_hex = cells.str.contains(rf"^(?:[0-9a-f]{{{length}}}|[0-9A-F]{{{length}}})$")
    letters = set(re.findall("[A-Fa-f]", "".join(cells.head(200).to_list())))
    return length if _share(is_hex) > 0.95 and len(letters) >= 4 else 0


@cache
def _common() -> Mapping[str, frozenset[str]]:
    text = (files("utfall.expectations") / "common_names.yml").read_text(encoding="utf-8")
    return {part: frozenset(names) for part, names in yaml.safe_load(text).items()}


def _names_somebody(plain: str) -> bool:
    words = re.findall(r"[^\W\d_]+", plain)
    if not 2 <= len(words) <= 4:
        return False
    folded = [
        unicodedata.normalize("NFKD", word.casefold()).encode("ascii", "ignore").decode()
        for word in words
    ]
    first = [word in _common()["first"] for word in folded]
    last = [word in _common()["last"] for word in folded]
    return any(first[i] and last[j] for i in range(len(words)) for j in range(len(words)) if i != j)


def _look_like_names(cells: pl.Series) -> bool:
    """Return whether a column of many different cells mostly holds capitalised pairs of words."""
    if cells.len() < 20:
        return False
    pattern = r"^\p{Lu}\p{Ll}+(?:-\p{Lu}\p{Ll}+)?,? (?:\p{Lu}\p{Ll}+[ -]?){1,3}$"
    return _share(cells.str.contains(pattern)) > 0.6


def _share(mask: pl.Series) -> float:
    return float(mask.sum()) / max(mask.len(), 1)
