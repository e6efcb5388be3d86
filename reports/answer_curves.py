"""Answer curves: a table of an answer whose first column is a time, as lines with their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from utfall.reports.figure import COMPARATOR, INK, MUTED, TARGET, canvas, is_wide
from utfall.reports.words import Words

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

#: Look of each line in the order of the columns; the last goes on for as long as there are more.
_LINES = (
    (TARGET, "solid", "circle"),
    (COMPARATOR, "dash", "square"),
    (INK, "dot", "diamond"),
    (MUTED, "dashdot", "triangle-up"),
    (INK, "longdash", "x"),
)
_HEIGHT, _TOP, _BOTTOM = 360, 16, 52
#: Pixels between the names at the lines' ends.
_LINE_OF_TEXT = 17
#: Pixels of a letter of theirs, on average.
_LETTER = 7


def drawable(table: Mapping[str, Any]) -> list[int]:
    """Return the columns that at least two times have a number for."""
    return [
        place
        for place in range(1, len(table["columns"]))
        if sum(row[place]["value"] is not None for row in table["rows"]) >= 2
    ]


def draw_curves(table: Mapping[str, Any], words: Words, width: int) -> PlotlyFigure:
    """Return the lines; what is withheld or unknown leaves a gap."""
    import plotly.graph_objects as go

    places = drawable(table)
    longest = max(len(words.text(table["columns"][place])) for place in places)
    room = max(150 if is_wide(width) else 116, 16 + _LETTER * longest)
    plot = canvas(width, _HEIGHT, margin={"l": 44, "r": room, "t": _TOP, "b": _BOTTOM})
    plot.update_layout(separators=words("separators"))
    x = [float(row[0]["text"]["en"]) for row in table["rows"]]
    ends: list[tuple[float, str, str]] = []
    for order, place in enumerate(places):
        colour, dash, symbol = _LINES[min(order, len(_LINES) - 1)]
        cells = [row[place]["value"] for row in table["rows"]]
        y = [None if cell is None else 100 * cell for cell in cells]
        plot.add_trace(
            go.Scatter(
                x=x,
                y=y,
                mode="lines+markers",
                cliponaxis=False,
                line={"color": colour, "dash": dash, "width": 3 if order == 0 else 2},
                marker={"color": colour, "size": 7, "symbol": symbol},
                hoverinfo="skip",
            )
        )
        last = [end for end in y if end is not None][-1]
        ends.append((last, words.text(table["columns"][place]), colour))
    top = max(end for one in plot.data for end in one.y if end is not None) * 1.05
    for (_, name, colour), at in zip(ends, _apart([end[0] for end in ends], top), strict=True):
        plot.add_annotation(
            x=1.0,
            xref="paper",
            y=at,
            text=name,
            xanchor="left",
            xshift=8,
            showarrow=False,
            font={"color": colour, "size": 13 if is_wide(width) else 12},
        )
    plot.update_xaxes(
        title=words.text(table["columns"][0]), range=[0, max(x)], tickvals=x, ticks="outside"
    )
    plot.update_yaxes(range=[0, top], ticksuffix=" %", nticks=5)
    return plot


def _apart(ends: Sequence[float], top: float) -> list[float]:
    """Return where names stand so that none covers another, as near its line as can be.

    >>> _apart([10.0, 10.0], 100.0) == [10.0, 10.0]
    False
    >>> _apart([10.0, 60.0], 100.0)
    [10.0, 60.0]
    """
    least = _LINE_OF_TEXT * top / (_HEIGHT - _TOP - _BOTTOM)
    order = sorted(range(len(ends)), key=lambda i: ends[i])
    at = list(ends)
    for below, above in pairwise(order):
        at[above] = max(at[above], at[below] + least)
    over = max(at) - top
    if over > 0:
        ceiling = top
        for i in reversed(order):
            at[i] = min(at[i], ceiling)
            ceiling = at[i] - least
    return at
