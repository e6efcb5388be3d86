"""Difference figures: the way from the number in the debate to the fair one, and its parts."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from utfall.reports.figure import GRID, INK, MUTED, TARGET, Figure, canvas, sentences
from utfall.reports.words import Words, is_money

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

#: Pixels for a name, its number below it, and its line or bar.
ROW_HEIGHT = 74


def ladder_figure(comparison: Mapping[str, Any], words: Words) -> Figure:
    """Return the ladder: one row per step, with its interval; withheld steps stay named."""
    scale = comparison["scale"]
    rungs = comparison["ladder"]
    withheld = comparison["estimate"] is None
    rows = tuple(
        (
            words.text(rung["label"]),
            words.signed(rung["estimate"], scale),
            words.signed(rung["conf_low"], scale) if rung["estimate"] is not None else "",
            words.signed(rung["conf_high"], scale) if rung["estimate"] is not None else "",
            words.count(rung["n_target"]),
            words.count(rung["n_comparator"]),
        )
        for rung in rungs
    )
    title = words("ladder_title_withheld" if withheld else "ladder_title")
    subtitle = words("ladder_subtitle", **_named(comparison, words))
    header = (
        words("column_step"),
        words("column_difference"),
        words("column_low"),
        words("column_high"),
        words.text(comparison["target_name"]),
        words.text(comparison["comparator_name"]),
    )
    return Figure(
        id="ladder",
        title=title,
        subtitle=subtitle,
        alt=words(
            "alt_lead", title=title, subtitle=subtitle, rows=sentences([row[:4] for row in rows])
        ),
        header=header,
        rows=rows,
        machine_header=("step", "estimate", "conf_low", "conf_high", "n_target", "n_comparator"),
        machine_rows=tuple(
            tuple(
                rung[name]
                for name in (
                    "step",
                    "estimate",
                    "conf_low",
                    "conf_high",
                    "n_target",
                    "n_comparator",
                )
            )
            for rung in rungs
        ),
        draw=lambda width: _draw_steps(comparison, rungs, rows, words, width),
    )


def gap_figure(comparison: Mapping[str, Any], words: Words) -> Figure | None:
    """Return the waterfall of the debated gap, or None where there is no part to show."""
    parts = comparison["decomposition"]
    if not any(part["estimate"] is not None for part in parts):
        return None
    scale = comparison["scale"]
    rows = tuple(
        (
            words.text(part["label"]),
            words.signed(part["estimate"], scale)
            if part["estimate"] is not None
            else words("unknown_number"),
            words.text(part["reason"]),
        )
        for part in parts
    )
    title = words("gap_title")
    subtitle = words("gap_subtitle", unit=_unit(comparison, words))
    return Figure(
        id="gap",
        title=title,
        subtitle=subtitle,
        alt=words(
            "alt_lead", title=title, subtitle=subtitle, rows=sentences([row[:2] for row in rows])
        ),
        header=(words("column_source"), words("column_difference"), words("column_reason")),
        rows=rows,
        machine_header=("source", "estimate"),
        machine_rows=tuple((part["source"], part["estimate"]) for part in parts),
        draw=lambda width: _draw_parts(
            [part for part in parts if part["estimate"] is not None], scale, words, width
        ),
    )


def _unit(comparison: Mapping[str, Any], words: Words) -> str:
    return str(comparison["unit"]) if is_money(comparison) else words("unit_points")


def _named(comparison: Mapping[str, Any], words: Words) -> dict[str, str]:
    return {
        "target": words.text(comparison["target_name"]),
        "comparator": words.text(comparison["comparator_name"]),
        "outcome": words.text(comparison["outcome_label"]),
        "unit": _unit(comparison, words),
    }


def _factor(scale: str) -> int:
    return 100 if scale == "share" else 1


def _draw_steps(
    comparison: Mapping[str, Any],
    rungs: Sequence[Mapping[str, Any]],
    rows: Sequence[Sequence[str]],
    words: Words,
    width: int,
) -> PlotlyFigure:
    factor = _factor(comparison["scale"])
    figure = canvas(width, 40 + ROW_HEIGHT * len(rungs), margin={"t": 26, "b": 4})
    reach = _reach(rungs, factor)
    _frame(figure, len(rungs), reach)
    key = "direction_money" if is_money(comparison) else "direction"
    figure.add_annotation(
        x=0,
        y=len(rungs),
        yanchor="bottom",
        showarrow=False,
        text=words(key, target=words.text(comparison["target_name"])),
        font={"size": 12, "color": MUTED},
    )
    for place, (rung, row) in enumerate(zip(rungs, rows, strict=True)):
        y = len(rungs) - 1 - place
        is_last = place == len(rungs) - 1
        shown = rung["estimate"] is not None
        text = f"{row[1]} ({row[2]} … {row[3]})" if shown else row[1]
        _label(figure, row[0], text, y, reach, width, is_last=is_last)
        if shown:
            _interval(figure, rung, y + 0.12, factor, is_last)
    return figure


def _reach(rows: Sequence[Mapping[str, Any]], factor: int) -> float:
    ends = [
        abs(row[name]) * factor
        for row in rows
        for name in ("conf_low", "conf_high")
        if row[name] is not None
    ]
    return float(1.15 * max([*ends, 1.0]))


def _frame(figure: PlotlyFigure, n_rows: int, reach: float) -> None:
    figure.update_xaxes(range=[-reach, reach], visible=False)
    figure.update_yaxes(range=[-0.1, n_rows], visible=False)
    figure.add_shape(
        type="line", x0=0, x1=0, y0=-0.1, y1=n_rows, line={"color": GRID, "width": 2}, layer="below"
    )


def _label(
    figure: PlotlyFigure,
    label: str,
    number: str,
    y: float,
    reach: float,
    width: int,
    *,
    is_last: bool,
) -> None:
    """Write a row's name, and its number on a line of its own so that they never collide."""
    short = textwrap.shorten(label, max(20, int(width / 7.2)), placeholder=" …")
    figure.add_annotation(
        x=-reach,
        y=y + 0.82,
        xanchor="left",
        showarrow=False,
        text=f"<b>{short}</b>" if is_last else short,
    )
    figure.add_annotation(
        x=reach,
        y=y + 0.46,
        xanchor="right",
        showarrow=False,
        text=number,
        bgcolor="#ffffff",
        font={"color": INK if is_last else MUTED},
    )


