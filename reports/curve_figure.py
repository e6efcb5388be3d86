"""Curve: what every fair-minded set of choices gives, from one side's best case to the other's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from utfall.reports.figure import (
    BAND,
    COMPARATOR,
    INK,
    MUTED,
    TARGET,
    Figure,
    canvas,
    is_wide,
    sentences,
)
from utfall.reports.lanes import plain
from utfall.reports.words import Words, is_money

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

CURVE_COLUMNS = ("id", "estimate", "conf_low", "conf_high", "admissible", "favours")

#: Pixels of the curve itself, and of one line of the choices below it.
CURVE_HEIGHT, CHOICE_ROW = 260, 22

#: In the order in which the choices stand below the curve.
DIMENSIONS = ("estimator", "covariates", "trimming", "disruption", "outcome", "population")

#: Among equal answers each side's best case stands at its own end.
_END = {"comparator": -1, "target": 1}

#: Part of the width left of the dots that a choice's name takes on a wide picture.
NAMES = 0.42


def curve_figure(comparison: Mapping[str, Any], words: Words) -> Figure | None:
    """Return the specification curve, or None where no answer is shown.

    Parameters
    ----------
    comparison : mapping
        One of ``comparisons`` of a protected results document.
    """
    every = comparison.get("specifications", ())
    shown = sorted(
        (one for one in every if one["estimate"] is not None),
        key=lambda one: (one["estimate"], _END.get(one["favours"], 0), one["id"]),
    )
    if len(shown) < 2:
        return None
    unseen = [one for one in every if one["estimate"] is None]
    rows = tuple(_row(one, comparison, words) for one in (*shown, *unseen))
    title = words("curve_title")
    subtitle = words(
        "curve_subtitle",
        outcome=words.text(comparison["outcome_label"]),
        target=words.text(comparison["target_name"]),
        comparator=words.text(comparison["comparator_name"]),
        unit=comparison["unit"] if is_money(comparison) else words("unit_points"),
    )
    return Figure(
        id="curve",
        title=title,
        subtitle=subtitle,
        alt=words("alt_lead", title=title, subtitle=subtitle, rows=_told(shown, rows)),
        header=(
            words("column_choice"),
            words("column_difference"),
            words("column_low"),
            words("column_high"),
            words("column_reason"),
        ),
        rows=rows,
        machine_header=CURVE_COLUMNS,
        machine_rows=tuple(tuple(one[name] for name in CURVE_COLUMNS) for one in (*shown, *unseen)),
        draw=lambda width: _draw(comparison, shown, words, width),
    )


def _told(shown: Sequence[Mapping[str, Any]], rows: Sequence[Sequence[str]]) -> str:
    """Return the two ends of the curve: its table holds the rest."""
    ends = [row for one, row in zip(shown, rows, strict=False) if one["favours"]]
    return sentences(ends or [rows[0], rows[len(shown) - 1]])


def _row(one: Mapping[str, Any], comparison: Mapping[str, Any], words: Words) -> tuple[str, ...]:
    scale = comparison["scale"]
    numbers = [
        "" if one[name] is None else words.signed(one[name], scale)
        for name in ("estimate", "conf_low", "conf_high")
    ]
    if one["estimate"] is None:
        numbers[0] = words("withheld")
    return (", ".join(_named(one, words)), *numbers, _note(one, comparison, words))


def _named(one: Mapping[str, Any], words: Words) -> list[str]:
    """Return the choices in words: the estimator, and what is not as the plan has it."""
    return [
        words.text(one["choices"][name])
        for name in DIMENSIONS
        if name in one["choices"] and (name == "estimator" or f"{name}." in one["id"])
    ]


def _note(one: Mapping[str, Any], comparison: Mapping[str, Any], words: Words) -> str:
    if one["favours"] is not None:
        name = words.text(comparison[f"{one['favours']}_name"])
        return words("curve_best", programme=name)
    return words.text(one["reason"])


def _draw(
    comparison: Mapping[str, Any],
    shown: Sequence[Mapping[str, Any]],
    words: Words,
    width: int,
) -> PlotlyFigure:
    """Return the curve; on a wide picture the choices stand below it, a line each."""
    factor = 100 if comparison["scale"] == "share" else 1
    lines = _choice_lines(shown, words) if is_wide(width) else []
    height = CURVE_HEIGHT + CHOICE_ROW * len(lines) + 56
    figure = canvas(width, height, margin={"l": 44, "r": 8, "t": 30, "b": 26})
    share = CURVE_HEIGHT / (height - 56)
    figure.update_xaxes(
        range=[-0.6, len(shown) - 0.4],
        visible=False,
        domain=(NAMES, 1.0) if lines else (0.0, 1.0),
    )
    figure.update_yaxes(
        domain=(1 - share if lines else 0.0, 1.0), range=_reach(comparison, shown, factor)
    )
    if lines:
        figure.update_layout(
            yaxis2={
                "domain": (0.0, max(1 - share - 0.08, 0.05)),
                "anchor": "x",
                "range": [len(lines) - 0.5, -0.5],
                "visible": False,
                "fixedrange": True,
            }
        )
    _surroundings(figure, comparison, len(shown), words)
    for place, one in enumerate(shown):
        _draw_point(figure, one, place, factor)
    for row, (name, used) in enumerate(lines):
        _draw_line(figure, name, used, row)
    return figure


def _reach(
    comparison: Mapping[str, Any], shown: Sequence[Mapping[str, Any]], factor: int
) -> list[float]:
    """Return how far down and up the curve and its shade go."""
    ends = [
        factor * one[name]
        for one in shown
        for name in ("estimate", "conf_low", "conf_high")
        if one[name] is not None
    ]
    zone = comparison["matters"]
    return [1.1 * min(*ends, -zone), 1.1 * max(*ends, zone)]


def _surroundings(
    figure: PlotlyFigure, comparison: Mapping[str, Any], n: int, words: Words
) -> None:
    zone = comparison["matters"]
    ends = {"x0": -0.6, "x1": n - 0.4}
    figure.add_shape(
        type="rect", y0=-zone, y1=zone, fillcolor=BAND, line={"width": 0}, layer="below", **ends
    )
    figure.add_shape(type="line", y0=0, y1=0, line={"color": INK, "width": 1}, **ends)
    target = words.text(comparison["target_name"])
    kind = "_money" if is_money(comparison) else ""
    for key, y, side in (("curve_more", 1.0, "bottom"), ("curve_less", 0.0, "top")):
        figure.add_annotation(
            x=-0.6,
            xanchor="left",
            y=y,
            yref="y domain",
            yanchor=side,
            text=plain(words(f"{key}{kind}", target=target)),
            showarrow=False,
            font={"size": 12, "color": MUTED},
        )


def _draw_point(figure: PlotlyFigure, one: Mapping[str, Any], place: int, factor: int) -> None:
    counts = one["admissible"]
    colour = {"target": TARGET, "comparator": COMPARATOR}.get(one["favours"] or "", INK)
    colour = colour if counts else MUTED
    if one["conf_low"] is not None and one["conf_high"] is not None:
        figure.add_scatter(
            x=[place, place],
            y=[factor * one["conf_low"], factor * one["conf_high"]],
            mode="lines",
            line={"color": colour, "width": 4 if one["favours"] else 1},
        )
    best = {"target": "diamond", "comparator": "diamond-open"}
    symbol = best.get(one["favours"] or "", "circle" if counts else "x-thin-open")
    figure.add_scatter(
        x=[place],
        y=[factor * one["estimate"]],
        mode="markers",
        marker={
            "size": 11 if one["favours"] else 7,
            "symbol": symbol,
            "color": colour,
            "line": {"width": 1, "color": colour},
        },
    )


def _choice_lines(
    shown: Sequence[Mapping[str, Any]], words: Words
) -> list[tuple[str, list[tuple[int, bool]]]]:
    """Return each choice that some of the points make and others do not, with its points."""
    lines = []
    for dimension in (name for name in DIMENSIONS if name in shown[0]["choices"]):
        levels = dict.fromkeys(words.text(one["choices"][dimension]) for one in shown)
        if len(levels) < 2:
            continue
        for level in levels:
            used = [
                (place, one["admissible"])
                for place, one in enumerate(shown)
                if words.text(one["choices"][dimension]) == level
            ]
            lines.append((level, used))
    return lines


def _draw_line(figure: PlotlyFigure, name: str, used: Sequence[tuple[int, bool]], row: int) -> None:
    figure.add_scatter(
        x=[place for place, _ in used],
        y=[row] * len(used),
        yaxis="y2",
        mode="markers",
        marker={
            "size": 7,
            "symbol": ["circle" if counts else "x-thin-open" for _, counts in used],
            "color": [INK if counts else MUTED for _, counts in used],
            "line": {"width": 1, "color": MUTED},
        },
    )
    text = name if len(name) <= 52 else f"{name[:50]} …"
    figure.add_annotation(
        x=NAMES - 0.01,
        xref="paper",
        xanchor="right",
        y=row,
        yref="y2",
        yanchor="middle",
        text=plain(text),
        showarrow=False,
        font={"size": 12, "color": INK},
    )
