"""Sayings: which numbers does a line of text hold, and in which words do they stand?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

#: What stands about a word and is no part of it.
_EDGES = "\u00a0.,;:()[]\"'”“„!?…*·"
_THOUSANDS = re.compile(r"(?<=\d)[\u00a0\u202f](?=\d{3}(?!\d))")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_DIGIT = re.compile(r"\d")
_SPLIT = re.compile(r"[\s\u2013\u2014?!;]+")


@dataclass(frozen=True, slots=True)
class Saying:
    """A line of text as a reader of a file sees it.

    Attributes
    ----------
    file : str
        Path in the bundle.
    place : str
        Line, row or element; never what stands there.
    cells : tuple of str
        One for prose, several for the row of a table.
    is_row : bool
        The cells speak of one thing, so that one part of the results must hold all of them.
    is_coded : bool
        Labels are codes of the results, and must stand in the same part as the numbers.
    figure : str
        The figure whose table it is, where it stands in one.
    """

    file: str
    place: str
    cells: tuple[str, ...]
    is_row: bool = False
    is_coded: bool = False
    figure: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """A word with a digit in it, and its neighbours; empty at either end of a line."""

    before: str
    text: str
    after: str

    @property
    def numbers(self) -> list[list[tuple[float, int]]]:
        """Return each number in it as it may be read: value and decimals.

        >>> Word("", "1,250", "").numbers
        [[(1250.0, 0), (1.25, 2)]]
        """
        return [_readings(found) for found in _NUMBER.findall(self.text)]


@cache
def words(text: str) -> tuple[str, ...]:
    """Return the words of a line, lower case, thousands joined and ranges taken apart.

    >>> words("Av 1\u00a0250 personer nådde 26\u00a0% målet (21–32\u00a0%).")
    ('av', '1250', 'personer', 'nådde', '26', '%', 'målet', '21', '32', '%')
    """
    joined = _THOUSANDS.sub("", text).replace("%", " % ")
    return tuple(word for part in _SPLIT.split(joined) if (word := part.strip(_EDGES).lower()))


@cache
def numbered(text: str) -> tuple[Word, ...]:
    """Return the words of a line that have a digit in them."""
    if not _DIGIT.search(text):
        return ()
    found = ("", *words(text), "", "")
    return tuple(
        # What stands after the sign of per cent tells more than the sign does.
        Word(found[i - 1], word, found[i + 1 + (found[i + 1] == "%")])
        for i, word in enumerate(found)
        if _DIGIT.search(word)
    )


@cache
def contexts(text: str) -> frozenset[tuple[str, str, str]]:
    """Return each word with a digit beside one neighbour that names it.

    Alone where the line holds no name at all, as the cell of a table.
    """
    found: set[tuple[str, str, str]] = set()
    has_names = any(is_name(word) for word in words(text))
    for word in numbered(text):
        if not has_names:
            found.add(("", word.text, ""))
        if is_name(word.before):
            found.add((word.before, word.text, ""))
        if is_name(word.after):
            found.add(("", word.text, word.after))
    return frozenset(found)


def is_name(word: str) -> bool:
    """Return whether a neighbour tells what a number is, as a sign or a number does not."""
    return word[:1].isalpha()


@cache
def _readings(number: str) -> list[tuple[float, int]]:
    """Return a number as either language reads it.

    >>> _readings("0.07000000000000001")
    [(0.07, 2)]
    """
    parts = re.split(r"[.,]", number)
    found = []
    if all(len(part) == 3 for part in parts[1:]):
        found.append((float("".join(parts)), 0))
    if len(parts) == 2:
        # A spreadsheet holds sixteen digits, the last of them noise.
        exact = f"{float('.'.join(parts)):.9f}".rstrip("0")
        found.append((float(exact), len(exact.partition(".")[2])))
    return found


def keys_of(values: Iterable[float]) -> set[tuple[int, int]]:
    """Return every way in which numbers may be printed, as (decimals, digits).

    Either sign, as a share or in percent, with up to three decimals, halves to either side.

    >>> (0, 26) in keys_of([0.264]), (1, 264) in keys_of([0.264]), (0, 27) in keys_of([0.264])
    (True, True, False)
    """
    found: set[tuple[int, int]] = set()
    for value in values:
        found |= _keys(value)
    return found


@cache
def _keys(value: float) -> frozenset[tuple[int, int]]:
    return frozenset(
        (decimals, int(scaled * 10**decimals + shift))
        for scaled in (abs(value), 100 * abs(value))
        for decimals in range(4)
        for shift in (0.5 - 1e-6, 0.5 + 1e-6)
    )


def key_of(value: float, decimals: int) -> tuple[int, int]:
    """Return a printed number as (decimals, digits), finer ones with three decimals."""
    decimals = min(decimals, 3)
    return decimals, round(value * 10**decimals)