def _interval(
    figure: PlotlyFigure, rung: Mapping[str, Any], y: float, factor: int, is_last: bool
) -> None:
    figure.add_scatter(
        x=[rung["conf_low"] * factor, rung["conf_high"] * factor],
        y=[y, y],
        mode="lines",
        line={"color": TARGET if is_last else MUTED, "width": 5 if is_last else 2},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=[rung["estimate"] * factor],
        y=[y],
        mode="markers",
        marker={
            "size": 13 if is_last else 9,
            "symbol": "diamond" if is_last else ("circle-open" if rung["is_raw"] else "circle"),
            "color": TARGET if is_last else MUTED,
            "line": {"width": 2, "color": TARGET if is_last else MUTED},
        },
        hoverinfo="skip",
    )


def _draw_parts(
    parts: Sequence[Mapping[str, Any]], scale: str, words: Words, width: int
) -> PlotlyFigure:
    factor = _factor(scale)
    figure = canvas(width, 20 + ROW_HEIGHT * len(parts), margin={"t": 4, "b": 4})
    spans, at = [], 0.0
    for part in parts:
        spans.append((at, at + part["estimate"] * factor))
        at = spans[-1][1]
    reach = 1.15 * max([1.0, *(abs(end) for span in spans for end in span)])
    _frame(figure, len(parts), reach)
    for place, (part, (start, end)) in enumerate(zip(parts, spans, strict=True)):
        y = len(parts) - 1 - place
        is_fair = part["source"] == "adjusted"
        figure.add_bar(
            x=[end - start],
            base=[start],
            y=[y + 0.16],
            orientation="h",
            width=0.26,
            marker={
                "color": TARGET if is_fair else "#c9d1d9",
                "line": {"color": TARGET if is_fair else MUTED, "width": 1},
                "pattern": {"shape": "" if is_fair else "/", "fgcolor": MUTED, "size": 6},
            },
            hoverinfo="skip",
        )
        number = words.signed(part["estimate"], scale)
        _label(figure, words.text(part["label"]), number, y, reach, width, is_last=is_fair)
    return figure
