"""Exhibits: a figure as a page shows it, with the files that belong to it."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from utfall.analysis.vocabulary import Language
from utfall.reports.charts import Album, Picture, figure_stem
from utfall.reports.figure import Figure, csv_text
from utfall.reports.page import file_name

CHARTS, DATA, STATIC, EXPLORE = "charts", "data", "static", "explore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """A figure on a page.

    Attributes
    ----------
    figure : Figure
    number : int or None
        Of the figure on its pages; None where figures are not numbered.
    pictures : dict of str to Picture
        ``wide`` and ``phone``; empty where nothing can draw them.
    csv, csv_sv : str
        Files in ``data/``, plain and for Swedish Excel.
    explore : str or None
        File in ``explore/``; None where there are no pictures.
    """

    figure: Figure
    number: int | None
    pictures: dict[str, Picture] = field(default_factory=dict)
    csv: str
    csv_sv: str
    explore: str | None = None


class Exhibits:
    """Writes the files of figures in one language.

    Parameters
    ----------
    out : Path
        The bundle.
    language : {"sv", "en"}
    album : Album or None
        Takes the pictures; None where nothing can draw them.
    """

    def __init__(self, out: Path, language: Language, album: Album | None) -> None:
        self._out = out
        self._language = language
        self._album = album
        self.shown: list[Exhibit] = []

    def show(self, figure: Figure, owner: str, number: int | None = None) -> Exhibit:
        """Write a figure's tables, ask for its pictures, and return what a template needs.

        Parameters
        ----------
        figure : Figure
        owner : str
            The comparison or the page that shows it; its files are named after both.
        number : int, optional
            Of the figure on its pages.
        """
        stem = figure_stem(owner, figure, self._language)
        files = {"csv": f"{owner}_{figure.id}.csv", "csv_sv": f"{owner}_{figure.id}_sv.csv"}
        for name, file in files.items():
            text = csv_text(figure, for_swedish_excel=name == "csv_sv")
            (self._out / DATA / file).write_text(text, encoding="utf-8")
        pictures = self._album.add(figure, stem) if self._album else {}
        exhibit = Exhibit(
            figure=figure,
            number=number,
            pictures=pictures,
            explore=self._write_plots(pictures, f"{owner}_{figure.id}") if pictures else None,
            **files,
        )
        self.shown.append(exhibit)
        return exhibit

    def _write_plots(self, pictures: dict[str, Picture], stem: str) -> str:
        """Write what the interactive chart is drawn from; return its page's file.

        A script and not JSON, because a page opened from a disk may load nothing else.
        """
        assert self._album is not None
        plots = {
            name: json.loads(self._album.plot(picture).to_json())
            for name, picture in pictures.items()
        }
        page = file_name(stem, self._language)
        script = f"window.utfallFigure = {json.dumps(plots, ensure_ascii=False, sort_keys=True)};\n"
        (self._out / EXPLORE / page).with_suffix(".js").write_text(script, encoding="utf-8")
        return page


def lay_out(out: Path) -> None:
    """Make a bundle's folders and put its style sheets into them."""
    for folder in (STATIC, CHARTS, DATA):
        (out / folder).mkdir(parents=True, exist_ok=True)
    for style in ("report.css", "paper.css"):
        _copy(style, out / STATIC)


def lay_out_explore(out: Path) -> None:
    """Make the folder of interactive charts, with plotly's own script and ours."""
    import plotly

    (out / EXPLORE).mkdir(parents=True, exist_ok=True)
    script = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    shutil.copyfile(script, out / EXPLORE / "plotly.min.js")
    _copy("explore.js", out / EXPLORE)


def _copy(name: str, folder: Path) -> None:
    text = resources.files("utfall.reports").joinpath(f"static/{name}").read_text("utf-8")
    (folder / name).write_text(text, encoding="utf-8")
