"""Pictures: do drawn marks stand where their data are, and do those say only what is known?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from utfall.pipelines.audit.readers import Unread
from utfall.pipelines.audit.sayings import Saying

_SVG = "{http://www.w3.org/2000/svg}"
_START = "window.utfallFigure = "
_NUMBERS = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_COMMANDS = re.compile(r"([MLHVZ])([^MLHVZ]*)")
_NAME = re.compile(r"(?P<stem>.+)_(?P<language>sv|en)_(?P<size>wide|phone)\.svg")

#: How the browser draws a bar without length.
_NOTHING = "M0,0Z"

#: Attributes that say something.
_SAYING = ("aria-", "data-", "alt", "title")

#: The place of a shape among its likes.
_ORDER = "data-index"

#: Pixels that a coordinate may be off, which is how the browser rounds.
OFF = 0.02

#: Kinds of trace that are drawn, with what they may say.
_TRACES = frozenset(
    re.split(
        " ",
        "type x y base width orientation mode marker line text textfont textposition "
        "hoverinfo cliponaxis connectgaps xaxis yaxis name showlegend opacity offset "
        "fill fillcolor",
    )
)


#: A kind of mark and where it stands, in pixels of its panel.
Mark = tuple[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis in pixels: where it begins, how long it is, and what it runs between."""

    start: float
    length: float
    low: float
    high: float

    def pixel(self, value: float) -> float:
        """Return where a value stands."""
        return self.start + self.length * (value - self.low) / (self.high - self.low)


def plots_of(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return what an interactive chart is drawn from, wide and for a phone.

    Raises
    ------
    Unread
        The script is not plain data.
    """
    text = path.read_text(encoding="utf-8").strip()
    if not text.startswith(_START) or not text.endswith(";"):
        raise Unread
    try:
        found = json.loads(text.removeprefix(_START).removesuffix(";"))
    except ValueError:
        raise Unread from None
    if not isinstance(found, dict) or not all(_is_known(plot) for plot in found.values()):
        raise Unread
    return found


def _is_known(plot: Any) -> bool:
    """Return whether a plot holds only what this reader reads, numbers as plain lists."""
    traces = plot.get("data", ()) if isinstance(plot, dict) else ()
    return set(plot) <= {"data", "layout"} and all(
        trace.get("type") in ("scatter", "bar")
        and set(trace) <= _TRACES
        and all(isinstance(trace.get(axis, []), list) for axis in ("x", "y", "base", "text"))
        for trace in traces
    )


def read_plot(path: Path, name: str) -> Iterator[Saying]:
    """Yield the words of an interactive chart, and the numbers along its axes of values."""
    for size, plot in plots_of(path).items():
        layout = plot["layout"]
        for note in layout.get("annotations", ()):
            yield Saying(name, f"{size} annotations", (_plain(str(note.get("text", ""))),))
        for trace in plot["data"]:
            words = trace.get("text") or ()
            yield from (Saying(name, f"{size} text", (_plain(str(one)),)) for one in words)
        for number in sorted(values_of(plot)):
            yield Saying(name, f"{size} data", (f"{number:.9f}".rstrip("0").rstrip("."),))


def values_of(plot: Mapping[str, Any]) -> set[float]:
    """Return the numbers that a plot's marks stand for, those of their places left out.

    A bar stands for its length; a point for whatever axis shows a scale. On an axis without
    a scale marks stand in rows, one by one.
    """
    found: set[float] = set()
    layout = plot["layout"]
    for trace in plot["data"]:
        for way in "xy":
            if trace["type"] == "bar":
                is_value = way == ("x" if trace.get("orientation") == "h" else "y")
            else:
                is_value = _has_scale(layout, trace.get(f"{way}axis", way))
            if is_value:
                found.update(abs(float(one)) for one in trace.get(way, ()) if _is_number(one))
    for shape in layout.get("shapes", ()):
        for way in "xy":
            axis = shape.get(f"{way}ref", way)
            if _is_axis(axis) and _has_scale(layout, axis):
                ends = _axis_of(layout, axis).get("range", ())
                own = (shape.get(f"{way}{end}") for end in "01")
                found.update(abs(float(one)) for one in own if _is_number(one) and one not in ends)
    return found


def _has_scale(layout: Mapping[str, Any], axis: str) -> bool:
    own = _axis_of(layout, axis)
    return bool(own.get("visible", True)) and "ticktext" not in own


def _axis_of(layout: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the settings of an axis by its short name.

    >>> _axis_of({"yaxis2": {"visible": False}}, "y2")
    {'visible': False}
    """
    found: Mapping[str, Any] = layout.get(f"{name[0]}axis{name[1:]}", {})
    return found


def _is_axis(name: str) -> bool:
    return bool(re.fullmatch(r"[xy]\d*", name))


def read_picture(folder: Path, path: Path, name: str) -> Iterator[Saying]:
    """Yield the words of a picture, and each mark that stands where its data have none.

    Raises
    ------
    Unread
        It is no chart of ours, or what it was drawn from is not in the bundle.
    """
    parser = ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))
    try:
        root = ElementTree.fromstring(path.read_text(encoding="utf-8"), parser)
    except (ElementTree.ParseError, UnicodeDecodeError):
        raise Unread from None
    drawn_from = _NAME.fullmatch(path.name)
    if drawn_from is None or root.find(f".//{_SVG}image") is not None:
        raise Unread
    ending = "" if drawn_from["language"] == "sv" else ".en"
    script = folder / "explore" / f"{drawn_from['stem']}{ending}.js"
    if not script.is_file():
        raise Unread
    plot = plots_of(script)[drawn_from["size"]]
    yield from _texts(root, name)
    for place in sorted(_astray(root, plot)):
        yield Saying(name, place, ("1e99",))


