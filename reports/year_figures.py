"""Year figures: what one programme produced each calendar year, and what chance alone gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from utfall.reports.figure import (
    BAND,
    COMPARATOR,
    GRID,
    INK,
    MUTED,
    SHADE,
    TARGET,
    Figure,
    canvas,
    is_wide,
    sentences,
)
from utfall.reports.lanes import plain
from utfall.reports.words import Words

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

COLUMNS = ("year", "events", "entrants", "rate", "normal_low", "normal_high", "is_disrupted")
HEADINGS = ("year", "people", "entrants", "rate", "normal", "disrupted")


def years_figure(
    comparison: Mapping[str, Any],
    programme: str,
    events: Sequence[Mapping[str, Any]],
    words: Words,
) -> Figure | None:
    """Return one programme's counts by calendar year, or None where there are none.

    One programme a figure: side by side, readers would subtract what must not be.

    Parameters
    ----------
    events : sequence of mapping
        Disruptions of this programme, as the results document has them.
    """
    years = [year for year in comparison["years"] if year["programme"] == programme]
    if not years:
        return None
    is_target = programme == comparison["target"]
    name = words.name(comparison, programme)
    rows = tuple(_cells(year, words) for year in years)
    title = words("years_title", programme=name)
    subtitle = words("years_subtitle", programme=name)
    key = _key(years, events, words, is_target=is_target)
    return Figure(
        id=f"years_{words.side_of(comparison, programme)}",
        title=title,
        subtitle=subtitle,
        alt=words(
            "alt_lead",
            title=title,
            subtitle=subtitle,
            rows=" ".join([sentences([row[:2] for row in rows]), *(f"{line}." for line in key)]),
        ),
        header=tuple(words(f"column_{heading}") for heading in HEADINGS),
        rows=rows,
        machine_header=COLUMNS,
        machine_rows=tuple(tuple(year[column] for column in COLUMNS) for year in years),
        draw=lambda width: _draw(years, events, key, words, width, is_target=is_target),
    )


def year_position(day: str) -> float:
    """Return where a date stands on an axis of years.

    >>> year_position("2017-01-01"), round(year_position("2016-12-10"), 2)
    (2017.0, 2016.94)
    """
    when = date.fromisoformat(day)
    return when.year + (when.timetuple().tm_yday - 1) / 366


def _cells(year: Mapping[str, Any], words: Words) -> tuple[str, ...]:
    has_band = year["normal_low"] is not None
    return (
        str(year["year"]),
        words.count(year["events"]),
        words.count(year["entrants"]),
        words.decimal(year["rate"]),
        f"{words.count(year['normal_low'])}–{words.count(year['normal_high'])}" if has_band else "",
        words("yes" if year["is_disrupted"] else "no"),
    )


def _key(
    years: Sequence[Mapping[str, Any]],
    events: Sequence[Mapping[str, Any]],
    words: Words,
    *,
    is_target: bool,
) -> list[str]:
    """Return what the marks mean, in the picture itself and in its description."""
    filled, hollow = ("●", "○") if is_target else ("■", "□")
    lines = []
    if any(year["is_disrupted"] for year in years):
        lines.append(words("key_disrupted", filled=filled, hollow=hollow))
    if years[0]["normal_low"] is not None:
        low, high = (words.count(years[0][end]) for end in ("normal_low", "normal_high"))
        lines.append(words("key_band", low=low, high=high))
    for event in _inside(years, events):
        kind = "key_shade" if event["kind"] == "capacity" else "key_line"
        lines.append(words(kind, event=words.text(event["label"])))
    return lines


def _inside(
    years: Sequence[Mapping[str, Any]], events: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Return the events that touch the years shown: capacity, and breaks in the coding."""
    first, last = years[0]["year"], years[-1]["year"] + 1
    return [
        event
        for event in events
        if event["kind"] in ("capacity", "measurement")
        and year_position(event["starts_on"]) < last
        and year_position(event["ends_on"]) >= first
    ]


