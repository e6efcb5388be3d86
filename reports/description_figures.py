"""Description figures: what each programme did by itself — years, exits, who is counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from utfall.reports.figure import (
    BAND,
    COMPARATOR,
    INK,
    TARGET,
    Figure,
    canvas,
    sentences,
)
from utfall.reports.words import Words

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

#: Counts from one to this are protected.
FEW = 7

#: Exit groups in the order in which they are stacked, from the goal outwards.
EXIT_ORDER = (
    "work",
    "studies",
    "municipal_job",
    "other_benefit",
    "returned",
    "other_known",
    "moved_or_died",
    "unknown",
)


def years_figure(
    comparison: Mapping[str, Any], programme: str, event: str | None, words: Words
) -> Figure | None:
    """Return one programme's counts by calendar year, or None where there are none.

    One programme a figure: side by side, readers would subtract what must not be.
    """
    years = [year for year in comparison["years"] if year["programme"] == programme]
    if not years:
        return None
    name = _name(comparison, programme, words)
    rows = tuple(
        (
            str(year["year"]),
            words.count(year["events"]),
            words.count(year["entrants"]),
            words.decimal(year["rate"]),
            f"{words.count(year['normal_low'])}–{words.count(year['normal_high'])}"
            if year["normal_low"] is not None
            else "",
            words("yes" if year["is_disrupted"] else "no"),
        )
        for year in years
    )
    title = f"{name}: {_lower_first(words('years_title'))}"
    disrupted = any(year["is_disrupted"] for year in years)
    subtitle = (
        words("years_subtitle", event=_lower_first(event))
        if disrupted and event
        else words("years_subtitle_calm")
    )
    columns = ("year", "events", "entrants", "rate", "normal_low", "normal_high", "is_disrupted")
    return Figure(
        id=f"years_{programme}",
        title=title,
        subtitle=subtitle,
        alt=words(
            "alt_lead", title=title, subtitle=subtitle, rows=sentences([row[:2] for row in rows])
        ),
        header=tuple(
            words(f"column_{key}")
            for key in ("year", "people", "entrants", "rate", "normal", "disrupted")
        ),
        rows=rows,
        machine_header=columns,
        machine_rows=tuple(tuple(year[key] for key in columns) for year in years),
        draw=lambda width: _draw_years(
            years, words, width, is_target=programme == comparison["target"]
        ),
    )


def exits_figure(comparison: Mapping[str, Any], words: Words) -> Figure | None:
    """Return where everybody had gone at the end of follow-up, one bar per programme."""
    ends: dict[str, dict[str, tuple[str, float]]] = {}
    for curve in comparison["exits"]:
        shares = curve["share"]
        if shares and shares[-1] is not None:
            ends.setdefault(curve["programme"], {})[curve["exit"]] = (
                words.text(curve["label"]),
                shares[-1],
            )
    if not ends:
        return None
    rows, machine = [], []
    for programme, exits in ends.items():
        rest = 1 - sum(share for _, share in exits.values())
        listed = [exits[key] for key in EXIT_ORDER if key in exits]
        for text, share in [*listed, (words("still_there"), max(rest, 0.0))]:
            rows.append((_name(comparison, programme, words), text, words.percent(share)))
            machine.append((programme, text, round(share, 2)))
    title, subtitle = words("exits_title"), words("exits_subtitle")
    return Figure(
        id="exits",
        title=title,
        subtitle=subtitle,
        alt=words("alt_lead", title=title, subtitle=subtitle, rows=sentences(rows)),
        header=(words("column_programme"), words("column_exit"), words("column_share")),
        rows=tuple(rows),
        machine_header=("programme", "exit", "share"),
        machine_rows=tuple(machine),
        draw=lambda width: _draw_exits(rows, machine, width),
    )


def flow_figure(comparison: Mapping[str, Any], words: Words) -> Figure:
    """Return how many people remain after each step of the plan."""
    steps = comparison["attrition"]
    rows = tuple(
        (
            words.text(step["label"]),
            words.count(step["n_target"]),
            words.count(step["n_comparator"]),
        )
        for step in steps
    )
    title, subtitle = words("flow_title"), words("flow_subtitle")
    return Figure(
        id="flow",
        title=title,
        subtitle=subtitle,
        alt=words("alt_lead", title=title, subtitle=subtitle, rows=sentences(rows)),
        header=(
            words("column_step"),
            words.text(comparison["target_name"]),
            words.text(comparison["comparator_name"]),
        ),
        rows=rows,
        machine_header=("step", "n_target", "n_comparator"),
        machine_rows=tuple(
            (step["step"], step["n_target"], step["n_comparator"]) for step in steps
        ),
        draw=lambda width: _draw_flow(comparison, rows, words, width),
    )


def _name(comparison: Mapping[str, Any], programme: str, words: Words) -> str:
    side = "target" if programme == comparison["target"] else "comparator"
    name = words.text(comparison[f"{side}_name"])
    return name[:1].upper() + name[1:]


def _lower_first(text: str | None) -> str:
    return "" if not text else text[:1].lower() + text[1:]


def _draw_years(
    years: Sequence[Mapping[str, Any]], words: Words, width: int, *, is_target: bool
) -> PlotlyFigure:
    figure = canvas(width, 300, margin={"l": 34, "r": 16, "t": 24, "b": 30})
    colour = TARGET if is_target else COMPARATOR
    low, high = years[0]["normal_low"], years[0]["normal_high"]
    top = 1.25 * max([year["events"] or 0 for year in years] + [high or 0, 5])
    figure.update_xaxes(
        range=[years[0]["year"] - 0.5, years[-1]["year"] + 0.5],
        tickvals=[year["year"] for year in years],
        ticktext=[str(year["year"]) for year in years],
    )
    figure.update_yaxes(range=[0, top], nticks=5, showgrid=True, gridcolor="#eceff2")
    if low is not None:
        figure.add_shape(
            type="rect",
            x0=years[0]["year"] - 0.5,
            x1=years[-1]["year"] + 0.5,
            y0=low,
            y1=high,
            fillcolor=BAND,
            line={"width": 0},
            layer="below",
        )
    shown = [year for year in years if year["events"] is not None]
    figure.add_scatter(
        x=[year["year"] for year in shown],
        y=[year["events"] for year in shown],
        mode="lines",
        line={"color": colour, "width": 2, "dash": "solid" if is_target else "dash"},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=[year["year"] for year in shown],
        y=[year["events"] for year in shown],
        mode="markers+text",
        text=[words.count(year["events"]) for year in shown],
        textposition="top center",
        textfont={"color": INK},
        marker={
            "size": 11,
            "color": ["#ffffff" if year["is_disrupted"] else colour for year in shown],
            "symbol": "circle" if is_target else "square",
            "line": {"color": colour, "width": 2},
        },
        hoverinfo="skip",
        cliponaxis=False,
    )
    for year in years:
        if year["events"] is None:
            # Which of one to seven it was is protected; that it was one of them is the rule.
            figure.add_shape(
                type="line",
                x0=year["year"],
                x1=year["year"],
                y0=1,
                y1=FEW,
                line={"color": colour, "width": 6, "dash": "dot"},
                opacity=0.6,
            )
            figure.add_annotation(
                x=year["year"], y=FEW, yanchor="bottom", text=words("few", n=FEW), showarrow=False
            )
    return figure


def _draw_exits(
    rows: Sequence[Sequence[str]],
    machine: Sequence[Sequence[Any]],
    width: int,
) -> PlotlyFigure:
    figure = canvas(width, 48 + 30 * len(rows), margin={"t": 8, "b": 8})
    reach = 1.0
    figure.update_xaxes(range=[0, 2.0 * reach], visible=False)
    figure.update_yaxes(range=[-0.6, len(rows) - 0.2], visible=False)
    first = machine[0][0]
    for place, (row, (programme, _, share)) in enumerate(zip(rows, machine, strict=True)):
        y = len(rows) - 1 - place
        is_first = programme == first
        figure.add_bar(
            x=[share],
            base=[1.0],
            y=[y],
            orientation="h",
            width=0.6,
            marker={
                "color": TARGET if is_first else "#ffffff",
                "line": {"color": TARGET if is_first else COMPARATOR, "width": 1.5},
                "pattern": {"shape": "" if is_first else "/", "fgcolor": COMPARATOR, "size": 6},
            },
            hoverinfo="skip",
        )
        is_head = place == 0 or machine[place - 1][0] != programme
        lead = f"<b>{row[0]}</b> · " if is_head else ""
        figure.add_annotation(x=0.97, y=y, xanchor="right", showarrow=False, text=lead + row[1])
        figure.add_annotation(x=1.02 + share, y=y, xanchor="left", showarrow=False, text=row[2])
    return figure


def _draw_flow(
    comparison: Mapping[str, Any], rows: Sequence[Sequence[str]], words: Words, width: int
) -> PlotlyFigure:
    steps = comparison["attrition"]
    figure = canvas(width, 40 + 64 * len(steps), margin={"t": 8, "b": 8})
    most = max([step[key] or 0 for step in steps for key in ("n_target", "n_comparator")] + [1])
    figure.update_xaxes(range=[-1.3, 1.3], visible=False)
    figure.update_yaxes(range=[-0.5, len(steps) - 0.1], visible=False)
    for place, (step, row) in enumerate(zip(steps, rows, strict=True)):
        y = len(steps) - 1 - place
        figure.add_annotation(x=0, y=y + 0.4, text=row[0], showarrow=False)
        for sign, key, colour, cell in (
            (-1, "n_target", TARGET, row[1]),
            (1, "n_comparator", COMPARATOR, row[2]),
        ):
            share = (step[key] or 0) / most
            figure.add_bar(
                x=[sign * share],
                y=[y],
                orientation="h",
                width=0.36,
                marker={
                    "color": colour if sign < 0 else "#ffffff",
                    "line": {"color": colour, "width": 1.5},
                    "pattern": {"shape": "" if sign < 0 else "/", "fgcolor": colour, "size": 6},
                },
                hoverinfo="skip",
            )
            figure.add_annotation(
                x=sign * (share + 0.03),
                y=y,
                showarrow=False,
                text=cell,
                xanchor="right" if sign < 0 else "left",
            )
    for sign, side, colour in ((-1, "target", TARGET), (1, "comparator", COMPARATOR)):
        figure.add_annotation(
            x=sign * 1.28,
            y=len(steps) - 0.35,
            showarrow=False,
            xanchor="left" if sign < 0 else "right",
            text=f"<b>{_name(comparison, comparison[side], words)}</b>",
            font={"color": colour},
        )
    figure.update_layout(barmode="overlay")
    return figure
