"""Answer figures: a table of an answer as bars with bounds, lines over time or a funnel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from utfall.reports.answer_curves import draw_curves, drawable
from utfall.reports.figure import BAND, MUTED, TARGET, Figure, canvas, is_wide, sentences
from utfall.reports.lanes import draw_whisker
from utfall.reports.words import Words

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

_ROW, _TOP = 40, 16


def bars_figure(answer: Mapping[str, Any], table: Mapping[str, Any], words: Words) -> Figure | None:
    """Return a chart of the column that a table names, or None where too little can be drawn."""
    place = table["bars"]
    drawn = [row for row in table["rows"] if place is not None and row[place]["value"] is not None]
    if len(drawn) < 2:
        return None
    has_bounds = any(row[place]["low"] is not None for row in drawn)
    what = words.text(table["columns"][place])
    subtitle = words("answer_bars", what=what) if has_bounds else f"{what}."
    if all(words.text(row[0]["text"])[:1].isdigit() for row in drawn):
        by = words.text(table["columns"][0])
        subtitle = f"{subtitle} {words('answer_bars_by', by=by[:1].lower() + by[1:])}"
    return figure_of(answer, table, words, subtitle, lambda width: _draw(table, words, width))


def curves_figure(
    answer: Mapping[str, Any], table: Mapping[str, Any], words: Words
) -> Figure | None:
    """Return a table's columns along its times, or None where too little can be drawn."""
    drawn = drawable(table) if table.get("is_curve") else []
    if not drawn:
        return None
    subtitle = words("answer_curves")
    if len(drawn) < len(table["columns"]) - 1:
        subtitle = f"{subtitle} {words('answer_curves_rest')}"
    return figure_of(answer, table, words, subtitle, lambda width: draw_curves(table, words, width))


def funnel_figure(
    answer: Mapping[str, Any], table: Mapping[str, Any], words: Words
) -> Figure | None:
    """Return sites by size within the limits of chance, or None where too few can be drawn.

    The limits narrow with size, so that small sites at the ends are seen for what they are.
    """
    if "funnel" not in table or len(_points(table)) < 2:
        return None
    subtitle = words("answer_funnel")
    return figure_of(answer, table, words, subtitle, lambda width: _funnel(table, words, width))


def figure_of(
    answer: Mapping[str, Any],
    table: Mapping[str, Any],
    words: Words,
    subtitle: str,
    draw: Callable[[int], PlotlyFigure],
) -> Figure:
    """Return a picture of an answer's table, with the table as its rows.

    Parameters
    ----------
    draw : callable
        Takes the width in pixels and gives the plotly figure.
    """
    rows = tuple(tuple(words.text(cell["text"]) for cell in row) for row in table["rows"])
    header = tuple(words.text(column) for column in table["columns"])
    title = words.text(table["title"])
    return Figure(
        id=f"{answer['id']}_{table['id']}",
        title=title,
        subtitle=subtitle,
        alt=f"{title}. {subtitle} {sentences(rows)}",
        header=header,
        rows=rows,
        machine_header=tuple(column["en"] for column in table["columns"]),
        machine_rows=tuple(
            tuple(
                cell["text"]["en"] if cell["kind"] in ("words", "chance", "band") else cell["value"]
                for cell in row
            )
            for row in table["rows"]
        ),
        draw=draw,
    )


def _points(table: Mapping[str, Any]) -> list[list[Mapping[str, Any]]]:
    """Return the rows whose size and share are both shown."""
    size, share = table["funnel"][:2]
    return [row for row in table["rows"] if None not in (row[size]["value"], row[share]["value"])]


def _funnel(table: Mapping[str, Any], words: Words, width: int) -> PlotlyFigure:
    import plotly.graph_objects as go

    size, share, low, high = table["funnel"]
    rows = sorted(_points(table), key=lambda row: float(row[size]["value"]))
    plot = canvas(width, 380, margin={"l": 44, "t": 16, "b": 48})
    plot.update_layout(separators=words("separators"))
    x = [row[size]["value"] for row in rows]
    ends = [[row[place]["value"] for row in rows] for place in (low, high)]
    plot.add_trace(
        go.Scatter(
            x=[*x, *reversed(x)],
            y=[*ends[0], *reversed(ends[1])],
            mode="lines",
            fill="toself",
            fillcolor=BAND,
            line={"width": 0},
            hoverinfo="skip",
        )
    )
    names: dict[tuple[float, float], list[str]] = {}
    for row in rows:
        at = row[size]["value"], 100 * row[share]["value"]
        names.setdefault(at, []).append(words.text(row[0]["text"]))
    plot.add_trace(
        go.Scatter(
            x=[at[0] for at in names],
            y=[at[1] for at in names],
            mode="markers",
            cliponaxis=False,
            marker={"color": TARGET, "size": 9},
            hoverinfo="skip",
        )
    )
    middle = (min(x) + max(x)) / 2
    for (right, up), group in names.items():
        is_left = right <= middle
        plot.add_annotation(
            x=right,
            y=up,
            text=", ".join(group),
            xanchor="left" if is_left else "right",
            xshift=8 if is_left else -8,
            showarrow=False,
            font={"size": 13 if is_wide(width) else 12},
        )
    reach = (max(x) - min(x)) or 10
    plot.update_xaxes(
        title=words.text(table["columns"][size]),
        range=[min(x) - 0.05 * reach, max(x) + 0.05 * reach],
    )
    plot.update_yaxes(ticksuffix=" %", nticks=5)
    return plot


def _draw(table: Mapping[str, Any], words: Words, width: int) -> PlotlyFigure:
    import plotly.graph_objects as go

    place = table["bars"]
    rows = [row for row in table["rows"] if row[place]["value"] is not None]
    cells = [row[place] for row in rows]
    percent = cells[0]["kind"] in ("share", "modelled")
    scale = 100.0 if percent else 1.0
    y = list(range(len(rows), 0, -1))
    plot = canvas(width, _TOP + 40 + _ROW * len(rows))
    plot.update_layout(separators=words("separators"))
    values = [scale * cell["value"] for cell in cells]
    plot.add_trace(
        go.Bar(
            x=values, y=y, orientation="h", width=0.42, marker={"color": TARGET}, hoverinfo="skip"
        )
    )
    for x, at, cell in zip(values, y, cells, strict=True):
        end = x
        if cell["low"] is not None and cell["high"] is not None:
            draw_whisker(plot, scale * cell["low"], scale * cell["high"], at)
            end = max(x, scale * cell["high"])
        plot.add_annotation(
            x=end, y=at, text=words.text(cell["text"]), xanchor="left", xshift=5, showarrow=False
        )
    for at, row in zip(y, rows, strict=True):
        plot.add_annotation(
            x=0,
            y=at + 0.43,
            text=words.text(row[0]["text"]),
            xanchor="left",
            showarrow=False,
            font={"color": MUTED, "size": 13 if is_wide(width) else 12},
        )
    top = max([*values, *(scale * (cell["high"] or 0.0) for cell in cells)], default=1.0) or 1.0
    plot.update_xaxes(range=[0, 1.12 * top], ticksuffix=" %" if percent else "", nticks=5)
    plot.update_yaxes(range=[0.4, len(rows) + 0.7], visible=False)
    return plot
