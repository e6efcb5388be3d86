"""Difference figures: the way from the number in the debate to the fair one, and its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from utfall.reports.figure import Figure, sentences
from utfall.reports.lanes import Axis, Lane, Style, draw_lanes
from utfall.reports.waterfall import Part, draw_waterfall
from utfall.reports.words import Words, catalogue, is_money

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

LADDER_COLUMNS = ("step", "estimate", "conf_low", "conf_high", "n_target", "n_comparator")
CHOICE_COLUMNS = ("id", "admissible", "estimate", "conf_low", "conf_high")
GAP_COLUMNS = ("source", "estimate", "conf_low", "conf_high")
BENCHMARK_COLUMNS = ("id", "estimand", "estimate", "conf_low", "conf_high")


def ladder_figure(comparison: Mapping[str, Any], words: Words) -> Figure:
    """Return the ladder: one row per step, with its interval; withheld steps stay named.

    The last row is the answer with the interval that its headline is read off.
    """
    rungs = [*comparison["ladder"], *_with_years(comparison)]
    rows = tuple(
        (
            words.text(rung["label"]),
            *difference_cells(rung, comparison["scale"], words),
            words.count(rung["n_target"]),
            words.count(rung["n_comparator"]),
        )
        for rung in rungs
    )
    title = words(_ladder_title(comparison))
    subtitle = words("ladder_subtitle", **named(comparison, words))
    styles: list[Style] = ["raw" if rung["is_raw"] else "plain" for rung in rungs]
    if styles:
        styles[-1] = "main"
    return differences_figure(
        comparison,
        rungs,
        rows,
        styles,
        words,
        name="ladder",
        title=title,
        subtitle=subtitle,
        header=(words("column_step"), *arm_names(comparison, words)),
        columns=LADDER_COLUMNS,
        n_told=4,
    )


def choices_figure(comparison: Mapping[str, Any], words: Words) -> Figure | None:
    """Return the answer under other declared choices, or None where it is not shown."""
    tried = [row for row in comparison["sensitivity"] if row["estimate"] is not None]
    if len(tried) < 2:
        return None
    rows = tuple(
        (
            words.text(row["label"]),
            *difference_cells(row, comparison["scale"], words),
            words.text(row["reason"]),
        )
        for row in tried
    )
    title, subtitle = words("choices_title"), words("choices_subtitle", **named(comparison, words))
    styles: list[Style] = ["plain" if row["admissible"] else "aside" for row in tried]
    return differences_figure(
        comparison,
        tried,
        rows,
        styles,
        words,
        name="choices",
        title=title,
        subtitle=subtitle,
        header=(words("column_choice"), words("column_reason")),
        columns=CHOICE_COLUMNS,
    )


def benchmark_figure(
    known: Mapping[str, Any], siblings: Sequence[Mapping[str, Any]], words: Words
) -> Figure:
    """Return the known answer and, below it, what the method gave without a lottery."""
    shown = [known, *siblings]
    rows = tuple(
        (
            _who(one, known, words),
            words(f"estimand_{one['estimand']}"),
            *(
                difference_cells(one, known["scale"], words)
                if one["estimate"] is not None
                else (words("benchmark_refused"), "", "")
            ),
        )
        for one in shown
    )
    title = words("benchmark_title")
    subtitle = words("benchmark_subtitle", unit=unit_of(known, words))
    styles: list[Style] = ["plain"] * len(shown)
    styles[0] = "main"
    drawn = [
        (f"{row[0]}: {row[1]}" if place else row[0], *row[2:]) for place, row in enumerate(rows)
    ]
    return Figure(
        id="benchmark",
        title=title,
        subtitle=subtitle,
        alt=words("alt_lead", title=title, subtitle=subtitle, rows=sentences(rows)),
        header=(words("column_data"), words("column_estimand"), *difference_header(words)),
        rows=rows,
        machine_header=BENCHMARK_COLUMNS,
        machine_rows=tuple(tuple(one[name] for name in BENCHMARK_COLUMNS) for one in shown),
        draw=lambda width: draw_differences(known, shown, drawn, styles, words, width),
    )


def gap_figure(comparison: Mapping[str, Any], words: Words) -> Figure | None:
    """Return the waterfall of the debated gap, or None where there is no part to show."""
    parts, raw = comparison["decomposition"], comparison["raw"]
    if raw is None or raw["estimate"] is None:
        return None
    if not any(part["estimate"] is not None for part in parts):
        return None
    scale, factor = comparison["scale"], _factor(comparison["scale"])
    # The fair difference first: every part then goes the way that its sign says.
    parts = sorted(parts, key=lambda part: part["source"] != "adjusted")
    debate = {"source": "raw", "reason": None, **raw}
    shown = [*parts, debate]
    rows = tuple(_part_cells(part, scale, words) for part in shown)
    drawn = [
        Part(
            label=row[0],
            number=row[1],
            value=_scaled(part["estimate"], factor),
            low=_scaled(part["conf_low"], factor),
            high=_scaled(part["conf_high"], factor),
            is_level=part["source"] in ("adjusted", "raw"),
            is_main=part["source"] == "adjusted",
        )
        for part, row in zip(shown, rows, strict=True)
    ]
    title, subtitle = words("gap_title"), words("gap_subtitle", unit=unit_of(comparison, words))
    return Figure(
        id="gap",
        title=title,
        subtitle=subtitle,
        alt=words("alt_lead", title=title, subtitle=subtitle, rows=sentences(rows)),
        header=(words("column_source"), *difference_header(words), words("column_reason")),
        rows=rows,
        machine_header=GAP_COLUMNS,
        machine_rows=tuple(tuple(part[name] for name in GAP_COLUMNS) for part in shown),
        draw=lambda width: draw_waterfall(drawn, width),
    )


def unit_of(comparison: Mapping[str, Any], words: Words) -> str:
    """Return the unit of the axis in words."""
    return str(comparison["unit"]) if is_money(comparison) else words("unit_points")


def named(comparison: Mapping[str, Any], words: Words) -> dict[str, str]:
    """Return the names that most sentences about a comparison need."""
    return {
        "target": words.text(comparison["target_name"]),
        "comparator": words.text(comparison["comparator_name"]),
        "outcome": words.text(comparison["outcome_label"]),
        "unit": unit_of(comparison, words),
    }


def _with_years(comparison: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the answer with the variation between years, where the page shows that interval."""
    rungs = comparison["ladder"]
    if not rungs or rungs[-1]["estimate"] is None or comparison["second_low"] is None:
        return []
    return [
        {
            "step": "with_years",
            "label": catalogue()["rung_with_years"],
            "is_raw": False,
            "estimate": comparison["estimate"],
            "conf_low": comparison["second_low"],
            "conf_high": comparison["second_high"],
            "n_target": rungs[-1]["n_target"],
            "n_comparator": rungs[-1]["n_comparator"],
        }
    ]


