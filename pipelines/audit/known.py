"""Known: which numbers do the protected results hold, and about what?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from importlib import metadata, resources
from itertools import accumulate
from typing import Any

import yaml

from utfall.pipelines.audit.links import ARMS
from utfall.pipelines.audit.sayings import (
    Saying,
    Word,
    contexts,
    is_name,
    key_of,
    keys_of,
    numbered,
)

Key = tuple[int, int]
Context = tuple[str, str, str]

#: One part of the results with more numbers than this is not one row of anything.
MANY_IN_ONE = 40

#: A list with more in it than this holds rows; two arms, or what was left out of one, may be one.
FEW_IN_ONE = 3

#: Words after a number that make it a number of people, in either language.
PEOPLE = frozenset({"personer", "person", "people", "persons", "deltagare", "participants"})

#: What is said of figures and sheets is about the page and not about people.
_FIGURE = frozenset({"figur", "figure"})
_SHEETS = re.compile(r"\s*\d+ / \d+\s*")
_HASH = re.compile(r"[0-9a-f]{12,64}")
_WHOLE_HASH = 64
_YEAR = re.compile(r"(19|20)\d\d")
_DATE_OR_VERSION = re.compile(r"\d{4}-\d\d(-\d\d)?|\d+\.\d+\.\d+")

#: Parts of the results that speak of one comparison or document each.
_SPLIT = frozenset({"comparisons", "questions", "claims", "data_quality"})

_CATALOGUES = {
    "utfall.reports": ("text/pages.yml", "text/quality.yml", "text/method.yml"),
    "utfall.analysis": ("wording.yml", "plan_wording.yml"),
    "utfall.analysis.questions": ("wording.yml",),
}


class Part:
    """A part of the results, read once: its numbers, its sentences, its rows."""

    def __init__(self, part: Any) -> None:
        self.rows: list[set[Key | str]] = []
        numbers, texts = self._read(part)
        self.keys = keys_of(numbers)
        self.counts = {int(one) for one in numbers if one == int(one)}
        self.phrases = set().union(*(contexts(text) for text in texts))
        self.names = {word.text for text in texts for word in numbered(text)}

    def _read(self, part: Any) -> tuple[list[float], list[str]]:
        """Return the numbers and texts of nested values, and note the rows among them."""
        if isinstance(part, str):
            return [], [part]
        if isinstance(part, bool) or part is None:
            return [], []
        if isinstance(part, int | float):
            return [float(part)], []
        is_mapping = isinstance(part, Mapping)
        inner = [self._read(one) for one in (part.values() if is_mapping else part)]
        numbers = [number for found, _ in inner for number in found]
        texts = [text for _, found in inner for text in found]
        if len(numbers) <= MANY_IN_ONE and is_row(part):
            self._note(numbers, texts)
        for row in _months(part) if is_mapping else _over_years(part):
            self._note(list(numbers_in(row)), list(strings_in(row)))
        return numbers, texts

    def _note(self, numbers: Sequence[float], texts: Sequence[str]) -> None:
        row: set[Key | str] = set(keys_of(numbers))
        row.update(word.text for text in texts for word in numbered(text))
        row.update(label for text in texts if (label := label_of(text)))
        self.rows.append(row)


@dataclass(slots=True)
class Known:
    """What a reader may find on the pages of one comparison, document or study.

    Attributes
    ----------
    keys : set of (decimals, digits)
        Every number as it may be printed.
    counts : set of int
        What may be said of people.
    phrases : set of (before, word, after)
        Numbers that stand in the results' own sentences.
    names : set of str
        Words with letters and digits: codes, dates, checksums.
    rows : mapping of key or word to the parts of the results that hold it
    few : str
        How pictures write a count that is hidden: the range that the rule names.
    round_to : int
        What counts of people are rounded to.
    """

    keys: set[Key] = field(default_factory=set)
    counts: set[int] = field(default_factory=lambda: {0, 100})
    phrases: set[Context] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    rows: dict[Key | str, set[int]] = field(default_factory=dict)
    n_rows: int = 0
    few: str = ""
    round_to: int = 1

    def take_in(self, part: Part) -> None:
        """Take in a part of the results: its numbers, its sentences, its rows."""
        self.keys |= part.keys
        self.counts |= part.counts
        self.phrases |= part.phrases
        self.names |= part.names
        for row in part.rows:
            for one in row:
                self.rows.setdefault(one, set()).add(self.n_rows)
            self.n_rows += 1

    def of_figure(self, *shown: Any) -> Known:
        """Return what a figure may say: what it shows, in the words of what it is about."""
        one = Known(phrases=self.phrases, names=self.names, few=self.few, round_to=self.round_to)
        one.take_in(Part(shown))
        return one

    def outside(self, saying: Saying) -> Word | None:
        """Return a word whose number the results do not hold, or None where they hold all."""
        if _SHEETS.fullmatch(" ".join(saying.cells)) or saying.cells == (self.few,):
            return None
        words = [word for cell in saying.cells for word in numbered(cell)]
        if saying.is_row:
            left = [word for word in words if not self._is_phrase(word)]
            names = (label_of(cell) for cell in saying.cells if saying.is_coded)
            labels = [name for name in names if name in self.rows]
            return left[0] if left and not self._stand_together(left, labels) else None
        return next((word for word in words if not self._is_told(word)), None)

    def _is_told(self, word: Word) -> bool:
        if self._is_phrase(word):
            return True
        if word.after in PEOPLE and not all(map(self._is_count, word.numbers)):
            return False
        return all(
            any(key_of(value, decimals) in self.keys for value, decimals in readings)
            for readings in word.numbers
        )

    def _is_count(self, readings: Sequence[tuple[float, int]]) -> bool:
        """Return whether a number may be said of people: whole ones are published, and rounded."""
        return any(
            decimals or (value in self.counts and not value % self.round_to)
            for value, decimals in readings
        )

    def _is_phrase(self, word: Word) -> bool:
        """Return whether a number is part of a fixed sentence, a code, a date or a checksum."""
        if word.before in _FIGURE and word.text.isdigit():
            return True
        if _HASH.fullmatch(word.text):
            is_whole = len(word.text) == _WHOLE_HASH
            return is_whole or any(name.startswith(word.text) for name in self.names)
        if _YEAR.fullmatch(word.text) and word.after not in PEOPLE and word.text in self.names:
            # A plan speaks of years that nobody was referred in.
            return True
        if is_code(word.text):
            return word.text in self.names or word.text in fixed_names()
        tried = [("", word.text, "")]
        tried += [(word.before, word.text, "")] if is_name(word.before) else []
        tried += [("", word.text, word.after)] if is_name(word.after) else []
        return any(one in self.phrases or one in fixed_phrases() for one in tried)

    def _stand_together(self, words: Iterable[Word], labels: Iterable[str]) -> bool:
        """Return whether one part of the results holds all of these numbers and labels."""
        named = [self.rows[label] for label in labels]
        left = set.intersection(*named) if named else None
        for word in words:
            held = set(self.rows.get(word.text, ()))
            parts = [
                set().union(*(self.rows.get(key_of(*one), set()) for one in readings))
                for readings in word.numbers
            ]
            if parts:
                held |= set.intersection(*parts)
            left = held if left is None else left & held
        return bool(left)


def label_of(text: str) -> str:
    """Return a text as the name of a row; empty where it is none.

    >>> label_of(" In_arms "), label_of("26 %"), label_of("..")
    ('= in_arms', '', '')
    """
    plain = text.strip().lower()
    return f"= {plain}" if plain[:1].isalpha() and not re.search(r"\d", plain) else ""


def is_code(word: str) -> bool:
    """Return whether a word is a code or a date rather than a number.

    >>> is_code("g10"), is_code("2014-01-01"), is_code("26"), is_code("−3")
    (True, True, False, False)
    """
    return any(sign.isalpha() for sign in word) or bool(_DATE_OR_VERSION.fullmatch(word))


def known_by_owner(document: Mapping[str, Any]) -> dict[str, Known]:
    """Return what is known on the pages of each comparison and document, and on the study's.

    Returns
    -------
    dict of str to Known
        By comparison, by ``document_NNN``, and by the empty name for everything.
    """
    parts = {name: Part(part) for name, part in document.items() if name not in _SPLIT}
    claims, quality = (Part(document.get(name) or []) for name in ("claims", "data_quality"))
    everything = Known()
    for part in (*parts.values(), claims, quality):
        everything.take_in(part)
    found = {"": everything}
    for comparison in document["comparisons"]:
        one, own = Known(), Part(comparison)
        for part in (*parts.values(), own):
            one.take_in(part)
        everything.take_in(own)
        for whole in (one, everything):
            for row in derived(comparison):
                whole.take_in(Part(row))
            whole.counts.update(both_arms(comparison))
        found[comparison["id"]] = one
    for question in document.get("questions", ()):
        name, own = f"document_{question['document']}", Part(question)
        if name not in found:
            found[name] = Known()
            for part in (*parts.values(), claims):
                found[name].take_in(part)
        found[name].take_in(own)
        everything.take_in(own)
    rule = document["study"].get("disclosure") or {}
    for one in found.values():
        one.few = f"1–{rule.get('threshold', 7)}"
        one.round_to = 1 if rule.get("public_data") else int(rule.get("round_to", 5))
    return found


def derived(comparison: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what pages work out of published numbers: sums, rests, running totals."""
    yield from ({"people": float(count)} for count in both_arms(comparison))
    sure = Fraction(str(comparison["conf_level"]))
    yield {"cases": float(sure.numerator), "of": float(sure.denominator)}
    yield from _last_row(comparison)
    for low, high in (("conf_low", "conf_high"), ("second_low", "second_high")):
        if comparison[low] is not None:
            yield {"half": (comparison[high] - comparison[low]) / 2}
    shares: dict[tuple[str, int], float] = {}
    for curve in comparison["exits"]:
        for month, share in zip(curve["months"], curve["share"], strict=True):
            key = (curve["programme"], month)
            shares[key] = shares.get(key, 0.0) + (share or 0.0)
    for (programme, month), share in shares.items():
        yield {"programme": programme, "exit": "rest", "month": month, "share": 1.0 - share}
    for story in comparison.get("disruption_stories", ()):
        loss = story.get("loss") or {}
        for part in (one for one in story.values() if isinstance(one, Mapping)):
            yield from _a_month(part)
        if loss.get("lost") is not None and loss.get("share_met") is not None:
            yield {"without": loss["share_met"] + loss["lost"]}
    if comparison["raw"] and comparison["raw"].get("estimate") is not None:
        parts = [
            part["estimate"] or 0.0
            for part in comparison["decomposition"]
            if part["source"] != "adjusted"
        ]
        totals = accumulate((-part for part in parts), initial=comparison["raw"]["estimate"])
        yield from ({"total": total} for total in totals)


