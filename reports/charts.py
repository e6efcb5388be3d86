"""Charts: figures as static pictures that are the same bytes every time."""

from __future__ import annotations

import logging
import re
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from utfall.reports.figure import WIDTHS, Figure

#: Programs that kaleido can drive, in the order in which they are looked for.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge", "brave")

_ID = re.compile(r'\bid="([^"]+)"')
_ID_OR_REFERENCE = re.compile(r"""(\bid="|#)([^"')&\s]+)""")
_TRACE_CLASS = re.compile(r"\btrace[0-9a-f]{6}\b")


def chart_engine() -> str | None:
    """Return the browser that can draw static pictures, or None where there is none."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


@contextmanager
def drawing() -> Iterator[bool]:
    """Keep one browser open while pictures are drawn; yields False where there is none."""
    engine = chart_engine()
    if engine is None:
        yield False
        return
    import kaleido

    # A message that the browser cuts in two is read again; its log entry helps nobody.
    for name in ("choreographer", "kaleido"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # Without this the browser fetches MathJax from a server on the internet at every start.
    kaleido.start_sync_server(path=engine, mathjax=False, silence_warnings=True)
    try:
        yield True
    finally:
        kaleido.stop_sync_server(silence_warnings=True)


def draw_svg(figure: Figure, folder: Path, stem: str) -> dict[str, tuple[str, int, int]]:
    """Write a figure's wide and phone pictures.

    Returns
    -------
    dict of name to (file name, width, height)
    """
    written = {}
    for name, width in WIDTHS.items():
        plot = figure.draw(width)
        with warnings.catch_warnings():
            # kaleido warns about options that plotly passes on; the picture is right.
            warnings.simplefilter("ignore")
            content = plot.to_image(format="svg").decode("utf-8")
        path = folder / f"{stem}_{name}.svg"
        path.write_text(normalised(content), encoding="utf-8")
        written[name] = (path.name, width, int(plot.layout.height))
    return written


def normalised(svg: str) -> str:
    """Return an SVG whose random ids are numbered in the order in which they appear.

    >>> normalised('<a id="clip0a1b2c"/><b clip-path="url(#clip0a1b2c)"/>')
    '<a id="id1"/><b clip-path="url(#id1)"/>'
    """
    # The browser writes the empty style of the root before or after other attributes.
    svg = svg.replace(' style=""', "")
    found = dict.fromkeys(_ID.findall(svg))
    names = {name: f"id{place}" for place, name in enumerate(found, start=1)}
    renamed = _ID_OR_REFERENCE.sub(lambda match: match[1] + names.get(match[2], match[2]), svg)
    return _TRACE_CLASS.sub("trace", renamed)


def figure_stem(owner: str, figure: Figure, language: str) -> str:
    """Return the name that a figure's files start with: its comparison's or page's, its own."""
    return f"{owner}_{figure.id}_{language}"
