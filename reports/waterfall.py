"""Waterfall: what the fair difference grew into, part by part, on its way to the debate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from utfall.reports.figure import GRID, INK, MUTED, SOFT, TARGET, canvas, is_wide
from utfall.reports.lanes import WIDE_PLOT, draw_whisker, mark_at, row_height, write_row

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One bar.

    Attributes
    ----------
    value, low, high : float or None
        How far it goes and the interval of that; None where they cannot be computed.
    is_level : bool
        A total that stands on zero, not a step between totals.
    is_main : bool
        The fair difference.
    """

    label: str
    number: str
    value: float | None
    low: float | None = None
    high: float | None = None
    is_level: bool = False
    is_main: bool = False


def spans(parts: Sequence[Part]) -> list[tuple[float, float] | None]:
    """Return where every bar starts and ends; a step goes on where the one before it ended.

    >>> gap = [
    ...     Part(label="fair", number="", value=2.0, is_level=True),
    ...     Part(label="fire", number="", value=-12.0),
    ...     Part(label="debate", number="", value=-10.0, is_level=True),
    ... ]
    >>> spans(gap)
    [(0.0, 2.0), (2.0, -10.0), (0.0, -10.0)]
    """
    found: list[tuple[float, float] | None] = []
    at = 0.0
    for part in parts:
        if part.value is None:
            found.append(None)
            continue
        start = 0.0 if part.is_level else at
        at = start + part.value
        found.append((start, at))
    return found


def draw_waterfall(parts: Sequence[Part], width: int) -> PlotlyFigure:
    """Return the picture, the fair difference on top and the debate at the bottom."""
    wide = is_wide(width)
    row = row_height([part.label for part in parts], width)
    figure = canvas(width, 16 + row * len(parts), margin={"l": 8, "r": 8, "t": 8, "b": 8})
    found = spans(parts)
    whiskers = [_whisker(part, span) for part, span in zip(parts, found, strict=True)]
    drawn = (ends for ends in (*found, *whiskers) if ends is not None)
    reach = 1.15 * max([1.0, *(abs(end) for ends in drawn for end in ends)])
    figure.update_xaxes(
        range=[-reach, reach], visible=False, domain=WIDE_PLOT if wide else (0.0, 1.0)
    )
    figure.update_yaxes(range=[-0.5, len(parts) - 0.5], visible=False)
    figure.add_shape(
        type="line", x0=0, x1=0, y0=-0.5, y1=len(parts) - 0.5, line={"color": INK, "width": 1}
    )
    for place, (part, span) in enumerate(zip(parts, found, strict=True)):
        y = len(parts) - 1 - place
        at = mark_at(y, row, width)
        write_row(
            figure,
            (part.label, part.number),
            y,
            row,
            width,
            is_main=part.is_main,
            colour=MUTED if part.value is None else INK,
        )
        if span is None:
            figure.add_scatter(
                x=[-reach, reach],
                y=[at, at],
                mode="lines",
                line={"color": GRID, "width": 2, "dash": "dot"},
            )
        else:
            _bar(figure, part, span, at, 20 / row)
        whisker = whiskers[place]
        if whisker is not None:
            draw_whisker(figure, *whisker, at)
    return figure


def _whisker(part: Part, span: tuple[float, float] | None) -> tuple[float, float] | None:
    """Return where the interval of a bar's length begins and ends."""
    if span is None or part.low is None or part.high is None:
        return None
    return span[0] + part.low, span[0] + part.high


def _bar(
    figure: PlotlyFigure, part: Part, span: tuple[float, float], y: float, width: float
) -> None:
    colour = TARGET if part.is_main else SOFT if part.is_level else MUTED
    figure.add_bar(
        x=[span[1] - span[0]],
        base=[span[0]],
        y=[y],
        orientation="h",
        width=width,
        marker={
            "color": colour if part.is_level else "#ffffff",
            "line": {"color": colour, "width": 1.5},
            "pattern": {"shape": "" if part.is_level else "/", "fgcolor": MUTED, "size": 6},
        },
    )