def _last_row(comparison: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the answer as the ladder ends: with the interval that holds the years too."""
    names = ("estimate", "second_low", "second_high")
    if comparison["ladder"] and all(comparison[name] is not None for name in names):
        last = comparison["ladder"][-1]
        row = {name: comparison[name] for name in names}
        yield {"step": "with_years", **row, **{f"n_{arm}": last[f"n_{arm}"] for arm in ARMS}}


def _a_month(part: Mapping[str, Any]) -> Iterator[dict[str, float]]:
    """Yield each count of a disruption or of the calm around it by its months."""
    for when in ("met", "calm"):
        months = part.get(f"months_{when}")
        for name, count in part.items():
            if months and count is not None and name.endswith(f"_{when}"):
                yield {"a_month": count / months}


def drawn(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what figures draw beside the numbers of their tables, by the figure's name.

    Lengths as shares of the longest, heights as people per width, bounds and bands.
    """
    found: dict[str, Any] = {}
    rule = document["study"].get("disclosure") or {}
    arms = ("n_target", "n_comparator")
    for one in document["comparisons"]:
        steps = [step[arm] for step in one["attrition"] for arm in arms if step[arm]]
        found[f"{one['id']}_flow"] = [count / max(steps) for count in steps]
        found[f"{one['id']}_overlap"] = [
            band[arm] / (band["high"] - band["low"])
            for band in one["overlap"]
            for arm in arms
            if band[arm]
        ]
        for side in ("target", "comparator"):
            # As high as a hidden count may be.
            found[f"{one['id']}_years_{side}"] = [rule.get("threshold", 7)]
        for i, story in enumerate(one.get("disruption_stories", ()), start=1):
            for side in ("target", "comparator"):
                found[f"{one['id']}_periods_{side}_{i}"] = [story, rule.get("threshold", 7)]
    for question in document.get("questions", ()):
        for table in question["tables"]:
            name = f"document_{question['document']}_{question['id']}_{table['id']}"
            found[name] = table
    return found


def both_arms(comparison: Mapping[str, Any]) -> set[int]:
    """Return how many are left at each step, both arms together."""
    steps = [(step["n_target"], step["n_comparator"]) for step in comparison["attrition"]]
    return {sum(step) for step in steps if None not in step}


def numbers_in(part: Any) -> Iterator[float]:
    """Yield every number of nested values."""
    if isinstance(part, Mapping):
        for one in part.values():
            yield from numbers_in(one)
    elif isinstance(part, list | tuple):
        for one in part:
            yield from numbers_in(one)
    elif isinstance(part, int | float) and not isinstance(part, bool):
        yield float(part)


def strings_in(part: Any) -> Iterator[str]:
    """Yield every text of nested values."""
    if isinstance(part, Mapping):
        for one in part.values():
            yield from strings_in(one)
    elif isinstance(part, list | tuple):
        for one in part:
            yield from strings_in(one)
    elif isinstance(part, str):
        yield part


def is_row(part: Any) -> bool:
    """Return whether a part of the results speaks of one thing, as a row of a table does."""
    if isinstance(part, Mapping):
        return not any(_is_column(one) for one in part.values())
    return bool(part) and all(isinstance(one, Mapping) and "kind" in one for one in part)


def _is_column(part: Any) -> bool:
    """Return whether a part holds many of the same, so that not all of it is one row."""
    return isinstance(part, list) and (
        len(part) > FEW_IN_ONE or any(isinstance(one, int | float) for one in part)
    )


def _months(part: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the points of a curve, whose numbers stand side by side in lists."""
    lists = {name: one for name, one in part.items() if isinstance(one, list)}
    if "months" not in lists:
        return
    side = {name: one for name, one in lists.items() if len(one) == len(lists["months"])}
    rest = {name: one for name, one in part.items() if name not in lists}
    for i in range(len(lists["months"])):
        yield {**rest, **{name: one[i] for name, one in side.items()}}


def _over_years(part: Sequence[Any]) -> Iterator[Any]:
    """Yield the same thing in every year together, as a table with a column a year shows it."""
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for one in part:
        if isinstance(one, Mapping) and "year" in one:
            names = tuple(one[key] for key in sorted(one) if isinstance(one[key], str))
            groups.setdefault(names, []).append(one)
    yield from groups.values()


@cache
def fixed_phrases() -> frozenset[Context]:
    """Return the numbers of the program's own sentences, each with a neighbour."""
    return frozenset(one for text in _own_texts() for one in contexts(text))


@cache
def fixed_names() -> frozenset[str]:
    """Return the codes in the program's own sentences."""
    said = (word.text for text in _own_texts() for word in numbered(text))
    return frozenset({*said, metadata.version("utfall")})


@cache
def _own_texts() -> tuple[str, ...]:
    texts: list[str] = []
    for package, files in _CATALOGUES.items():
        for name in files:
            text = resources.files(package).joinpath(name).read_text("utf-8")
            texts += strings_in(yaml.safe_load(text))
    # What a sentence is filled with is no neighbour.
    return tuple(re.sub(r"\{[^}]*\}", " \x00 ", text) for text in texts)