def _draw(
    years: Sequence[Mapping[str, Any]],
    events: Sequence[Mapping[str, Any]],
    key: Sequence[str],
    words: Words,
    width: int,
    *,
    is_target: bool,
) -> PlotlyFigure:
    import textwrap

    lines = [part for line in key for part in textwrap.wrap(line, 110 if is_wide(width) else 56)]
    foot = 34 + 18 * len(lines)
    figure = canvas(width, 270 + foot, margin={"l": 30, "r": 12, "t": 24, "b": foot})
    first, last = years[0]["year"], years[-1]["year"] + 1
    high = years[0]["normal_high"]
    top = 1.22 * max([*(year["events"] or 0 for year in years), high or 0, words.threshold])
    step = max(1, -(-len(years) // (12 if is_wide(width) else 7)))
    figure.update_xaxes(
        range=[first, last],
        tickvals=[year["year"] + 0.5 for year in years[::step]],
        ticktext=[str(year["year"]) for year in years[::step]],
    )
    figure.update_yaxes(range=[0, top], nticks=5, showgrid=True, gridcolor=GRID, tickformat="d")
    _background(figure, years, events, top)
    _counts(figure, years, words, TARGET if is_target else COMPARATOR, is_target=is_target)
    for place, line in enumerate(lines):
        figure.add_annotation(
            x=0,
            y=0,
            xref="paper",
            yref="paper",
            xanchor="left",
            yanchor="top",
            yshift=-28 - 18 * place,
            text=plain(line),
            showarrow=False,
            font={"size": 12, "color": MUTED},
        )
    return figure


def _background(
    figure: PlotlyFigure,
    years: Sequence[Mapping[str, Any]],
    events: Sequence[Mapping[str, Any]],
    top: float,
) -> None:
    first, last = years[0]["year"], years[-1]["year"] + 1
    low, high = years[0]["normal_low"], years[0]["normal_high"]
    if low is not None:
        figure.add_shape(
            type="rect",
            x0=first,
            x1=last,
            y0=low,
            y1=high,
            fillcolor=BAND,
            line={"width": 0},
            layer="below",
        )
    for event in _inside(years, events):
        start = max(first, year_position(event["starts_on"]))
        end = min(last, year_position(event["ends_on"]))
        is_capacity = event["kind"] == "capacity"
        figure.add_shape(
            type="rect",
            x0=start,
            x1=end if is_capacity else start,
            y0=0,
            y1=top,
            fillcolor=SHADE if is_capacity else None,
            line={"color": MUTED, "width": 1, "dash": "dot" if is_capacity else "dash"},
            opacity=0.75 if is_capacity else 1.0,
            layer="below",
        )


def _counts(
    figure: PlotlyFigure,
    years: Sequence[Mapping[str, Any]],
    words: Words,
    colour: str,
    *,
    is_target: bool,
) -> None:
    figure.add_scatter(
        x=[year["year"] + 0.5 for year in years],
        y=[year["events"] for year in years],
        mode="lines+markers+text",
        connectgaps=False,
        text=["" if year["events"] is None else words.count(year["events"]) for year in years],
        textposition="top center",
        textfont={"color": INK},
        line={"color": colour, "width": 2, "dash": "solid" if is_target else "dash"},
        marker={
            "size": 11,
            "color": ["#ffffff" if year["is_disrupted"] else colour for year in years],
            "symbol": "circle" if is_target else "square",
            "line": {"color": colour, "width": 2},
        },
        cliponaxis=False,
    )
    for year in years:
        if year["events"] is None:
            # Which of one to seven it was is protected; that it was one of them is the rule.
            at = year["year"] + 0.5
            figure.add_shape(
                type="line",
                x0=at,
                x1=at,
                y0=1,
                y1=words.threshold,
                line={"color": colour, "width": 6, "dash": "dot"},
                opacity=0.6,
            )
            figure.add_annotation(
                x=at,
                y=words.threshold,
                yanchor="bottom",
                text=words("few", n=words.threshold),
                showarrow=False,
            )
