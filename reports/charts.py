"""Charts: figures as static pictures that are the same bytes every time."""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from utfall.analysis.errors import PublicationRefused
from utfall.reports.figure import WIDTHS, Figure

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

#: Programs that kaleido can drive, in the order in which they are looked for.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge", "brave")

#: Seconds after which a browser counts as silent, and how many are tried.
PATIENCE, TRIES = 60.0, 3

_ID = re.compile(r'\bid="([^"]+)"')
_ID_OR_REFERENCE = re.compile(r"""(\bid="|#)([^"')&\s]+)""")
_TRACE_CLASS = re.compile(r"\btrace[0-9a-f]{6}\b")


def chart_engine() -> str | None:
    """Return the browser that can draw static pictures, or None where there is none."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


@dataclass(frozen=True, slots=True)
class Picture:
    """A static picture that a page shows: its file's name and its size in pixels."""

    file: str
    width: int
    height: int


class Album:
    """Pictures that pages ask for, drawn all at once when the pages are written.

    Parameters
    ----------
    folder : Path
        Where the files go.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._plots: dict[str, PlotlyFigure] = {}

    def add(self, figure: Figure, stem: str) -> dict[str, Picture]:
        """Take a figure in and return its wide and its phone picture, not yet drawn."""
        pictures = {}
        for name, width in WIDTHS.items():
            plot = figure.draw(width)
            file = f"{stem}_{name}.svg"
            self._plots[file] = plot
            pictures[name] = Picture(file, width, int(plot.layout.height))
        return pictures

    def plot(self, picture: Picture) -> PlotlyFigure:
        """Return what a picture is drawn from."""
        return self._plots[picture.file]

    def draw(self) -> None:
        """Draw every picture that was taken in; for a thread without an event loop.

        Raises
        ------
        PublicationRefused
            There is no browser to draw with, or it failed.
        """
        if not self._plots:
            return
        for file, content in asyncio.run(_drawn(self._plots)).items():
            (self._folder / file).write_text(normalised(content), encoding="utf-8")


async def _drawn(plots: Mapping[str, PlotlyFigure]) -> dict[str, str]:
    """Return the SVG of every plot, by its file's name.

    On a busy machine a message to a browser that is just starting is lost now and then, and
    the library waits for its answer for ever; so a browser that is silent is left for another.

    Raises
    ------
    PublicationRefused
        There is no browser, or one after the other was silent.
    """
    import kaleido
    from choreographer.errors import BrowserClosedError, BrowserFailedError

    class Steady(kaleido.Kaleido):  # type: ignore[misc]
        async def _return_kaleido_tab(self, tab: Any) -> None:
            # Without the reload after every picture, which takes twice as long as drawing it
            # (96 pictures: 14.7 s with, 5.1 s without, the same bytes).
            await self.tabs_ready.put(tab)

    engine = chart_engine()
    if engine is None:
        raise PublicationRefused("there is no browser to draw pictures with; `utfall doctor`")
    # A message that the browser cuts in two is read again; its log entry helps nobody.
    for name in ("choreographer", "kaleido"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    drawn: dict[str, str] = {}
    for _ in range(TRIES):
        # Without `mathjax=False` the browser fetches it from a server at every start.
        browser = Steady(path=engine, mathjax=False, timeout=PATIENCE)
        try:
            await asyncio.wait_for(browser.open(), PATIENCE)
            for file in (name for name in plots if name not in drawn):
                drawn[file] = await _picture(browser, plots[file])
            return drawn
        except (TimeoutError, BrowserClosedError, BrowserFailedError):
            continue
        finally:
            with suppress(TimeoutError, BrowserClosedError, BrowserFailedError):
                await asyncio.wait_for(browser.close(), PATIENCE)
    raise PublicationRefused("the browser that draws pictures does not answer; run again")


async def _picture(browser: Any, plot: PlotlyFigure) -> str:
    size = {"width": plot.layout.width, "height": plot.layout.height}
    content: bytes = await browser.calc_fig(plot, opts={"format": "svg", **size})
    return content.decode("utf-8")


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
