"""Description figures: where each programme's people went, and who is counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from utfall.reports.figure import (
    COMPARATOR,
    MUTED,
    TARGET,
    Figure,
    canvas,
    is_wide,
    sentences,
)
from utfall.reports.lanes import draw_whisker, plain, wrapped
from utfall.reports.words import Words

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

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


def exits_figure(comparison: Mapping[str, Any], programme: str, words: Words) -> Figure | None:
    """Return where one programme's people had gone at the end of follow-up, or None.

    One programme a figure, on the same scale: they are read one at a time.
    """
    curves = {
        curve["exit"]: curve
        for curve in comparison["exits"]
        if curve["programme"] == programme and curve["share"] and curve["share"][-1] is not None
    }
    if not curves:
        return None
    listed = [curves[key] for key in EXIT_ORDER if key in curves]
    rest = max(1.0 - sum(curve["share"][-1] for curve in listed), 0.0)
    rows = (
        *(_exit_cells(curve, words) for curve in listed),
        (words("still_there"), words.percent(rest), ""),
    )
    name, months = words.name(comparison, programme), listed[0]["months"][-1]
    title = words("exits_title", programme=name, months=months)
    subtitle = words("exits_subtitle", programme=name)
    return Figure(
        id=f"exits_{words.side_of(comparison, programme)}",
        title=title,
        subtitle=subtitle,
        alt=words(
            "alt_lead", title=title, subtitle=subtitle, rows=sentences([row[:2] for row in rows])
        ),
        header=tuple(words(f"column_{key}") for key in ("exit", "share", "uncertainty")),
        rows=rows,
        machine_header=("programme", "exit", "month", "share", "conf_low", "conf_high"),
        machine_rows=(
            *(
                (
                    programme,
                    curve["exit"],
                    curve["months"][-1],
                    *(curve[key][-1] for key in ("share", "conf_low", "conf_high")),
                )
                for curve in listed
            ),
            (programme, "rest", months, round(rest, 2), None, None),
        ),
        draw=lambda width: _draw_exits(
            rows,
            [*(_ends(curve) for curve in listed), (rest, None, None)],
            width,
            is_target=programme == comparison["target"],
        ),
    )


def _ends(curve: Mapping[str, Any]) -> tuple[float, float | None, float | None]:
    """Return the share at the end of follow-up, and its interval."""
    return curve["share"][-1], curve["conf_low"][-1], curve["conf_high"][-1]


def _exit_cells(curve: Mapping[str, Any], words: Words) -> tuple[str, str, str]:
    low, high = curve["conf_low"][-1], curve["conf_high"][-1]
    interval = "" if low is None or high is None else words.percents(low, high)
    return words.text(curve["label"]), words.percent(curve["share"][-1]), interval


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


def _draw_exits(
    rows: Sequence[Sequence[str]],
    shares: Sequence[tuple[float, float | None, float | None]],
    width: int,
    *,
    is_target: bool,
) -> PlotlyFigure:
    wide = is_wide(width)
    figure = canvas(width, 16 + (30 if wide else 48) * len(rows), margin={"t": 8, "b": 8})
    colour = TARGET if is_target else COMPARATOR
    # Names beside the bars, on a phone above them; room to write 100 % after a full bar.
    figure.update_xaxes(range=[-0.62, 1.15] if wide else [0.0, 1.22], visible=False)
    figure.update_yaxes(range=[-0.6, len(rows) - 0.4], visible=False)
    for place, (row, (share, low, high)) in enumerate(zip(rows, shares, strict=True)):
        y, is_rest = len(rows) - 1 - place, place == len(rows) - 1
        figure.add_bar(
            x=[share],
            y=[y],
            orientation="h",
            width=0.6 if wide else 0.4,
            marker={
                "color": "#ffffff" if is_rest or not is_target else colour,
                "line": {"color": MUTED if is_rest else colour, "width": 1.5},
                "pattern": {
                    "shape": "/" if not is_target and not is_rest else "",
                    "fgcolor": colour,
                    "size": 6,
                },
            },
        )
        _name_bar(figure, row[0], y, wide=wide)
        if low is not None and high is not None:
            draw_whisker(figure, low, high, y)
        end = share if high is None else max(share, high)
        figure.add_annotation(x=end, xshift=6, y=y, xanchor="left", showarrow=False, text=row[1])
    return figure


def _name_bar(figure: PlotlyFigure, name: str, y: float, *, wide: bool) -> None:
    """Write a bar's name to the left of it, or on a phone above it."""
    figure.add_annotation(
        x=0,
        xshift=-6 if wide else 0,
        y=y if wide else y + 0.42,
        xanchor="right" if wide else "left",
        text=wrapped(name, 34 if wide else 48, 1),
        showarrow=False,
    )


def _draw_flow(
    comparison: Mapping[str, Any], rows: Sequence[Sequence[str]], words: Words, width: int
) -> PlotlyFigure:
    steps = comparison["attrition"]
    figure = canvas(width, 40 + 64 * len(steps), margin={"t": 8, "b": 8})
    most = max([step[key] or 0 for step in steps for key in ("n_target", "n_comparator")] + [1])
    figure.update_xaxes(range=[-1.3, 1.3], visible=False)
    figure.update_yaxes(range=[-0.5, len(steps) - 0.1], visible=False)
    letters = 100 if is_wide(width) else 56
    for place, (step, row) in enumerate(zip(steps, rows, strict=True)):
        y = len(steps) - 1 - place
        figure.add_annotation(x=0, y=y + 0.4, text=wrapped(row[0], letters, 1), showarrow=False)
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
            text=f"<b>{plain(words.name(comparison, comparison[side]))}</b>",
            font={"color": colour},
        )
    figure.update_layout(barmode="overlay")
    return figure
