"""Figure: one chart with the title, table, alt text and file that are made from the same rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

#: Characters that spreadsheet programs read as the start of a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

#: Wide for the page and paper, narrow so that a phone shows text at its own size.
WIDTHS = {"wide": 800, "phone": 380}

INK, MUTED, GRID = "#1c2733", "#5a6672", "#dfe4e8"
TARGET, COMPARATOR = "#0b5394", "#b4460b"
#: A fill that a grey print keeps apart from both programmes' colours; never of a text.
SOFT = "#848f98"
SHADE, BAND = "#fbe9d9", "#e6ecf2"
FONT = '"Liberation Sans", Arial, Helvetica, sans-serif'


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One chart of a page.

    Attributes
    ----------
    id : str
        Name within its comparison; part of file names.
    title, subtitle, alt : str
        In the page's language; the title follows the verdict or is neutral.
    header : tuple of str
        Column headings of the table.
    rows : tuple of tuple of str
        The table as the reader's language writes it; one row per thing drawn.
    machine_header, machine_rows
        The same in plain ASCII names and unformatted numbers, for the CSV file.
    draw : callable
        Takes the width in pixels and gives the plotly figure.
    """

    id: str
    title: str
    subtitle: str
    alt: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    machine_header: tuple[str, ...]
    machine_rows: tuple[tuple[object, ...], ...]
    draw: Callable[[int], PlotlyFigure]


def is_wide(width: int) -> bool:
    """Return whether a picture of this width has room for text beside its marks."""
    return width > 500


def csv_text(figure: Figure, *, for_swedish_excel: bool = False) -> str:
    """Return a figure's rows as CSV, safe to open in a spreadsheet program.

    Swedish Excel expects semicolons, decimal commas and a byte-order mark.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if for_swedish_excel else ",", lineterminator="\n")
    writer.writerow(figure.machine_header)
    for row in figure.machine_rows:
        writer.writerow([_cell(value, for_swedish_excel) for value in row])
    return ("\ufeff" if for_swedish_excel else "") + out.getvalue()


def _cell(value: object, for_swedish_excel: bool) -> object:
    if value is None:
        return ""
    if isinstance(value, float):
        text = f"{value:g}" if value != round(value) or abs(value) < 1e6 else f"{value:.0f}"
        return text.replace(".", ",") if for_swedish_excel else text
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


@cache
def _plot_class() -> type[PlotlyFigure]:
    """Return plotly's figure, with its texts set together.

    Plotly copies and checks all texts again whenever one is added, which took a fifth of the
    time that the pages take.
    """
    import plotly.graph_objects as go

    class Plot(go.Figure):  # type: ignore[misc]
        def __init__(self, *given: Any, **named: Any) -> None:
            self._texts: list[dict[str, Any]] = []
            super().__init__(*given, **named)

        def add_annotation(self, **text: Any) -> Plot:
            self._texts.append(text)
            return self

        @property
        def layout(self) -> Any:
            if self._texts:
                texts, self._texts = self._texts, []
                found = super().layout
                found.annotations = [*found.annotations, *texts]
            return super().layout

        def to_dict(self) -> Any:
            assert self.layout is not None
            return super().to_dict()

    return Plot


def canvas(width: int, height: int, *, margin: dict[str, int] | None = None) -> PlotlyFigure:
    """Return an empty plot in the house's style: no grid but the zero line, text upright."""
    figure = _plot_class()()
    figure.update_layout(
        width=width,
        height=height,
        template="none",
        font={"family": FONT, "size": 14 if is_wide(width) else 13, "color": INK},
        margin={"l": 8, "r": 8, "t": 8, "b": 40, **(margin or {})},
        paper_bgcolor="#ffffff",
        plot_bgcolor="#ffffff",
        showlegend=False,
        dragmode=False,
    )
    figure.update_xaxes(showgrid=False, zeroline=False, fixedrange=True, ticks="")
    figure.update_yaxes(showgrid=False, zeroline=False, fixedrange=True, ticks="")
    return figure


def sentences(rows: Sequence[Sequence[str]]) -> str:
    """Return a table's rows as one line of text, for those who cannot see the chart."""
    return " ".join(f"{row[0]}: {', '.join(cell for cell in row[1:] if cell)}." for row in rows)
