"""Design figures: were the people of the two programmes alike enough to compare?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from utfall.reports.figure import COMPARATOR, MUTED, TARGET, Figure, canvas, sentences
from utfall.reports.words import Words

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

#: Below this a difference is counted as none; drawn as a zone, not as a verdict.
ALIKE = 0.1


def overlap_figure(comparison: Mapping[str, Any], words: Words) -> Figure | None:
    """Return mirrored bars of how typical the people of each arm are, or None without scores."""
    bands = comparison["overlap"]
    if not bands:
        return None
    named = {
        "target": words.text(comparison["target_name"]),
        "comparator": words.text(comparison["comparator_name"]),
    }
    rows = tuple(
        (
            f"{words.percent(band['low'])}–{words.percent(band['high'])}",
            words.count(band["n_target"]),
            words.count(band["n_comparator"]),
        )
        for band in bands
    )
    title, subtitle = words("overlap_title"), words("overlap_subtitle", **named)
    return Figure(
        id="overlap",
        title=title,
        subtitle=subtitle,
        alt=words("alt_lead", title=title, subtitle=subtitle, rows=sentences(rows)),
        header=(words("column_band"), named["target"], named["comparator"]),
        rows=rows,
        machine_header=("low", "high", "n_target", "n_comparator"),
        machine_rows=tuple(
            tuple(band[key] for key in ("low", "high", "n_target", "n_comparator"))
            for band in bands
        ),
        draw=lambda width: _draw_overlap(bands, named, words, width),
    )


def love_figure(comparison: Mapping[str, Any], words: Words) -> Figure | None:
    """Return each characteristic's difference before and after adjustment, largest first."""
    traits = sorted(comparison["balance"], key=lambda row: (-abs(row["before"]), row["term"]))
    if not traits:
        return None
    rows = tuple(
        (
            words.text(trait["label"]),
            words.decimal(trait["before"]),
            words.decimal(trait["after"]) if trait["after"] is not None else "",
        )
        for trait in traits
    )
    title, subtitle = words("love_title"), words("love_subtitle")
    return Figure(
        id="love",
        title=title,
        subtitle=subtitle,
        alt=words("alt_lead", title=title, subtitle=subtitle, rows=sentences(rows)),
        header=(words("column_trait"), words("before"), words("after")),
        rows=rows,
        machine_header=("term", "before", "after"),
        machine_rows=tuple((trait["term"], trait["before"], trait["after"]) for trait in traits),
        draw=lambda width: _draw_love(traits, rows, words, width),
    )


def _draw_overlap(
    bands: Sequence[Mapping[str, Any]], named: Mapping[str, str], words: Words, width: int
) -> PlotlyFigure:
    figure = canvas(width, 320, margin={"l": 8, "r": 8, "t": 12, "b": 34})
    most = max([band[key] or 0 for band in bands for key in ("n_target", "n_comparator")] + [1])
    figure.update_xaxes(range=[0, 1], visible=False)
    figure.update_yaxes(range=[-1.35 * most, 1.35 * most], visible=False)
    for band in bands:
        middle, span = (band["low"] + band["high"]) / 2, (band["high"] - band["low"]) * 0.92
        for sign, key, colour in ((1, "n_target", TARGET), (-1, "n_comparator", COMPARATOR)):
            value = band[key]
            figure.add_bar(
                x=[middle],
                y=[sign * (value or 0)],
                width=span,
                marker={
                    "color": colour if sign > 0 else "#ffffff",
                    "line": {"color": colour, "width": 1.5},
                    "pattern": {"shape": "" if sign > 0 else "/", "fgcolor": colour, "size": 6},
                },
                hoverinfo="skip",
            )
            figure.add_annotation(
                x=middle,
                y=sign * (value or 0),
                showarrow=False,
                text=words.count(value),
                yanchor="bottom" if sign > 0 else "top",
                font={"size": 12},
            )
    figure.update_layout(barmode="overlay")
    for sign, key, colour in ((1, "target", TARGET), (-1, "comparator", COMPARATOR)):
        name = named[key]
        figure.add_annotation(
            x=0.01,
            y=sign * 1.25 * most,
            xanchor="left",
            showarrow=False,
            text=f"<b>{name[:1].upper() + name[1:]}</b>",
            font={"color": colour},
        )
    figure.add_annotation(
        x=0.5,
        y=-1.35 * most,
        yanchor="top",
        yshift=-8,
        showarrow=False,
        text=words("overlap_axis", **named),
        font={"size": 12, "color": MUTED},
    )
    return figure


def _draw_love(
    traits: Sequence[Mapping[str, Any]], rows: Sequence[Sequence[str]], words: Words, width: int
) -> PlotlyFigure:
    figure = canvas(width, 60 + 46 * len(traits), margin={"t": 28, "b": 28})
    largest = max(
        [
            abs(trait[key])
            for trait in traits
            for key in ("before", "after")
            if trait[key] is not None
        ]
        + [0.5]
    )
    reach = 1.1 * largest
    figure.update_xaxes(range=[-reach, reach], visible=True, nticks=5, tickformat=".1~f")
    figure.update_yaxes(range=[-0.6, len(traits) - 0.1], visible=False)
    figure.update_layout(separators=", " if words.language == "sv" else ".,")
    figure.add_shape(
        type="rect",
        x0=-ALIKE,
        x1=ALIKE,
        y0=-0.5,
        y1=len(traits) - 0.2,
        fillcolor="#eceff2",
        line={"width": 0},
        layer="below",
    )
    for place, (trait, row) in enumerate(zip(traits, rows, strict=True)):
        y = len(traits) - 1 - place
        figure.add_annotation(x=-reach, y=y + 0.34, xanchor="left", showarrow=False, text=row[0])
        for key, symbol in (("before", "circle-open"), ("after", "circle")):
            if trait[key] is not None:
                figure.add_scatter(
                    x=[trait[key]],
                    y=[y],
                    mode="markers",
                    hoverinfo="skip",
                    marker={
                        "symbol": symbol,
                        "size": 11,
                        "color": MUTED if key == "before" else TARGET,
                        "line": {"width": 2, "color": MUTED if key == "before" else TARGET},
                    },
                )
    figure.add_annotation(
        x=reach,
        y=len(traits) - 0.1,
        xanchor="right",
        yanchor="bottom",
        showarrow=False,
        font={"size": 12},
        text=f"○ {words('before')}   ● {words('after')}",
    )
    return figure
