"""Design figures: were the people of the two programmes alike enough to compare?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from utfall.reports.figure import (
    BAND,
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
from utfall.reports.lanes import plain, wrapped
from utfall.reports.words import Words

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

#: Below this a difference is counted as none; drawn as a zone, not as a verdict.
ALIKE = 0.1

#: Above or below the line, and in which colour, each arm of the overlap stands.
ARMS = {"n_target": (1, TARGET), "n_comparator": (-1, COMPARATOR)}

#: Ring and dot: where both fall on one place the dot lies inside the ring.
MOMENTS = {"before": ("circle-open", MUTED, 15), "after": ("circle", TARGET, 9)}


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
    figure = canvas(width, 330, margin={"l": 8, "r": 8, "t": 10, "b": 44})
    # Protected bands are merged, so widths differ: the area stands for the people.
    heights = {
        (place, key): (band[key] or 0) / (band["high"] - band["low"])
        for place, band in enumerate(bands)
        for key in ARMS
    }
    most = max([*heights.values(), 1.0])
    tens = [place / 10 for place in range(0, 11, 1 if is_wide(width) else 2)]
    figure.update_xaxes(
        range=[0, 1],
        tickvals=tens,
        ticktext=[words.percent(ten) for ten in tens],
        title={"text": plain(words("overlap_axis", **named)), "font": {"size": 12}, "standoff": 4},
    )
    figure.update_yaxes(range=[-1.3 * most, 1.3 * most], visible=False)
    for place, band in enumerate(bands):
        for key, (sign, colour) in ARMS.items():
            height = sign * heights[place, key]
            _overlap_bar(figure, band, height, words.count(band[key]), sign, colour)
    figure.add_shape(type="line", x0=0, x1=1, y0=0, y1=0, line={"color": INK, "width": 1})
    figure.update_layout(barmode="overlay")
    for key, (sign, colour) in ARMS.items():
        name = named[key.removeprefix("n_")]
        figure.add_annotation(
            x=0.01,
            y=sign * 1.2 * most,
            xanchor="left",
            showarrow=False,
            text=f"<b>{plain(name[:1].upper() + name[1:])}</b>",
            font={"color": colour},
        )
    return figure


def _overlap_bar(
    figure: PlotlyFigure,
    band: Mapping[str, Any],
    height: float,
    number: str,
    sign: int,
    colour: str,
) -> None:
    middle = (band["low"] + band["high"]) / 2
    figure.add_bar(
        x=[middle],
        y=[height],
        width=(band["high"] - band["low"]) * 0.94,
        marker={
            "color": colour if sign > 0 else "#ffffff",
            "line": {"color": colour, "width": 1.5},
            "pattern": {"shape": "" if sign > 0 else "/", "fgcolor": colour, "size": 6},
        },
    )
    if number != "0":
        figure.add_annotation(
            x=middle,
            y=height,
            showarrow=False,
            text=number,
            yanchor="bottom" if sign > 0 else "top",
            font={"size": 12},
        )


def _draw_love(
    traits: Sequence[Mapping[str, Any]], rows: Sequence[Sequence[str]], words: Words, width: int
) -> PlotlyFigure:
    wide = is_wide(width)
    row = 32 if wide else 52
    figure = canvas(width, 62 + row * len(traits), margin={"t": 28, "b": 34})
    shown = [abs(t[key]) for t in traits for key in MOMENTS if t[key] is not None]
    reach = 1.15 * max([*shown, 0.5])
    step = 0.5 if reach < 1.6 else 1.0
    ticks = [step * place for place in range(-int(reach / step), int(reach / step) + 1)]
    figure.update_xaxes(
        range=[-reach, reach],
        domain=(0.42, 1.0) if wide else (0.0, 1.0),
        tickvals=ticks,
        ticktext=[words.decimal(tick) for tick in ticks],
    )
    figure.update_yaxes(range=[-0.5, len(traits) - 0.5], visible=False)
    figure.add_shape(
        type="rect",
        x0=-ALIKE,
        x1=ALIKE,
        y0=-0.5,
        y1=len(traits) - 0.5,
        fillcolor=BAND,
        line={"width": 0},
        layer="below",
    )
    for place, (trait, cells) in enumerate(zip(traits, rows, strict=True)):
        y = len(traits) - 1 - place
        _love_row(figure, trait, cells[0], y, wide=wide)
    figure.add_annotation(
        x=1,
        y=len(traits) - 0.5,
        xref="paper",
        xanchor="right",
        yanchor="bottom",
        showarrow=False,
        font={"size": 12},
        text=f"○ {words('before')}   ● {words('after')}   {words('love_zone')}",
    )
    return figure


def _love_row(
    figure: PlotlyFigure, trait: Mapping[str, Any], label: str, y: int, *, wide: bool
) -> None:
    at = y if wide else y - 0.22
    figure.add_annotation(
        x=0.0,
        y=y if wide else y + 0.2,
        xref="paper",
        xanchor="left",
        yanchor="middle",
        showarrow=False,
        text=wrapped(label, 50 if wide else 56, 1),
    )
    ends = [trait[key] for key in MOMENTS if trait[key] is not None]
    figure.add_scatter(x=ends, y=[at] * len(ends), mode="lines", line={"color": GRID, "width": 2})
    for key, (symbol, colour, size) in MOMENTS.items():
        if trait[key] is not None:
            figure.add_scatter(
                x=[trait[key]],
                y=[at],
                mode="markers",
                marker={
                    "symbol": symbol,
                    "size": size,
                    "color": colour,
                    "line": {"width": 2, "color": colour},
                },
            )
