"""Words: the sentences of the pages, from one catalogue, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import yaml

from utfall.analysis.vocabulary import Language
from utfall.analysis.wording import number_text

#: Two dots that stand for a number inside a sentence, not the three of an ellipsis alone.
_TAILING = re.compile(r"(?<=\s)\.\.(?=[.,;:]?(?:\s|$))")

#: In ``text/``; no key stands in two of them.
CATALOGUES = ("pages.yml", "quality.yml", "method.yml", "validation.yml")

#: How the register writes that an event goes on.
NO_END = "9999"

#: Kolada's sign for a number that is withheld to protect people.
PROTECTED = ".."


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return every sentence of the pages by its key."""
    texts = resources.files("utfall.reports").joinpath("text")
    return {
        key: entry
        for name in CATALOGUES
        for key, entry in yaml.safe_load(texts.joinpath(name).read_text("utf-8")).items()
    }


#: What a claim's rule says of each verdict that it can give.
_DECIDES = {"fits": "can_fit", "misses": "can_miss"}


class Words:
    """The catalogue in one language.

    Parameters
    ----------
    language : {"sv", "en"}
    threshold : int
        Counts from one to this are protected in the document that is shown.
    """

    def __init__(self, language: Language, threshold: int = 7) -> None:
        self.language = language
        self.threshold = threshold

    def __call__(self, key: str, **values: object) -> str:
        """Return the sentence of a key with its placeholders filled."""
        return catalogue()[key][self.language].format(**values)

    def text(self, both: Mapping[str, str] | None) -> str:
        """Return this language's side of a text of the results.

        A protected number before a full stop would read as a sentence that tails off.
        """
        if both is None:
            return ""
        return _TAILING.sub(self("protected_number"), both[self.language])

    def count(self, value: float | None) -> str:
        """Return a number of people; ``..`` where it is protected."""
        return PROTECTED if value is None else number_text(value, self.language, "#,##0")

    def counted(self, comparison: Mapping[str, Any]) -> str:
        """Return how many people each programme's side has, in words where both are protected."""
        counts = {f"n_{side}": comparison[f"n_{side}"] for side in ("target", "comparator")}
        if all(count is None for count in counts.values()):
            return self("counted_few")
        names = {side: self.text(comparison[f"{side}_name"]) for side in ("target", "comparator")}
        told = {
            name: f"({self('withheld')})" if count is None else self.count(count)
            for name, count in counts.items()
        }
        return self("counted_people", **names, **told)

    def decimal(self, value: float | None) -> str:
        """Return a number with at most one decimal."""
        return PROTECTED if value is None else number_text(value, self.language, "#,##0.#")

    def amount(self, value: float, scale: str) -> str:
        """Return an estimate as printed: points of a hundred, or whole units."""
        return number_text(100 * value if scale == "share" else value, self.language, "#,##0")

    def signed(self, value: float | None, scale: str) -> str:
        """Return an estimate with its sign, or that it is not shown."""
        if value is None:
            return self("withheld")
        text = self.amount(value, scale)
        return text if text.startswith("\u2212") or text == "0" else f"+{text}"

    def percent(self, value: float | None) -> str:
        """Return a share in whole percent."""
        if value is None:
            return PROTECTED
        number = number_text(100 * value, self.language, "0")
        return f"{number}\u00a0%" if self.language == "sv" else f"{number}%"

    def percents(self, low: float, high: float) -> str:
        """Return a range of shares, with the sign of per cent once."""
        return f"{number_text(100 * low, self.language, '0')}–{self.percent(high)}"

    @staticmethod
    def claim_key(claim: Mapping[str, Any]) -> str:
        """Return the verdict of a claim, or that its number informs without deciding it."""
        number = claim["number"]
        informs = number is not None and number["value"] is not None and claim.get("rule") is None
        is_grounds = informs and claim["verdict"] == "cannot_tell"
        return "informs" if is_grounds else str(claim["verdict"])

    def claim_verdict(self, claim: Mapping[str, Any]) -> str:
        """Return what a run says to a claim; made-up data speak of themselves alone."""
        told = self(f"claim_{self.claim_key(claim)}")
        if claim["grade"] != "synthetic":
            return told
        return self("claim_made_up", verdict=told[:1].lower() + told[1:])

    def claim_rule(self, claim: Mapping[str, Any]) -> str:
        """Return what a claim's number is held against; empty where nothing is."""
        rule, number = claim.get("rule"), claim["number"]
        if rule is None or number is None:
            return ""
        told = [self._scaled(limit, number["kind"]) for limit in rule["limits"]]
        sides = [side for side in ("fits", "misses") if rule[_DECIDES[side]]]
        kind = "exactly" if rule["kind"] == "about" and told[0] == told[-1] else rule["kind"]
        said = [self(f"claim_{side}_{kind}", least=told[0], most=told[-1]) for side in sides]
        return " ".join([*said, *([] if len(said) == 2 else [self("claim_else")])])

    def day(self, day: str) -> str:
        """Return a day as it was given, or that a text has none."""
        return self("undated") if day == "undated" else day

    def bound(self, cell: Mapping[str, Any], end: str) -> str:
        """Return one bound of a cell of an answer: people of a hundred, or the number itself."""
        return self._scaled(cell[end], cell["kind"])

    def _scaled(self, number: float, kind: str) -> str:
        if kind in ("share", "modelled"):
            return self.percent(number)
        scale = 100 if kind == "points" else 1
        return number_text(scale * number, self.language, "#,##0.##")

    def event(self, event: Mapping[str, Any]) -> str:
        """Return an event with its days and where the account of it comes from."""
        first, last = event["starts_on"], event["ends_on"]
        when = first if first == last else self("period", first=first, last=last)
        if last >= NO_END:
            when = self("period_open", first=first)
        grade = f"grade_{event['evidence_grade']}"
        return self(
            "disruption_line",
            label=self.text(event["label"]),
            when=when,
            source=event["source"],
            grade=self(grade) if grade in catalogue() else "",
        )

    def listed(self, items: Sequence[str]) -> str:
        """Return things in a row, the last one after *and*."""
        kept = list(dict.fromkeys(items))
        head, last = ", ".join(kept[:-1]), kept[-1]
        return f"{head} {self('and')} {last}" if head else last

    def name(self, comparison: Mapping[str, Any], programme: str) -> str:
        """Return a programme's name as it stands at the start of a line."""
        name = self.text(comparison[f"{self.side_of(comparison, programme)}_name"])
        return name[:1].upper() + name[1:]

    @staticmethod
    def side_of(comparison: Mapping[str, Any], programme: str) -> str:
        """Return which side of the comparison a programme is on; safe in a file's name."""
        return "target" if programme == comparison["target"] else "comparator"

    def between(self, low: float, high: float, comparison: Mapping[str, Any]) -> str:
        """Return an interval of the difference in words: fewer, more, or both.

        Bounds are taken as printed, so that no sentence says more beside a printed zero.
        """
        if is_money(comparison):
            ends = (self.amount(low, "currency"), self.amount(high, "currency"))
            return self("between_money", low=ends[0], high=ends[1], unit=comparison["unit"])
        a, b = round(100 * low), round(100 * high)
        if a == b == 0:
            return self("between_none")
        if a == 0 or b == 0:
            key = "between_none_more" if a == 0 else "between_fewer_none"
            return self(key, n=abs(a or b))
        if a < 0 < b:
            return self("between_both", low=abs(a), high=b)
        key = "between_more" if a > 0 else "between_fewer"
        return self(key, low=min(abs(a), abs(b)), high=max(abs(a), abs(b)))


def is_money(comparison: Mapping[str, Any]) -> bool:
    """Return whether a comparison is of amounts rather than of shares."""
    return bool(comparison["scale"] != "share")
