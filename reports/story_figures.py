"""Story figures: what one programme gave before, during and after a disruption."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from utfall.reports.figure import (
    BAND,
    COMPARATOR,
    MUTED,
    TARGET,
    Figure,
    canvas,
    is_wide,
    sentences,
)
from utfall.reports.lanes import (
    WIDE_PLOT,
    draw_interval,
    draw_mark,
    mark_at,
    row_height,
    wrapped,
    write_row,
)
from utfall.reports.words import Words

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

COLUMNS = (
    "period",
    "months",
    "entrants",
    "events",
    "place_months",
    "per_year",
    "per_year_low",
    "per_year_high",
    "rate",
)


def periods_figure(
    comparison: Mapping[str, Any], story: Mapping[str, Any], words: Words
) -> Figure | None:
    """Return a programme's yearly count before, during and after, or None without periods.

    Parameters
    ----------
    story : mapping
        One of ``disruption_stories`` of a protected results document.
    """
    periods = story["periods"]
    if len(periods) < 2 or all(row["per_year"] is None for row in periods):
        return None
    name = words.name(comparison, story["programme"])
    rows = tuple(_cells(row, words) for row in periods)
    title = words("periods_title", programme=name)
    subtitle = words("periods_subtitle", programme=name)
    key = _key(story, words)
    return Figure(
        id=f"periods_{words.side_of(comparison, story['programme'])}_{_place(comparison, story)}",
        title=title,
        subtitle=subtitle,
        alt=words(
            "alt_lead",
            title=title,
            subtitle=subtitle,
            rows=" ".join([sentences([row[:3] for row in rows]), *([f"{key}."] if key else [])]),
        ),
        header=tuple(
            words(f"column_{heading}")
            for heading in (
                "period", "per_year", "uncertainty", "months", "entrants", "people", "rate",
            )
        ),
        rows=rows,
        machine_header=COLUMNS,
        machine_rows=tuple(tuple(row[column] for column in COLUMNS) for row in periods),
        draw=lambda width: _draw(
            story, rows, key, width, is_target=story["programme"] == comparison["target"]
        ),
    )  # fmt: skip


def _place(comparison: Mapping[str, Any], story: Mapping[str, Any]) -> int:
    """Return which of the comparison's stories this is; ids of events are no file names."""
    return 1 + [one["disruption"] for one in comparison["disruption_stories"]].index(
        story["disruption"]
    )


def _cells(row: Mapping[str, Any], words: Words) -> tuple[str, ...]:
    low, high = row["per_year_low"], row["per_year_high"]
    return (
        words(f"period_{row['period']}"),
        words.decimal(row["per_year"]),
        "" if low is None else f"{words.decimal(low)}–{words.decimal(high)}",
        words.count(row["months"]),
        words.count(row["entrants"]),
        words.count(row["events"]),
        words.decimal(row["rate"]),
    )


def _key(story: Mapping[str, Any], words: Words) -> str:
    if story["normal_low"] is None:
        return ""
    return words(
        "key_band", low=words.count(story["normal_low"]), high=words.count(story["normal_high"])
    )


def _draw(
    story: Mapping[str, Any],
    rows: Sequence[tuple[str, ...]],
    key: str,
    width: int,
    *,
    is_target: bool,
) -> PlotlyFigure:
    periods = story["periods"]
    row = row_height([cells[0] for cells in rows], width)
    note = wrapped(key, 90 if is_wide(width) else 52, lines=3)
    foot = 30 + 16 * (1 + note.count("<br>"))
    figure = canvas(width, 12 + row * len(rows) + foot, margin={"l": 8, "r": 8, "t": 12, "b": foot})
    ends = [row["per_year_high"] for row in periods if row["per_year_high"] is not None]
    top = 1.05 * max([*ends, story["normal_high"] or 0.0])
    bottom, ceiling = -0.5, len(rows) - 0.5
    figure.update_xaxes(
        range=[0, top], nticks=5, domain=WIDE_PLOT if is_wide(width) else (0.0, 1.0)
    )
    figure.update_yaxes(range=[bottom, ceiling], visible=False)
    if story["normal_low"] is not None:
        figure.add_shape(
            type="rect",
            x0=story["normal_low"],
            x1=story["normal_high"],
            y0=bottom,
            y1=ceiling,
            fillcolor=BAND,
            line={"width": 0},
            layer="below",
        )
    for place, (period, cells) in enumerate(zip(periods, rows, strict=True)):
        _draw_period(figure, period, cells, (len(rows) - 1 - place, row, width), is_target)
    figure.add_annotation(
        x=0,
        y=0,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="top",
        yshift=-26,
        align="left",
        text=note,
        showarrow=False,
        font={"size": 12, "color": MUTED},
    )
    return figure


def _draw_period(
    figure: PlotlyFigure,
    period: Mapping[str, Any],
    cells: tuple[str, ...],
    where: tuple[int, int, int],
    is_target: bool,
) -> None:
    y, row, width = where
    during = period["period"] == "during"
    colour = TARGET if is_target else COMPARATOR
    number = f"{cells[1]} ({cells[2]})" if cells[2] else cells[1]
    write_row(figure, (cells[0], number), y, row, width, is_main=during, colour=colour)
    if period["per_year"] is None:
        return
    at = mark_at(y, row, width)
    draw_interval(figure, (period["per_year_low"], period["per_year_high"]), at, colour)
    draw_mark(figure, period["per_year"], at, colour, "circle-open" if during else "circle", 12)
