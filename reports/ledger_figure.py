"""Ledger figure: who pays for a person before, during and after, payer by payer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from utfall.reports.answer_figures import figure_of
from utfall.reports.figure import INK, MUTED, SOFT, TARGET, Figure, canvas, is_wide
from utfall.reports.lanes import plain, wrapped
from utfall.reports.words import Words

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

#: The table that is a ledger: a row for each payer, and kronor at each of three times.
_LEDGER, _TIMES = "payers", 3

#: Fill of each time, from light to dark, so that a grey print keeps them apart.
_FILLS = ("#ffffff", SOFT, TARGET)

#: Pixels of a payer's name and of each bar below it; room for the times' names to their left.
_HEAD, _BAR = 34, 20
_NAMES = {True: 110, False: 76}


def ledger_figure(
    answer: Mapping[str, Any], table: Mapping[str, Any], words: Words
) -> Figure | None:
    """Return what each payer pays at each time, or None where a table is no ledger.

    A payer of whom nothing is known keeps its place, with the sign for that: a missing bar
    would look like nought.
    """
    is_ledger = table["id"] == _LEDGER and len(table["columns"]) == 1 + _TIMES
    amounts = [cell for row in table["rows"] for cell in row[1:]]
    if not is_ledger or not any(cell["value"] is not None for cell in amounts):
        return None
    subtitle = words("answer_ledger")
    return figure_of(answer, table, words, subtitle, lambda width: _draw(table, words, width))


def _draw(table: Mapping[str, Any], words: Words, width: int) -> PlotlyFigure:
    wide = is_wide(width)
    times = [words.text(column) for column in table["columns"][1:]]
    step = _HEAD + _TIMES * _BAR
    height = step * len(table["rows"])
    left = _NAMES[wide]
    plot = canvas(width, height + 24, margin={"l": left, "r": 64, "t": 8, "b": 16})
    values = [cell["value"] or 0.0 for row in table["rows"] for cell in row[1:]]
    plot.update_xaxes(range=[0, max([*values, 1.0])], visible=False)
    plot.update_yaxes(range=[-height, 0], visible=False)
    plot.update_layout(barmode="overlay")
    for place, row in enumerate(table["rows"]):
        top = -place * step
        name = wrapped(words.text(row[0]["text"]), 80 if wide else 46, 1)
        _write(plot, f"<b>{name}</b>", (6 - left, "left"), top - 0.6 * _HEAD, INK)
        for order, (time, cell) in enumerate(zip(times, row[1:], strict=True)):
            y = top - _HEAD - _BAR * (order + 0.5)
            _write(plot, wrapped(time, 14 if wide else 9, 1), (-8, "right"), y, MUTED)
            _bar(plot, cell, words, y, order)
    return plot


def _bar(plot: PlotlyFigure, cell: Mapping[str, Any], words: Words, y: float, order: int) -> None:
    if cell["value"] is not None:
        plot.add_bar(
            x=[cell["value"]],
            y=[y],
            orientation="h",
            width=0.7 * _BAR,
            marker={
                "color": _FILLS[order],
                "line": {"color": INK if order == 0 else _FILLS[order], "width": 1},
            },
            hoverinfo="skip",
        )
    plot.add_annotation(
        x=cell["value"] or 0.0,
        y=y,
        xanchor="left",
        xshift=6,
        text=plain(words.text(cell["text"])),
        showarrow=False,
    )


def _write(plot: PlotlyFigure, text: str, side: tuple[int, str], y: float, colour: str) -> None:
    """Write beside the bars, so many pixels from where they begin."""
    shift, anchor = side
    plot.add_annotation(
        x=0, y=y, xshift=shift, xanchor=anchor, text=text, showarrow=False, font={"color": colour}
    )
