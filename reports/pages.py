"""Pages: which figures and tables a comparison's page shows, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from utfall.reports.curve_figure import curve_figure
from utfall.reports.description_figures import exits_figure, flow_figure
from utfall.reports.design_figures import love_figure, overlap_figure
from utfall.reports.difference_figures import (
    benchmark_figure,
    choices_figure,
    gap_figure,
    ladder_figure,
)
from utfall.reports.figure import Figure
from utfall.reports.methods_figure import methods_figure
from utfall.reports.secondary_figures import secondary_figure
from utfall.reports.story_figures import periods_figure
from utfall.reports.treatment_figures import treatments_figure
from utfall.reports.window_figures import windows_figure
from utfall.reports.words import Words
from utfall.reports.year_figures import years_figure

#: The part of a comparison's pages that shows a figure, by the first word of its name.
PART_OF_FIGURE = {
    "ladder": "index",
    "gap": "index",
    "periods": "index",
    "years": "time",
    "flow": "who",
    "overlap": "who",
    "love": "who",
    "exits": "outcomes",
    "secondary": "outcomes",
    "treatments": "robust",
    "windows": "robust",
    "choices": "robust",
    "methods": "robust",
    "curve": "robust",
}

#: A comparison's pages, in the order of their menu.
PARTS = ("index", "time", "who", "outcomes", "robust")

#: The figure that shows what a check found.
PROOFS = {
    "G2": "flow",
    "G3": "overlap",
    "G4": "love",
    "G6": "years",
    "G7": "flow",
    "G10": "ladder",
    "G11": "curve",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """The known answer beside what the method gave, in a figure and two sentences."""

    figure: Figure
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Numbered:
    """A figure with its number, which counts through all pages of its comparison."""

    figure: Figure
    number: int


def parts_of(
    document: Mapping[str, Any], comparison: Mapping[str, Any], words: Words, *, first: int = 1
) -> dict[str, list[Numbered]]:
    """Return the figures of a comparison's pages, by page; none has to have any.

    Parameters
    ----------
    first : int
        Number of the first figure.
    """
    figures = figures_of(document, comparison, words)
    parts: dict[str, list[Figure]] = {part: [] for part in PARTS}
    for figure in figures:
        parts[PART_OF_FIGURE[_kind(figure)]].append(figure)
    numbers = count(first)
    return {
        part: [Numbered(figure, next(numbers)) for figure in found] for part, found in parts.items()
    }


def figures_of(
    document: Mapping[str, Any], comparison: Mapping[str, Any], words: Words
) -> list[Figure]:
    """Return every figure of a comparison, in the order of its pages."""
    arms = (comparison["target"], comparison["comparator"])
    found = [
        *(periods_figure(comparison, story, words) for story in comparison["disruption_stories"]),
        ladder_figure(comparison, words) if has_steps(comparison) else None,
        gap_figure(comparison, words),
        *(
            years_figure(comparison, arm, events_of(document, comparison, arm), words)
            for arm in arms
        ),
        flow_figure(comparison, words),
        overlap_figure(comparison, words),
        love_figure(comparison, words),
        secondary_figure(comparison, words),
        *(exits_figure(comparison, arm, words) for arm in arms),
        treatments_figure(comparison, words),
        windows_figure(comparison, words),
        choices_figure(comparison, words),
        methods_figure(comparison, words),
        curve_figure(comparison, words),
    ]
    return [figure for figure in found if figure is not None]


def has_steps(comparison: Mapping[str, Any]) -> bool:
    """Return whether any step on the way from the debated number may be shown.

    A ladder of nothing but hidden steps would be an empty picture.
    """
    return any(rung["estimate"] is not None for rung in comparison["ladder"])


def _kind(figure: Figure) -> str:
    return figure.id.split("_")[0]


def events_of(
    document: Mapping[str, Any], comparison: Mapping[str, Any], programme: str
) -> list[Mapping[str, Any]]:
    """Return the events of a comparison that touch one programme, or all of them."""
    return [
        event
        for event in document["disruptions"]
        if event["id"] in comparison["disruptions"] and event["programme"] in (programme, None)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Where the figure stands that shows what a check found."""

    part: str
    figure: str
    number: int


def proof_of(gate: str, parts: Mapping[str, list[Numbered]]) -> Proof | None:
    """Return where the figure stands that shows what a check found, or None."""
    wanted = PROOFS.get(gate)
    for part, figures in parts.items():
        for one in figures:
            if wanted is not None and _kind(one.figure) == wanted:
                return Proof(part=part, figure=one.figure.id, number=one.number)
    return None


def benchmark_of(
    document: Mapping[str, Any], comparison: Mapping[str, Any], words: Words
) -> Benchmark | None:
    """Return the known answer and, beside it, what every comparison that shares it gave.

    The comparison that is itself the benchmark shows the same.
    """
    name = comparison["benchmark"] or comparison["id"]
    answers = {one["id"]: one for one in document["comparisons"]}
    siblings = [one for one in document["comparisons"] if one["benchmark"] == name]
    if name not in answers or not siblings or answers[name]["estimate"] is None:
        return None
    known = answers[name]
    allowed = [one for one in siblings if one["estimate"] is not None]
    stopped = [one for one in siblings if one["estimate"] is None]
    told = [
        words(
            "benchmark_intro",
            estimate=words.amount(known["estimate"], known["scale"]),
            low=words.amount(known["conf_low"], known["scale"]),
            high=words.amount(known["conf_high"], known["scale"]),
            unit=known["unit"],
        ),
        *(
            words(key, who=words.listed([words(f"estimand_{one['estimand']}") for one in some]))
            for key, some in (("benchmark_allow", allowed), ("benchmark_stop", stopped))
            if some
        ),
    ]
    return Benchmark(figure=benchmark_figure(known, siblings, words), told=tuple(told))
