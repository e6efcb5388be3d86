"""What a picture draws, read back from the picture: points, bars, and how series are told apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from utfall.reports.figure import Figure
from utfall.reports.pages import figures_of
from utfall.reports.study_pages import pages_of
from utfall.reports.words import Words

#: Perceived lightness, 0 to 100, by which two fills differ plainly on a grey print.
PLAINLY = 20.0

#: Columns whose numbers a picture draws as places; the others order it or stand in the table only.
MEASURED = frozenset(
    {
        *("estimate", "conf_low", "conf_high", "share", "before", "after"),
        *("normal_low", "normal_high", "per_year", "per_year_low", "per_year_high"),
        *("target_value", "comparator_value"),
    }
)


def figures_in(document: Mapping[str, Any], words: Words) -> Iterator[Figure]:
    """Yield every figure of every page."""
    for comparison in document["comparisons"]:
        yield from figures_of(document, comparison, words)
    for page in pages_of(document, words):
        yield from page.figures


def not_drawn(figure: Figure, width: int) -> list[float]:
    """Return the table's measured numbers that the picture has no place for."""
    places = [*_places(figure, width)]
    return [
        value
        for row in figure.machine_rows
        if _is_on_the_axis(dict(zip(figure.machine_header, row, strict=False)))
        for name, value in zip(figure.machine_header, row, strict=False)
        if name in MEASURED or (name == "events" and "year" in figure.machine_header)
        if isinstance(value, int | float)
        if not any(_same(factor * value, place) for place in places for factor in (1, 100))
    ]


def not_told(figure: Figure, width: int) -> list[tuple[float, float]]:
    """Return the places of single marks that no number of the table stands for."""
    numbers = [
        float(value)
        for row in figure.machine_rows
        for value in row
        if isinstance(value, int | float)
    ]
    return [
        (x, y)
        for x, y in _marks(figure, width)
        if not any(
            _same(factor * value, place)
            for value in numbers
            for place in (x, y)
            for factor in (1, 100)
        )
    ]


def alike_in_grey(figure: Figure, width: int) -> list[tuple[str, str]]:
    """Return pairs of marks that only their hue tells apart."""
    looks = sorted({look for trace in figure.draw(width).data for look in _looks(trace)})
    return [
        (one[0], other[0])
        for one, other in combinations(looks, 2)
        if one[0] != other[0]
        and one[1:] == other[1:]
        and abs(lightness(one[0]) - lightness(other[0])) < PLAINLY
    ]


def lightness(colour: str) -> float:
    """Return CIE L* of a colour written as #rrggbb.

    >>> round(lightness("#ffffff")), round(lightness("#000000"))
    (100, 0)
    """
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    light = sum(
        weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True)
    )
    return 116 * light ** (1 / 3) - 16 if light > 0.008856 else 903.3 * light


def _is_on_the_axis(row: Mapping[str, object]) -> bool:
    """Return whether a row has a place in the picture.

    Ratios and months are in another unit, and among methods bounds without a middle are only told.
    """
    is_bounds_of_a_method = "answers" in row and row["estimate"] is None
    return row.get("measure", "difference") == "difference" and not is_bounds_of_a_method


def _places(figure: Figure, width: int) -> Iterator[float]:
    plot = figure.draw(width)
    starts = {
        trace.y[0]: start
        for trace in plot.data
        if trace.type == "bar"
        for start in _numbers(trace.base)
    }
    for trace in plot.data:
        for name in ("x", "y"):
            yield from _numbers(getattr(trace, name, None))
        if trace.type == "scatter":  # an interval of a bar that begins where another ended
            yield from (
                x - starts.get(y, 0.0) for x, y in zip(_numbers(trace.x), trace.y, strict=True)
            )
    for shape in plot.layout.shapes:
        yield from _numbers((shape.x0, shape.x1, shape.y0, shape.y1))


def _marks(figure: Figure, width: int) -> Iterator[tuple[float, float]]:
    for trace in figure.draw(width).data:
        if trace.type == "scatter" and trace.mode == "markers" and trace.yaxis in (None, "y"):
            yield from zip(_numbers(trace.x), _numbers(trace.y), strict=True)


def _looks(trace: Any) -> Iterator[tuple[str, ...]]:
    if trace.type == "bar":
        yield (_one(trace.marker.color), "bar", str(trace.marker.pattern.shape or ""))
    elif trace.mode and "markers" in trace.mode:
        colours, symbols = trace.marker.color, trace.marker.symbol
        size = len(trace.x)
        for colour, symbol in zip(_each(colours, size), _each(symbols, size), strict=True):
            yield (colour, "mark", symbol or "circle", _dash(trace))
    elif trace.mode == "lines" and trace.fill is None and len(trace.x) > 2:
        yield (_one(trace.line.color), "line", _dash(trace))


def _dash(trace: Any) -> str:
    return (trace.line.dash or "solid") if "lines" in trace.mode else ""


def _one(colour: Any) -> str:
    return str(colour if isinstance(colour, str) else colour[0])


def _each(value: Any, size: int) -> list[Any]:
    return [value] * size if value is None or isinstance(value, str) else list(value)


def _numbers(values: Any) -> list[float]:
    if values is None or isinstance(values, str):
        return []
    values = values if hasattr(values, "__iter__") else (values,)
    return [float(one) for one in values if isinstance(one, int | float)]


def _same(one: float, other: float) -> bool:
    return abs(abs(one) - abs(other)) < 1e-6 * (1 + abs(one))