def _ladder_title(comparison: Mapping[str, Any]) -> str:
    if comparison["estimate"] is None and comparison["headline"] == "cannot_tell":
        return "ladder_title_few"
    return f"ladder_title_{comparison['headline']}"


def _factor(scale: str) -> int:
    return 100 if scale == "share" else 1


def _who(one: Mapping[str, Any], known: Mapping[str, Any], words: Words) -> str:
    return words("benchmark_known") if one is known else words.text(one["comparator_name"])


def difference_cells(
    row: Mapping[str, Any], scale: str, words: Words, *, absent: str = "withheld"
) -> tuple[str, str, str]:
    """Return a difference and its interval as a table writes them, or what is said instead."""
    if row["estimate"] is None:
        return (words(absent), "", "")
    low, high = (
        "" if row[end] is None else words.signed(row[end], scale)
        for end in ("conf_low", "conf_high")
    )
    return (words.signed(row["estimate"], scale), low, high)


def difference_header(words: Words) -> tuple[str, str, str]:
    """Return the headings of a difference and its interval."""
    return words("column_difference"), words("column_low"), words("column_high")


def _part_cells(part: Mapping[str, Any], scale: str, words: Words) -> tuple[str, ...]:
    number, low, high = difference_cells(part, scale, words)
    if part["estimate"] is None:
        number = words("unknown_number")
    return words.text(part["label"]), number, low, high, words.text(part["reason"])


def arm_names(comparison: Mapping[str, Any], words: Words) -> tuple[str, str]:
    """Return the names of both programmes, as headings of the people counted."""
    return words.text(comparison["target_name"]), words.text(comparison["comparator_name"])


def differences_figure(
    comparison: Mapping[str, Any],
    shown: Sequence[Mapping[str, Any]],
    rows: tuple[tuple[str, ...], ...],
    styles: Sequence[Style],
    words: Words,
    *,
    name: str,
    title: str,
    subtitle: str,
    header: tuple[str, ...],
    columns: tuple[str, ...],
    n_told: int | None = None,
) -> Figure:
    """Return a figure of some differences, one row each.

    Parameters
    ----------
    shown, rows, styles
        As ``draw_differences`` takes them.
    name : str
        Id of the figure.
    header : tuple of str
        Headings before and after the difference and its ends.
    columns : tuple of str
        What the file holds of each of ``shown``.
    n_told : int, optional
        How many cells of a row its description reads out; all where absent.
    """
    return Figure(
        id=name,
        title=title,
        subtitle=subtitle,
        alt=words(
            "alt_lead",
            title=title,
            subtitle=subtitle,
            rows=sentences([row[:n_told] for row in rows]),
        ),
        header=(header[0], *difference_header(words), *header[1:]),
        rows=rows,
        machine_header=columns,
        machine_rows=tuple(tuple(one[column] for column in columns) for one in shown),
        draw=lambda width: draw_differences(comparison, shown, rows, styles, words, width),
    )


def draw_differences(
    comparison: Mapping[str, Any],
    shown: Sequence[Mapping[str, Any]],
    rows: Sequence[Sequence[str]],
    styles: Sequence[Style],
    words: Words,
    width: int,
) -> PlotlyFigure:
    """Return the picture of some differences, one row each.

    Parameters
    ----------
    shown : sequence of mapping
        With ``estimate``, ``conf_low`` and ``conf_high``.
    rows : sequence of sequence of str
        Name, number, low and high of each, as the table writes them.
    styles : sequence of Style
    width : int
        Pixels.
    """
    factor = _factor(comparison["scale"])
    lanes = [
        Lane(
            label=row[0],
            number=f"{row[1]} ({row[2]} … {row[3]})" if row[2] else row[1],
            estimate=_scaled(one["estimate"], factor),
            low=_scaled(one["conf_low"], factor),
            high=_scaled(one["conf_high"], factor),
            style=style,
        )
        for one, row, style in zip(shown, rows, styles, strict=True)
    ]
    money = is_money(comparison)
    target = words.text(comparison["target_name"])
    axis = Axis(
        left=words("direction_left_money" if money else "direction_left", target=target),
        right=words("direction_right_money" if money else "direction_right", target=target),
        zone=comparison["matters"],
        zone_text=words(
            "zone", matters=words.decimal(comparison["matters"]), unit=unit_of(comparison, words)
        ),
    )
    return draw_lanes(lanes, axis, width)


def _scaled(value: float | None, factor: int) -> float | None:
    return None if value is None else value * factor
