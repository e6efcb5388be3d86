"""Pages: which figures and tables a comparison's page shows, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from utfall.reports.description_figures import exits_figure, flow_figure, years_figure
from utfall.reports.design_figures import love_figure, overlap_figure
from utfall.reports.difference_figures import gap_figure, ladder_figure
from utfall.reports.figure import Figure
from utfall.reports.words import Words


def figures_of(
    document: Mapping[str, Any], comparison: Mapping[str, Any], words: Words
) -> list[Figure]:
    """Return the figures of a comparison's page, those that prove the verdict first."""
    event = disrupting_event(document, comparison, words)
    found = [
        ladder_figure(comparison, words),
        gap_figure(comparison, words),
        years_figure(comparison, comparison["target"], event, words),
        years_figure(comparison, comparison["comparator"], event, words),
        exits_figure(comparison, words),
        overlap_figure(comparison, words),
        love_figure(comparison, words),
        flow_figure(comparison, words),
    ]
    return [figure for figure in found if figure is not None]


def disrupting_event(
    document: Mapping[str, Any], comparison: Mapping[str, Any], words: Words
) -> str | None:
    """Return the name of the first event that cost either programme capacity."""
    for event in document["disruptions"]:
        if event["kind"] == "capacity" and event["id"] in comparison["disruptions"]:
            return words.text(event["label"])
    return None


def benchmark_rows(
    document: Mapping[str, Any], comparison: Mapping[str, Any], words: Words
) -> dict[str, Any] | None:
    """Return the known answer and, beside it, what every comparison that shares it gave.

    The comparison that is itself the benchmark shows the same table.
    """
    known = comparison["benchmark"] or comparison["id"]
    answers = {one["id"]: one for one in document["comparisons"]}
    siblings = [one for one in document["comparisons"] if one["benchmark"] == known]
    if known not in answers or not siblings or answers[known]["estimate"] is None:
        return None
    benchmark = answers[known]
    return {
        "intro": words(
            "benchmark_intro",
            estimate=words.amount(benchmark["estimate"], "currency"),
            low=words.amount(benchmark["conf_low"], "currency"),
            high=words.amount(benchmark["conf_high"], "currency"),
            unit=benchmark["unit"],
        ),
        "rows": [
            {
                "id": one["id"],
                "who": words.text(one["population"]),
                "estimand": one["estimand"].upper(),
                "estimate": words.signed(one["estimate"], one["scale"])
                if one["estimate"] is not None
                else words("benchmark_refused"),
                "interval": f"{words.amount(one['conf_low'], one['scale'])} … "
                f"{words.amount(one['conf_high'], one['scale'])}"
                if one["estimate"] is not None
                else "",
            }
            for one in siblings
        ],
    }
