"""Treatment figures: the answer under each way of handling what disturbed a programme."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from utfall.reports.difference_figures import (
    CHOICE_COLUMNS,
    difference_cells,
    differences_figure,
    named,
)
from utfall.reports.figure import Figure
from utfall.reports.lanes import Style
from utfall.reports.words import Words

#: Ids of the rows that hold a treatment, in the order shown.
TREATMENTS = ("exclude", "exposure", "did", "counterfactual")


def treatments_figure(comparison: Mapping[str, Any], words: Words) -> Figure | None:
    """Return the answer under each treatment of the disruption, the plan's own first.

    A treatment that cannot be computed keeps its row, with the reason. None where the plan
    handles no disruption, or no answer is shown.
    """
    others = [row for row in comparison["sensitivity"] if row["id"] in TREATMENTS]
    if not others or comparison["estimate"] is None:
        return None
    shown: list[Mapping[str, Any]] = [_own(comparison, others, words), *others]
    rows = tuple(
        (
            words.text(row["label"]),
            *difference_cells(row, comparison["scale"], words, absent="unknown_number"),
            words.text(row["reason"]),
        )
        for row in shown
    )
    title = words("treatments_title")
    subtitle = words("treatments_subtitle", **named(comparison, words))
    styles: list[Style] = ["main", *(["plain"] * len(others))]  # type: ignore[list-item]
    return differences_figure(
        comparison,
        shown,
        rows,
        styles,
        words,
        name="treatments",
        title=title,
        subtitle=subtitle,
        header=(words("column_choice"), words("column_reason")),
        columns=CHOICE_COLUMNS,
    )


def _own(
    comparison: Mapping[str, Any], others: list[Mapping[str, Any]], words: Words
) -> dict[str, Any]:
    """Return the plan's own row: the treatment that is not among the others."""
    tried = {row["id"] for row in others}
    own = [name for name in ("exclude", "exposure") if name not in tried]
    name = own[0] if len(own) == 1 else "planned"
    label = words("treatments_own", treatment=words(f"treatments_own_{name}"))
    return {
        "id": name,
        "label": {"sv": label, "en": label},
        "admissible": True,
        "reason": None,
        **{end: comparison[end] for end in ("estimate", "conf_low", "conf_high")},
    }
