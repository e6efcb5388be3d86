"""Secondary figures: what else became of each programme's people, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from utfall.reports.figure import (
    COMPARATOR,
    GRID,
    INK,
    MUTED,
    TARGET,
    Figure,
    canvas,
    is_wide,
    sentences,
)
from utfall.reports.lanes import draw_interval, draw_mark, plain, wrapped
from utfall.reports.words import Words

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

#: Pixels of an outcome's name and of a programme's row below it; a phone breaks the name, and
#: writes the programme and its number above the mark.
WIDE_ROWS, PHONE_ROWS = (44, 26), (56, 46)

#: Pixels from a programme's words down to its mark, on a phone.
_TO_MARK = 20

#: Of each programme, and of the fair difference between them.
OF_ARM = ("n", "n_known", "value", "conf_low", "conf_high")
OF_DIFFERENCE = ("estimate", "conf_low", "conf_high", "differs")


def secondary_figure(comparison: Mapping[str, Any], words: Words) -> Figure | None:
    """Return every other outcome in both programmes, or None where none can be shown."""
    outcomes = comparison.get("secondary_outcomes", ())
    if not any(arm["value"] is not None for one in outcomes for arm in one["arms"]):
        return None
    rows = tuple(_cells(one, words) for one in outcomes)
    title, subtitle = words("secondary_title"), words("secondary_subtitle")
    names = [words.text(comparison[f"{side}_name"]) for side in ("target", "comparator")]
    return Figure(
        id="secondary",
        title=title,
        subtitle=subtitle,
        alt=words(
            "alt_lead",
            title=title,
            subtitle=subtitle,
            rows=sentences(
                [(row[0], f"{names[0]} {row[1]}", f"{names[1]} {row[3]}", row[5]) for row in rows]
            ),
        ),
        header=(
            words("column_outcome"),
            *(
                text
                for name in names
                for text in (
                    words("column_share_of", name=name),
                    words("column_followed", name=name),
                )
            ),
            words("column_fair_difference"),
        ),
        rows=rows,
        machine_header=(
            "outcome",
            *(f"{side}_{name}" for side in ("target", "comparator") for name in OF_ARM),
            *(f"difference_{name}" for name in OF_DIFFERENCE),
        ),
        machine_rows=tuple(_machine_row(one) for one in outcomes),
        draw=lambda width: _draw(comparison, outcomes, rows, words, width),
    )


def _cells(one: Mapping[str, Any], words: Words) -> tuple[str, ...]:
    label = words.text(one["label"])
    told = [
        cell for arm in one["arms"] for cell in (_share(arm, words), words.count(arm["n_known"]))
    ]
    return (label[:1].upper() + label[1:], *told, _difference(one, words))


def _share(arm: Mapping[str, Any], words: Words) -> str:
    if arm["value"] is None:
        return words.percent(None)
    return f"{words.percent(arm['value'])} ({words.percents(arm['conf_low'], arm['conf_high'])})"


def _difference(one: Mapping[str, Any], words: Words) -> str:
    """Return the fair difference and whether chance may have made it, or why there is none."""
    if one["estimate"] is None:
        return words.text(one["reason"])
    low, high = (words.amount(one[end], "share") for end in ("conf_low", "conf_high"))
    return words(
        "secondary_more_than_chance" if one["differs"] else "secondary_may_be_chance",
        difference=f"{words.signed(one['estimate'], 'share')} ({low} … {high})",
    )


def _machine_row(one: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        one["outcome"],
        *(arm[name] for arm in one["arms"] for name in OF_ARM),
        *(one[name] for name in OF_DIFFERENCE),
    )


def _draw(
    comparison: Mapping[str, Any],
    outcomes: Sequence[Mapping[str, Any]],
    rows: Sequence[Sequence[str]],
    words: Words,
    width: int,
) -> PlotlyFigure:
    # An outcome that is hidden in both stays in the table; a picture of gaps tells nothing.
    told = [
        (one, cells)
        for one, cells in zip(outcomes, rows, strict=True)
        if any(arm["value"] is not None for arm in one["arms"])
    ]
    wide = is_wide(width)
    head, row = WIDE_ROWS if wide else PHONE_ROWS
    height = len(told) * (head + 2 * row)
    figure = canvas(width, height + 16, margin={"t": 8, "b": 8})
    figure.update_xaxes(
        range=[-0.1, 1.1] if wide else [-0.03, 1.03],
        visible=False,
        domain=(0.28, 0.76) if wide else (0.0, 1.0),
    )
    figure.update_yaxes(range=[-height, 0], visible=False)
    for place, (one, cells) in enumerate(told):
        top = -place * (head + 2 * row)
        name = wrapped(cells[0], 90 if wide else 46)
        _write(figure, f"<b>{name}</b>", (0.0, "left"), top - 0.6 * head, INK)
        for step, arm in enumerate(one["arms"]):
            at = top - head - row * (step + 0.5)
            y = at if wide else at + _TO_MARK / 2
            is_target = arm["programme"] == comparison["target"]
            colour = TARGET if is_target else COMPARATOR
            programme = words.name(comparison, arm["programme"])
            _write(figure, wrapped(programme, 24 if wide else 28, 1), (0.0, "left"), y, colour)
            _write(figure, plain(cells[1 + 2 * step]), (1.0, "right"), y, colour)
            _mark(figure, arm, at if wide else y - _TO_MARK, colour, is_target=is_target)
    return figure


def _write(figure: PlotlyFigure, text: str, side: tuple[float, str], y: float, colour: str) -> None:
    x, anchor = side
    figure.add_annotation(
        x=x,
        y=y,
        xref="paper",
        xanchor=anchor,
        yanchor="middle",
        align=anchor,
        text=text,
        showarrow=False,
        font={"color": colour},
    )


def _mark(
    figure: PlotlyFigure, arm: Mapping[str, Any], y: float, colour: str, *, is_target: bool
) -> None:
    """Draw one share on the scale from none to all; one that is hidden is a gap, not a zero."""
    hidden = arm["value"] is None
    figure.add_scatter(
        x=[0, 1],
        y=[y, y],
        mode="lines",
        line={"color": MUTED if hidden else GRID, "width": 1, "dash": "dot" if hidden else "solid"},
    )
    if hidden:
        return
    draw_interval(figure, (arm["conf_low"], arm["conf_high"]), y, colour)
    draw_mark(figure, arm["value"], y, colour, "circle" if is_target else "diamond-open", 11)
