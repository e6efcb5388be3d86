"""Told: everything that is told of one comparison, whatever it is told on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from utfall.analysis.vocabulary import Language
from utfall.reports.exhibits import Exhibit, Exhibits
from utfall.reports.page import file_name
from utfall.reports.pages import Numbered, benchmark_of, parts_of, proof_of
from utfall.reports.story import Story, stories
from utfall.reports.verdict import Verdict, set_aside, verdict
from utfall.reports.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownProof:
    """Where a reader finds the figure that shows what a check found."""

    address: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownBenchmark:
    """The known answer as a page tells it."""

    told: tuple[str, ...]
    shown: Exhibit


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What pages, paper and workbook tell of one comparison.

    Attributes
    ----------
    comparison : mapping
        From the protected document.
    verdict : Verdict
    aside, needed : tuple of str
        What was set aside; what to record from now on.
    parts : dict of str to list of Exhibit
        Figures by page, in page order.
    proofs : dict of str to ShownProof
        By gate; one without a figure, or that was not evaluated, is left out.
    benchmark : ShownBenchmark or None
    stories : tuple of Story
        What lay behind the debated number, per disruption that hit one programme.
    """

    comparison: Mapping[str, Any]
    verdict: Verdict
    aside: tuple[str, ...]
    needed: tuple[str, ...]
    parts: dict[str, list[Exhibit]]
    proofs: dict[str, ShownProof]
    benchmark: ShownBenchmark | None
    stories: tuple[Story, ...] = ()

    @property
    def exhibits(self) -> list[Exhibit]:
        """Return all figures, in the order of their numbers."""
        first = [self.benchmark.shown] if self.benchmark else []
        return first + [exhibit for part in self.parts.values() for exhibit in part]

    def exhibit(self, kind: str) -> Exhibit | None:
        """Return the figure of a kind, such as ``ladder``; None where there is none."""
        return next((one for one in self.exhibits if one.figure.id == kind), None)


def tell(
    document: Mapping[str, Any],
    comparison: Mapping[str, Any],
    words: Words,
    language: Language,
    exhibits: Exhibits,
) -> Told:
    """Put together what is told of one comparison, writing its figures' files on the way."""
    owner = comparison["id"]
    benchmark = benchmark_of(document, comparison, words)
    parts = parts_of(document, comparison, words, first=2 if benchmark else 1)
    return Told(
        comparison=comparison,
        verdict=verdict(comparison, words),
        aside=tuple(set_aside(document, comparison, words)),
        needed=tuple(dict.fromkeys(words.text(line["why"]) for line in comparison["needed"])),
        parts={
            part: [exhibits.show(one.figure, owner, one.number) for one in figures]
            for part, figures in parts.items()
        },
        proofs={
            gate["id"]: proof
            for gate in comparison["gates"]
            if gate["status"] != "NOT_EVALUATED"
            and (proof := _shown_proof(gate["id"], parts, language)) is not None
        },
        benchmark=ShownBenchmark(
            told=benchmark.told, shown=exhibits.show(benchmark.figure, owner, 1)
        )
        if benchmark
        else None,
        stories=stories(document, comparison, words),
    )


def _shown_proof(
    gate: str, parts: Mapping[str, list[Numbered]], language: Language
) -> ShownProof | None:
    proof = proof_of(gate, parts)
    if proof is None:
        return None
    page = "" if proof.part == "index" else file_name(proof.part, language)
    return ShownProof(address=f"{page}#figure-{proof.figure}", number=proof.number)
