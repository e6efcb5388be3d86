"""Lanes: labelled rows with an estimate and its interval, on paper and on a phone."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from utfall.reports.figure import BAND, GRID, INK, MUTED, TARGET, canvas, is_wide

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

#: Pixels of a row; a phone writes the name and the number above the line.
WIDE_ROW, PHONE_ROW = 46, 72

#: Characters of a name that one line of a phone holds.
PHONE_LABEL = 44

#: Part of the width that holds lines on a wide picture: names stand left of it, numbers right.
WIDE_PLOT = (0.38, 0.76)

Style = Literal["main", "plain", "raw", "aside"]

#: Marker symbol, colour and line width; the shape says it without the colour.
STYLES: Mapping[Style, tuple[str, str, int]] = {
    "main": ("diamond", TARGET, 5),
    "plain": ("circle", MUTED, 2),
    "raw": ("circle-open", INK, 2),
    "aside": ("x-thin-open", MUTED, 1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One row of the picture.

    Attributes
    ----------
    label, number : str
        What it is, and its number as written; ``number`` says why where there is none.
    estimate, low, high : float or None
        In the unit of the axis; None leaves a gap that is drawn as a gap.
    """

    label: str
    number: str
    estimate: float | None
    low: float | None
    high: float | None
    style: Style = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """What stands around the lanes.

    Attributes
    ----------
    left, right : str
        What lies on each side of zero.
    zone : float or None
        Differences smaller than this are shaded, in the unit of the axis.
    zone_text : str
        What the shade means; written under the lanes.
    """

    left: str
    right: str
    zone: float | None = None
    zone_text: str = ""


def plain(text: str) -> str:
    """Return text that a chart shows as it stands: names hold no markup.

    >>> plain("A <b>& B")
    'A &lt;b&gt;&amp; B'
    """
    return html.escape(text, quote=False)


def wrapped(text: str, characters: int, lines: int = 2) -> str:
    """Return text broken into at most so many lines.

    >>> wrapped("one two three four", 9)
    'one two<br>three …'
    """
    kept = textwrap.wrap(text, characters, max_lines=lines, placeholder=" …")
    return "<br>".join(plain(line) for line in kept)


def draw_lanes(lanes: Sequence[Lane], axis: Axis, width: int) -> PlotlyFigure:
    """Return the picture of some lanes, the first on top.

    Parameters
    ----------
    lanes : sequence of Lane
    axis : Axis
    width : int
        Pixels.
    """
    row = row_height([lane.label for lane in lanes], width)
    foot = 26 if axis.zone_text else 8
    figure = canvas(
        width, 30 + row * len(lanes) + foot, margin={"l": 8, "r": 8, "t": 30, "b": foot}
    )
    reach = _reach(lanes, axis)
    figure.update_xaxes(
        range=[-reach, reach], visible=False, domain=WIDE_PLOT if is_wide(width) else (0.0, 1.0)
    )
    figure.update_yaxes(range=[-0.5, len(lanes) - 0.5], visible=False)
    _surroundings(figure, axis, len(lanes))
    for place, lane in enumerate(lanes):
        _draw_lane(figure, lane, len(lanes) - 1 - place, row, reach, width)
    return figure


def _reach(lanes: Sequence[Lane], axis: Axis) -> float:
    """Return how far the axis goes on either side of zero."""
    ends = [abs(end) for lane in lanes for end in (lane.low, lane.high, lane.estimate) if end]
    return 1.1 * max([*ends, 1.3 * (axis.zone or 0.0), 1.0])


def _surroundings(figure: PlotlyFigure, axis: Axis, n_lanes: int) -> None:
    bottom, top = -0.5, n_lanes - 0.5
    if axis.zone:
        figure.add_shape(
            type="rect",
            x0=-axis.zone,
            x1=axis.zone,
            y0=bottom,
            y1=top,
            fillcolor=BAND,
            line={"width": 0},
            layer="below",
        )
        figure.add_annotation(
            x=0,
            y=bottom,
            yanchor="top",
            yshift=-4,
            text=plain(axis.zone_text),
            showarrow=False,
            font={"size": 12, "color": MUTED},
        )
    figure.add_shape(type="line", x0=0, x1=0, y0=bottom, y1=top, line={"color": INK, "width": 1})
    for text, anchor, shift in ((axis.left, "right", -8), (axis.right, "left", 8)):
        figure.add_annotation(
            x=0,
            y=top,
            yanchor="bottom",
            xanchor=anchor,
            xshift=shift,
            text=plain(text),
            showarrow=False,
            font={"size": 12, "color": MUTED},
        )