def _texts(root: ElementTree.Element, name: str) -> Iterator[Saying]:
    """Yield the words of a picture; the scale of an axis is even steps, not data."""
    told: list[str] = []
    scales: set[ElementTree.Element] = set()
    for axis in ("xtick", "ytick", "x2tick", "y2tick"):
        groups = (one for one in root.iter(f"{_SVG}g") if one.get("class") == axis)
        marks = [one for group in groups for one in group.iter(f"{_SVG}text")]
        scales.update(marks)
        told += [] if _is_scale(map(_text_of, marks)) else map(_text_of, marks)
    told += [_text_of(one) for one in root.iter(f"{_SVG}text") if one not in scales]
    for one in root.iter():
        # A comment has a function for its name.
        tag = one.tag.rpartition("}")[2] if isinstance(one.tag, str) else "comment"
        if tag in ("title", "desc", "metadata", "comment", "style"):
            told += one.itertext()
        said = (key for key in one.attrib if key.startswith(_SAYING) and key != _ORDER)
        told += [one.attrib[key] for key in said]
    for text in told:
        if text.strip():
            yield Saying(name, "text", (_plain(text),))


def _text_of(element: ElementTree.Element) -> str:
    return " ".join(part.strip() for part in element.itertext())


def _is_scale(texts: Iterable[str]) -> bool:
    """Return whether the numbers along an axis go up by even steps."""
    found = {float(one.replace("\u2212", "-")) for text in texts for one in _plain_numbers(text)}
    numbers = sorted(found)
    return len({round(b - a, 6) for a, b in pairwise(numbers)}) <= 1


def _plain_numbers(text: str) -> list[str]:
    return re.findall(r"[-\u2212]?\d+(?:\.\d+)?", text.replace("\u00a0", "").replace(",", "."))


def _astray(root: ElementTree.Element, plot: Mapping[str, Any]) -> set[str]:
    """Return the kinds of mark of a picture that stand where its data have none."""
    found: set[str] = set()
    axes: dict[str, Axis] = {}
    for panel, size in zip(_panels(root), _sizes(root), strict=False):
        names = re.fullmatch(r"(x\d*)(y\d*)", panel.get("class", ""))
        if names is None:
            found.add("panel")
            continue
        marks = list(_marks(panel))
        own = _axes(plot, (names[1], names[2]), size, marks)
        known = [_places(plot, own[way], way, names[i + 1]) for i, way in enumerate("xy")]
        for kind, (x, y) in marks:
            if not _is_near(x, known[0]) or not _is_near(y, known[1]):
                found.add(kind)
        corner = [float(one) for one in _NUMBERS.findall(panel.get("transform", "0,0"))]
        for i, way in enumerate("xy"):
            axes[names[i + 1]] = replace(own[way], start=own[way].start + corner[i])
    return found | _shapes_astray(root, plot["layout"], axes)


def _panels(root: ElementTree.Element) -> list[ElementTree.Element]:
    groups = root.iter(f"{_SVG}g")
    return [panel for group in groups if group.get("class") == "overplot" for panel in group]


def _sizes(root: ElementTree.Element) -> list[tuple[float, float]]:
    """Return the width and height of each panel."""
    clips = (one for one in root.iter(f"{_SVG}clipPath") if one.get("class") == "plotclip")
    boxes = (box for clip in clips for box in clip.iter(f"{_SVG}rect"))
    return [(float(box.get("width", 0)), float(box.get("height", 0))) for box in boxes]


