"""Methods figure: what did other accepted methods give, and why can some give nothing?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from utfall.reports.difference_figures import draw_differences, named, unit_of
from utfall.reports.figure import Figure, sentences
from utfall.reports.lanes import Style
from utfall.reports.words import Words

METHOD_COLUMNS = (
    "id", "measure", "estimate", "conf_low", "conf_high", "error", "basis", "answers", "note",
)  # fmt: skip


def methods_figure(comparison: Mapping[str, Any], words: Words) -> Figure | None:
    """Return what other methods gave, or None where no answer is shown.

    The picture holds the differences alone; ratios, months, bounds without a middle, and what
    cannot be estimated stand in the table.

    Parameters
    ----------
    comparison : mapping
        One of ``comparisons`` of a protected results document.
    """
    every = comparison.get("methods_compared", ())
    drawn = [one for one in every if one["measure"] == "difference" and one["estimate"] is not None]
    if len(drawn) < 2:
        return None
    rows = tuple(_row(one, comparison, words) for one in every)
    told = {one["id"]: row for one, row in zip(every, rows, strict=True)}
    pictured = [(told[one["id"]][0], *told[one["id"]][2:5]) for one in drawn]
    styles: list[Style] = ["plain" if one["answers"] else "aside" for one in drawn]
    title = words("methods_title")
    subtitle = words("methods_subtitle", **named(comparison, words))
    return Figure(
        id="methods",
        title=title,
        subtitle=subtitle,
        alt=words("alt_lead", title=title, subtitle=subtitle, rows=sentences(pictured)),
        header=(
            words("column_method"),
            words("column_measure"),
            words("column_difference"),
            words("column_low"),
            words("column_high"),
            words("column_error"),
            words("column_basis"),
            words("column_reason"),
        ),
        rows=rows,
        machine_header=METHOD_COLUMNS,
        machine_rows=tuple(_machine_row(one) for one in every),
        draw=lambda width: draw_differences(comparison, drawn, pictured, styles, words, width),
    )


def _row(one: Mapping[str, Any], comparison: Mapping[str, Any], words: Words) -> tuple[str, ...]:
    measure = unit_of(comparison, words)
    if one["measure"] not in ("difference", "part"):
        measure = words(f"measure_{one['measure']}")
    return (
        words.text(one["label"]),
        measure,
        *(_number(one, name, comparison, words) for name in ("estimate", "conf_low", "conf_high")),
        words.text(one["error"]),
        words(f"basis_{one['basis']}") if one["basis"] else "",
        words.text(one["note"]),
    )


def _number(one: Mapping[str, Any], name: str, comparison: Mapping[str, Any], words: Words) -> str:
    value = one[name]
    if value is None:
        return ""
    if one["measure"] in ("difference", "part"):
        return words.signed(value, comparison["scale"])
    text = words.decimal(value)
    return text if one["measure"] == "ratio" or value <= 0 else f"+{text}"


def _machine_row(one: Mapping[str, Any]) -> tuple[object, ...]:
    plain = {**one, "error": one["error"]["en"], "note": one["note"]["en"] if one["note"] else None}
    return tuple(plain[name] for name in METHOD_COLUMNS)