def _draw_lane(
    figure: PlotlyFigure, lane: Lane, y: int, row: int, reach: float, width: int
) -> None:
    symbol, colour, thickness = STYLES[lane.style]
    at = mark_at(y, row, width)
    write_row(
        figure,
        (lane.label, lane.number),
        y,
        row,
        width,
        is_main=lane.style == "main",
        colour=MUTED if lane.estimate is None else INK,
    )
    if lane.estimate is None:
        # A gap that is drawn as one: an empty row would look like a zero.
        figure.add_scatter(
            x=[-reach, reach],
            y=[at, at],
            mode="lines",
            line={"color": GRID, "width": 2, "dash": "dot"},
        )
        return
    if lane.low is not None and lane.high is not None:
        draw_interval(figure, (lane.low, lane.high), at, colour, thickness)
    draw_mark(figure, lane.estimate, at, colour, symbol, 13 if lane.style == "main" else 10)


def draw_interval(
    figure: PlotlyFigure, ends: tuple[float, float], at: float, colour: str, thickness: int = 3
) -> None:
    """Draw how uncertain a number is, as a line along its row."""
    figure.add_scatter(
        x=list(ends), y=[at, at], mode="lines", line={"color": colour, "width": thickness}
    )


def draw_whisker(figure: PlotlyFigure, low: float, high: float, y: float) -> None:
    """Draw an interval over the end of a bar; its white edge keeps it visible on any fill."""
    for colour, thickness in (("#ffffff", 5), (INK, 2)):
        draw_interval(figure, (low, high), y, colour, thickness)


def draw_mark(
    figure: PlotlyFigure, value: float, at: float, colour: str, symbol: str, size: int
) -> None:
    """Draw a number as a mark on its row."""
    figure.add_scatter(
        x=[value],
        y=[at],
        mode="markers",
        cliponaxis=False,  # a mark at nought stands whole
        marker={
            "size": size,
            "symbol": symbol,
            "color": colour,
            "line": {"width": 2, "color": colour},
        },
    )


def row_height(labels: Sequence[str], width: int) -> int:
    """Return the pixels of a row: a phone writes name and number above the mark."""
    if is_wide(width):
        return WIDE_ROW
    return PHONE_ROW if all(len(label) <= PHONE_LABEL for label in labels) else PHONE_ROW + 16


def mark_at(y: float, row: int, width: int) -> float:
    """Return the height of a row's mark: its middle, or near its foot on a phone."""
    return y if is_wide(width) else y - 0.5 + 14 / row


def write_row(
    figure: PlotlyFigure,
    words: tuple[str, str],
    y: float,
    row: int,
    width: int,
    *,
    is_main: bool,
    colour: str,
) -> None:
    """Write a row's name and number: beside the mark, or above it on a phone."""
    wide = is_wide(width)
    label = wrapped(words[0], 40 if wide else PHONE_LABEL)
    places = (
        (label, 0.0, "left", y if wide else y + 0.5 - 3 / row, "middle" if wide else "top"),
        (plain(words[1]), 1.0, "right", y if wide else y - 0.5 + 32 / row, "middle"),
    )
    for text, x, anchor, at, vertical in places:
        figure.add_annotation(
            x=x,
            y=at,
            xref="paper",
            xanchor=anchor,
            yanchor=vertical,
            align=anchor,
            text=f"<b>{text}</b>" if is_main else text,
            showarrow=False,
            font={"color": colour},
            # On a phone a long name lies across the line at zero.
            bgcolor=None if wide else "#ffffff",
            borderpad=0,
        )