def _shapes_astray(
    root: ElementTree.Element, layout: Mapping[str, Any], axes: Mapping[str, Axis]
) -> set[str]:
    """Return ``shape`` where a box or line stands at no value that it was given."""
    shapes = layout.get("shapes", ())
    for path in root.iter(f"{_SVG}path"):
        place = path.get(_ORDER, "")
        if not place.isdigit():
            continue
        if int(place) >= len(shapes):
            return {"shape"}
        shape = shapes[int(place)]
        for corner in _corners(path):
            for way, pixel in zip("xy", corner, strict=True):
                axis = axes.get(shape.get(f"{way}ref", way))
                ends = [shape.get(f"{way}{end}") for end in "01"]
                known = [axis.pixel(float(one)) for one in ends if axis and _is_number(one)]
                if known and not _is_near(pixel, known):
                    return {"shape"}
    return set()


def _axes(
    plot: Mapping[str, Any],
    names: tuple[str, str],
    size: tuple[float, float],
    marks: Sequence[Mark],
) -> dict[str, Axis]:
    """Return the axes of a panel within it; upwards is towards smaller pixels.

    One that the browser gave its ends itself is taken from the outermost marks, so that all
    between them must stand where their data are.
    """
    found = {}
    for i, name in enumerate(names):
        start, length = (0.0, size[0]) if i == 0 else (size[1], -size[1])
        ends = _axis_of(plot["layout"], name).get("range")
        if ends is None:
            pixels = sorted(at[i] for kind, at in marks if kind != "label")
            values = [
                float(one)
                for trace in plot["data"]
                if trace.get(f"{name[0]}axis", name[0]) == name
                for one in trace.get(name[0], ())
                if _is_number(one)
            ]
            if not pixels or not values or min(values) == max(values):
                raise Unread
            start, end = (pixels[0], pixels[-1]) if i == 0 else (pixels[-1], pixels[0])
            length, ends = end - start, (min(values), max(values))
        found[name[0]] = Axis(start, length, ends[0], ends[1])
    return found


def _places(plot: Mapping[str, Any], axis: Axis, way: str, name: str) -> list[float]:
    """Return the pixels along an axis at which marks may stand, sorted."""
    values: set[float] = {0.0}
    for trace in plot["data"]:
        if trace.get(f"{way}axis", way) != name:
            continue
        own = [float(one) for one in trace.get(way, ()) if _is_number(one)]
        values.update(own)
        if trace["type"] == "bar":
            is_length = way == ("x" if trace.get("orientation") == "h" else "y")
            base = [float(one) for one in trace.get("base") or [0.0] * len(own)]
            half = float(trace.get("width") or 0.8) / 2
            if is_length:
                values.update(base)
                values.update(a + b for a, b in zip(base, own, strict=False))
            else:
                values.update(edge for one in own for edge in (one - half, one + half))
    return sorted(axis.pixel(value) for value in values)


def _marks(panel: ElementTree.Element) -> Iterator[Mark]:
    """Yield the corners of bars and lines and the middles of points, in pixels of the panel."""
    for one in panel.iter(f"{_SVG}path"):
        kind = one.get("class", "")
        if kind == "point":
            found = _NUMBERS.findall(one.get("transform", ""))
            if len(found) == 2:
                yield "point", (float(found[0]), float(found[1]))
        elif one.get("d", _NOTHING) != _NOTHING and (
            kind in ("js-line", "js-fill") or "vector-effect" in one.get("style", "")
        ):
            yield from (("line" if kind.startswith("js") else "bar", at) for at in _corners(one))
    for one in panel.iter(f"{_SVG}text"):
        yield "label", (float(one.get("x", 0)), float(one.get("y", 0)))


def _corners(path: ElementTree.Element) -> Iterator[tuple[float, float]]:
    x = y = 0.0
    for command, rest in _COMMANDS.findall(path.get("d", "")):
        numbers = [float(one) for one in _NUMBERS.findall(rest)]
        if command == "H":
            x = numbers[0]
        elif command == "V":
            y = numbers[0]
        for i in range(0, len(numbers) - 1, 2) if command in "ML" else ():
            x, y = numbers[i], numbers[i + 1]
            yield x, y
        if command in "HV":
            yield x, y


def _is_near(pixel: float, known: Sequence[float]) -> bool:
    return any(abs(pixel - one) <= OFF for one in known)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(text: str) -> str:
    return re.sub(r"<[^>]*>", " ", text)
