"""Outside: does any file of a bundle say a number that the protected results do not hold?"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from utfall.pipelines.audit.known import Known, drawn, known_by_owner
from utfall.pipelines.audit.measured import is_committed, is_own
from utfall.pipelines.audit.pictures import read_picture, read_plot
from utfall.pipelines.audit.readers import Unread, read
from utfall.pipelines.audit.sayings import Saying, is_name, words
from utfall.pipelines.audit.tables import number

#: What a picture or script has in its name beside the figure's.
_STEM = re.compile(r"(_(sv|en)_(wide|phone))?(\.en)?\.(svg|js)$")

RESULTS_FILE = "results.json"


@dataclass(frozen=True, slots=True)
class Leak:
    """A place in a file that says more than the results, or that nobody could read."""

    file: str
    place: str
    is_read: bool


def leaks_of(folder: Path, document: Mapping[str, Any]) -> Iterator[Leak]:
    """Yield every place of a bundle that says a number which the results do not hold.

    Open research data hide nobody, and their pages set comparisons beside each other: nothing
    is held against one comparison's results there.

    Parameters
    ----------
    folder : Path
        The bundle.
    document : mapping
        Its results.json, which is read elsewhere.
    """
    # What was measured on made-up worlds is no number of the study, on any page.
    own = {name: part for name, part in document.items() if name != "validation"}
    library = _Library(folder, own)
    if not is_committed(document):
        yield Leak(RESULTS_FILE, "validation", is_read=True)
    if (document["study"].get("disclosure") or {}).get("public_data"):
        return
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or name == RESULTS_FILE:
            continue
        seen: set[str] = set()
        try:
            for saying in _sayings(folder, path, name):
                known = library.known_of(saying)
                if is_own(saying):
                    continue
                if saying.place not in seen and known.outside(saying) is not None:
                    seen.add(saying.place)
                    yield Leak(saying.file, saying.place, is_read=True)
        except Unread:
            yield Leak(name, "", is_read=False)


class _Library:
    """What is known, by whose page, picture or table says it."""

    def __init__(self, folder: Path, document: Mapping[str, Any]) -> None:
        self._folder = folder
        self._owners = known_by_owner(document)
        self._drawn = drawn(document)
        self._figures: dict[str, Known] = {}

    def known_of(self, saying: Saying) -> Known:
        """Return what a line may say.

        A figure's table, its bare labels and its marks may say what the figure's own file
        says, and no more; sentences about it may say what its comparison does.
        """
        owner = owner_of(saying.file, self._owners)
        whole = self._owners[owner]
        if saying.file.endswith((".svg", ".js")):
            if any(map(is_name, words(saying.cells[0]))):
                return whole
            return self._of_figure(_STEM.sub("", saying.file.rpartition("/")[2]), whole)
        if saying.figure and owner:
            return self._of_figure(f"{owner}_{saying.figure}", whole)
        return whole

    def _of_figure(self, stem: str, whole: Known) -> Known:
        if stem not in self._figures:
            table = self._folder / "data" / f"{stem}.csv"
            shown = [_rows(table)] if table.is_file() else []
            known = whole.of_figure(*shown, self._drawn.get(stem)) if shown else whole
            self._figures[stem] = known
        return self._figures[stem]


def _rows(table: Path) -> list[dict[str, float | str]]:
    with table.open(encoding="utf-8", newline="") as file:
        return [
            {
                name: text if (found := number(text)) is None else found
                for name, text in row.items()
                if name and isinstance(text, str)
            }
            for row in csv.DictReader(file)
        ]


def owner_of(name: str, owners: Mapping[str, Known]) -> str:
    """Return which comparison or document a file is about; empty for the whole study.

    >>> owner_of("data/ama_vac_all_flow.csv", {"": 1, "ama_vac": 2, "ama_vac_all": 3})
    'ama_vac_all'
    """
    parts = name.split("/")
    mine = [
        owner
        for owner in owners
        if owner and (parts[0] == owner or f"{parts[-1].split('.')[0]}_".startswith(f"{owner}_"))
    ]
    return max(mine, key=len, default="")


def _sayings(folder: Path, path: Path, name: str) -> Iterator[Saying]:
    if path.suffix == ".svg":
        yield from read_picture(folder, path, name)
    elif path.suffix == ".js" and path.name not in ("plotly.min.js", "explore.js"):
        yield from read_plot(path, name)
    else:
        yield from read(path, name)
