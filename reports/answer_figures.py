"""Answer figures: a table of an answer as bars with the bounds of each number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from utfall.reports.figure import INK, MUTED, TARGET, Figure, canvas, is_wide, sentences
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
    rows = tuple(tuple(words.text(cell["text"]) for cell in row) for row in table["rows"])
    header = tuple(words.text(column) for column in table["columns"])
    title = words.text(table["title"])
    has_bounds = any(row[place]["low"] is not None for row in drawn)
    subtitle = words("answer_bars", what=header[place]) if has_bounds else header[place]
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
        draw=lambda width: _draw(table, words, width),
    )


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
        if cell["low"] is not None and cell["high"] is not None:
            plot.add_shape(
                type="line",
                x0=scale * cell["low"],
                x1=scale * cell["high"],
                y0=at - 0.34,
                y1=at - 0.34,
                line={"color": INK, "width": 2},
            )
        plot.add_annotation(
            x=x, y=at, text=words.text(cell["text"]), xanchor="left", xshift=5, showarrow=False
        )
    for at, row in zip(y, rows, strict=True):
        plot.add_annotation(
            x=0,
            y=at + 0.38,
            text=words.text(row[0]["text"]),
            xanchor="left",
            showarrow=False,
            font={"color": MUTED, "size": 13 if is_wide(width) else 12},
        )
    top = max([*values, *(scale * (cell["high"] or 0.0) for cell in cells)], default=1.0) or 1.0
    plot.update_xaxes(range=[0, 1.12 * top], ticksuffix=" %" if percent else "", nticks=5)
    plot.update_yaxes(range=[0.4, len(rows) + 0.7], visible=False)
    return plot
