"""Window figures: the answer as the window of a disruption moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from utfall.reports.difference_figures import (
    arm_names,
    difference_cells,
    differences_figure,
    named,
)
from utfall.reports.figure import Figure
from utfall.reports.lanes import Style
from utfall.reports.words import Words

COLUMNS = (
    "disruption", "moved", "months", "starts_on", "ends_on", "estimate", "conf_low", "conf_high",
    "n_target", "n_comparator",
)  # fmt: skip


def windows_figure(comparison: Mapping[str, Any], words: Words) -> Figure | None:
    """Return the answer with either end of a disruption moved, the plan's own window first.

    None where no moved window has an answer that is shown.
    """
    scan = comparison.get("window_scan", ())
    if comparison["estimate"] is None or all(row["estimate"] is None for row in scan):
        return None
    own = {name: comparison.get(name) for name in COLUMNS}
    shown = [own, *scan]
    is_one = len({row["disruption"] for row in scan}) == 1
    rows = tuple(
        (
            words("windows_own") if place == 0 else _label(row, words, is_one=is_one),
            *difference_cells(row, comparison["scale"], words),
            words.count(row["n_target"]),
            words.count(row["n_comparator"]),
        )
        for place, row in enumerate(shown)
    )
    title = words("windows_title")
    subtitle = words("windows_subtitle", **named(comparison, words))
    styles: list[Style] = ["main"]
    styles += ["plain"] * len(scan)
    return differences_figure(
        comparison,
        shown,
        rows,
        styles,
        words,
        name="windows",
        title=title,
        subtitle=subtitle,
        header=(words("column_window"), *arm_names(comparison, words)),
        columns=COLUMNS,
        n_told=4,
    )


def _label(row: Mapping[str, Any], words: Words, *, is_one: bool) -> str:
    """Return which end is moved, how far and to which day; by its id where there are several."""
    way = "earlier" if row["months"] < 0 else "later"
    told = words(
        f"windows_{row['moved']}_{way}",
        months=abs(row["months"]),
        day=row[f"{row['moved']}_on"],
    )
    return told if is_one else f"{row['disruption']}: {told}"
